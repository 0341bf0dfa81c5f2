"""A paper's results as JSON, as they are kept, and the version of the reading that decides whether they still hold.

A quote is the id of its passage and two offsets.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from paperchat.results.paper_results import PaperResults
from paperchat.results.types import Result, ResultCell
from paperchat.types import Passage, Quote, StoredPaper

_CELLS = ("system", "benchmark", "measure", "value", "against", "setting")
_PLAIN = ("number", "kind", "better", "is_own", "is_before")
_PACKAGE = Path(__file__).parents[1]
_READ_BY = ("results/*.py", "results/*.json", "text/*.py", "lexicon/*.toml")


@cache
def reading_version() -> str:
    """16 hexadecimal digits of the checksum of all files that decide what is read."""
    digest = sha256()
    for pattern in _READ_BY:
        for path in sorted(_PACKAGE.glob(pattern)):
            digest.update(path.name.encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def reading_as_json(reading: PaperResults) -> dict[str, Any]:
    """The results without their paper and the texts of their passages."""
    return {
        "results": [_result_as_json(one) for one in reading.results],
        "left_out": reading.left_out,
        "has_full_text": reading.has_full_text,
    }


def passages_of_reading(kept: Mapping[str, Any]) -> Iterator[str]:
    """The ids of the passages that a reading quotes."""
    for one in kept["results"]:
        yield from (passage_id for passage_id, _, _ in (one["quote"], *one["context"]))


def reading_from_json(kept: Mapping[str, Any], paper: StoredPaper, passages: Mapping[str, Passage]) -> PaperResults:
    """The results again.

    Raises:
        KeyError: a passage that they quote is missing.
    """
    return PaperResults(
        results=tuple(_result_from_json(one, paper, passages) for one in kept["results"]),
        left_out=kept["left_out"],
        has_full_text=kept["has_full_text"],
    )


def _result_as_json(result: Result) -> dict[str, Any]:
    cells: dict[str, ResultCell | None] = {name: getattr(result, name) for name in _CELLS}
    return {
        **{
            name: {"text": cell.text, "name": cell.name, "source": cell.source} if cell else None
            for name, cell in cells.items()
        },
        **{name: getattr(result, name) for name in _PLAIN},
        "quote": _quoted(result.quote),
        "context": [_quoted(one) for one in result.context],
    }


def _result_from_json(one: Mapping[str, Any], paper: StoredPaper, passages: Mapping[str, Passage]) -> Result:
    values: dict[str, Any] = {name: one[name] for name in _PLAIN}
    values |= {name: ResultCell(**one[name]) if one[name] else None for name in _CELLS}
    return Result(
        paper=paper,
        quote=_quote(one["quote"], passages),
        context=tuple(_quote(quoted, passages) for quoted in one["context"]),
        **values,
    )


def _quoted(quote: Quote) -> list[str | int]:
    return [quote.passage.passage_id, quote.start, quote.end]


def _quote(quoted: list[Any], passages: Mapping[str, Passage]) -> Quote:
    passage_id, start, end = quoted
    return Quote(passage=passages[passage_id], start=start, end=end)
