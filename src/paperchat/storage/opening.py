"""Opening the stores of a library, and finishing what a stopped process left undone."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from paperchat.errors import ModelError, StorageError
from paperchat.storage.database import Database
from paperchat.storage.errors import storage_error
from paperchat.storage.locks import FolderLock
from paperchat.storage.metadata import Manifest
from paperchat.storage.recovery import recover
from paperchat.storage.stores import Stores

if TYPE_CHECKING:
    from llama_index.core.embeddings import BaseEmbedding


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
