"""Writes a backup of a library while others use it; a restored library is one between two of its changes."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from paperchat import __version__
from paperchat.errors import LibraryVersionError, StorageError, UsageError
from paperchat.storage.backups.backup_archive import SUFFIX, BackupManifest, list_files, read_archive, write_archive
from paperchat.storage.backups.restore import finish_restoring
from paperchat.storage.database import FILE
from paperchat.storage.errors import storage_error
from paperchat.storage.indexes.chroma_access import ChangeStamp
from paperchat.storage.locks import FolderLock
from paperchat.storage.schema import HEAD, REVISIONS

_CHROMA_FILE = "chroma.sqlite3"


def write_backup(home: Path, file: Path, *, lock_timeout: float = 30.0) -> BackupManifest:
    """Write the library at ``home`` into ``file``, which only its owner may read; one that is there is replaced.

    The lock is held while the library is copied, so that nobody ingests meanwhile; questions go on. The library is
    not opened, and so not migrated.

    Raises:
        UsageError: there is no library, or ``file`` is not where a backup can be.
        LibraryBusyError: another process writes for longer than ``lock_timeout`` seconds.
        LibraryVersionError: a newer paperchat wrote the library.
        StorageError: the library is damaged, or the disk is full or cannot be written.
    """
    _check_file(home, file)
    try:
        with TemporaryDirectory(prefix=f".{file.name[:200]}.", dir=file.parent) as folder:
            staged, part = Path(folder) / "library", Path(folder) / "backup"
            staged.mkdir()
            with FolderLock(home / "write.lock", timeout=lock_timeout):
                finish_restoring(home)
                _copy_library(home, staged, lock_timeout=lock_timeout)
            manifest = _manifest(home, staged)
            with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as target:
                write_archive(target, staged, manifest)
                target.flush()
                os.fsync(target.fileno())
            shutil.rmtree(staged)
            read_archive(part)
            part.replace(file)
    except OSError as error:
        raise storage_error("the backup", file, error, remedy="name another file") from error
    return manifest


def _check_file(home: Path, file: Path) -> None:
    if not file.name.endswith(SUFFIX) or file.name == SUFFIX:
        raise UsageError(f"{file}: the name of a backup must end in {SUFFIX}")
    if not file.parent.is_dir():
        raise UsageError(f"{file}: the folder {file.parent} does not exist: create it or name another file")
    if file.exists() and not file.is_file():
        raise UsageError(f"{file} is not a file: name another one")
    if file.resolve().is_relative_to(home.resolve()):
        raise UsageError(f"{file} is in the library's folder, and would be lost with it: name a file elsewhere")
    if not (home / FILE).is_file():
        raise UsageError(f"there is no library at {home}: name its folder with --home")


def _copy_library(home: Path, target: Path, *, lock_timeout: float) -> None:
    """Copy the catalogue, the indexes and the uploads; the caller holds the lock, so that the indexes do not change.

    Conversations and marks may change meanwhile: they are in the catalogue, which is copied in one transaction.
    """
    try:
        _copy_database(home / FILE, target / FILE)
    except sqlite3.Error as error:
        raise storage_error(
            "the catalogue", home / FILE, error, remedy="restore an earlier backup, or ingest again"
        ) from error
    _copy_files(home / "tantivy", target / "tantivy")
    chroma = home / "chroma"
    with FolderLock(home / "chroma.lock", timeout=lock_timeout):
        if ChangeStamp(chroma / "stamp").is_interrupted():
            raise _unfinished(home, "writing to its vector index was stopped")
        _copy_files(chroma, target / "chroma", but=_CHROMA_FILE)
        if (chroma / _CHROMA_FILE).exists():
            try:
                _copy_database(chroma / _CHROMA_FILE, target / "chroma" / _CHROMA_FILE)
            except sqlite3.Error as error:
                raise storage_error("the vector index", chroma, error, remedy="run `paperchat reindex`") from error
    _copy_files(home / "uploads", target / "uploads")


def _copy_files(folder: Path, target: Path, *, but: str = "") -> None:
    """Copy all files below a folder but locks; those that are deleted meanwhile are not needed."""
    for file in folder.rglob("*"):
        if not file.is_file() or file.is_symlink() or file.suffix == ".lock" or file.name.startswith(but or "\0"):
            continue
        copy = target / file.relative_to(folder)
        copy.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            shutil.copyfile(file, copy)
        except FileNotFoundError:
            copy.unlink(missing_ok=True)


def _copy_database(file: Path, target: Path) -> None:
    """Copy an SQLite database in one read transaction, into one file without a log beside it."""
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(target)) as copy:
        source.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE")


def _manifest(home: Path, staged: Path) -> BackupManifest:
    """Describe a copy of a library after checking its catalogue."""
    try:
        with closing(sqlite3.connect(staged / FILE)) as copy:
            found = [line for (line,) in copy.execute("PRAGMA integrity_check(1)")]
            (revision,) = copy.execute("SELECT version_num FROM alembic_version").fetchone() or ("",)
            (papers,) = copy.execute("SELECT count(*) FROM papers").fetchone()
            (passages,) = copy.execute("SELECT count(*) FROM passages").fetchone()
            rebuild = copy.execute("SELECT 1 FROM meta WHERE name = 'rebuild'").fetchone()
    except sqlite3.Error as error:
        raise storage_error("the catalogue", home / FILE, error, remedy="restore an earlier backup") from error
    if found != ["ok"]:
        raise StorageError(f"the catalogue at {home / FILE} is damaged ({found[0]}): restore an earlier backup")
    if revision not in REVISIONS:
        raise LibraryVersionError(
            f"the library at {home} was written by a newer paperchat (catalogue {revision}, this one knows {HEAD}): "
            "upgrade paperchat"
        )
    if rebuild:
        raise _unfinished(home, "rebuilding its indexes was stopped")
    return BackupManifest(
        created_at=datetime.now(UTC).isoformat(timespec="seconds"),
        paperchat=__version__,
        catalogue=revision,
        papers=papers,
        passages=passages,
        files=list_files(staged),
    )


def _unfinished(home: Path, reason: str) -> StorageError:
    return StorageError(f"the library at {home} cannot be backed up as it is ({reason}): run `paperchat doctor --fix`")
