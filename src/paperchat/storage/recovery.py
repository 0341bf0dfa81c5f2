"""Whether the three stores agree, and making them agree."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from paperchat.errors import LibraryMismatchError, ModelError, StorageError
from paperchat.storage import catalogue_writer, indexer
from paperchat.storage.counts import Diagnosis
from paperchat.storage.database import Database
from paperchat.storage.errors import storage_error
from paperchat.storage.locks import FolderLock
from paperchat.storage.metadata import Manifest
from paperchat.storage.stores import Stores

if TYPE_CHECKING:
    from llama_index.core.embeddings import BaseEmbedding


@dataclass(frozen=True, slots=True, kw_only=True)
class _Findings:
    lines: tuple[str, ...]
    fits: bool  # whether the settings fit what was indexed
    damaged: tuple[str, ...]  # stores that cannot be used: "texts", "vectors"
    astray: frozenset[str]  # passages in an index that the catalogue does not have
    missing: frozenset[str]  # papers with passages that an index does not have
    texts: int
    vectors: int


def diagnose(stores: Stores, *, fix: bool) -> Diagnosis:
    """Compare the stores; with ``fix`` the indexes are mended from the catalogue, under the lock.

    What is wrong with the catalogue's own file, or with the settings, is told and left alone.
    """
    found = after = _examine(stores)
    if fix and found.lines and found.fits:
        with stores.lock:
            _mend(stores, found)
        after = _examine(stores)
    counts = stores.catalogue.counts()
    return Diagnosis(
        problems=found.lines,
        fixed=bool(found.lines) and not after.lines,
        papers=counts.papers,
        pending=counts.pending,
        passages=counts.passages,
        vectors=after.vectors,
        texts=after.texts,
    )


def recover(stores: Stores) -> None:
    """Finish what a stopped process left pending, and mend what it damaged; the caller holds the lock."""
    try:
        indexer.finish_pending(stores)
    except StorageError:
        if stores.vectors.is_sound():
            raise
    found = _examine(stores)
    if found.lines:
        _mend(stores, found)


def _examine(stores: Stores) -> _Findings:
    lines = stores.database.problems()
    fits = True
    try:
        stores.check_manifest()
    except LibraryMismatchError as error:
        fits = False
        lines.append(str(error))
    waiting = stores.catalogue.pending()
    if waiting:
        lines.append(f"{len(waiting)} papers are pending: another process is writing, or was stopped")
    expected = stores.catalogue.indexed_passages()
    allowed = expected.keys() | {
        passage.passage_id for several in stores.catalogue.passages_of(waiting).values() for passage in several
    }
    damaged: list[str] = []
    astray: set[str] = set()
    missing: set[str] = set()
    sizes = {"texts": 0, "vectors": 0}
    for name, label in (("texts", "the word index"), ("vectors", "the vector index")):
        ids = _ids(stores, name)
        if ids is None:
            damaged.append(name)
            lines.append(f"{label} is damaged")
            continue
        sizes[name] = len(ids)
        lacking = expected.keys() - ids
        surplus = ids - allowed
        if lacking:
            lines.append(f"{label} lacks {len(lacking)} of {len(expected)} passages")
        if surplus:
            lines.append(f"{label} has {len(surplus)} passages that the catalogue has not")
        missing |= {expected[passage_id] for passage_id in lacking}
        astray |= surplus
    return _Findings(
        lines=tuple(lines),
        fits=fits,
        damaged=tuple(damaged),
        astray=frozenset(astray),
        missing=frozenset(missing),
        **sizes,
    )


def _ids(stores: Stores, name: str) -> set[str] | None:
    """The passages that an index holds; ``None`` when it cannot be used."""
    try:
        if name == "texts":
            return stores.lexical.ids()
        return stores.vectors.ids() if stores.vectors.is_sound() else None
    except StorageError:
        return None


def _mend(stores: Stores, found: _Findings) -> None:
    if found.damaged:
        with stores.database.writing() as connection:
            catalogue_writer.set_all_pending(connection)
        stores.clear()
    else:
        stores.lexical.write(drop=found.astray)
        stores.vectors.drop(sorted(found.astray))
        with stores.database.writing() as connection:
            catalogue_writer.set_state(connection, found.missing, "pending")
    indexer.finish_pending(stores)


def open_stores(
    home: Path,
    *,
    embedder: BaseEmbedding,
    wanted: Manifest,
    chroma_url: str,
    database_url: str,
    lock_timeout: float,
    check_manifest: bool,
) -> Stores:
    """The stores at ``home``; see `Library.open`. The indexes are opened when they are first needed."""
    try:
        home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise storage_error("the library", home, error, remedy="name another folder") from error
    lock = FolderLock(home / "write.lock", timeout=lock_timeout)
    database = Database(home, url=database_url, busy_timeout=lock_timeout)
    stores = Stores(home=home, database=database, lock=lock, embedder=embedder, wanted=wanted, chroma_url=chroma_url)
    try:
        database.prepare(lock)
        if check_manifest:
            stores.check_manifest()
            _finish_what_was_stopped(stores)
    except BaseException:
        stores.close()
        raise
    return stores


def _finish_what_was_stopped(stores: Stores) -> None:
    if not stores.catalogue.pending(1) or not stores.lock.acquire(0):
        return
    try:
        recover(stores)
    except (ModelError, StorageError):
        return  # the papers stay pending, and the rest can be read
    finally:
        stores.lock.release()
