"""A survey's comparison of papers as CSV (RFC 4180)."""

from __future__ import annotations

import csv
import io

from paperchat.survey.survey_labels import columns_of
from paperchat.survey.types import Survey
from paperchat.text.describe import link_of, one_line, title_of

_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")


def table_as_csv(survey: Survey) -> str:
    """A line a paper; no cell is a formula, whatever a paper says."""
    columns = columns_of(survey)
    written = io.StringIO(newline="")
    table = csv.writer(written)
    table.writerow(["paper_id", "title", "authors", "date", "link", *columns])
    for row in survey.table:
        paper = row.paper.paper
        about = [row.paper.paper_id, title_of(paper), "; ".join(paper.authors), paper.date, link_of(paper)]
        quotes = [row.cells[column].quote.text if column in row.cells else "" for column in columns]
        table.writerow(_inert(cell) for cell in (*about, *quotes))
    return written.getvalue()


def _inert(cell: str) -> str:
    shown = one_line(cell)
    return f"'{shown}" if shown.startswith(_FORMULA) else shown
