"""Folders are followed: which files have come, changed or gone, told once they are quiet; watchfiles' one importer.

The system's news only say when to look. What is there is then compared with what was there before, so that nothing
is missed, and nothing is told that makes no difference.
"""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from watchfiles import watch

from paperchat.errors import SourceError, UsageError
from paperchat.ingest.sources.files import walk

Mark = tuple[int, int, int]
"""A file's size, time of change and place on the disk: when they stay the same, so has the file."""


class WatchedFolder:
    """A folder and the marks of its files as they are ``known``.

    Raises:
        UsageError: it is no folder.
    """

    def __init__(self, folder: Path, *, apart: Path) -> None:
        self.path = folder.expanduser().absolute()
        self._apart = apart.expanduser().absolute()
        try:
            status = self.path.stat()
        except (OSError, ValueError):
            raise UsageError(f"there is no folder {folder}: name folders to follow") from None
        if not stat.S_ISDIR(status.st_mode):
            raise UsageError(f"{folder} is not a folder: name folders to follow")
        self._device = status.st_dev
        self._known: dict[Path, Mark] = {}
        self._known = self._found()

    def place(self) -> int | None:
        """Where it is on the drive on which it was at first; ``None`` when it is not there."""
        try:
            status = self.path.stat()
        except OSError:
            return None
        return status.st_ino if stat.S_ISDIR(status.st_mode) and status.st_dev == self._device else None

    def differences(self) -> dict[Path, Mark | None]:
        """Files whose marks are not the known ones, with the new ones; ``None`` where they are gone."""
        found = self._found()
        if self.place() is None:  # it went meanwhile
            return {}
        gone: dict[Path, Mark | None] = {path: None for path in self._known if path not in found}
        return gone | {path: mark for path, mark in found.items() if self._known.get(path) != mark}

    def accept(self, path: Path, mark: Mark | None) -> None:
        """Take this mark of a file for the known one."""
        if mark is None:
            self._known.pop(path, None)
        else:
            self._known[path] = mark

    def _found(self) -> dict[Path, Mark]:
        found: dict[Path, Mark] = {}
        unseen: list[Path] = []
        for path, error in walk(self.path):
            try:
                status = path.stat()
            except OSError as other:
                error = error or other
            if error is not None:
                unseen += [path] if not isinstance(error, FileNotFoundError) or path.is_symlink() else []
            elif stat.S_ISREG(status.st_mode) and not path.is_relative_to(self._apart) and self._counts(path, status):
                found[path] = (status.st_size, status.st_mtime_ns, status.st_ino)
        if unseen:  # what cannot be looked at is not gone, nor is what a link leads to that now leads nowhere
            found |= {path: mark for path, mark in self._known.items() if any(map(path.is_relative_to, unseen))}
        return found

    def _counts(self, path: Path, status: os.stat_result) -> bool:
        """An empty file does not, unless it once was more: browsers keep the place of a download."""
        return status.st_size > 0 or path in self._known


QUIET = 2.0
"""For so many seconds a file must not have changed before it is told."""
_PATIENCE = 30  # times as long do quiet files wait for others, so that a bibliography comes with its PDFs
_LOOKS = 4  # while a file must be quiet
_REST = 10  # times as long as a look takes, until the next


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """Files that came or changed, PDFs last; files that are gone; and folders that are gone as a whole.

    The files of a ``vanished`` folder are not ``removed``, as its drive may have been unplugged. When it is back,
    it is followed again from what was known of it.
    """

    changed: tuple[Path, ...] = ()
    removed: tuple[Path, ...] = ()
    vanished: tuple[Path, ...] = ()


class Watch:
    """Follows ``folders`` with their subfolders, but not what is in ``apart``, from the state in which it finds them.

    Hidden, temporary and empty files are passed over. Paths are absolute, with links as they are.

    Raises:
        UsageError: one of ``folders`` is none.
    """

    def __init__(self, folders: Sequence[Path], *, apart: Path, quiet: float = QUIET) -> None:
        self._folders = [WatchedFolder(folder, apart=apart) for folder in folders]
        self._quiet = quiet
        self._waiting: dict[Path, tuple[Mark | None, float]] = {}
        self._waiting_since = 0.0

    def changes(self) -> Iterator[Changes]:
        """What has changed since the state that was found, and goes on to change; never ends.

        Raises:
            SourceError: the system refuses to tell of changes.
        """
        there = list(self._folders)
        looking, rested = False, 0.0
        for news in self._bell():
            looking |= news
            before, there = there, [folder for folder in self._folders if folder.place() is not None]
            if vanished := tuple(folder.path for folder in before if folder not in there):
                yield Changes(vanished=vanished)
            if looking and (began := time.monotonic()) >= rested:
                found = self._look(there)
                rested = time.monotonic() + _REST * (time.monotonic() - began)
                looking = bool(self._waiting)
                if found != Changes():
                    yield found

    def _bell(self) -> Iterator[bool]:
        """Whether there are news; several times while a file must be quiet, news or not."""
        step = max(1, round(self._quiet * 1000 / _LOOKS))
        while True:
            places = self._places()
            try:
                for news in _news([folder.path for folder in places], step):
                    yield news
                    if self._places() != places:
                        break
            except FileNotFoundError:  # it vanished this moment
                yield False
            except (OSError, RuntimeError) as error:
                named = ", ".join(str(folder.path) for folder in places)
                raise SourceError(
                    f"{named} cannot be followed ({error}): raise the system's limit of watched files, "
                    "or set WATCHFILES_FORCE_POLLING=1"
                ) from error

    def _places(self) -> dict[WatchedFolder, int]:
        return {folder: place for folder in self._folders if (place := folder.place()) is not None}

    def _look(self, folders: Sequence[WatchedFolder]) -> Changes:
        """What differs from what was known, once all of it is quiet, or what is, once it has waited for long."""
        now = time.monotonic()
        if not self._waiting:
            self._waiting_since = now
        before = self._waiting
        self._waiting = {}
        homes: dict[Path, list[WatchedFolder]] = {}
        for folder in folders:
            for path, mark in folder.differences().items():
                same = path in before and before[path][0] == mark
                self._waiting[path] = (mark, before[path][1] if same else now)
                homes.setdefault(path, []).append(folder)
        quiet = {path: mark for path, (mark, since) in self._waiting.items() if now - since >= self._quiet}
        if len(quiet) < len(self._waiting) and now - self._waiting_since < self._quiet * _PATIENCE:
            return Changes()
        for path, mark in quiet.items():
            del self._waiting[path]
            for folder in homes[path]:
                folder.accept(path, mark)
        changed = sorted(path for path, mark in quiet.items() if mark is not None)
        return Changes(
            changed=tuple(sorted(changed, key=lambda path: path.suffix.lower() == ".pdf")),
            removed=tuple(sorted(path for path, mark in quiet.items() if mark is None)),
        )


def _news(folders: Sequence[Path], step: int) -> Iterator[bool]:
    """Whether something has changed, asked every ``step`` milliseconds; at first in any case."""
    if not folders:
        time.sleep(step / 1000)
        yield False
        return
    told = watch(
        *folders,
        watch_filter=None,
        debounce=step,
        step=min(step, 50),
        rust_timeout=step,
        yield_on_timeout=True,
        ignore_permission_denied=True,
    )
    next(told)  # from here on it listens
    yield True
    yield from map(bool, told)
