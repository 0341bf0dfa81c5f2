"""The vector index: Chroma behind LlamaIndex's vector store. Only this module imports chromadb."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlsplit

import chromadb
import httpx
import numpy as np
import numpy.typing as npt
from chromadb.api.collection_configuration import CreateCollectionConfiguration, CreateHNSWConfiguration
from chromadb.config import Settings
from chromadb.errors import ChromaError

from paperchat.errors import StorageError, UsageError
from paperchat.storage.catalogue import chunks
from paperchat.storage.chroma_access import Shared, SharedFolder, SharedServer, is_usable
from paperchat.storage.errors import storage_error

if TYPE_CHECKING:
    from llama_index.core.schema import TextNode

COLLECTION = "paperchat"
_ADD = 500  # nodes; a batch holds up other processes that read
_GET = 5_000
# Up to here a comparison with every vector is quicker than, and as exact as, a filtered walk of the graph.
_NARROW = 1_000
_SAMPLE = 50
_SAME = 0.99
# recall@10 is .999 at 20,000 vectors of 384. With 16 neighbours, Chroma's default, some passages of a library
# of near-duplicates cannot be reached at all. The small sync threshold has each batch's graph written to disk
# at once; Chroma would otherwise redo the rest of it at a process's first query.
_CONFIGURATION = CreateCollectionConfiguration(
    hnsw=CreateHNSWConfiguration(
        space="cosine", max_neighbors=32, ef_construction=100, ef_search=200, sync_threshold=100
    )
)

Vector = npt.NDArray[np.float32]
Hits = list[tuple[str, float]]


@dataclass(frozen=True, slots=True)
class _Chroma:
    """An open client and its collection."""

    client: Any
    collection: Any


class VectorIndex:
    """Passages by their vectors, compared by cosine; safe to share between threads and processes.

    Chroma is not made for several processes on one folder: each keeps the graph in memory, misses what
    others add, and may overwrite it. `SharedFolder` has them take turns and open the folder anew.

    Every method raises StorageError when the index cannot be used, and LibraryBusyError when another process
    does not let go of it.
    """

    # Within a process Chroma shares one client per spelling of a path, which cannot be opened anew.
    _spellings: ClassVar[Iterator[int]] = itertools.cycle(range(256))

    def __init__(self, folder: Path, *, url: str = "", lock_timeout: float = 30.0) -> None:
        """``folder`` holds the embedded index; ``url`` is the address of a Chroma server to use instead."""
        self._folder = folder
        self._url = url
        self._shared: Shared[_Chroma]
        if url:
            self._shared = SharedServer(
                opening=partial(_open_server, url),
                closing=_close_server,
                clearing=lambda chroma: chroma.client.delete_collection(COLLECTION),
                examining=_examine,
                stale=ChromaError,
            )
        else:
            self._shared = SharedFolder(
                folder / "chroma.sqlite3",
                opening=lambda: _open_folder(folder, spelling=next(self._spellings)),
                closing=lambda chroma: chroma.client.close(),
                probe=is_usable,
                stale=ChromaError,
                lock_timeout=lock_timeout,
            )

    def write(self, *, forget: Sequence[str], nodes: Sequence[TextNode]) -> None:
        """Delete the passages of the papers in ``forget``, then add ``nodes``, which carry their embeddings.

        Passages with the ids of ``nodes`` are deleted, too: Chroma would keep their old text.
        """
        with self._border():
            for papers in chunks(forget):
                self._shared.writing(partial(_delete_papers, papers))
            for batch in chunks(nodes, _ADD):
                self._shared.writing(partial(_add, batch))

    def drop(self, passage_ids: Sequence[str]) -> None:
        with self._border():
            for ids in chunks(passage_ids):
                self._shared.writing(partial(_delete, ids))

    def search(self, vector: npt.ArrayLike, k: int, among: Sequence[str] | None = None) -> Hits:
        """Pairs of passage id and cosine similarity, best first: ``k`` of them where ``k`` exist.

        ``among`` restricts the search to these passages; those that are not in the index are passed over.
        """
        query = np.asarray(vector, dtype=np.float32)
        if k < 1:
            return []
        with self._border():
            found = self._shared.reading(lambda chroma: _search(chroma, query, k, among))
        return sorted(found or [], key=lambda pair: (-pair[1], pair[0]))[:k]

    def vectors(self, passage_ids: Iterable[str]) -> dict[str, Vector]:
        """The float32 vector of each passage that is in the index."""
        wanted = list(dict.fromkeys(passage_ids))
        with self._border():
            return self._shared.reading(lambda chroma: dict(_fetch(chroma, wanted))) or {}

    def ids(self) -> set[str]:
        with self._border():
            return self._shared.reading(lambda chroma: set(_ids(chroma))) or set()

    def count(self) -> int:
        with self._border():
            return self._shared.reading(lambda chroma: int(chroma.collection.count())) or 0

    def is_sound(self) -> bool:
        """Whether every passage's vector can be had, and a sample of them is found."""
        with self._border():
            return self._shared.is_sound()

    def clear(self) -> None:
        """Remove the collection; the embedded one with its folder, whatever its state."""
        with self._border():
            self._shared.clear()

    def close(self) -> None:
        self._shared.close()

    @contextmanager
    def _border(self) -> Iterator[None]:
        try:
            yield
        except (ChromaError, httpx.HTTPError, ValueError, OSError, RuntimeError) as error:
            self.close()
            if self._url:
                said = " ".join(str(error).split())[:200]
                raise StorageError(f"the Chroma server at {self._url} failed ({said}): check that it runs") from error
            raise storage_error("the vector index", self._folder, error, remedy="run `paperchat reindex`") from error


