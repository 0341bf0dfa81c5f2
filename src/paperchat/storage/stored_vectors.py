"""Vectors of papers and of sentences, from what the stores hold. Apart, as reading the catalogue needs no NumPy."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy import delete, insert, select

from paperchat.storage.catalogue import batches
from paperchat.storage.database import Database
from paperchat.storage.filter_resolution import sample_abstract_passages
from paperchat.storage.schema import passages, sentence_vectors
from paperchat.storage.stores import Stores

Vectors = npt.NDArray[np.float32]


def paper_vectors(stores: Stores, paper_ids: Iterable[str]) -> dict[str, Vectors]:
    """The vector of each paper's abstract, of length one; papers without an indexed abstract are left out."""
    of_papers = stores.catalogue.abstract_passages(paper_ids)
    vectors = stores.index.vectors(passage_id for several in of_papers.values() for passage_id in several)
    sums = {
        paper_id: np.sum([vectors[one] for one in several if one in vectors], axis=0)
        for paper_id, several in of_papers.items()
        if any(one in vectors for one in several)
    }
    return {paper_id: np.asarray(one / max(float(np.linalg.norm(one)), 1e-9)) for paper_id, one in sums.items()}


def sample_vectors(stores: Stores, k: int) -> Vectors:
    """The vectors of about ``k`` evenly spread abstract passages, float32 [passages, dimension]."""
    found = stores.index.vectors(sample_abstract_passages(stores.database, k))
    return np.stack([found[passage_id] for passage_id in sorted(found)]) if found else np.empty((0, 0), np.float32)


def read_sentence_vectors(database: Database, passage_ids: Iterable[str]) -> dict[str, Vectors]:
    """The stored sentence vectors of each passage that has any, float32 [sentences, dimension]."""
    found: dict[str, Vectors] = {}
    table = sentence_vectors.c
    with database.reading() as connection:
        for batch in batches(list(passage_ids)):
            query = select(table.passage_id, table.dimension, table.vectors)
            for row in connection.execute(query.where(table.passage_id.in_(batch))):
                flat = np.frombuffer(row.vectors, dtype="<f2").astype(np.float32)
                found[row.passage_id] = flat.reshape(-1, row.dimension)
    return found


def store_sentence_vectors(database: Database, vectors: Mapping[str, npt.ArrayLike]) -> None:
    """Store sentence vectors as float16 [sentences, dimension]; passages that are gone meanwhile are left out."""
    rows: dict[str, dict[str, Any]] = {}
    for passage_id, matrix in vectors.items():
        array = np.atleast_2d(np.asarray(matrix, dtype="<f2"))
        rows[passage_id] = {
            "passage_id": passage_id,
            "dimension": array.shape[1],
            "vectors": array.tobytes(),
        }
    with database.writing() as connection:
        for batch in batches(list(rows)):
            query = select(passages.c.passage_id).where(passages.c.passage_id.in_(batch))
            present = list(connection.execute(query).scalars())
            connection.execute(delete(sentence_vectors).where(sentence_vectors.c.passage_id.in_(present)))
            if present:
                connection.execute(insert(sentence_vectors), [rows[passage_id] for passage_id in present])
