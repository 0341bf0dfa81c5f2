"""Watches folders and reports added, changed and removed files once they have settled; sole importer of watchfiles.

The system's notifications only say when to scan. Each scan is compared with the last known state, so that no change
is missed, and changes that cancel out are not reported.
"""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from watchfiles import Change, watch
from watchfiles.main import FileChange

from paperchat.errors import SourceError, UsageError
from paperchat.ingest.sources.files import walk

SETTLE_SECONDS = 2.0
"""How long a file must stay unchanged before it is reported."""
_MAX_SETTLE_FACTOR = 30  # times as long, settled files wait for others, so that a bibliography comes with its PDFs
_SCANS_PER_SETTLE = 4
_SCAN_PAUSE_FACTOR = 10  # times as long as a scan took, until the next

FileStamp = tuple[int, int, int]
"""A file's size, modification time and inode: while they stay the same, the file is unchanged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileChanges:
    """Added or changed files, PDFs last; removed files; and folders that are gone as a whole.

    The files of a ``vanished`` folder do not count as ``removed``, because its drive may have been unplugged. When it
    is back, it is compared with its last known state.
    """

    changed: tuple[Path, ...] = ()
    removed: tuple[Path, ...] = ()
    vanished: tuple[Path, ...] = ()


class WatchedFolder:
    """A folder and the last accepted stamps of its files.

    Raises:
        UsageError: it is not a folder.
    """

    def __init__(self, folder: Path, *, exclude: Path) -> None:
        self.path = folder.expanduser().absolute()
        self._exclude = exclude.expanduser().absolute()
        try:
            status = self.path.stat()
        except (OSError, ValueError):
            raise UsageError(f"there is no folder {folder}: name an existing folder to watch") from None
        if not stat.S_ISDIR(status.st_mode):
            raise UsageError(f"{folder} is not a folder: name a folder to watch")
        self._device = status.st_dev
        self._known: dict[Path, FileStamp] = {}
        self._known = self._scan()

    def inode(self) -> int | None:
        """Its inode; ``None`` if it is gone or on another drive than at first."""
        try:
            status = self.path.stat()
        except OSError:
            return None
        return status.st_ino if stat.S_ISDIR(status.st_mode) and status.st_dev == self._device else None

    def differences(self) -> dict[Path, FileStamp | None]:
        """The new stamps of files that differ from the accepted ones; ``None`` for removed files."""
        scanned = self._scan()
        if self.inode() is None:  # it vanished during the scan
            return {}
        removed: dict[Path, FileStamp | None] = {path: None for path in self._known if path not in scanned}
        return removed | {path: stamp for path, stamp in scanned.items() if self._known.get(path) != stamp}

    def accept(self, path: Path, stamp: FileStamp | None) -> None:
        """Record this stamp of a file as known; ``None`` if the file was removed."""
        if stamp is None:
            self._known.pop(path, None)
        else:
            self._known[path] = stamp

    def _scan(self) -> dict[Path, FileStamp]:
        scanned: dict[Path, FileStamp] = {}
        inaccessible: list[Path] = []
        for path, error in walk(self.path):
            try:
                status = path.stat()
            except OSError as other:
                error = error or other
            if error is not None:
                inaccessible += [path] if not isinstance(error, FileNotFoundError) or path.is_symlink() else []
            elif (
                stat.S_ISREG(status.st_mode)
                and not path.is_relative_to(self._exclude)
                and self._is_relevant(path, status)
            ):
                scanned[path] = (status.st_size, status.st_mtime_ns, status.st_ino)
        if inaccessible:  # what cannot be read is not gone, nor is what lay behind a link that is now dead
            lost = (path for path in self._known if any(map(path.is_relative_to, inaccessible)))
            scanned |= {path: self._known[path] for path in lost}
        return scanned

    def _is_relevant(self, path: Path, status: os.stat_result) -> bool:
        """Whether to report the file; not while it is new and empty, as a browser's placeholder for a download is."""
        return status.st_size > 0 or path in self._known