def try_out(folder: Path) -> bool:
    """What `VectorIndex.is_sound` asks of a process of its own, whose lock it holds for it."""
    try:
        return _examine(_open_folder(folder))
    except (ChromaError, ValueError, OSError, RuntimeError):
        return False


def _open_folder(folder: Path, *, spelling: int = 0) -> _Chroma:
    path = str(folder) + f"{os.sep}." * spelling
    return _opened(chromadb.PersistentClient(path=path, settings=_settings()))


def _open_server(url: str) -> _Chroma:
    parts = urlsplit(url if "://" in url else f"http://{url}")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise UsageError(f"{url!r} is no address of a Chroma server: write http://HOST:PORT")
    ssl = parts.scheme == "https"
    port = parts.port or (443 if ssl else 8000)
    return _opened(chromadb.HttpClient(host=parts.hostname, port=port, ssl=ssl, settings=_settings()))


def _close_server(chroma: _Chroma) -> None:
    chroma.client.close()
    for part in (chroma.client, chroma.client._admin_client):
        part._server._session.close()  # Chroma would leave the connections open


def _settings() -> Settings:
    return Settings(_env_file=None, anonymized_telemetry=False)  # type: ignore[call-arg]


def _opened(client: Any) -> _Chroma:
    collection = client.get_or_create_collection(COLLECTION, configuration=_CONFIGURATION, embedding_function=None)
    collection.count()  # brings the graph into memory while nobody writes
    return _Chroma(client, collection)


def _delete_papers(paper_ids: Sequence[str], chroma: _Chroma) -> None:
    chroma.collection.delete(where={"paper_id": {"$in": list(paper_ids)}})


def _delete(passage_ids: Sequence[str], chroma: _Chroma) -> None:
    present = chroma.collection.get(ids=list(passage_ids), include=[])["ids"]
    if present:
        chroma.collection.delete(ids=present)


def _add(batch: Sequence[TextNode], chroma: _Chroma) -> None:
    # LlamaIndex takes two seconds to import, which reading does without.
    from llama_index.vector_stores.chroma import ChromaVectorStore

    _delete([node.node_id for node in batch], chroma)
    ChromaVectorStore.from_collection(chroma.collection).add(list(batch))


def _search(chroma: _Chroma, query: Vector, k: int, among: Sequence[str] | None) -> Hits:
    if among is not None and len(among) <= _NARROW:
        return _compare(chroma, query, among)
    ids = None if among is None else list(among)
    try:
        found = chroma.collection.query(query_embeddings=[query], n_results=k, include=["distances"], ids=ids)
    except ChromaError:
        if among is None:
            raise
        return _compare(chroma, query, among)  # one of the ids is not in the graph
    hits = [(id_, 1.0 - float(far)) for id_, far in zip(found["ids"][0], found["distances"][0], strict=True)]
    # Chroma counts its rows one by one, so it is asked only when it may have found too few.
    if len(hits) < k and len(hits) < (chroma.collection.count() if among is None else len(among)):
        return _compare(chroma, query, _ids(chroma) if among is None else among)
    return hits


def _compare(chroma: _Chroma, query: Vector, ids: Sequence[str]) -> Hits:
    """The cosine similarity of the query with each of the passages."""
    pairs = list(_fetch(chroma, ids))
    if not pairs:
        return []
    matrix = np.stack([row for _, row in pairs])
    lengths = np.linalg.norm(matrix, axis=1) * np.linalg.norm(query)
    cosines = (matrix @ query) / np.maximum(lengths, np.finfo(np.float32).tiny)
    return [(id_, float(cosine)) for (id_, _), cosine in zip(pairs, cosines, strict=True)]


def _fetch(chroma: _Chroma, ids: Sequence[str]) -> Iterator[tuple[str, Vector]]:
    for chunk in chunks(ids, _GET):
        found = chroma.collection.get(ids=list(chunk), include=["embeddings"])
        yield from zip(found["ids"], np.asarray(found["embeddings"], dtype=np.float32), strict=True)


def _ids(chroma: _Chroma) -> list[str]:
    found: list[str] = chroma.collection.get(include=[])["ids"]
    return found


def _examine(chroma: _Chroma) -> bool:
    ids = _ids(chroma)
    rows = dict(_fetch(chroma, ids))
    sample = [rows[id_] for id_ in ids[:: max(1, len(ids) // _SAMPLE)] if id_ in rows]
    nearest = [_search(chroma, row, 1, None) for row in sample]
    found = sum(bool(hits) and hits[0][1] > _SAME for hits in nearest)
    return len(rows) == len(ids) and 2 * found >= len(sample)
