from __future__ import annotations

import gzip
import os
import shutil
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from source_reading import DATA, PROSE, read_all, read_text

from paperchat.ingest.items import FileEnd, FileStart, PdfFile, SeenFile
from paperchat.ingest.sources.files import ProgressMeter, total_size
from paperchat.ingest.sources.registry import read_location
from paperchat.ingest.sources.text_files import read_error_reason
from paperchat.types import Paper

NOT_READ = "not a format paperchat reads"
FORMATS = (
    "JSON lines of abstracts, Daily Papers API JSON, arXiv API Atom, Daily Papers HTML, Daily Papers text, "
    "BibTeX, RIS, PDF"
)


def papers_in(path: Path) -> Iterator[Paper]:
    return (item for item in read_location(path) if isinstance(item, Paper))


def test_a_folder_gives_all_it_recognises_in_the_order_of_names(tmp_path: Path) -> None:
    shutil.copytree(DATA / "arxiv", tmp_path / "b")
    shutil.copy(DATA / "arxiv_abstracts.jsonl", tmp_path / "c")
    shutil.copy(DATA / "daily" / "2025-10-22.json", tmp_path / "a")
    (tmp_path / "b" / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20)
    (tmp_path / "d.txt").write_bytes(b"")
    (tmp_path / ".DS_Store").write_bytes(b"\0\0\0\1Bud1")
    papers, failures = read_all(tmp_path)
    assert [paper.arxiv_id for paper in papers] == [
        *("2510.14264", "2510.18489"),
        *("quant-ph/0201082", "2510.14968", "2510.14827", "1306.4664"),
        *("1812.06145", "1904.11093", "1907.00326", "1907.00330"),
    ]
    assert [failure.source for failure in failures] == [
        *("b/bad_id.xml entry 1", "b/captcha.html", "b/picture.png", "b/unknown_id.xml", "d.txt")
    ]
    assert failures[2].reason.startswith(NOT_READ)
    assert failures[4].reason == "the file is empty"


def test_nothing_is_touched_before_the_first_item_is_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "later"
    items = papers_in(path)
    shutil.copy(DATA / "arxiv_abstracts.jsonl", path)
    assert isinstance(next(items), Paper)


def test_a_file_is_read_as_far_as_it_is_asked_for(tmp_path: Path) -> None:
    line = (DATA / "arxiv_abstracts.jsonl").read_text(encoding="utf-8").splitlines()[0]
    path = tmp_path / "endless.jsonl"
    path.write_text(f"{line}\n" * 1_000, encoding="utf-8")
    items = papers_in(path)
    assert isinstance(next(items), Paper)
    os.truncate(path, 0)
    assert len(list(items)) < 900


@pytest.mark.parametrize(
    ("location", "reason"),
    [
        ("no-such-file.pdf", "there is no such file or folder"),
        ("https://huggingface.co/papers", "there is no such file or folder"),
        ("2410.14182v2", "there is no such file or folder"),
        ("~nobody-has-this-name/papers", "there is no such file or folder"),
        ("", "the location is empty: give a file or a folder"),
        ("a\0b", "is not a valid file name"),
        ("x" * 5_000, "cannot be read: file name too long"),
    ],
)
def test_a_location_that_is_not_there(location: str, reason: str) -> None:
    papers, failures = read_all(location)
    assert papers == []
    assert [failure.reason for failure in failures] == [reason]


def test_a_file_named_like_an_id_is_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copy(DATA / "arxiv" / "two_entries.xml", tmp_path / "2410.14182")
    papers, failures = read_all("2410.14182")
    assert len(papers) == 2
    assert failures == []


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "the file is empty"),
        (b" \r\n\t\n", "the file is blank"),
        (bytes(range(256)) * 500, NOT_READ),
        (b"\0" * 100_000, NOT_READ),
        (PROSE.encode(), NOT_READ),
        (
            gzip.compress(b"", mtime=0)[:10] + b"\xff" * 50,
            "the gzip archive is damaged; the rest could not be read",
        ),
        (b"\x1f\x8b", "the gzip archive is truncated; the rest could not be read"),
        (
            gzip.compress(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj", mtime=0),
            "is a PDF in a gzip archive: unpack it (gunzip)",
        ),
    ],
)
def test_what_cannot_be_read_is_reported_under_its_path(tmp_path: Path, content: bytes, reason: str) -> None:
    papers, failures = read_text(tmp_path, content, "paper.txt")
    assert papers == []
    assert len(failures) == 1
    assert failures[0].source in (str(tmp_path / "paper.txt"), "paper.txt")
    assert failures[0].reason.startswith(reason)


def test_a_folder_without_papers_is_reported(tmp_path: Path) -> None:
    (tmp_path / "notes.md").write_text("# Notes\n", encoding="utf-8")
    (tmp_path / "empty").mkdir()
    assert [(failure.source, failure.reason.split(" (")[0]) for failure in read_all(tmp_path)[1]] == [
        ("notes.md", NOT_READ),
        (str(tmp_path), f"contains no papers; paperchat reads {FORMATS}"),
    ]
    assert len(read_all(tmp_path / "empty")[1]) == 1


