"""Papers and results as pandas data frames, a row each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from paperchat.errors import UsageError
from paperchat.results.types import Ledger
from paperchat.serialization import ledger_as_json, paper_as_json
from paperchat.types import StoredPaper

if TYPE_CHECKING:
    import pandas

_CELLS = ("benchmark", "measure", "value", "system", "against", "setting")
_WHOLE_NUMBERS = ("version", "upvotes", "page", "start", "end")
"""Columns that stay whole numbers where a row has none."""


def papers_frame(papers: Iterable[StoredPaper | BaseModel]) -> pandas.DataFrame:
    """Return papers, those of `PaperChat.papers()` or those that a client lists, under the names of `show --json`.

    What Daily Papers says of a paper (``featured``, ``upvotes``, …) has columns of its own.

    Raises:
        UsageError: pandas is not installed.
    """
    return _frame(map(_paper_row, papers), ["paper_id", "title", "authors", "date"])


def results_frame(results: Ledger | BaseModel) -> pandas.DataFrame:
    """Return the results of a ledger, `PaperChat.results()` or a client's, each with its quote and where that stands.

    Of a system, benchmark, measure and setting it has the names that results are listed by; ``value`` is as it is
    written, and ``number`` its number.

    Raises:
        UsageError: pandas is not installed.
    """
    document = ledger_as_json(results) if isinstance(results, Ledger) else results.model_dump()
    return _frame(map(_result_row, document["results"]), ["paper_id", "title", "date", *_CELLS, "number"])


def _paper_row(paper: StoredPaper | BaseModel) -> Mapping[str, Any]:
    row = paper_as_json(paper) if isinstance(paper, StoredPaper) else paper.model_dump()
    row.setdefault("untitled", False)
    return {name: value for name, value in row.items() if name != "daily"}


def _result_row(result: Mapping[str, Any]) -> Mapping[str, Any]:
    cells = {name: result[name] and result[name]["text" if name == "value" else "name"] for name in _CELLS}
    return {name: value for name, value in {**result, **cells}.items() if name != "context"}


def _frame(rows: Iterator[Mapping[str, Any]], leading: list[str]) -> pandas.DataFrame:
    """A frame of the rows, with the leading columns first and dates as dates."""
    try:
        import pandas
    except ImportError as error:
        raise UsageError(
            'data frames need pandas, which is not installed: run pip install "paperchat[pandas]"'
        ) from error
    frame = pandas.DataFrame(list(rows))
    frame = frame.reindex(columns=[*leading, *(name for name in frame.columns if name not in leading)])
    frame["date"] = pandas.to_datetime(frame["date"], format="ISO8601", errors="coerce")
    whole = {name: "Int64" for name in _WHOLE_NUMBERS if name in frame.columns}
    return frame.astype(whole)
