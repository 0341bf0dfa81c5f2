"""``survey`` over the sample page."""

from __future__ import annotations

import json
import os
import pty
import resource
import signal
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from cli_runner import assert_one_line_error, run, start
from paperchat.cli.output import write_file
from paperchat.errors import UsageError

TOPIC = "safety of large language models"


def test_a_survey_is_printed_with_its_coverage(sample_home: Path) -> None:
    done = run("survey", TOPIC, "--home", sample_home)
    assert (done.status, done.err) == (0, "")
    assert done.out.startswith(TOPIC)
    result = " ".join(done.out.split())
    assert "Comparison" in result
    assert "[1]" in result
    assert "papers of the library match the topic" in result


def test_json_has_exact_quotes(sample_home: Path) -> None:
    result = run("survey", TOPIC, "--papers", "8", "--json", "--home", sample_home).json
    assert result["topic"] == TOPIC
    assert result["coverage"]["read"] <= 8
    assert result["sections"]
    shown = {
        one["paper_id"]: run("show", one["paper_id"], "--json", "--home", sample_home).json for one in result["table"]
    }
    for citation in result["citations"]:
        passages = {one["passage_id"]: one["text"] for one in shown[citation["paper_id"]]["passages"]}
        assert passages[citation["passage_id"]][citation["start"] : citation["end"]] == citation["quote"]
    numbers = [citation["number"] for citation in result["citations"]]
    assert numbers == list(range(1, len(numbers) + 1))
    cells = [cell for row in result["table"] for cell in row.values() if isinstance(cell, dict)]
    quotes = {citation["number"]: citation["quote"] for citation in result["citations"]}
    assert cells
    assert all(quotes[cell["citation"]] == cell["text"] for cell in cells)


def test_the_extension_decides_the_format(sample_home: Path, tmp_path: Path) -> None:
    names = ("page.html", "notes.MD", "data.json", "cited.bib", "cited.ris", "table.csv")
    files = [tmp_path / name for name in names]
    out = [part for file in files for part in ("--out", file)]
    done = run("survey", TOPIC, *out, "--home", sample_home)
    assert (done.status, done.err) == (0, "")
    assert all(f"wrote {file}" in " ".join(done.out.split()) or file.is_file() for file in files)
    starts = {file.name: file.read_text(encoding="utf-8")[:20] for file in files}
    assert starts["page.html"].startswith("<!DOCTYPE html>")
    assert starts["notes.MD"].startswith(f"# {TOPIC}"[:20])
    assert starts["cited.bib"].startswith("@misc{")
    assert starts["cited.ris"].startswith("TY  - ")
    assert starts["table.csv"].startswith("paper_id,title,")
    assert json.loads(files[2].read_text(encoding="utf-8"))["topic"] == TOPIC


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ("notes.docx", (".md", ".html", ".csv")),
        ("notes", ("extension",)),
        ("nowhere/notes.md", ("does not exist", "nowhere")),
    ],
)
def test_an_invalid_output_file_is_refused_before_any_work(
    sample_home: Path, file: str, words: tuple[str, ...]
) -> None:
    assert_one_line_error(run("survey", TOPIC, "--out", file, "--home", sample_home), file, *words)


def test_a_file_that_cannot_be_written_is_one_line(sample_home: Path, tmp_path: Path) -> None:
    (tmp_path / "taken.md").mkdir()
    assert_one_line_error(run("survey", TOPIC, "--out", tmp_path / "taken.md", "--home", sample_home), "taken.md")


def test_a_file_that_cannot_be_written_to_its_end_stays_as_it_was(tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    write_file(b"old", file, option="--out")
    file.chmod(0o640)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, hard))  # as a full disk would
    try:
        with pytest.raises(UsageError, match=r"page\.html cannot be written .*--out"):
            write_file(b"new" * 1_000, file, option="--out")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert file.read_bytes() == b"old"
    write_file(b"new", file, option="--out")
    assert (file.read_bytes(), file.stat().st_mode & 0o777) == (b"new", 0o640)
    assert list(tmp_path.iterdir()) == [file]


def test_a_blank_topic_is_one_line(sample_home: Path) -> None:
    assert_one_line_error(run("survey", " ", "--home", sample_home))


def test_a_topic_that_the_library_does_not_cover(sample_home: Path) -> None:
    done = run("survey", "medieval Flemish tapestry weaving", "--home", sample_home)
    assert done.status == 0
    assert "Nothing in the library is near enough" in " ".join(done.out.split())


def read_all(terminal: int) -> bytes:
    """What was written to a terminal whose other end is closed; one read gives a part of it."""
    parts = []
    with suppress(OSError):
        while part := os.read(terminal, 65_536):
            parts.append(part)
    return b"".join(parts)


def test_progress_in_a_terminal(sample_home: Path) -> None:
    main, other = pty.openpty()
    process = start("survey", TOPIC, "--home", sample_home, stderr=other, env={"TERM": "xterm"})
    os.close(other)
    with ThreadPoolExecutor(1) as pool:  # a terminal that nobody reads holds up who writes to it
        shown = pool.submit(read_all, main)
        out, _ = process.communicate(timeout=120)
    os.close(main)
    assert process.returncode == 0
    assert out.startswith(TOPIC)
    assert "finding" in shown.result().decode(errors="replace")


@pytest.mark.slow
def test_ctrl_c_ends_it_quietly(sample_home: Path) -> None:
    main, other = pty.openpty()
    process = start("survey", TOPIC, "--home", sample_home, stderr=other, env={"TERM": "xterm"})
    os.close(other)
    os.read(main, 1)  # it has begun
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=60)
    result = os.read(main, 65_536).decode(errors="replace")
    os.close(main)
    assert (process.returncode, out) == (130, "")
    assert "paperchat: interrupted" in result
    assert "Traceback" not in result
