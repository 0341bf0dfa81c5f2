"""Superseded versions of papers: they can be shown and cited, and are not searched."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from sqlalchemy import Connection, insert, select, tuple_, update

from paperchat.storage.catalogue import MAX_IN_VALUES, batches, with_paper_id
from paperchat.storage.database import Database
from paperchat.storage.schema import versions
from paperchat.types import InjectionFlag, Paper, Passage, StoredPaper

_VERSION_NAME_PATTERN = re.compile(r"(?P<name>.+[0-9])v(?P<version>[1-9][0-9]{0,2})", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierVersion:
    """A paper in an earlier version, with that version's passages."""

    paper: Paper
    passages: tuple[Passage, ...] = ()

    @property
    def version(self) -> int:
        """The version's number."""
        return self.paper.version

    def completed_with(self, *others: Sequence[Passage]) -> EarlierVersion:
        """A copy with the passages of ``others`` for each basis that has none yet."""
        passages = self.passages
        for other in others:
            present = {passage.basis for passage in passages}
            passages += tuple(passage for passage in other if passage.basis not in present)
        return replace(self, passages=passages)


def parse_version_name(name: str) -> tuple[str, int] | None:
    """Split ``arxiv:2410.14182v1`` into the paper's id and the version; ``None`` when no version is named."""
    match = _VERSION_NAME_PATTERN.fullmatch(name.strip())
    return (match["name"], int(match["version"])) if match else None


class PaperVersions:
    """The superseded versions in the catalogue."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, paper_id: str, version: int) -> tuple[StoredPaper, list[Passage]] | None:
        """A version of the paper, with the id ``<paper_id>v<version>``, and its passages; ``None`` if not stored."""
        query = select(versions.c.paper, versions.c.passages)
        with self._database.reading() as connection:
            row = connection.execute(
                query.where(versions.c.paper_id == paper_id, versions.c.version == version)
            ).first()
        if row is None:
            return None
        return StoredPaper(paper_id=f"{paper_id}v{version}", paper=_paper(row.paper)), [
            _passage(one) for one in row.passages
        ]

    def existing(self, keys: Iterable[tuple[str, int]]) -> set[tuple[str, int]]:
        """Those of these pairs of paper id and version that are stored."""
        found: set[tuple[str, int]] = set()
        with self._database.reading() as connection:
            for batch in batches(list(keys), MAX_IN_VALUES // 2):  # two variables each
                query = select(versions.c.paper_id, versions.c.version)
                rows = connection.execute(query.where(tuple_(versions.c.paper_id, versions.c.version).in_(batch)))
                found.update((row.paper_id, row.version) for row in rows)
        return found


def store_version(connection: Connection, paper_id: str, earlier: EarlierVersion) -> None:
    """Store an earlier version; if it is stored already, add the passages of each basis that has none.

    The ids of its passages begin with the version's id.
    """
    version = earlier.version
    key = (versions.c.paper_id == paper_id, versions.c.version == version)
    row = connection.execute(select(versions.c.passages).where(*key)).first()
    stored = replace(earlier, passages=tuple(map(_passage, row.passages))) if row else earlier
    version_id = f"{paper_id}v{version}"
    passages = [
        asdict(with_paper_id(passage, version_id)) for passage in stored.completed_with(earlier.passages).passages
    ]
    if row is None:
        paper = asdict(earlier.paper)
        values = {"paper_id": paper_id, "version": version, "paper": paper, "passages": passages}
        connection.execute(insert(versions), [values])
    else:
        connection.execute(update(versions).where(*key).values(passages=passages))


def _paper(values: dict[str, Any]) -> Paper:
    return Paper(**_tuples(values, of=Paper))


def _passage(values: dict[str, Any]) -> Passage:
    known = _tuples(values, of=Passage)
    known["injections"] = tuple(InjectionFlag(**flag) for flag in known.get("injections", ()))
    return Passage(**known)


def _tuples(values: dict[str, Any], *, of: type[Paper] | type[Passage]) -> dict[str, Any]:
    """Convert the lists of JSON to tuples, and leave out unknown fields."""
    known = {field.name for field in fields(of)}
    return {name: _as_tuple(value) for name, value in values.items() if name in known}


def _as_tuple(value: Any) -> Any:
    return tuple(map(_as_tuple, value)) if isinstance(value, Sequence) and not isinstance(value, str) else value
