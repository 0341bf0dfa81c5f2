"""A cache of HTTP responses on disk that revalidates entries and resumes interrupted downloads.

An entry is a file and its record, ``<key>.json``, which has the file's SHA-256, so that damaged files are detected on
reading and fetched again. Files are renamed into place when complete. The cache is limited in size: the least
recently used entries are evicted, but none that was used in the last hour, because its path may be in use.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from http import HTTPStatus
from pathlib import Path

import httpx
from filelock import FileLock, Timeout

from paperchat.ingest.fetch.errors import PermanentFetchError, RetryableError, TemporaryFetchError

_HOUR = 3_600.0
_LOCK_TIMEOUT = 900.0  # seconds
_CONTENT_RANGE = re.compile(r"bytes (?:(\d+)-\d+|\*)/(\d+|\*)")


def cache_key(url: str, accept: str) -> str:
    """The key of a URL requested with an ``Accept`` header."""
    return hashlib.sha256(f"{accept} {url}".encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheRecord:
    """A response's final URL, its validators, when it was fetched (seconds since the epoch), and its SHA-256."""

    url: str
    etag: str = ""
    modified: str = ""
    fetched: float = 0.0
    sha256: str = ""

    @property
    def range_validator(self) -> str:
        """The validator for ``If-Range`` (RFC 9110, 13.1.5): a strong entity tag, else the date; empty if neither."""
        return self.etag if self.etag and not self.etag.startswith("W/") else self.modified


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheEntry:
    """A cached file with its record."""

    path: Path
    record: CacheRecord

    @property
    def age(self) -> float:
        """Seconds since it was fetched or revalidated; never negative."""
        return max(0.0, time.time() - self.record.fetched)


class HttpCache:
    """The cache folder; every method may raise OSError if the disk is full or not writable."""

    def __init__(self, folder: Path, *, max_bytes: int) -> None:
        self.folder = folder
        self._max_bytes = max_bytes

    @contextmanager
    def locked(self, key: str) -> Iterator[None]:
        """Lock the key against other threads and processes.

        Raises:
            TemporaryFetchError: another process holds the lock for too long.
        """
        folder = self._file(key, "").parent
        folder.mkdir(parents=True, exist_ok=True)
        try:
            with FileLock(folder / "lock", timeout=_LOCK_TIMEOUT, thread_local=False):
                yield
        except Timeout as error:
            raise TemporaryFetchError("another process has been fetching the same address for too long") from error

    def find(self, key: str) -> CacheEntry | None:
        """The entry; ``None`` if it is missing or damaged."""
        record, path = _read(self._file(key, ".json")), self._file(key, ".body")
        if record is None or not path.is_file() or _digest(path) != record.sha256:
            return None
        os.utime(path)
        return CacheEntry(path=path, record=record)

    def partial_path(self, key: str) -> Path:
        """The path of an incomplete download."""
        return self._file(key, ".part")

    def partial_record(self, key: str) -> CacheRecord | None:
        """The record of an incomplete download that can be resumed; ``None`` if there is none."""
        record = _read(self._file(key, ".part.json"))
        with suppress(FileNotFoundError):
            if record is not None and record.range_validator and self.partial_path(key).stat().st_size:
                return record
        return None

    def begin_partial(self, key: str, record: CacheRecord) -> None:
        """Start a new download, discarding an incomplete one."""
        self.drop_partial(key)
        self._write(self._file(key, ".part.json"), record)

    def drop_partial(self, key: str) -> None:
        """Discard an incomplete download."""
        for ending in (".part", ".part.json"):
            self._file(key, ending).unlink(missing_ok=True)

    def complete_partial(self, key: str, record: CacheRecord) -> CacheEntry:
        """Turn a completed download into an entry."""
        partial, path = self.partial_path(key), self._file(key, ".body")
        completed = CacheRecord(**asdict(record) | {"fetched": time.time(), "sha256": _digest(partial)})
        partial.replace(path)
        self._write(self._file(key, ".json"), completed)
        self.drop_partial(key)
        self._evict()
        return CacheEntry(path=path, record=completed)

    def mark_unchanged(self, key: str, entry: CacheEntry) -> CacheEntry:
        """Record that the server confirmed the entry as unchanged."""
        record = CacheRecord(**asdict(entry.record) | {"fetched": time.time()})
        self._write(self._file(key, ".json"), record)
        return CacheEntry(path=entry.path, record=record)

    def forget(self, key: str) -> None:
        """Remove the entry."""
        for ending in (".json", ".body"):
            self._file(key, ending).unlink(missing_ok=True)

    def _file(self, key: str, ending: str) -> Path:
        return self.folder / key[:2] / f"{key}{ending}"

    def _write(self, path: Path, record: CacheRecord) -> None:
        temporary = path.with_name(f"{path.name}.new")
        temporary.write_text(json.dumps(asdict(record)), encoding="utf-8")
        temporary.replace(path)

    def _evict(self) -> None:
        files = []
        for path in self.folder.glob("??/*.*"):
            with suppress(FileNotFoundError):  # another process has just removed it
                files.append((path.stat().st_mtime, path.stat().st_size, path))
        total = sum(size for _, size, _ in files)
        for used, size, path in sorted(files):
            if total <= self._max_bytes or used > time.time() - _HOUR:
                return
            path.unlink(missing_ok=True)
            total -= size


