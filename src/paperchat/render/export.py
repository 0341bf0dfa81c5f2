"""Surveys and claims as files, in the format of their extension."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping

from paperchat.render.bibtex_ris_csl import bibtex, ris
from paperchat.render.markdown import claim_as_markdown, survey_as_markdown
from paperchat.render.survey_html import survey_as_html
from paperchat.serialization import claim_as_json, survey_as_json
from paperchat.survey.survey_wording import cited_papers, filled_columns
from paperchat.survey.types import Survey, WeighedClaim
from paperchat.text.describe import display_title, one_line, paper_link

_FORMULA_PREFIXES = ("=", "+", "-", "@", "＝", "＋", "－", "＠")


def table_as_csv(survey: Survey) -> str:
    """Write the papers of a survey as CSV with one row each; text of papers never becomes a formula."""
    columns = filled_columns(survey)
    written = io.StringIO(newline="")
    table = csv.writer(written)
    table.writerow(["paper_id", "title", "authors", "date", "link", *columns])
    for row in survey.table:
        paper = row.paper.paper
        about = [row.paper.paper_id, display_title(paper), "; ".join(paper.authors), paper.date, paper_link(paper)]
        quotes = [row.cells[column].quote.text if column in row.cells else "" for column in columns]
        table.writerow(escape_formula(cell) for cell in (*about, *quotes))
    return written.getvalue()


def escape_formula(cell: str) -> str:
    """A cell of a spreadsheet on one line, marked as text where it would be read as a formula."""
    shown = one_line(cell)
    return f"'{shown}" if shown.startswith(_FORMULA_PREFIXES) else shown


def survey_as_file(survey: Survey, ending: str) -> bytes:
    """Write a survey in the format of one of `SURVEY_ENDINGS`; references are to the papers cited in the text."""
    return _SURVEY_WRITERS[ending](survey)


def _json(survey: Survey) -> bytes:
    return (json.dumps(survey_as_json(survey), ensure_ascii=False, indent=2) + "\n").encode()


def _svg(survey: Survey) -> bytes:
    from paperchat.render.survey_map import map_svg

    return map_svg(survey).encode()


def _png(survey: Survey) -> bytes:
    from paperchat.render.survey_map import map_png

    return map_png(survey)


_SURVEY_WRITERS: Mapping[str, Callable[[Survey], bytes]] = {
    ".md": lambda survey: survey_as_markdown(survey).encode(),
    ".html": lambda survey: survey_as_html(survey).encode(),
    ".json": _json,
    ".bib": lambda survey: "\n".join(bibtex(cited_papers(survey))).encode(),
    ".ris": lambda survey: "".join(ris(cited_papers(survey))).encode(),
    ".csv": lambda survey: table_as_csv(survey).encode(),
    ".svg": _svg,
    ".png": _png,
}
SURVEY_ENDINGS = tuple(_SURVEY_WRITERS)


def claim_as_file(claim: WeighedClaim, ending: str) -> bytes:
    """Write a claim in the format of one of `CLAIM_ENDINGS`; references are to all papers that are quoted."""
    return _CLAIM_WRITERS[ending](claim).encode()


_CLAIM_WRITERS: Mapping[str, Callable[[WeighedClaim], str]] = {
    ".md": claim_as_markdown,
    ".json": lambda claim: json.dumps(claim_as_json(claim), ensure_ascii=False, indent=2) + "\n",
    ".bib": lambda claim: "\n".join(bibtex(one.paper for one in claim.papers)),
    ".ris": lambda claim: "".join(ris(one.paper for one in claim.papers)),
}
CLAIM_ENDINGS = tuple(_CLAIM_WRITERS)
