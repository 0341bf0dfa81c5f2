"""Whatever stops an ingestion, the next run makes the library that an undisturbed run makes."""

from __future__ import annotations

import json
import random
import resource
import shutil
import signal
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from cli_runner import CliResult, assert_one_line_error, run, start
from paperchat.assistant import PaperChat

DATA = Path(__file__).parent.parent / "data"
PAPERS = 280
SEED = 20
QUESTIONS = ("How many zebras does herd 7 count?", "What are the stripes of herd 211 like?", "Who won the match?")


@dataclass(frozen=True)
class Undisturbed:
    """What an undisturbed run made, and in how many seconds."""

    state: dict[str, Any]
    seconds: float


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with several batches of abstracts, a bibliography and PDFs."""
    folder = tmp_path_factory.mktemp("papers")
    for part in range(4):
        with (folder / f"part{part}.jsonl").open("w", encoding="utf-8") as file:
            for number in range(part, PAPERS, 4):
                text = f"Herd {number} counts {number * 3 + 50} zebras. Their stripes are of kind {number % 17}."
                paper = {"id": f"2401.{number:05d}v1", "title": f"The zebras of herd {number}", "abstract": text}
                file.write(json.dumps(paper) + "\n")
    for pdf in sorted((DATA / "pdf").glob("*.pdf"))[:2]:
        shutil.copy(pdf, folder)
    return folder


@pytest.fixture(scope="module")
def undisturbed(papers: Path, tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    home = tmp_path_factory.mktemp("undisturbed") / "library"
    began = time.monotonic()
    process = start("ingest", papers, "--home", home)
    process.communicate()
    return Undisturbed(state_of(home), time.monotonic() - began)


def state_of(home: Path) -> dict[str, Any]:
    """All that a user can see of a library, but for what is random or timed."""
    with PaperChat.open(home) as chat:
        problems = chat.doctor().problems
        assert problems == ()
        shown = {
            stored.paper_id: [(one.passage_id, one.page, one.text) for one in chat.paper(stored.paper_id)[1]]
            for stored in chat.papers()
        }
        answers = [chat.ask(question) for question in QUESTIONS]
        return {
            "counts": chat.status(),
            "papers": {stored.paper_id: stored.paper for stored in chat.papers()},
            "passages": shown,
            "answers": [(one.text, one.reason, [c.quote for c in one.citations]) for one in answers],
            # Of hundreds of near-equal herds, the graph of vectors proposes others at the margin when it is made anew.
            "leading": [chat.search(question)[0].paper.paper_id for question in QUESTIONS[:2]],
        }


def finish(papers: Path, home: Path, *, failed: int = 0) -> None:
    done = run("ingest", papers, "--home", home, "--json")
    assert len(done.json["failed"]) == failed


def written(home: Path) -> int:
    """How many papers a running ingestion has written."""
    with (
        suppress(sqlite3.OperationalError),
        closing(sqlite3.connect(home / "catalogue.sqlite", timeout=9)) as catalogue,
    ):
        (papers,) = catalogue.execute("SELECT count(*) FROM papers").fetchone()
        return int(papers)
    return 0


def moments(number: int, seconds: float) -> Iterator[float]:
    chance = random.Random(SEED)
    return (chance.uniform(0.2, seconds) for _ in range(number))


def kill_and_finish(papers: Path, home: Path, after: float) -> None:
    process = start("ingest", papers, "--home", home)
    time.sleep(after)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    finish(papers, home)


@pytest.mark.slow
def test_a_killed_ingestion_is_finished_by_the_next(papers: Path, undisturbed: Undisturbed, tmp_path: Path) -> None:
    for number, after in enumerate(moments(2, undisturbed.seconds)):
        home = tmp_path / f"library{number}"
        kill_and_finish(papers, home, after)
        assert state_of(home) == undisturbed.state, f"killed after {after:.2f} s"


@pytest.mark.slow
def test_whenever_it_is_killed(papers: Path, undisturbed: Undisturbed, tmp_path: Path) -> None:
    for number, after in enumerate(moments(20, undisturbed.seconds)):
        home = tmp_path / f"library{number}"
        kill_and_finish(papers, home, after)
        assert state_of(home) == undisturbed.state, f"killed after {after:.2f} s"
        shutil.rmtree(home)


@pytest.mark.slow
def test_killed_again_and_again(papers: Path, undisturbed: Undisturbed, tmp_path: Path) -> None:
    home = tmp_path / "library"
    for after in moments(6, undisturbed.seconds * 0.7):
        process = start("ingest", papers, "--home", home)
        time.sleep(after)
        process.kill()
        process.communicate()
    finish(papers, home)
    assert state_of(home) == undisturbed.state


def test_ctrl_c_stops_cleanly_and_a_rerun_continues(papers: Path, undisturbed: Undisturbed, tmp_path: Path) -> None:
    home = tmp_path / "library"
    process = start("ingest", papers, "--home", home, "--json")
    while not written(home):
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert out == ""
    assert "Traceback" not in err
    finish(papers, home)
    assert state_of(home) == undisturbed.state


@pytest.mark.slow
@pytest.mark.parametrize("size", [200_000, 1_000_000])
def test_a_full_disk_is_a_one_line_error_and_loses_nothing(
    papers: Path, undisturbed: Undisturbed, tmp_path: Path, size: int
) -> None:
    """No file may grow beyond a limit, which is what a full disk looks like to those who write."""
    home = tmp_path / "library"
    process = start(
        "ingest",
        papers,
        "--home",
        home,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY)),
    )
    out, err = process.communicate()
    assert_one_line_error(CliResult(status=process.returncode, out=out, err=err))
    finish(papers, home)
    assert state_of(home) == undisturbed.state


@pytest.mark.slow
def test_a_lost_chroma_folder_is_made_anew(papers: Path, undisturbed: Undisturbed, tmp_path: Path) -> None:
    home = tmp_path / "library"
    finish(papers, home)
    shutil.rmtree(home / "chroma")
    done = run("doctor", "--fix", "--home", home, "--json")
    assert done.json["fixed"]
    assert state_of(home) == undisturbed.state
