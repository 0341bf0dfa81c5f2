"""The vector index: passages by their embeddings in Chroma, which is read through its bindings where that can be."""

from __future__ import annotations

import itertools
import os
import shutil
import tempfile
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import numpy.typing as npt

from paperchat.errors import PaperchatError, StorageError, UnavailableError
from paperchat.storage.catalogue import batches, checksum, short_checksum
from paperchat.storage.errors import storage_error
from paperchat.storage.index import Hits
from paperchat.storage.indexes.chroma_access import SharedFolder, SharedResource, SharedServer, is_folder_usable
from paperchat.storage.indexes.chroma_bindings import (
    CHECKSUM,
    COLLECTION,
    PAPER_ID,
    OpenedChroma,
    chroma_errors,
    is_away,
    open_bindings,
)

if TYPE_CHECKING:
    from llama_index.core.schema import TextNode

    from paperchat.storage.index import Vector

_STAGED_FOLDER = "reindex"
_ADD_BATCH = 500  # nodes; other processes cannot read while a batch is added
_GET_BATCH = 5_000
# Up to this many candidates an exhaustive comparison is faster than, and as exact as, a filtered search of the graph.
_MAX_EXHAUSTIVE = 1_000
_CHECK_SAMPLE = 50
_IDENTICAL = 0.99

_STDERR_GUARD = threading.Lock()


