"""The catalogue's data besides papers: the manifest, the signing key, and answers."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from sqlalchemy import Connection, Select, delete, insert, select, update

from paperchat.errors import LibraryMismatchError
from paperchat.storage.catalogue import utc_now
from paperchat.storage.database import Database
from paperchat.storage.schema import answers, meta

# "built": the new indexes are in force for the catalogue, and the vectors have still to be moved to their place.
RebuildState = Literal["building", "built"]
_REBUILD = "rebuild"
_SIGNING_KEY = "signing_key"
_INDEX_ID = "index_id"
_INDEX_REVISION = "index_revision"


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """The settings that passages and vectors were made with; ``dimension`` is 0 before the first vector."""

    embedder: str
    chunking: str
    dimension: int = 0

    def check(self, configured: Manifest, *, where: object) -> None:
        """Check the current settings against those of the library.

        Raises:
            LibraryMismatchError: they differ.
        """
        for name, built, current in (
            ("embedder", self.embedder, configured.embedder),
            ("chunking", self.chunking, configured.chunking),
            ("dimension", self.dimension, configured.dimension or self.dimension),
        ):
            if built != current:
                raise LibraryMismatchError(
                    f"the library at {where} was built with {name} {built}, settings say {current}: "
                    "run `paperchat reindex`"
                )


def read_manifest(database: Database) -> Manifest | None:
    """The library's manifest; ``None`` before anything was indexed."""
    with database.reading() as connection:
        found = {row.name: row.value for row in connection.execute(select(meta.c.name, meta.c.value))}
    if "embedder" not in found:
        return None
    return Manifest(embedder=found["embedder"], chunking=found["chunking"], dimension=int(found["dimension"]))


def write_manifest(connection: Connection, manifest: Manifest) -> None:
    """Replace the library's manifest."""
    _replace(connection, {name: str(value) for name, value in asdict(manifest).items()})


def read_rebuild(database: Database) -> RebuildState | None:
    """How far a rebuilding of the indexes has come; ``None`` when there is none."""
    with database.reading() as connection:
        state: RebuildState | None = connection.execute(_value_of(_REBUILD)).scalar()
        return state


def write_rebuild(connection: Connection, state: RebuildState | None) -> None:
    """Store how far a rebuilding of the indexes has come."""
    _replace(connection, {_REBUILD: state})


def signing_key(database: Database) -> str:
    """The library's own key for signatures, made at first use: 64 hexadecimal digits."""
    return _made_once(database, _SIGNING_KEY, length=32)


def index_id(database: Database) -> str:
    """What tells the library's index from others on the same server, made at first use: 16 hexadecimal digits."""
    return _made_once(database, _INDEX_ID, length=8)


def index_revision(database: Database) -> str | None:
    """What differs after every change of the index, whichever process makes it; ``None`` before the first."""
    with database.reading() as connection:
        return read_index_revision(connection)


def read_index_revision(connection: Connection) -> str | None:
    """As `index_revision`."""
    found: str | None = connection.execute(_value_of(_INDEX_REVISION)).scalar()
    return found


def mark_index_changed(connection: Connection) -> None:
    """Give the index another revision; called when a change of it is complete."""
    _replace(connection, {_INDEX_REVISION: secrets.token_hex(8)})


def _made_once(database: Database, name: str, *, length: int) -> str:
    """A random value of so many bytes that is stored under this name."""
    with database.reading() as connection:
        found: str | None = connection.execute(_value_of(name)).scalar()
    if found is None:
        with database.writing() as connection:
            found = connection.execute(_value_of(name)).scalar()
            if found is None:
                found = secrets.token_hex(length)
                _replace(connection, {name: found})
    return found


def _value_of(name: str) -> Select[Any]:
    return select(meta.c.value).where(meta.c.name == name)


def _replace(connection: Connection, values: Mapping[str, str | None]) -> None:
    """Store values by their names; ``None`` deletes one."""
    connection.execute(delete(meta).where(meta.c.name.in_(list(values))))
    if rows := [{"name": name, "value": value} for name, value in values.items() if value is not None]:
        connection.execute(insert(meta), rows)


def store_answer(database: Database, answer_id: str, body: str) -> None:
    """Store an answer's JSON, replacing one of the same id."""
    with database.writing() as connection:
        write_answer(connection, answer_id, body)


def write_answer(connection: Connection, answer_id: str, body: str, *, owner: str = "") -> None:
    """Like `store_answer`, within the caller's transaction; the answer is the ``owner``'s."""
    connection.execute(delete(answers).where(answers.c.id == answer_id))
    connection.execute(insert(answers), [{"id": answer_id, "created_at": utc_now(), "body": body, "owner": owner}])


def assign_answer(database: Database, answer_id: str, owner: str) -> None:
    """Make a stored answer an owner's."""
    with database.writing() as connection:
        connection.execute(update(answers).where(answers.c.id == answer_id).values(owner=owner))


def read_answer(database: Database, answer_id: str, owner: str | None = None) -> str | None:
    """A stored answer's JSON; ``None`` when there is none of this id, or it is another owner's than the one given."""
    query = select(answers.c.body).where(answers.c.id == answer_id)
    with database.reading() as connection:
        return connection.execute(query if owner is None else query.where(answers.c.owner == owner)).scalar()