def _read(path: Path) -> CacheRecord | None:
    try:
        record = CacheRecord(**json.loads(path.read_text(encoding="utf-8")))
    except (FileNotFoundError, ValueError, TypeError):
        return None
    texts = (record.url, record.etag, record.modified, record.sha256)
    is_valid = all(isinstance(one, str) for one in texts) and isinstance(record.fetched, int | float)
    return record if is_valid else None


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class CacheWriter:
    """Makes conditional and range requests, and stores their responses in the cache."""

    def __init__(self, cache: HttpCache) -> None:
        self._cache = cache

    def request_headers(self, key: str, entry: CacheEntry | None) -> dict[str, str]:
        """Headers that request the rest of an incomplete download, else a changed version of ``entry``."""
        partial = self._cache.partial_record(key)
        if partial is not None:
            size = self._cache.partial_path(key).stat().st_size
            return {"Range": f"bytes={size}-", "If-Range": partial.range_validator}
        if entry is None:
            return {}
        conditions = {"If-None-Match": entry.record.etag, "If-Modified-Since": entry.record.modified}
        return {name: value for name, value in conditions.items() if value}

    def store(self, response: httpx.Response, key: str, max_bytes: int, entry: CacheEntry | None) -> CacheEntry | None:
        """Store a response; ``None`` if its status means that it has no content to store.

        Raises:
            PermanentFetchError: it is larger than ``max_bytes``, whatever its declared length.
            RetryableError: it does not match the request.
            httpx.TransportError: it was interrupted; what arrived is kept if the download can be resumed.
        """
        match response.status_code:
            case HTTPStatus.OK:
                return self._receive(response, key, max_bytes, offset=0)
            case HTTPStatus.PARTIAL_CONTENT:
                return self._receive(response, key, max_bytes, offset=self._offset(response, key))
            case HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
                return self._complete_or_restart(response, key)
            case HTTPStatus.NOT_MODIFIED if entry is not None:
                return self._cache.mark_unchanged(key, entry)
        return None

    def _receive(self, response: httpx.Response, key: str, max_bytes: int, *, offset: int) -> CacheEntry:
        headers = response.headers
        record = CacheRecord(
            url=str(response.url), etag=headers.get("ETag", ""), modified=headers.get("Last-Modified", "")
        )
        if not offset:
            self._cache.begin_partial(key, record)
        size, declared = offset, headers.get("Content-Length", "")
        try:
            if declared.isdecimal():
                _check_size(offset + int(declared), max_bytes)
            with self._cache.partial_path(key).open("ab") as file:
                for chunk in response.iter_raw():
                    size += len(chunk)
                    _check_size(size, max_bytes)
                    file.write(chunk)
        except PermanentFetchError:
            self._cache.drop_partial(key)
            raise
        except httpx.TransportError:
            if self._cache.partial_record(key) is None:
                self._cache.drop_partial(key)
            raise
        if not size:
            raise self._restart(response, key, "sent an empty response: ingest again later")
        return self._cache.complete_partial(key, record)

    def _offset(self, response: httpx.Response, key: str) -> int:
        """The offset of a partial response, which must continue the incomplete download."""
        found = _CONTENT_RANGE.fullmatch(response.headers.get("Content-Range", ""))
        record = self._cache.partial_record(key)
        offset = self._cache.partial_path(key).stat().st_size if record is not None else 0
        etag = response.headers.get("ETag", record.etag if record else "")
        if found is None or record is None or found[1] != str(offset) or record.etag != etag:
            raise self._restart(response, key, "sent a different range than requested: ingest again later")
        return offset

    def _complete_or_restart(self, response: httpx.Response, key: str) -> CacheEntry:
        """The requested range is beyond the end: the download is complete if it has the size that the server states."""
        found = _CONTENT_RANGE.fullmatch(response.headers.get("Content-Range", ""))
        record = self._cache.partial_record(key)
        if record is not None and found is not None and found[2] == str(self._cache.partial_path(key).stat().st_size):
            return self._cache.complete_partial(key, record)
        raise self._restart(response, key, "cannot resume the download: ingest again later")

    def _restart(self, response: httpx.Response, key: str, reason: str) -> RetryableError:
        """Discard the incomplete download, so that the next attempt starts over."""
        self._cache.drop_partial(key)
        return RetryableError(response.url.host, f"{response.url.host} {reason}")


def _check_size(size: int, max_bytes: int) -> None:
    if size > max_bytes:
        raise PermanentFetchError(f"is larger than {max_bytes / 2**20:g} MB, the download limit")