class VectorIndex:
    """Nearest-neighbour search over passages by cosine; safe to share between threads and processes.

    Chroma is not made for several processes on one folder: each keeps the graph in memory, misses what others add,
    and may overwrite it. `SharedFolder` makes them take turns and reopen the folder.

    Every method raises StorageError when the index cannot be used, and LibraryBusyError when another process
    does not release it.
    """

    # Within a process Chroma shares one client per spelling of a path, and that client cannot be reopened.
    _spellings: ClassVar[Iterator[int]] = itertools.cycle(range(256))

    def __init__(
        self, folder: Path, *, url: str = "", lock_timeout: float = 30.0, collection: str = COLLECTION
    ) -> None:
        """``folder`` holds the embedded index; ``url`` is the address of a Chroma server to use instead."""
        self._folder = folder
        self._url = url
        self._lock_timeout = lock_timeout
        self._shared: SharedResource[OpenedChroma]
        if url:
            self._shared = SharedServer(
                on_open=partial(_open_server, url, collection),
                on_close=_close_server,
                on_clear=lambda chroma: chroma.client.delete_collection(collection),
                check=_check_collection,
                stale=chroma_errors,
            )
        else:
            self._shared = SharedFolder(
                folder / "chroma.sqlite3",
                on_open=partial(_open_folder, folder),
                on_open_writable=lambda: _open_writable(folder, spelling=next(self._spellings)),
                on_close=lambda chroma: chroma.client.close(),
                probe=is_folder_usable,
                stale=chroma_errors,
                lock_timeout=lock_timeout,
            )

    def write(self, *, delete_papers: Sequence[str], nodes: Sequence[TextNode]) -> None:
        """Delete the passages of the papers in ``delete_papers``, then add ``nodes``, which carry their embeddings.

        Passages with the ids of ``nodes`` are deleted, too: Chroma would keep their old vectors.
        """
        with self._translate_errors():
            for papers in batches(delete_papers):
                self._shared.write(partial(_delete_papers, papers))
            for batch in batches(nodes, _ADD_BATCH):
                self._shared.write(partial(_add, batch))

    def delete_passages(self, passage_ids: Sequence[str]) -> None:
        """Delete these passages; ids that are not in the index are ignored."""
        with self._translate_errors():
            for ids in batches(passage_ids):
                self._shared.write(partial(_delete, ids))

    def search(self, vector: npt.ArrayLike, k: int, among: Sequence[str] | None = None) -> Hits:
        """The ``k`` nearest passages, or all if there are fewer: id and cosine similarity, best first.

        ``among`` restricts the search to these passages; ids that are not in the index are ignored.
        """
        query = np.asarray(vector, dtype=np.float32)
        if k < 1:
            return []
        with self._translate_errors():
            found = self._shared.read(lambda chroma: _search(chroma, query, k, among))
        return sorted(found or [], key=lambda pair: (-pair[1], pair[0]))[:k]

    def vectors(self, passage_ids: Iterable[str]) -> dict[str, Vector]:
        """The float32 vector of each passage that is in the index."""
        unique = list(dict.fromkeys(passage_ids))
        with self._translate_errors():
            return self._shared.read(lambda chroma: dict(_fetch(chroma, unique))) or {}

    def checksums(self) -> dict[str, int]:
        """The short checksum of the text of each passage in the index, as the text was when it was added."""
        with self._translate_errors():
            return self._shared.read(lambda chroma: dict(_fetch_checksums(chroma))) or {}

    def count(self) -> int:
        """The number of passages in the index."""
        with self._translate_errors():
            return self._shared.read(lambda chroma: int(chroma.collection.count())) or 0

    def check(self) -> None:
        """Check that a passage can be read, if there is one; Chroma takes longer to count them."""
        with self._translate_errors():
            self._shared.read(lambda chroma: chroma.collection.get(limit=1, include=[]))

    def is_intact(self) -> bool:
        """Whether every passage's vector can be read, and a search finds a sample of them."""
        with self._translate_errors():
            return self._shared.is_intact()

    def clear(self) -> None:
        """Delete the collection, and the folder of the embedded one, whatever its state."""
        with self._translate_errors():
            self._shared.clear()

    def create(self) -> None:
        """Create the index where there is none."""
        with self._translate_errors():
            self._shared.write(lambda _: None)

    def staged(self) -> VectorIndex:
        """The index that is built beside this one while this one is searched."""
        from paperchat.storage.indexes.chroma_client import STAGED_COLLECTION

        return VectorIndex(
            self._folder.parent / _STAGED_FOLDER / self._folder.name,
            url=self._url,
            lock_timeout=self._lock_timeout,
            collection=STAGED_COLLECTION,
        )

    def adopt_staged(self) -> None:
        """Put the staged index in this one's place; nothing where that is done."""
        with self._translate_errors():
            if isinstance(self._shared, SharedFolder):
                staged = self._folder.parent / _STAGED_FOLDER
                self._shared.replace(staged / self._folder.name)
                shutil.rmtree(staged, ignore_errors=True)
            else:
                from paperchat.storage.indexes.chroma_client import rename_staged

                self._shared.write(rename_staged)
                self._shared.close()

    def discard_staged(self) -> None:
        """Delete the staged index, complete or not."""
        staged = self.staged()
        staged.clear()
        staged.close()
        if not self._url:
            shutil.rmtree(self._folder.parent / _STAGED_FOLDER, ignore_errors=True)

    def close(self) -> None:
        """Close the index; the next call opens it again."""
        self._shared.close()

    @contextmanager
    def _translate_errors(self) -> Iterator[None]:
        try:
            yield
        except PaperchatError:
            raise
        except Exception as error:
            if self._url:  # what a proxy before the server says is a plain Exception
                self.close()
                kind = UnavailableError if is_away(error) else StorageError
                reason = " ".join(str(error).split())[:200]
                raise kind(f"the Chroma server at {self._url} failed ({reason}): check that it runs") from error
            if not isinstance(error, _failures()):
                raise
            self.close()
            raise storage_error("the vector index", self._folder, error, remedy="run `paperchat reindex`") from error


def check_folder(folder: Path) -> bool:
    """Check an embedded index; `VectorIndex.is_intact` runs this in another process and holds the lock for it."""
    try:
        return _check_collection(_open_writable(folder))
    except _failures():
        return False


def _failures() -> tuple[type[Exception], ...]:
    return (*chroma_errors(), ValueError, OSError, RuntimeError)


def _open_folder(folder: Path) -> OpenedChroma:
    """For reading: by the bindings, or by Chroma's client, which says what is wrong where something is."""
    try:
        with _without_rust_tracebacks():
            return open_bindings(str(folder))
    except Exception:  # noqa: BLE001 - of whatever kind
        return _open_writable(folder)


def _open_writable(folder: Path, *, spelling: int = 0) -> OpenedChroma:
    from paperchat.storage.indexes.chroma_client import open_client

    with _without_rust_tracebacks():
        return open_client(str(folder) + f"{os.sep}." * spelling)


