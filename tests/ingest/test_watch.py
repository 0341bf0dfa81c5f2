from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import Queue

import pytest

from paperchat.errors import UsageError
from paperchat.ingest.watch import FileChanges, FolderWatcher, WatchedFolder

QUIET = 0.2


class Following:
    """What a watch tells, taken by a thread of its own."""

    def __init__(self, *folders: Path, exclude: Path | None = None, settle_seconds: float = QUIET) -> None:
        watch = FolderWatcher(folders, exclude=exclude or folders[0] / ".library", settle_seconds=settle_seconds)
        self._told: Queue[FileChanges] = Queue()
        self._thread = threading.Thread(target=self._run, args=(watch.changes(),), daemon=True)

    def start(self) -> Following:
        self._thread.start()
        return self

    def _run(self, changes: Iterator[FileChanges]) -> None:
        for one in changes:
            self._told.put(one)

    def next(self) -> FileChanges:
        return self._told.get(timeout=20)

    def tells_nothing(self, *, seconds: float) -> bool:
        self._thread.join(seconds)
        return self._told.empty()


def soon(changes: Iterator[FileChanges], *, meanwhile: Callable[[], None] = lambda: None) -> FileChanges:
    """The next changes, if something is done while they are awaited; between two calls nothing is scanned."""
    found: Queue[FileChanges] = Queue()
    threading.Thread(target=lambda: found.put(next(changes)), daemon=True).start()
    time.sleep(QUIET)
    meanwhile()
    return found.get(timeout=20)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "papers"
    folder.mkdir()
    (folder / "old.txt").write_text("old", encoding="utf-8")
    return folder


def test_files_that_come_change_and_go(folder: Path) -> None:
    following = Following(folder).start()
    (folder / "a.pdf").write_text("a", encoding="utf-8")
    (folder / "refs.bib").write_text("b", encoding="utf-8")
    assert following.next() == FileChanges(changed=(folder / "refs.bib", folder / "a.pdf"))
    (folder / "old.txt").write_text("new and longer", encoding="utf-8")
    assert following.next() == FileChanges(changed=(folder / "old.txt",))
    (folder / "old.txt").unlink()
    assert following.next() == FileChanges(removed=(folder / "old.txt",))


def test_what_changes_between_the_first_look_and_the_first_news_is_told(folder: Path) -> None:
    following = Following(folder)
    (folder / "new.txt").write_text("new", encoding="utf-8")
    (folder / "old.txt").unlink()
    assert following.start().next() == FileChanges(changed=(folder / "new.txt",), removed=(folder / "old.txt",))


def test_a_download_is_told_when_it_has_ended(folder: Path) -> None:
    following = Following(folder, settle_seconds=1).start()
    with (folder / "slow.pdf").open("wb") as file:
        for _ in range(20):
            file.write(b"%PDF-" * 100)
            file.flush()
            assert following.tells_nothing(seconds=0.1)
    assert following.next() == FileChanges(changed=(folder / "slow.pdf",))


def test_hidden_temporary_and_empty_files_are_passed_over(folder: Path) -> None:
    (folder / "library").mkdir()
    following = Following(folder, exclude=folder / "library").start()
    for name in (".hidden", "x.pdf.crdownload", "x.pdf.part", "refs.bib~", "~$notes.txt", "library/catalogue.db"):
        (folder / name).write_text("x", encoding="utf-8")
    (folder / ".git").mkdir()
    (folder / ".git" / "inside").write_text("x", encoding="utf-8")
    (folder / "x.pdf").touch()
    os.utime(folder / "old.txt")
    assert following.next() == FileChanges(changed=(folder / "old.txt",))
    (folder / "x.pdf.part").rename(folder / "x.pdf")
    assert following.next() == FileChanges(changed=(folder / "x.pdf",))


def test_what_makes_no_difference_is_not_told(folder: Path) -> None:
    following = Following(folder).start()
    (folder / "brief.txt").write_text("brief", encoding="utf-8")
    (folder / "brief.txt").unlink()
    (folder / "old.txt").chmod(0o600)
    assert following.tells_nothing(seconds=6 * QUIET)


def test_folders_that_come_move_and_go(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "made" / "deep").mkdir(parents=True)
    (tmp_path / "made" / "deep" / "a.pdf").write_text("a", encoding="utf-8")
    following = Following(folder).start()
    (tmp_path / "made").rename(folder / "first")
    assert following.next() == FileChanges(changed=(folder / "first/deep/a.pdf",))
    (folder / "first").rename(folder / "second")
    assert following.next() == FileChanges(
        changed=(folder / "second/deep/a.pdf",), removed=(folder / "first/deep/a.pdf",)
    )
    (folder / "second" / "deep" / "b.pdf").write_text("b", encoding="utf-8")
    assert following.next() == FileChanges(changed=(folder / "second/deep/b.pdf",))
    shutil.rmtree(folder / "second")
    assert following.next() == FileChanges(removed=(folder / "second/deep/a.pdf", folder / "second/deep/b.pdf"))


