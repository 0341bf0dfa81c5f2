"""Papers and passages as rows of the catalogue and back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields, replace
from datetime import UTC, datetime
from typing import Any, Literal, TypeVar

from sqlalchemy import Row

from paperchat.storage.filters import first_day
from paperchat.storage.normalization import person_key, surname, with_archives
from paperchat.types import Paper, Passage, StoredPaper

State = Literal["pending", "indexed"]
T = TypeVar("T")

# SQLite allows 999 variables in a statement in its oldest supported builds.
IN_LIST = 500
_PAPER_FIELDS = tuple(field.name for field in fields(Paper))
_TUPLES = ("authors", "categories")


def chunks(values: Sequence[T], size: int = IN_LIST) -> Iterator[Sequence[T]]:
    return (values[at : at + size] for at in range(0, len(values), size))


def now() -> datetime:
    return datetime.now(UTC)


def paper_row(stored: StoredPaper) -> dict[str, Any]:
    row = {name: getattr(stored.paper, name) for name in _PAPER_FIELDS}
    row |= {name: list(row[name]) for name in _TUPLES}
    row["daily"] = dict(row["daily"])
    return {"paper_id": stored.paper_id, "day": first_day(stored.paper.date), **row}


def stored_paper(row: Row[Any]) -> StoredPaper:
    found = row._mapping
    values = {name: found[name] for name in _PAPER_FIELDS}
    values |= {name: tuple(values[name]) for name in _TUPLES}
    return StoredPaper(paper_id=found["paper_id"], paper=Paper(**values))


def author_rows(stored: StoredPaper) -> Iterator[dict[str, Any]]:
    for position, name in enumerate(stored.paper.authors):
        yield {
            "paper_id": stored.paper_id,
            "position": position,
            "name": person_key(name),
            "surname": surname(name),
        }


def category_rows(stored: StoredPaper) -> Iterator[dict[str, Any]]:
    for category in with_archives(stored.paper.categories):
        yield {"paper_id": stored.paper_id, "category": category}


def passage_row(passage: Passage, ordinal: int) -> dict[str, Any]:
    return {
        "passage_id": passage.passage_id,
        "paper_id": passage.paper_id,
        "ordinal": ordinal,
        "basis": passage.basis,
        "section": passage.section,
        "page": passage.page,
        "start": passage.start,
        "end": passage.end,
        "text": passage.text,
        "turns": [list(turn) for turn in passage.turns],
    }


def passage_from(row: Row[Any]) -> Passage:
    """The passage of a row that has its fields as columns."""
    values = row._asdict()
    return Passage(**values | {"turns": tuple((at, page) for at, page in values["turns"])})


def renamed(passage: Passage, paper_id: str) -> Passage:
    """The passage as one of the paper of this id."""
    ending = passage.passage_id.rpartition("#")[2]
    return replace(passage, paper_id=paper_id, passage_id=f"{paper_id}#{ending}")