@contextmanager
def _without_rust_tracebacks() -> Iterator[None]:
    """Hold standard error back, and drop what was written there when an error follows.

    On a damaged folder Chroma's Rust threads print their tracebacks there, besides raising an error in Python.
    """
    with _STDERR_GUARD, tempfile.TemporaryFile() as held:
        try:
            kept = os.dup(2)
        except OSError:  # closed
            yield
            return
        os.dup2(held.fileno(), 2)
        try:
            yield
            held.seek(0)
            os.write(kept, held.read())
        finally:
            os.dup2(kept, 2)
            os.close(kept)


def _open_server(url: str, collection: str) -> OpenedChroma:
    from paperchat.storage.indexes.chroma_client import open_server

    return open_server(url, collection)


def _close_server(chroma: OpenedChroma) -> None:
    from paperchat.storage.indexes.chroma_client import close_server

    close_server(chroma)


def _delete_papers(paper_ids: Sequence[str], chroma: OpenedChroma) -> None:
    chroma.collection.delete(where={PAPER_ID: {"$in": list(paper_ids)}})


def _delete(passage_ids: Sequence[str], chroma: OpenedChroma) -> None:
    present = chroma.collection.get(ids=list(passage_ids), include=[])["ids"]
    if present:
        chroma.collection.delete(ids=present)


def _add(batch: Sequence[TextNode], chroma: OpenedChroma) -> None:
    from paperchat.storage.indexes.chroma_client import add

    _delete([node.node_id for node in batch], chroma)
    add(batch, chroma)


def _search(chroma: OpenedChroma, query: Vector, k: int, among: Sequence[str] | None) -> Hits:
    if among is not None and len(among) <= _MAX_EXHAUSTIVE:
        return _compare(chroma, query, among)
    ids = None if among is None else list(among)
    try:
        found = chroma.collection.query(query_embeddings=[query], n_results=k, include=["distances"], ids=ids)
    except chroma_errors():
        if among is None:
            raise
        return _compare(chroma, query, among)  # one of the ids is not in the graph
    hits = [(id_, 1.0 - float(distance)) for id_, distance in zip(found["ids"][0], found["distances"][0], strict=True)]
    # Chroma counts its rows one by one, so count() is called only when there may be too few hits.
    if len(hits) < k and len(hits) < (chroma.collection.count() if among is None else len(among)):
        return _compare(chroma, query, _ids(chroma) if among is None else among)
    return hits


def _compare(chroma: OpenedChroma, query: Vector, ids: Sequence[str]) -> Hits:
    """The cosine similarity of the query with each of the passages."""
    pairs = list(_fetch(chroma, ids))
    if not pairs:
        return []
    matrix = np.stack([row for _, row in pairs])
    lengths = np.linalg.norm(matrix, axis=1) * np.linalg.norm(query)
    cosines = (matrix @ query) / np.maximum(lengths, np.finfo(np.float32).tiny)
    return [(id_, float(cosine)) for (id_, _), cosine in zip(pairs, cosines, strict=True)]


def _fetch(chroma: OpenedChroma, ids: Sequence[str]) -> Iterator[tuple[str, Vector]]:
    for batch in batches(ids, _GET_BATCH):
        found = chroma.collection.get(ids=list(batch), include=["embeddings"])
        yield from zip(found["ids"], np.asarray(found["embeddings"], dtype=np.float32), strict=True)


def _fetch_checksums(chroma: OpenedChroma) -> Iterator[tuple[str, int]]:
    for batch in batches(_ids(chroma), _GET_BATCH):
        found = chroma.collection.get(ids=list(batch), include=["metadatas", "documents"])
        for passage_id, metadata, text in zip(found["ids"], found["metadatas"], found["documents"], strict=True):
            # The records of earlier versions hold the text itself.
            yield passage_id, metadata[CHECKSUM] if text is None else short_checksum(checksum(text))


def _ids(chroma: OpenedChroma) -> list[str]:
    found: list[str] = chroma.collection.get(include=[])["ids"]
    return found


def _check_collection(chroma: OpenedChroma) -> bool:
    ids = _ids(chroma)
    rows = dict(_fetch(chroma, ids))
    sample = [rows[id_] for id_ in ids[:: max(1, len(ids) // _CHECK_SAMPLE)] if id_ in rows]
    nearest = [_search(chroma, row, 1, None) for row in sample]
    found = sum(bool(hits) and hits[0][1] > _IDENTICAL for hits in nearest)
    return len(rows) == len(ids) and 2 * found >= len(sample)
