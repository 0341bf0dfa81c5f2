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
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from paperchat.ingest.fetch.errors import UnreachableError

_HOUR = 3_600.0
_LONGEST_HELD = 900.0  # seconds


def key_of(url: str, accept: str) -> str:
    return hashlib.sha256(f"{accept} {url}".encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
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
class Entry:
    path: Path
    record: Record

    @property
    def age(self) -> float:
        """Seconds since it was fetched or found unchanged; never negative."""
        return max(0.0, time.time() - self.record.fetched)


class Cache:
    """Every method may raise OSError, when the disk is full or may not be written to."""

    def __init__(self, folder: Path, *, most_bytes: int) -> None:
        self.folder = folder
        self._most_bytes = most_bytes

    @contextmanager
    def held(self, key: str) -> Iterator[None]:
        """Keeps other threads and processes from fetching the same."""
        place = self._file(key, "").parent
        place.mkdir(parents=True, exist_ok=True)
        try:
            with FileLock(place / "lock", timeout=_LONGEST_HELD, thread_local=False):
                yield
        except Timeout as error:
            raise UnreachableError("another process has been fetching the same for very long") from error

    def find(self, key: str) -> Entry | None:
        """The entry, if it is there and undamaged."""
        record, path = _read(self._file(key, ".json")), self._file(key, ".body")
        if record is None or not path.is_file() or _digest(path) != record.sha256:
            return None
        os.utime(path)
        return Entry(path=path, record=record)

    def part(self, key: str) -> Path:
        """Where an unfinished file is written to."""
        return self._file(key, ".part")

    def part_record(self, key: str) -> Record | None:
        """What the unfinished file is a part of, when that is known and more of it may be asked for."""
        record = _read(self._file(key, ".part.json"))
        with suppress(FileNotFoundError):
            if record is not None and record.range_validator and self.part(key).stat().st_size:
                return record
        return None

    def begin(self, key: str, record: Record) -> None:
        """An unfinished file begins anew."""
        self.drop_part(key)
        self._write(self._file(key, ".part.json"), record)

    def drop_part(self, key: str) -> None:
        for ending in (".part", ".part.json"):
            self._file(key, ending).unlink(missing_ok=True)

    def finish(self, key: str, record: Record) -> Entry:
        """The unfinished file is whole."""
        part, path = self.part(key), self._file(key, ".body")
        whole = Record(**asdict(record) | {"fetched": time.time(), "sha256": _digest(part)})
        part.replace(path)
        self._write(self._file(key, ".json"), whole)
        self.drop_part(key)
        self._bound()
        return Entry(path=path, record=whole)

    def unchanged(self, key: str, entry: Entry) -> Entry:
        """The server says that the entry is as it was."""
        record = Record(**asdict(entry.record) | {"fetched": time.time()})
        self._write(self._file(key, ".json"), record)
        return Entry(path=entry.path, record=record)

    def forget(self, key: str) -> None:
        for ending in (".json", ".body"):
            self._file(key, ending).unlink(missing_ok=True)

    def _file(self, key: str, ending: str) -> Path:
        return self.folder / key[:2] / f"{key}{ending}"

    def _write(self, path: Path, record: Record) -> None:
        fresh = path.with_name(f"{path.name}.new")
        fresh.write_text(json.dumps(asdict(record)), encoding="utf-8")
        fresh.replace(path)

    def _bound(self) -> None:
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


def _read(path: Path) -> Record | None:
    try:
        record = Record(**json.loads(path.read_text(encoding="utf-8")))
    except (FileNotFoundError, ValueError, TypeError):
        return None
    texts = (record.url, record.etag, record.modified, record.sha256)
    sound = all(isinstance(one, str) for one in texts) and isinstance(record.fetched, int | float)
    return record if sound else None


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
