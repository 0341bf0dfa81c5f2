"""Uploaded files that wait to be ingested, in a folder of each visitor."""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
import shutil
import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from uuid import uuid4

from filelock import FileLock, Timeout
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import Message, Receive

from paperchat.access.quotas import MAX_FILE_BYTES, MAX_FILES, QuotaExceededError
from paperchat.errors import StorageError, UsageError

EXTENSIONS = (".pdf", ".txt", ".html", ".htm", ".json", ".jsonl", ".xml", ".atom", ".bib", ".ris", ".gz")
_UNSAFE_CHARACTERS_PATTERN = re.compile(r"[^\w. ()+-]+")
_MAX_NAME_LENGTH = 120
_MAX_FIELDS = 10
_FORM_OVERHEAD = 64 * 2**10  # bytes of a form beside its files
_MAX_WAIT = 3600  # seconds that an uploaded file waits to be ingested


class IncomingFiles:
    """The folder for uploads to this server, below the library's home: deleted when closed.

    What servers that crashed have left is deleted, too; the folder of one that runs is locked.
    """

    def __init__(self, home: Path, *, max_bytes: int) -> None:
        """Make the folder; ``max_bytes`` is what one visitor's uploads may take, with those that are stored.

        Raises:
            StorageError: it cannot be made.
        """
        home = home.resolve()
        self._stored = home / "uploads"
        self._max_bytes = max_bytes
        root = home / "incoming"
        self.folder = root / uuid4().hex
        self._lock = FileLock(_lock_file(self.folder), thread_local=False)
        self._uploading: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        try:
            root.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.is_alone = _delete_abandoned(root)
            self._lock.acquire()
            self.folder.mkdir(mode=0o700)
        except OSError as error:
            raise StorageError(f"{root} cannot be written ({error.strerror}): check the folder and the disk") from error

    def close(self) -> None:
        """Delete the folder."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self._lock.release()
        _lock_file(self.folder).unlink(missing_ok=True)

    def folder_of(self, visitor: str) -> Path:
        """Return the folder of a visitor's uploads."""
        return self.folder / folder_prefix(visitor)

    def is_of(self, visitor: str, file: str) -> bool:
        """Whether this is the path of an upload by the visitor; other paths are not looked at."""
        return Path(os.path.normpath(file)).is_relative_to(self.folder_of(visitor))

    def find(self, visitor: str, upload_id: str) -> Path | None:
        """Return the visitor's upload of this id, whichever server of this folder has received it."""
        files = self.folder.parent.glob(f"*/{folder_prefix(visitor)}/{upload_id}/*")
        return next(iter(files), None)

    def take(self, visitor: str, files: Sequence[str]) -> Sequence[str]:
        """Return the uploads that a visitor names.

        Raises:
            UsageError: one is not there, or is not the visitor's.
        """
        for file in files:
            if not self.is_of(visitor, file) or not Path(file).is_file():
                raise UsageError(f"{Path(file).name} is not there: upload it again")
        return files

    def discard(self, files: Sequence[str]) -> None:
        """Delete files that have been ingested or refused, and the empty ones that Gradio makes."""
        for file in files:
            shutil.rmtree(Path(file).parent, ignore_errors=True)
        for entry in self.folder.iterdir():
            if entry.is_file():
                entry.unlink(missing_ok=True)

    def free_bytes(self, visitor: str) -> int:
        """Return how much a visitor may still upload; files that have waited for long are deleted first."""
        oldest = time.time() - _MAX_WAIT
        for folder in _entries(self.folder_of(visitor)):
            if folder.stat().st_mtime < oldest:
                shutil.rmtree(folder, ignore_errors=True)
        stored = (entry for entry in _entries(self._stored) if entry.name.startswith(f"{folder_prefix(visitor)}-"))
        return self._max_bytes - sum(map(_size, (self.folder_of(visitor), *stored)))

    async def receive(self, visitor: str, request: Request) -> list[str]:
        """Store the files of a request and return their paths.

        Raises:
            QuotaExceededError: they are too large.
            HTTPException: they are too many, or one is of an unsupported type. In neither case is any stored.
        """
        async with self._uploading[visitor]:
            free = await asyncio.to_thread(self.free_bytes, visitor)
            most = min(free, MAX_FILES * MAX_FILE_BYTES)
            limited = Request(request.scope, _limited(request.receive, most + _FORM_OVERHEAD))
            async with limited.form(max_files=MAX_FILES, max_fields=_MAX_FIELDS) as form:
                uploads = [upload for upload in form.getlist("files") if isinstance(upload, UploadFile)]
                for upload in uploads:
                    if Path(upload.filename or "").suffix.lower() not in EXTENSIONS:
                        raise HTTPException(415, f"{upload.filename} has an unsupported file type")
                    if (upload.size or 0) > MAX_FILE_BYTES:
                        raise QuotaExceededError(
                            f"{upload.filename} is too large: upload at most {MAX_FILE_BYTES // 2**20} MB"
                        )
                return await asyncio.to_thread(self._store, visitor, uploads)

    def _store(self, visitor: str, uploads: Sequence[UploadFile]) -> list[str]:
        stored = []
        for upload in uploads:
            folder = self.folder_of(visitor) / uuid4().hex
            folder.mkdir(mode=0o700, parents=True)
            name = _UNSAFE_CHARACTERS_PATTERN.sub("_", Path(upload.filename or "file").name)[-_MAX_NAME_LENGTH:]
            file = folder / name
            file.touch(mode=0o600)
            with file.open("wb") as target:
                shutil.copyfileobj(upload.file, target)
            stored.append(str(file))
        return stored


def folder_prefix(visitor: str) -> str:
    """Return the start of the names of a visitor's folders."""
    return hashlib.sha256(visitor.encode()).hexdigest()[:16]


def _delete_abandoned(root: Path) -> bool:
    """Delete the folders of servers that run no longer; whether none runs."""
    is_alone = True
    for folder in [entry for entry in root.iterdir() if entry.is_dir()]:
        lock = FileLock(_lock_file(folder), thread_local=False)
        try:
            with lock.acquire(timeout=0):
                shutil.rmtree(folder, ignore_errors=True)
            _lock_file(folder).unlink(missing_ok=True)
        except Timeout:
            is_alone = False
    return is_alone


def _lock_file(folder: Path) -> Path:
    return folder.with_suffix(".lock")


def _limited(receive: Receive, most: int) -> Receive:
    """Receive a body of at most this many bytes."""
    received = 0

    async def limited() -> Message:
        nonlocal received
        message = await receive()
        received += len(message.get("body", b""))
        if received > most:
            raise QuotaExceededError("the upload is too large: remove papers that you have added, or upload less")
        return message

    return limited


def _entries(folder: Path) -> list[Path]:
    return list(folder.iterdir()) if folder.is_dir() else []


def _size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