def test_links_are_followed_once_and_dead_ones_reported(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    shutil.copy(DATA / "arxiv" / "two_entries.xml", folder)
    (folder / "again").symlink_to(folder, target_is_directory=True)
    (folder / "dead").symlink_to(folder / "nothing")
    (folder / "self").symlink_to(folder / "self")
    papers, failures = read_all(folder)
    assert len(papers) == 2
    assert [(failure.source, failure.reason) for failure in failures] == [
        ("dead", "is a broken symbolic link"),
        ("self", "is a symbolic link to itself"),
    ]


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert [failure.reason for failure in read_all(tmp_path / "pipe")[1]] == ["is not a regular file"]


def test_permission_denied_says_what_to_do() -> None:
    assert read_error_reason(PermissionError(13, "Permission denied")) == (
        "permission denied: make the file readable for this user"
    )


def test_failures_are_short_and_safe_to_print(tmp_path: Path) -> None:
    feed = (DATA / "arxiv" / "bad_id.xml").read_text(encoding="utf-8")
    hostile = "\u202ex\u2066 " + "very long " * 100
    _, failures = read_text(tmp_path, feed.replace("incorrect id format for abc", hostile), "a\x1b[31m\nb.xml")
    assert [failure.source for failure in failures] == ["a[31m b.xml entry 1"]
    assert failures[0].reason.isprintable()
    assert len(failures[0].reason) <= 160


@pytest.mark.parametrize(
    "content",
    [b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj", b"%PDF-2.0 %junk", b"\n%PDF-1.4\r", b"HTTP/1.1 200\n\n%PDF-1.4\n"],
)
def test_a_pdf_is_told_by_its_beginning_and_left_to_its_reader(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "paper.txt"
    path.write_bytes(content)
    assert list(read_location(path)) == [PdfFile(path=path, where=str(path))]
    assert list(read_location(tmp_path)) == [PdfFile(path=path, where="paper.txt")]


def test_a_text_that_speaks_of_pdfs_is_none(tmp_path: Path) -> None:
    line = '{"title": "On files", "abstract": "One begins with %PDF-1.7 or so, and ends with %%EOF."}\n'
    papers, failures = read_text(tmp_path, line)
    assert [paper.title for paper in papers] == ["On files"]
    assert failures == []


def test_a_pdf_with_several_names_is_one(tmp_path: Path) -> None:
    (tmp_path / "b.pdf").write_bytes(b"%PDF-1.7\n")
    (tmp_path / "a.pdf").symlink_to(tmp_path / "b.pdf")
    assert list(read_location(tmp_path)) == [PdfFile(path=tmp_path / "a.pdf", where="a.pdf")]


def test_what_a_file_gives_stands_between_its_begin_and_end(tmp_path: Path) -> None:
    feed, broken = tmp_path / "a", tmp_path / "b"
    shutil.copy(DATA / "arxiv" / "two_entries.xml", feed)
    broken.write_bytes(gzip.compress(feed.read_bytes(), mtime=0)[:-4])
    items = list(read_location(tmp_path))
    assert items[0] == FileStart(path=feed)
    assert items[3:5] == [FileEnd(path=feed, is_reusable=True), FileStart(path=broken)]
    assert items[-1] == FileEnd(path=broken, is_reusable=True, is_fully_read=False)


def test_a_file_that_is_known_is_not_read_again(tmp_path: Path) -> None:
    known = SeenFile(entries=2)
    shutil.copy(DATA / "arxiv" / "two_entries.xml", tmp_path / "a")
    (tmp_path / "b.pdf").write_bytes(b"%PDF-1.7\n")
    assert list(read_location(tmp_path, lookup=lambda _: known)) == [
        known,
        PdfFile(path=tmp_path / "b.pdf", where="b.pdf"),
    ]


def _known(known: SeenFile | None, _: Path) -> SeenFile | None:
    return known


def test_the_meter_counts_every_byte_once(tmp_path: Path) -> None:
    shutil.copy(DATA / "arxiv" / "two_entries.xml", tmp_path / "feed")
    (tmp_path / "paper.pdf").write_bytes(b"%PDF-1.7\n" * 1_000)
    (tmp_path / "refs.bib").write_text("@misc{one, title = {A title}, file = {paper.pdf}}", encoding="utf-8")
    for lookup in (None, SeenFile(entries=1)):
        meter = ProgressMeter()
        read = read_location(tmp_path, meter, lookup=partial(_known, lookup), attachments=True)
        items = meter.count_entries(read)
        entries = [item for item in items if not isinstance(item, FileStart | FileEnd)]
        assert meter.estimate_entries(total_size(tmp_path)) == len(entries)
