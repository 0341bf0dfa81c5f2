"""Versions of a paper that a newer one has superseded: they can be shown and cited, and are not searched."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from sqlalchemy import Connection, insert, select, tuple_, update

from paperchat.storage.catalogue import IN_LIST, chunks, renamed
from paperchat.storage.database import Database
from paperchat.storage.schema import versions
from paperchat.types import Paper, Passage, StoredPaper

_VERSION = re.compile(r"(?P<name>.+[0-9])v(?P<version>[1-9][0-9]{0,2})", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierVersion:
    """A paper as an earlier version has it, with that version's passages."""

    paper: Paper
    passages: tuple[Passage, ...] = ()

    @property
    def version(self) -> int:
        return self.paper.version

    def joined_by(self, *kept: Sequence[Passage]) -> EarlierVersion:
        """With the passages that the library has of it, where a basis has none yet."""
        passages = self.passages
        for several in kept:
            present = {one.basis for one in passages}
            passages += tuple(one for one in several if one.basis not in present)
        return replace(self, passages=passages)


def version_in(name: str) -> tuple[str, int] | None:
    """``arxiv:2410.14182v1`` as the paper's name and the version; ``None`` where no version is named."""
    found = _VERSION.fullmatch(name.strip())
    return (found["name"], int(found["version"])) if found else None


class Versions:
    """The superseded versions that the catalogue holds."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, paper_id: str, version: int) -> tuple[StoredPaper, list[Passage]] | None:
        """That version of the paper, under its own id ``<paper_id>v<version>``, and its passages."""
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

    def known(self, keys: Iterable[tuple[str, int]]) -> set[tuple[str, int]]:
        """Those of the pairs of paper and version that are kept."""
        found: set[tuple[str, int]] = set()
        with self._database.reading() as connection:
            for chunk in chunks(list(keys), IN_LIST // 2):  # two variables each
                query = select(versions.c.paper_id, versions.c.version)
                rows = connection.execute(query.where(tuple_(versions.c.paper_id, versions.c.version).in_(chunk)))
                found.update((row.paper_id, row.version) for row in rows)
        return found


def keep_version(connection: Connection, paper_id: str, earlier: EarlierVersion) -> None:
    """Keep an earlier version; of one that is kept already, the passages of a basis that had none.

    Its passages are named after it.
    """
    version = earlier.version
    key = (versions.c.paper_id == paper_id, versions.c.version == version)
    row = connection.execute(select(versions.c.passages).where(*key)).first()
    present = replace(earlier, passages=tuple(map(_passage, row.passages))) if row else earlier
    own = f"{paper_id}v{version}"
    passages = [asdict(renamed(one, own)) for one in present.joined_by(earlier.passages).passages]
    if row is None:
        paper = asdict(earlier.paper)
        values = {"paper_id": paper_id, "version": version, "paper": paper, "passages": passages}
        connection.execute(insert(versions), [values])
    else:
        connection.execute(update(versions).where(*key).values(passages=passages))


def _paper(values: dict[str, Any]) -> Paper:
    return Paper(**_tuples(values, of=Paper))


def _passage(values: dict[str, Any]) -> Passage:
    return Passage(**_tuples(values, of=Passage))


def _tuples(values: dict[str, Any], *, of: type[Paper] | type[Passage]) -> dict[str, Any]:
    """JSON knows lists only."""
    known = {field.name for field in fields(of)}
    return {name: _as_tuple(value) for name, value in values.items() if name in known}


def _as_tuple(value: Any) -> Any:
    return tuple(map(_as_tuple, value)) if isinstance(value, Sequence) and not isinstance(value, str) else value
