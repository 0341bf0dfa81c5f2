"""What is in a folder, and how that differs from what is known of it."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from paperchat.errors import UsageError
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
