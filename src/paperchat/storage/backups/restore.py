"""Puts the library of a backup into a folder, in place of the one that is there, at once or not at all.

The backup is unpacked into ``restore/new`` and checked. Renaming that to ``restore/ready`` decides: whatever ends the
process before leaves the old library in force; whatever ends it later is made good at the next opening, by
`finish_restoring`. Everything in the folder that is not in backups stays, such as downloads and the audit log.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from paperchat.errors import LibraryBusyError, StorageError, UsageError
from paperchat.storage.backups.backup_archive import BackupManifest, read_archive
from paperchat.storage.backups.unfinished import READY, RESTORE_FOLDER
from paperchat.storage.database import FILE
from paperchat.storage.errors import storage_error
from paperchat.storage.locks import FolderLock

_FOLDERS = ("chroma", "tantivy", "uploads")
_OF_CATALOGUE = (f"{FILE}-wal", f"{FILE}-shm")
_OF_ANOTHER_STATE = ("reindex", "names")  # what a rebuilding left that was stopped, and an index that is made anew


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoredLibrary:
    """What was restored; ``keys`` is the number of API keys that are in force by it."""

    manifest: BackupManifest
    replaced: bool
    keys: int


def restore_backup(home: Path, file: Path, *, replace: bool = False, lock_timeout: float = 30.0) -> RestoredLibrary:
    """Make the folder ``home`` hold the library of a backup; with ``replace``, in place of the one there.

    Raises:
        UsageError: there is a library already, or ``file`` is no backup.
        LibraryBusyError: another process has the library open.
        LibraryVersionError: a newer paperchat wrote the backup.
        StorageError: the backup is damaged, or the disk is full or cannot be written.
    """
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        with FolderLock(home / "write.lock", timeout=lock_timeout):
            finish_restoring(home)
            is_occupied = any((home / name).exists() for name in (FILE, *_FOLDERS))
            if is_occupied and not replace:
                raise UsageError(
                    f"there is a library at {home}: name another folder with --home, or replace it with --replace"
                )
            _require_alone(home)
            folder = home / RESTORE_FOLDER
            shutil.rmtree(folder, ignore_errors=True)
            new = folder / "new"
            new.mkdir(mode=0o700, parents=True)
            try:
                manifest = read_archive(file, new)
                keys = _check_catalogue(home, new, manifest)
                for name in _FOLDERS:
                    (new / name).mkdir(mode=0o700, exist_ok=True)
                _sync(path for path in (new, *new.rglob("*")) if path.is_dir())
            except BaseException:
                shutil.rmtree(folder, ignore_errors=True)
                raise
            _require_alone(home)
            new.rename(folder / READY)
            _sync([folder])
            finish_restoring(home)
    except OSError as error:
        raise storage_error("the library", home, error, remedy="check the folder") from error
    return RestoredLibrary(manifest=manifest, replaced=is_occupied, keys=keys)


def finish_restoring(home: Path) -> None:
    """Put a library that is ready in its place; nothing where there is none. The caller holds the lock.

    Raises:
        StorageError: a file cannot be moved; the next call goes on.
    """
    ready, old = home / RESTORE_FOLDER / READY, home / RESTORE_FOLDER / "old"
    if not ready.exists():
        return
    try:
        old.mkdir(mode=0o700, exist_ok=True)
        for name in (FILE, *_FOLDERS):
            if not (ready / name).exists():
                continue
            for replaced in (*_OF_CATALOGUE, name) if name == FILE else (name,):
                _move(home / replaced, old / replaced)
            (ready / name).rename(home / name)
        for name in _OF_ANOTHER_STATE:
            _move(home / name, old / name)
        _sync([home])
        ready.rmdir()
        shutil.rmtree(home / RESTORE_FOLDER)
    except OSError as error:
        raise StorageError(
            f"restoring the library at {home} is not finished ({error.strerror}): end the programs that use it, "
            "check the disk, and run `paperchat status`"
        ) from error


def _require_alone(home: Path) -> None:
    """Check that no other process has the catalogue open: SQLite leaves its log only when nobody else uses it."""
    if not (home / FILE).is_file():
        return
    try:
        with closing(sqlite3.connect(home / FILE, timeout=0, isolation_level=None)) as connection:
            connection.execute("PRAGMA journal_mode = DELETE").fetchall()
    except sqlite3.DatabaseError as error:  # a damaged one is to be replaced
        if "locked" in str(error):
            raise LibraryBusyError(
                f"another process has the library at {home} open: stop it (serve, ui, watch, mcp, chat) and try again"
            ) from error


def _check_catalogue(home: Path, new: Path, manifest: BackupManifest) -> int:
    """Check the catalogue of an unpacked backup, and tell it where the uploads are now; return the number of keys."""
    try:
        with closing(sqlite3.connect(new / FILE)) as connection, connection:
            found = [line for (line,) in connection.execute("PRAGMA integrity_check(1)")]
            (revision,) = connection.execute("SELECT version_num FROM alembic_version").fetchone() or ("",)
            if found != ["ok"] or revision != manifest.catalogue:
                raise StorageError("the catalogue in the backup is damaged: restore another one")
            for file in manifest.files:
                if file.path.startswith("uploads/"):
                    _relocate(connection, file.path, home)
            tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            if "api_keys" not in tables:
                return 0
            (keys,) = connection.execute("SELECT count(*) FROM api_keys WHERE revoked_at IS NULL").fetchone()
            return int(keys)
    except sqlite3.Error as error:
        raise StorageError(f"the catalogue in the backup is damaged ({error}): restore another one") from error


def _relocate(connection: sqlite3.Connection, path: str, home: Path) -> None:
    """Change the place of an upload to where it is in the library at ``home``."""
    place = os.path.normpath((home / path).absolute()).encode("utf-8", "backslashreplace").decode()
    suffix = f"/{path}"
    for table, column in (("inputs", "location"), ("input_papers", "location"), ("full_texts", "source")):
        connection.execute(
            f"UPDATE {table} SET {column} = ? WHERE substr({column}, -length(?)) = ?",
            (place, suffix, suffix),
        )


def _move(path: Path, target: Path) -> None:
    if path.exists():
        if target.is_dir():
            shutil.rmtree(target)
        path.replace(target)


def _sync(folders: Iterable[Path]) -> None:
    """Have the system write what was renamed or made in these folders; Windows cannot."""
    if os.name != "posix":
        return
    for folder in folders:
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
