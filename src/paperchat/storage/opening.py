"""Opens a library's stores, whatever state a stopped process or a full disk has left them in.

What puts them in order is imported only where there is something to put in order.
"""

from __future__ import annotations

import errno
import os
import re
import shutil
import stat
from collections.abc import Callable
from contextlib import nullcontext, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from paperchat.errors import ModelError, StorageError
from paperchat.storage.backups.unfinished import is_restoring
from paperchat.storage.database import FILE, Database
from paperchat.storage.errors import is_full, storage_error
from paperchat.storage.locks import FolderLock
from paperchat.storage.metadata import Manifest, read_rebuild
from paperchat.storage.stores import Stores

if TYPE_CHECKING:
    from llama_index.core.embeddings import BaseEmbedding

_SNAPSHOT_TRIES = 3
_LOST = "restore a backup (`paperchat restore FILE --replace`), or move the folder away and ingest again"

_ENTRY_PATTERN = re.compile(
    r"(catalogue\.sqlite|chroma|names|tantivy)([.-].*)?|incoming|restore|uploads|web|write\.lock"
)
_RIGHTS_OF_OTHERS = 0o077


def open_stores(
    home: Path,
    *,
    find_embedder: Callable[[], BaseEmbedding],
    configured: Manifest,
    chroma_url: str,
    milvus_url: str,
    milvus_token: str,
    database_url: str,
    lock_timeout: float,
    check_manifest: bool,
) -> Stores:
    """Open the stores at ``home``; see `Library.open`. The indexes are opened at first use."""
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise storage_error("the library", home, error, remedy="choose another folder") from error
    if is_restoring(home):
        from paperchat.storage.backups.restore import finish_restoring

        with FolderLock(home / "write.lock", timeout=lock_timeout):
            finish_restoring(home)
    obstacle = _obstacle_to_writing(home) if database_url or (home / FILE).exists() else None
    snapshot = _snapshot(home) if obstacle else None
    folder = Path(snapshot.name) if snapshot else home
    database = Database(folder, url=database_url, busy_timeout=lock_timeout)
    lock = database.process_lock(home / "write.lock", timeout=lock_timeout)
    stores = Stores(
        home=home,
        database=database,
        lock=lock,
        find_embedder=find_embedder,
        configured=configured,
        chroma_url=chroma_url,
        milvus_url=milvus_url,
        milvus_token=milvus_token,
        snapshot=snapshot,
    )
    try:
        if obstacle:
            database.prepare(nullcontext() if database.is_file else lock)
            database.refusal = obstacle
            if check_manifest:
                stores.check_manifest()
            return stores
        if database.is_new():
            _check_no_indexes(stores)
        database.prepare(lock)
        if not stores.catalogue.has_papers():
            _check_indexes_are_empty(stores)
        _make_private(home)
        _finish_rebuild_if_unlocked(stores)
        if check_manifest:
            stores.check_manifest()
            _recover_if_unlocked(stores)
    except BaseException:
        stores.close()
        raise
    return stores


def _obstacle_to_writing(home: Path) -> StorageError | None:
    """The error that writing to an existing library would end with: its disk is full or read-only."""
    code = None
    options = {"effective_ids": True} if os.access in os.supports_effective_ids else {}
    if not all(os.access(path, os.W_OK, **options) for path in (home, home / FILE) if path.exists()):
        code = errno.EROFS
    elif is_full(home):
        code = errno.ENOSPC
    return storage_error("the library", home, OSError(code, os.strerror(code)), remedy="") if code else None


def _snapshot(home: Path) -> TemporaryDirectory[str]:
    """A copy of the library in the folder for temporary files: none of the stores can be read without writing.

    Raises:
        StorageError: there is no space for it, or another process keeps changing the library.
    """
    copy = TemporaryDirectory(prefix="paperchat-")
    try:
        for _ in range(_SNAPSHOT_TRIES):
            before = _states(home)
            for file in before:
                target = Path(copy.name) / file.relative_to(home)
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(file, target)
            if _states(home) == before:
                return copy
        raise StorageError(f"another process keeps changing the library at {home}: try again when it is done")
    except OSError as error:
        copy.cleanup()
        where = error.filename2 or error.filename or copy.name
        raise storage_error("the copy of the library that is read", where, error, remedy="set TMPDIR") from error
    except BaseException:
        copy.cleanup()
        raise


def _states(home: Path) -> dict[Path, tuple[int, int]]:
    """The size and the time of change of each file of the three stores."""
    folders = (home / name for name in ("tantivy", "chroma", "names"))
    stores = (home / FILE, home / f"{FILE}-wal", *(path for folder in folders for path in folder.rglob("*")))
    found = {path: path.stat() for path in stores if path.is_file() and path.suffix != ".lock"}
    return {path: (state.st_size, state.st_mtime_ns) for path, state in found.items()}


def _make_private(home: Path) -> None:
    """Take the rights of other users away from the library, and from its folder unless that holds other things, too."""
    if not hasattr(os, "geteuid"):
        return
    with suppress(OSError):  # of another user, or on a read-only disk
        entries = list(home.iterdir())
        of_library = [entry for entry in entries if _ENTRY_PATTERN.fullmatch(entry.name)]
        for path in of_library:
            _take_rights_of_others(path)
        if len(of_library) == len(entries):
            _take_rights_of_others(home)


def _take_rights_of_others(path: Path) -> None:
    with suppress(FileNotFoundError):
        status = path.lstat()
        mode = stat.S_IMODE(status.st_mode)
        if status.st_uid == os.geteuid() and mode & _RIGHTS_OF_OTHERS and not stat.S_ISLNK(status.st_mode):
            path.chmod(mode & ~_RIGHTS_OF_OTHERS)


def _check_no_indexes(stores: Stores) -> None:
    """Check that a library without a catalogue is new, before one is made and takes its indexes for surplus."""
    if any((stores.home / file).exists() for file in ("tantivy/meta.json", "chroma/chroma.sqlite3")):
        if not stores.database.is_file:
            raise StorageError(
                f"{stores.database.place} has no catalogue, and {stores.home} has the indexes of a library: "
                "run `paperchat migrate`, which copies its catalogue there, or choose another folder"
            )
        raise StorageError(
            f"the catalogue of the library at {stores.home} is missing, and its indexes are there: {_LOST}"
        )


def _check_indexes_are_empty(stores: Stores) -> None:
    """Check that a catalogue without papers is not one that was made in place of a lost one."""
    try:
        size = stores.index.count_texts()
    except StorageError:
        return
    if size and not stores.catalogue.has_papers():  # another process may have added some in between
        raise StorageError(
            f"the catalogue of the library at {stores.home} has no papers, its indexes have {size} passages: {_LOST}"
        )


def _finish_rebuild_if_unlocked(stores: Stores) -> None:
    """Tidy up after a rebuilding of the indexes that was stopped, unless another process is at it."""
    with suppress(StorageError):  # on a full or read-only disk it is done another time
        if read_rebuild(stores.database) and stores.lock.acquire(0):
            from paperchat.storage import indexer

            try:
                indexer.finish_rebuild(stores)
            finally:
                stores.lock.release()


def _recover_if_unlocked(stores: Stores) -> None:
    """Recover pending papers, unless another process is writing them now."""
    if not stores.catalogue.pending(1) or not stores.lock.acquire(0):
        return
    from paperchat.storage.recovery import recover

    try:
        recover(stores)
    except (ModelError, StorageError):
        return  # the papers stay pending, and all others can be read
    finally:
        stores.lock.release()
