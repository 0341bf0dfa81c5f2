"""What was fetched, on disk, with what it takes to ask whether it has changed and to go on with what was cut off.

An entry is a file and its record, ``<key>.json``, which holds the file's SHA-256: what a crash or a fault has
damaged is found on reading and fetched again. Files are renamed into place when whole. The folder is bounded:
the longest unused goes first, but nothing that was used in the last hour, as its path may be in use.

An HTTP cache library was looked at (hishel): it keeps bodies in a database, not as files to hand on, knows
nothing of downloads that are cut and resumed, and is bounded by age alone.
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
_LONGEST_HELD = 900.0  # seconds


def cache_key(url: str, accept: str) -> str:
    return hashlib.sha256(f"{accept} {url}".encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheRecord:
    """Where an answer came from, when (seconds since the epoch), its validators, and what it was."""

    url: str
    etag: str = ""
    modified: str = ""
    fetched: float = 0.0
    sha256: str = ""

    @property
    def range_validator(self) -> str:
        """What a range may be asked for with (RFC 9110, 13.1.5): a strong entity tag, else the date."""
        return self.etag if self.etag and not self.etag.startswith("W/") else self.modified


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheEntry:
    path: Path
    record: CacheRecord

    @property
    def age(self) -> float:
        """Seconds since it was fetched or found unchanged; never negative."""
        return max(0.0, time.time() - self.record.fetched)


class HttpCache:
    """Every method may raise OSError, when the disk is full or may not be written to."""

    def __init__(self, folder: Path, *, max_bytes: int) -> None:
        self.folder = folder
        self._most_bytes = max_bytes

    @contextmanager
    def locked(self, key: str) -> Iterator[None]:
        """Keeps other threads and processes from fetching the same."""
        place = self._file(key, "").parent
        place.mkdir(parents=True, exist_ok=True)
        try:
            with FileLock(place / "lock", timeout=_LONGEST_HELD, thread_local=False):
                yield
        except Timeout as error:
            raise TemporaryFetchError("another process has been fetching the same for very long") from error

    def find(self, key: str) -> CacheEntry | None:
        """The entry, if it is there and undamaged."""
        record, path = _read(self._file(key, ".json")), self._file(key, ".body")
        if record is None or not path.is_file() or _digest(path) != record.sha256:
            return None
        os.utime(path)
        return CacheEntry(path=path, record=record)

    def partial_path(self, key: str) -> Path:
        """Where an unfinished file is written to."""
        return self._file(key, ".part")

    def partial_record(self, key: str) -> CacheRecord | None:
        """What the unfinished file is a part of, when that is known and more of it may be asked for."""
        record = _read(self._file(key, ".part.json"))
        with suppress(FileNotFoundError):
            if record is not None and record.range_validator and self.partial_path(key).stat().st_size:
                return record
        return None

    def begin_partial(self, key: str, record: CacheRecord) -> None:
        """An unfinished file begins anew."""
        self.drop_partial(key)
        self._write(self._file(key, ".part.json"), record)

    def drop_partial(self, key: str) -> None:
        for ending in (".part", ".part.json"):
            self._file(key, ending).unlink(missing_ok=True)

    def complete_partial(self, key: str, record: CacheRecord) -> CacheEntry:
        """The unfinished file is whole."""
        part, path = self.partial_path(key), self._file(key, ".body")
        whole = CacheRecord(**asdict(record) | {"fetched": time.time(), "sha256": _digest(part)})
        part.replace(path)
        self._write(self._file(key, ".json"), whole)
        self.drop_partial(key)
        self._evict()
        return CacheEntry(path=path, record=whole)

    def mark_unchanged(self, key: str, entry: CacheEntry) -> CacheEntry:
        """The server says that the entry is as it was."""
        record = CacheRecord(**asdict(entry.record) | {"fetched": time.time()})
        self._write(self._file(key, ".json"), record)
        return CacheEntry(path=entry.path, record=record)

    def forget(self, key: str) -> None:
        for ending in (".json", ".body"):
            self._file(key, ending).unlink(missing_ok=True)

    def _file(self, key: str, ending: str) -> Path:
        return self.folder / key[:2] / f"{key}{ending}"

    def _write(self, path: Path, record: CacheRecord) -> None:
        fresh = path.with_name(f"{path.name}.new")
        fresh.write_text(json.dumps(asdict(record)), encoding="utf-8")
        fresh.replace(path)

    def _evict(self) -> None:
        files = []
        for path in self.folder.glob("??/*.*"):
            with suppress(FileNotFoundError):  # another process has just removed it
                files.append((path.stat().st_mtime, path.stat().st_size, path))
        total = sum(size for _, size, _ in files)
        for used, size, path in sorted(files):
            if total <= self._most_bytes or used > time.time() - _HOUR:
                return
            path.unlink(missing_ok=True)
            total -= size


def _read(path: Path) -> CacheRecord | None:
    try:
        record = CacheRecord(**json.loads(path.read_text(encoding="utf-8")))
    except (FileNotFoundError, ValueError, TypeError):
        return None
    texts = (record.url, record.etag, record.modified, record.sha256)
    sound = all(isinstance(one, str) for one in texts) and isinstance(record.fetched, int | float)
    return record if sound else None


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


_CONTENT_RANGE = re.compile(r"bytes (?:(\d+)-\d+|\*)/(\d+|\*)")


class CacheWriter:
    def __init__(self, cache: HttpCache) -> None:
        self._cache = cache

    def request_headers(self, key: str, entry: CacheEntry | None) -> dict[str, str]:
        """Headers that ask for the rest of what was cut, else for ``entry`` if it has changed."""
        part = self._cache.partial_record(key)
        if part is not None:
            return {"Range": f"bytes={self._cache.partial_path(key).stat().st_size}-", "If-Range": part.range_validator}
        if entry is None:
            return {}
        given = {"If-None-Match": entry.record.etag, "If-Modified-Since": entry.record.modified}
        return {name: value for name, value in given.items() if value}

    def store(self, response: httpx.Response, key: str, max_bytes: int, entry: CacheEntry | None) -> CacheEntry | None:
        """What the answer gives, in the cache; nothing where its status has nothing to give.

        Raises:
            RefusedError: it is larger than ``max_bytes``, whatever it says of its length.
            TryAgainError: it does not fit to what was asked for.
            httpx.TransportError: it breaks off; what came is kept where it can be gone on with.
        """
        match response.status_code:
            case HTTPStatus.OK:
                return self._receive(response, key, max_bytes, offset=0)
            case HTTPStatus.PARTIAL_CONTENT:
                return self._receive(response, key, max_bytes, offset=self._offset(response, key))
            case HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
                return self._beyond(response, key)
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
            raise self._given_up(response, key, "answered with nothing: ingest again later")
        return self._cache.complete_partial(key, record)

    def _offset(self, response: httpx.Response, key: str) -> int:
        """Where the part that came goes on; it must fit to what is there."""
        found = _CONTENT_RANGE.fullmatch(response.headers.get("Content-Range", ""))
        record = self._cache.partial_record(key)
        offset = self._cache.partial_path(key).stat().st_size if record is not None else 0
        etag = response.headers.get("ETag", record.etag if record else "")
        if found is None or record is None or found[1] != str(offset) or record.etag != etag:
            raise self._given_up(response, key, "sent another part than was asked for: ingest again later")
        return offset

    def _beyond(self, response: httpx.Response, key: str) -> CacheEntry:
        """Nothing follows what is there: it is whole, if the server says that this is its size."""
        found = _CONTENT_RANGE.fullmatch(response.headers.get("Content-Range", ""))
        record = self._cache.partial_record(key)
        if record is not None and found is not None and found[2] == str(self._cache.partial_path(key).stat().st_size):
            return self._cache.complete_partial(key, record)
        raise self._given_up(response, key, "does not go on with what it began to send: ingest again later")

    def _given_up(self, response: httpx.Response, key: str, reason: str) -> RetryableError:
        """What is there is of no use; the next try begins anew."""
        self._cache.drop_partial(key)
        return RetryableError(response.url.host, f"{response.url.host} {reason}")


def _check_size(size: int, max_bytes: int) -> None:
    if size > max_bytes:
        raise PermanentFetchError(f"is larger than {max_bytes / 2**20:g} MB, the most that is fetched")