class FolderWatcher:
    """Watches ``folders`` and their subfolders, except ``exclude``, from their state at construction.

    Hidden, temporary and empty files are ignored. Paths are absolute, with symbolic links unresolved.

    Raises:
        UsageError: one of ``folders`` is not a folder.
    """

    def __init__(self, folders: Sequence[Path], *, exclude: Path, settle_seconds: float = SETTLE_SECONDS) -> None:
        self._folders = [WatchedFolder(folder, exclude=exclude) for folder in folders]
        self._settle_seconds = settle_seconds
        self._unsettled: dict[Path, tuple[FileStamp | None, float]] = {}
        self._unsettled_since = 0.0

    def changes(self) -> Iterator[FileChanges]:
        """Yield the changes since construction as they settle; never ends.

        Raises:
            SourceError: the system refuses to watch a folder.
        """
        present = list(self._folders)
        is_scan_due, next_scan = False, 0.0
        for is_changed, still_present in self._notifications():
            is_scan_due |= is_changed
            before, present = present, still_present
            if vanished := tuple(folder.path for folder in before if folder not in present):
                yield FileChanges(vanished=vanished)
            if is_scan_due and (started := time.monotonic()) >= next_scan:
                changes = self._settled_changes(present)
                next_scan = time.monotonic() + _SCAN_PAUSE_FACTOR * (time.monotonic() - started)
                is_scan_due = bool(self._unsettled)
                if changes != FileChanges():
                    yield changes

    def _notifications(self) -> Iterator[tuple[bool, list[WatchedFolder]]]:
        """Yield whether anything changed, and the folders that are present; several times while a file settles.

        After a folder was gone, however briefly, the system is asked to watch it anew. Its inode alone does not tell,
        since a new folder may get that of the old one.
        """
        step = max(1, round(self._settle_seconds * 1000 / _SCANS_PER_SETTLE))
        while True:
            inodes = self._inodes()
            deletions = {(Change.deleted, str(folder.path)) for folder in inodes}
            is_first = True
            try:
                for events in _watch_events([folder.path for folder in inodes], step):
                    current = self._inodes()
                    yield is_first or bool(events), list(current)
                    if current != inodes or events & deletions:
                        break
                    is_first = False
            except FileNotFoundError:  # a folder vanished this moment
                yield False, list(self._inodes())
            except (OSError, RuntimeError) as error:
                named = ", ".join(str(folder.path) for folder in inodes)
                raise SourceError(
                    f"{named} cannot be watched ({error}): raise the system's limit of watched files, "
                    "or set WATCHFILES_FORCE_POLLING=1"
                ) from error

    def _inodes(self) -> dict[WatchedFolder, int]:
        return {folder: inode for folder in self._folders if (inode := folder.inode()) is not None}

    def _settled_changes(self, folders: Sequence[WatchedFolder]) -> FileChanges:
        """The changes, once all have settled; after a long wait, those that have."""
        now = time.monotonic()
        if not self._unsettled:
            self._unsettled_since = now
        before = self._unsettled
        self._unsettled = {}
        owners: dict[Path, list[WatchedFolder]] = {}
        for folder in folders:
            for path, stamp in folder.differences().items():
                is_same = path in before and before[path][0] == stamp
                self._unsettled[path] = (stamp, before[path][1] if is_same else now)
                owners.setdefault(path, []).append(folder)
        settled = {
            path: stamp for path, (stamp, since) in self._unsettled.items() if now - since >= self._settle_seconds
        }
        max_wait = self._settle_seconds * _MAX_SETTLE_FACTOR
        if len(settled) < len(self._unsettled) and now - self._unsettled_since < max_wait:
            return FileChanges()
        for path, stamp in settled.items():
            del self._unsettled[path]
            for folder in owners[path]:
                folder.accept(path, stamp)
        changed = sorted(path for path, stamp in settled.items() if stamp is not None)
        return FileChanges(
            changed=tuple(sorted(changed, key=lambda path: path.suffix.lower() == ".pdf")),
            removed=tuple(sorted(path for path, stamp in settled.items() if stamp is None)),
        )


def _watch_events(folders: Sequence[Path], step: int) -> Iterator[set[FileChange]]:
    """Yield what changed, every ``step`` milliseconds; once it has yielded, the system watches."""
    if not folders:
        time.sleep(step / 1000)
        yield set()
        return
    yield from watch(
        *folders,
        watch_filter=None,
        debounce=step,
        step=min(step, 50),
        rust_timeout=step,
        yield_on_timeout=True,
        ignore_permission_denied=True,
    )
