"""The same commands on a library in a folder, and on one with its catalogue on PostgreSQL and its index in Milvus."""

from __future__ import annotations

import os
import shutil
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import make_url

from cli_runner import assert_one_line_error, run, start
from milvus_lite_server import MilvusLiteServer
from paperchat.assistant import PaperChat
from paperchat.settings import load_settings
from paperchat.types import Filters
from postgres import PostgresTestServer

QUESTION = "How many multiple-choice questions are in LabSafety Bench?"
OF_THE_RUN = {
    *(
        "id",
        "answer_id",
        "collection_id",
        "note_id",
        "catalogue",
        "index",
        "home",
        "bytes",
        "seconds",
        "ms",
        "timings_ms",
    ),
    *("created", "updated", "asked", "written", "changed", "saved", "added", "at"),
}
"""Fields that are new in each run: ids made at random, times, and places."""


@pytest.fixture
def on_server(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("PAPERCHAT_DATABASE_URL", postgres_url)
    return postgres_url


def without_run(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: without_run(one) for name, one in value.items() if name not in OF_THE_RUN}
    return [without_run(one) for one in value] if isinstance(value, list) else value


def said(home: Path) -> Iterator[tuple[str, Any]]:
    """What each of many commands says as JSON, from the first paper to the last."""
    yield "ingest", without_run(run("ingest", "--sample", "--json", "--home", home).json)
    paper_id = run("search", "LabSafety Bench", "--json", "--home", home).json["hits"][0]["paper_id"]
    for command in (
        ("ask", QUESTION),
        ("ask", "What does LoRA fine-tuning do to the safety training of Llama 2-Chat?"),
        ("ask", "Which papers are about safety?", "--kind", "list"),
        ("ask", "What is in the library?"),
        ("ask", "Who won the 2018 football World Cup?"),
        ("ask", "What is said about reasoning?", "--since", "2024-10", "--author", "Zhang"),
        ("search", "language models that reason"),
        ("search", "safety", "--basis", "abstract", "--since", "2024"),
        ("show", paper_id),
        ("collection", "add", "mine", paper_id),
        ("note", "add", paper_id, "Read “this” first."),
        ("note", "list"),
        ("collection", "list"),
        ("results",),
        ("remove", paper_id),
        ("status",),
        ("doctor",),
    ):
        yield " ".join(command), without_run(run(*command, "--json", "--home", home).json)
    with PaperChat.open(settings=load_settings(home=home)) as chat:
        for question in ("What do the papers say about safety?", "And about language models?"):
            yield question, chat.ask(question, conversation="on safety").text
        for turn in chat.turns("on safety"):
            yield turn.question, (turn.ordinal, turn.standalone_question, turn.answer.text)
        yield "listing", [one.stored.paper_id for one in chat.library.recent.list_papers(Filters())]
        yield "titles", [one.stored.paper_id for one in chat.library.recent.list_papers(Filters(), order="title")]
    yield "conversations", without_run(run("conversations", "list", "--json", "--home", home).json)


@pytest.fixture(scope="module")
def in_folder(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the commands say where all is in the library's folder."""
    return dict(said(tmp_path_factory.mktemp("folder") / "library"))


def test_all_commands_say_the_same_on_both_databases(in_folder: dict[str, Any], tmp_path: Path, on_server: str) -> None:
    assert on_server
    assert_same(dict(said(tmp_path / "server")), in_folder)
    assert not (tmp_path / "server" / "catalogue.sqlite").exists()


def test_all_commands_say_the_same_with_milvus(
    in_folder: dict[str, Any],
    tmp_path: Path,
    on_server: str,
    milvus_lite: MilvusLiteServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert on_server
    home = tmp_path / "server"
    monkeypatch.setenv("PAPERCHAT_MILVUS_URL", milvus_lite.url)
    monkeypatch.setenv("PAPERCHAT_MILVUS_TOKEN", "geheim")
    assert_same(dict(said(home)), in_folder)
    assert run("reindex", "--json", "--home", home).json["papers"] == 40
    for command in ("status", "doctor"):
        done = run(command, "--home", home)
        assert f"Milvus at {milvus_lite.url}" in done.out
        assert run(command, "--json", "--home", home).json["index"] == f"Milvus at {milvus_lite.url}"
        assert "geheim" not in done.out + done.err
    about_lora = "What does LoRA fine-tuning do to the safety training of Llama 2-Chat?"
    assert without_run(run("ask", about_lora, "--json", "--home", home).json) == in_folder[f"ask {about_lora}"]
    assert not {"chroma", "tantivy", "catalogue.sqlite"} & {entry.name for entry in home.iterdir()}


def test_a_milvus_server_that_is_away_ends_a_command_in_one_line_and_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "library"
    monkeypatch.setenv("PAPERCHAT_MILVUS_URL", "http://127.0.0.1:9")
    for command in (("ask", QUESTION), ("ingest", "--sample"), ("doctor",)):
        done = run(*command, "--home", home)
        assert_one_line_error(done, "the Milvus server at http://127.0.0.1:9 failed", "check that it runs")
    assert run("status", "--json", "--home", home).json["papers"] == 41
    monkeypatch.delenv("PAPERCHAT_MILVUS_URL")
    assert "765" in run("ask", QUESTION, "--home", home).out
    assert run("doctor", "--json", "--home", home).json["problems"] == []


def assert_same(said_there: dict[str, Any], expected: dict[str, Any]) -> None:
    assert list(said_there) == list(expected)
    for command, value in expected.items():
        assert said_there[command] == value, command


def test_the_place_of_the_catalogue_is_told_without_the_password(
    tmp_path: Path, postgres: PostgresTestServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run("status", "--json", "--home", tmp_path / "a").json["catalogue"] == str(
        tmp_path / "a" / "catalogue.sqlite"
    )
    with postgres.library_database() as url:
        name = str(make_url(url).database)
        monkeypatch.setenv("PAPERCHAT_DATABASE_URL", postgres.url(name, password="geheim"))
        for command in ("status", "doctor"):
            for done in (run(command, "--home", tmp_path / "b"), run(command, "--json", "--home", tmp_path / "b")):
                assert name in done.out
                assert "geheim" not in done.out + done.err
    monkeypatch.setenv("PAPERCHAT_DATABASE_URL", "postgresql://ada:geheim@127.0.0.1:9/papers")
    done = run("status", "--json", "--home", tmp_path / "b")
    assert_one_line_error(done, "'papers' on 127.0.0.1:9 cannot be reached", "check PAPERCHAT_DATABASE_URL")
    assert "geheim" not in done.err
    assert "geheim" not in repr(load_settings())


def test_two_processes_ingest_at_once(tmp_path: Path, jsonl: Path, on_server: str) -> None:
    home = tmp_path / "library"
    running = [start("ingest", *what, "--json", "--home", home) for what in ((jsonl,), ("--sample",))]
    for process in running:
        _, errors = process.communicate(timeout=120)
        assert process.returncode == 0, errors
    assert run("status", "--json", "--home", home).json["papers"] == 44
    assert run("doctor", "--json", "--home", home).json["problems"] == []
    assert on_server


def test_a_killed_ingestion_is_recovered_when_the_library_is_opened_again(
    tmp_path: Path, postgres: PostgresTestServer, on_server: str
) -> None:
    home, name = tmp_path / "library", str(make_url(on_server).database)
    process = start("ingest", "--sample", "--json", "--home", home)
    until = time.monotonic() + 60
    while time.monotonic() < until and postgres.execute("SELECT count(*) FROM papers", name) == [(0,)]:
        time.sleep(0.005)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    run("status", "--home", home)
    assert run("doctor", "--json", "--home", home).json["problems"] == []
    assert run("ingest", "--sample", "--json", "--home", home).status == 0
    assert run("status", "--json", "--home", home).json["papers"] == 41
    assert "765" in run("ask", QUESTION, "--json", "--home", home).json["answer"]


def test_answers_come_back_when_the_server_does(
    untouched_sample: Path, tmp_path: Path, postgres: PostgresTestServer, on_server: str
) -> None:
    home = tmp_path / "library"
    shutil.copytree(untouched_sample, home)
    run("migrate", "--to", on_server, "--home", home)
    with PaperChat.open(settings=load_settings(home=home)) as chat:
        assert "765" in chat.ask(QUESTION).text
        postgres.stop()
        try:
            done = run("ask", QUESTION, "--json", "--home", home)
            assert_one_line_error(done, "cannot be reached", "start the server")
        finally:
            postgres.start()
        assert "765" in chat.ask(QUESTION).text