def test_a_folder_that_vanishes_takes_nothing_with_it(folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    following = Following(folder, other).start()
    folder.rename(tmp_path / "elsewhere")
    assert following.next() == FileChanges(vanished=(folder,))
    (other / "a.txt").write_text("a", encoding="utf-8")
    assert following.next() == FileChanges(changed=(other / "a.txt",))
    (tmp_path / "elsewhere" / "old.txt").rename(tmp_path / "elsewhere" / "renamed.txt")
    (tmp_path / "elsewhere").rename(folder)
    assert following.next() == FileChanges(changed=(folder / "renamed.txt",), removed=(folder / "old.txt",))
    (folder / "more.txt").write_text("more", encoding="utf-8")
    assert following.next() == FileChanges(changed=(folder / "more.txt",))


def test_all_folders_may_vanish(folder: Path) -> None:
    following = Following(folder).start()
    shutil.rmtree(folder)
    assert following.next() == FileChanges(vanished=(folder,))
    folder.mkdir()
    (folder / "new.txt").write_text("new", encoding="utf-8")
    assert following.next() == FileChanges(changed=(folder / "new.txt",), removed=(folder / "old.txt",))


@pytest.fixture
def one_inode(monkeypatch: pytest.MonkeyPatch) -> None:
    """A new folder gets the inode of the one before it, as on some disks it often does and on others never."""
    monkeypatch.setattr(WatchedFolder, "inode", lambda self: 1 if self.path.is_dir() else None)


@pytest.mark.usefixtures("one_inode")
@pytest.mark.parametrize("seen", [True, False])
def test_a_folder_made_anew_with_the_inode_of_the_old_one_is_watched(folder: Path, seen: bool) -> None:
    changes = FolderWatcher([folder], exclude=folder / ".library", settle_seconds=QUIET).changes()
    (folder / "first.txt").write_text("first", encoding="utf-8")
    assert soon(changes) == FileChanges(changed=(folder / "first.txt",))
    if seen:
        assert soon(changes, meanwhile=lambda: shutil.rmtree(folder)) == FileChanges(vanished=(folder,))
    else:
        shutil.rmtree(folder)
    folder.mkdir()
    (folder / "new.txt").write_text("new", encoding="utf-8")
    removed = (folder / "first.txt", folder / "old.txt")
    assert soon(changes) == FileChanges(changed=(folder / "new.txt",), removed=removed)
    (folder / "more.txt").write_text("more", encoding="utf-8")
    assert soon(changes) == FileChanges(changed=(folder / "more.txt",))


def test_links_are_followed_and_dead_ones_take_nothing_with_them(folder: Path, tmp_path: Path) -> None:
    drive = tmp_path / "drive"
    drive.mkdir()
    (drive / "a.txt").write_text("a", encoding="utf-8")
    (folder / "link").symlink_to(drive, target_is_directory=True)
    (folder / "loop").symlink_to(folder, target_is_directory=True)
    following = Following(folder).start()
    (drive / "b.txt").write_text("b", encoding="utf-8")
    assert following.next() == FileChanges(changed=(folder / "link/b.txt",))
    drive.rename(tmp_path / "unplugged")
    (folder / "c.txt").write_text("c", encoding="utf-8")
    assert following.next() == FileChanges(changed=(folder / "c.txt",))
    (folder / "link").unlink()
    assert following.next() == FileChanges(removed=(folder / "link/a.txt", folder / "link/b.txt"))


def test_a_folder_named_twice_is_told_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "inner").mkdir()
    monkeypatch.chdir(folder.parent)
    following = Following(Path("papers"), folder / "inner", exclude=folder / ".library").start()
    (folder / "inner" / "a.txt").write_text("a", encoding="utf-8")
    assert following.next() == FileChanges(changed=(folder / "inner/a.txt",))
    assert following.tells_nothing(seconds=6 * QUIET)


def test_only_folders_can_be_followed(folder: Path) -> None:
    with pytest.raises(UsageError, match="there is no folder"):
        FolderWatcher([folder / "nothing"], exclude=folder)
    with pytest.raises(UsageError, match="is not a folder"):
        FolderWatcher([folder / "old.txt"], exclude=folder)
