"""A paper's results are read once, also by other processes; what has changed is read anew."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from older_library import downgrade
from paperchat.assistant import PaperChat
from paperchat.serialization import ledger_as_json

PAPERS = {
    "2501.00001": ("FooNet: Sparse Attention", "FooNet achieves 84.2% on MMLU and 71.0% on GSM8K."),
    "2501.00002": ("BarNet: Dense Attention", "BarNet reaches 88.9% on MMLU, surpassing GPT-4o (86.4%)."),
    "2501.00003": ("On owls", "Owls sleep by day."),
}


@pytest.fixture(scope="module")
def read_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library whose results were read."""
    home = tmp_path_factory.mktemp("read") / "library"
    with PaperChat.open(home) as opened:
        ingest(opened, home.parent, PAPERS)
        assert opened.results().papers_read == len(PAPERS)
    return home


@pytest.fixture
def home(read_once: Path, tmp_path: Path) -> Path:
    return shutil.copytree(read_once, tmp_path / "library")


def ingest(library: PaperChat, folder: Path, papers: dict[str, tuple[str, str]]) -> None:
    rows = [
        {"id": f"{arxiv_id}v{version}", "title": title, "abstract": abstract}
        for version, (arxiv_id, (title, abstract)) in enumerate(papers.items(), start=1)
    ]
    file = folder / "papers.jsonl"
    file.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    assert not library.ingest(file).failed


def mark_kept(home: Path) -> None:
    """Write other names into what is kept, by which one sees that it is what is shown."""
    with closing(sqlite3.connect(home / "catalogue.sqlite")) as connection, connection:
        changed = "replace(replace(body, '\"FooNet\"', '\"KeptFoo\"'), '\"BarNet\"', '\"KeptBar\"')"
        connection.execute(f"UPDATE paper_results SET body = {changed}")


def systems(library: PaperChat) -> set[str]:
    return {one.system.name for one in library.results().results if one.system}


def test_the_second_ledger_is_the_same_and_reads_nothing_anew(home: Path) -> None:
    with PaperChat.open(home) as library:
        first = ledger_as_json(library.results())
        results = library.results().results
    for one in results:
        assert one.value.text in one.quote.text
    with closing(sqlite3.connect(home / "catalogue.sqlite")) as connection, connection:
        connection.execute("DELETE FROM paper_results")
    with PaperChat.open(home) as library:
        anew = ledger_as_json(library.results())
    for document in (first, anew):
        document.pop("timings_ms")
    assert first == anew
    mark_kept(home)
    with PaperChat.open(home) as library:
        assert systems(library) == {"KeptFoo", "KeptBar", "GPT-4o"}
        assert {one.system.name for one in library.paper_results("2501.00001") if one.system} == {"KeptFoo"}


def test_a_changed_paper_is_read_anew(home: Path, tmp_path: Path) -> None:
    mark_kept(home)
    with PaperChat.open(home) as library:
        title, _ = PAPERS["2501.00001"]
        ingest(
            library,
            tmp_path,
            {"2501.00003": PAPERS["2501.00003"], "2501.00001": (title, "FooNet achieves 91.3% on MMLU.")},
        )
        values = {one.value.text for one in library.results().results}
        assert values == {"91.3%", "88.9%", "86.4%"}
        assert systems(library) == {"FooNet", "KeptBar", "GPT-4o"}


def test_what_another_version_has_read_is_read_anew(home: Path) -> None:
    mark_kept(home)
    with closing(sqlite3.connect(home / "catalogue.sqlite")) as connection, connection:
        connection.execute("UPDATE paper_results SET reader = 'earlier'")
    with PaperChat.open(home) as library:
        assert systems(library) == {"FooNet", "BarNet", "GPT-4o"}
    with closing(sqlite3.connect(home / "catalogue.sqlite")) as connection:
        assert connection.execute("SELECT count(*) FROM paper_results WHERE reader = 'earlier'").fetchone() == (0,)


def test_a_library_made_before_results_were_kept_has_the_same_ledger(home: Path) -> None:
    downgrade(home, "0015")
    with PaperChat.open(home) as library:
        assert systems(library) == {"FooNet", "BarNet", "GPT-4o"}


def test_two_open_libraries_read_at_the_same_time(home: Path) -> None:
    with closing(sqlite3.connect(home / "catalogue.sqlite")) as connection, connection:
        connection.execute("DELETE FROM paper_results")
    with PaperChat.open(home) as one, PaperChat.open(home) as other:
        assert systems(one) == systems(other) == {"FooNet", "BarNet", "GPT-4o"}
