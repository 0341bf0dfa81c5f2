"""Reads a Chroma folder through Chroma's compiled bindings, which its Python client takes a second to wrap."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

COLLECTION = "paperchat"
PAPER_ID, CHECKSUM = "paper_id", "checksum"  # what a record has beside its id and vector; CHECKSUM is a short one
_TENANT, _DATABASE = "default_tenant", "default_database"
_OPEN_GRAPHS = 16
_AWAY = (502, 503, 504)  # HTTP statuses of a server that cannot be reached, or is overloaded


@dataclass(frozen=True, slots=True)
class OpenedChroma:
    """An open client, or the bindings, and its collection."""

    client: Any
    collection: Any


class BoundCollection:
    """What is read of Chroma's ``Collection``, with the same results and errors."""

    def __init__(self, bindings: Any) -> None:
        self._bindings = bindings
        self._id = str(bindings.get_collection(COLLECTION, _TENANT, _DATABASE).id)

    def count(self) -> int:
        """The number of records."""
        return int(self._bindings.count(self._id, _TENANT, _DATABASE))

    def get(
        self, ids: Sequence[str] | None = None, *, include: Sequence[str], limit: int | None = None
    ) -> Mapping[str, Any]:
        """The records of these ids, or all."""
        if ids is not None and not ids:
            return {"ids": [], "embeddings": [], "documents": [], "metadatas": []}
        found = self._bindings.get(self._id, ids, None, limit, 0, None, include, _TENANT, _DATABASE)
        return {
            "ids": found.ids,
            "embeddings": found.embeddings,
            "documents": found.documents,
            "metadatas": found.metadatas,
        }

    def query(
        self,
        *,
        query_embeddings: Sequence[Any],
        n_results: int,
        include: Sequence[str],
        ids: Sequence[str] | None = None,
    ) -> Mapping[str, Any]:
        """The nearest records to each vector, of these ids or of all."""
        vectors = [[float(value) for value in vector] for vector in query_embeddings]
        found = self._bindings.query(self._id, ids, vectors, n_results, None, None, include, _TENANT, _DATABASE)
        return {"ids": found.ids, "distances": found.distances}


class BoundClient:
    """The bindings, open until they are closed."""

    def __init__(self, path: str) -> None:
        import chromadb_rust_bindings as chroma  # type: ignore[import-untyped]

        place = chroma.SqliteDBConfig(
            hash_type=chroma.MigrationHash.MD5,
            migration_mode=chroma.MigrationMode.Apply,
            url=f"{path}/chroma.sqlite3",
        )
        self._bindings = chroma.Bindings(
            allow_reset=False, sqlite_db_config=place, persist_path=path, hnsw_cache_size=_OPEN_GRAPHS
        )

    def collection(self) -> BoundCollection:
        """The collection of passages."""
        return BoundCollection(self._bindings)

    def close(self) -> None:
        """Release the folder."""
        self._bindings = None


def open_bindings(path: str) -> OpenedChroma:
    """The collection in a folder, for reading.

    A passage is searched for, which loads the graph into memory while nobody writes, and shows that this version of
    the bindings is called in the right way. Any exception means that Chroma's own client has to be used.
    """
    client = BoundClient(path)
    collection = client.collection()
    collection.count()
    for vector in collection.get(include=["embeddings"], limit=1)["embeddings"]:
        collection.query(query_embeddings=[vector], n_results=1, include=["distances"])
    return OpenedChroma(client, collection)


def chroma_errors() -> tuple[type[Exception], ...]:
    """The errors of Chroma, and of httpx, by which it reaches a server: of those modules that are loaded by now."""
    places = (("chromadb.errors", "ChromaError"), ("httpx", "HTTPError"))
    return tuple(getattr(sys.modules[module], name) for module, name in places if module in sys.modules)


def is_away(error: BaseException | None) -> bool:
    """Whether a server did not answer, or what is before it said so; not where it has refused."""
    httpx = sys.modules.get("httpx")
    while error and httpx:
        if isinstance(error, httpx.TransportError):
            return True
        if isinstance(error, httpx.HTTPStatusError):
            return error.response.status_code in _AWAY
        error = error.__context__
    return False
