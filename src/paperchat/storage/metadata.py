"""What is kept beside the papers: answers, vectors of sentences, and the manifest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection, delete, insert, select

from paperchat.errors import LibraryMismatchError
from paperchat.storage.catalogue import chunks, now
from paperchat.storage.database import Database
from paperchat.storage.schema import answers, meta, passages, sentence_vectors

Vectors = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What the library's passages and vectors were made with; ``dimension`` is 0 before the first vector."""

    embedder: str
    chunking: str
    dimension: int = 0

    def check(self, wanted: Manifest, *, where: object) -> None:
        """Raises LibraryMismatchError when ``wanted``, the settings in force, would not fit in."""
        for what, built, asked in (
            ("embedder", self.embedder, wanted.embedder),
            ("chunking", self.chunking, wanted.chunking),
            ("dimension", self.dimension, wanted.dimension or self.dimension),
        ):
            if built != asked:
                raise LibraryMismatchError(
                    f"the library at {where} was built with {what} {built}, settings say {asked}: "
                    "run `paperchat reindex`"
                )


def manifest(database: Database) -> Manifest | None:
    """The library's manifest; ``None`` before anything was indexed."""
    with database.reading() as connection:
        found = {row.name: row.value for row in connection.execute(select(meta.c.name, meta.c.value))}
    if "embedder" not in found:
        return None
    return Manifest(embedder=found["embedder"], chunking=found["chunking"], dimension=int(found["dimension"]))


def write_manifest(connection: Connection, kept: Manifest) -> None:
    values = {name: str(value) for name, value in asdict(kept).items()}
    connection.execute(delete(meta).where(meta.c.name.in_(list(values))))
    connection.execute(insert(meta), [{"name": name, "value": value} for name, value in values.items()])


def keep_answer(database: Database, answer_id: str, body: str) -> None:
    """Keep the answer's JSON, in place of what was kept under the same id."""
    with database.writing() as connection:
        write_answer(connection, answer_id, body)


def write_answer(connection: Connection, answer_id: str, body: str) -> None:
    connection.execute(delete(answers).where(answers.c.id == answer_id))
    connection.execute(insert(answers), [{"id": answer_id, "created_at": now(), "body": body}])


def answer(database: Database, answer_id: str) -> str | None:
    with database.reading() as connection:
        return connection.execute(select(answers.c.body).where(answers.c.id == answer_id)).scalar()


def read_sentence_vectors(database: Database, passage_ids: Iterable[str]) -> dict[str, Vectors]:
    """One float32 array (sentences × dimension) for each passage whose sentences are kept."""
    found: dict[str, Vectors] = {}
    table = sentence_vectors.c
    with database.reading() as connection:
        for chunk in chunks(list(passage_ids)):
            query = select(table.passage_id, table.dimension, table.vectors)
            for row in connection.execute(query.where(table.passage_id.in_(chunk))):
                flat = np.frombuffer(row.vectors, dtype="<f2").astype(np.float32)
                found[row.passage_id] = flat.reshape(-1, row.dimension)
    return found


def keep_sentence_vectors(database: Database, vectors: Mapping[str, npt.ArrayLike]) -> None:
    """Keep the arrays (sentences × dimension) as float16; passages that have gone meanwhile are left out."""
    rows: dict[str, dict[str, Any]] = {}
    for passage_id, given in vectors.items():
        array = np.atleast_2d(np.asarray(given, dtype="<f2"))
        rows[passage_id] = {
            "passage_id": passage_id,
            "dimension": array.shape[1],
            "vectors": array.tobytes(),
        }
    with database.writing() as connection:
        for chunk in chunks(list(rows)):
            query = select(passages.c.passage_id).where(passages.c.passage_id.in_(chunk))
            present = list(connection.execute(query).scalars())
            connection.execute(delete(sentence_vectors).where(sentence_vectors.c.passage_id.in_(present)))
            if present:
                connection.execute(insert(sentence_vectors), [rows[passage_id] for passage_id in present])
