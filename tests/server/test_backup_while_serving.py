"""A backup that is written while a server answers and a process ingests is the library before or after that."""

from __future__ import annotations

import json
import random
import shutil
import threading
import time
from pathlib import Path

import pytest
from api_server import API, QUESTION, ApiServer, api_server

from cli_runner import assert_one_line_error, run, start
from paperchat import PaperChat
from paperchat.text.describe import one_line

PAPERS = 3  # that are ingested during each backup, in one batch
SEED = 20261128


class Asking:
    """Someone who asks a question again and again, in a conversation."""

    def __init__(self, server: ApiServer) -> None:
        self._server = server
        self._is_over = threading.Event()
        self._has_begun = threading.Event()
        self._thread = threading.Thread(target=self._ask)
        self.statuses: list[int] = []

    def _ask(self) -> None:
        with self._server.client() as client:
            while not self._is_over.is_set():
                body = {"question": QUESTION, "conversation": "the same"}
                self.statuses.append(client.post(f"{API}/ask", json=body).status_code)
                self._has_begun.set()

    def __enter__(self) -> Asking:
        self._thread.start()
        assert self._has_begun.wait(120)
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._thread.join()


def number_of(turn: int, paper: int) -> int:
    return 1_000 + 10 * turn + paper


def write_papers(file: Path, turn: int) -> None:
    lines = [
        {
            "arxiv_id": f"2601.{number_of(turn, paper):05}",
            "title": f"Herd{number_of(turn, paper)}: A Dataset of Cows",
            "abstract": f"We introduce Herd{number_of(turn, paper)}, a dataset of cows. "
            f"Herd{number_of(turn, paper)} contains {number_of(turn, paper) * 7} photographs of cows.",
        }
        for paper in range(PAPERS)
    ]
    file.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")


def ids_of(chat: PaperChat) -> set[str]:
    return {stored.paper_id for stored in chat.papers()}


@pytest.mark.parametrize("turns", [1, pytest.param(20, marks=pytest.mark.slow)])
def test_a_backup_is_one_of_the_states_before_and_after(sample_copy: Path, tmp_path: Path, turns: int) -> None:
    chance, found = random.Random(SEED), list[bool]()
    file, papers, restored = tmp_path / "backup.tar.gz", tmp_path / "papers.jsonl", tmp_path / "restored"
    with PaperChat.open(sample_copy) as chat:
        before = ids_of(chat)
    with api_server(sample_copy) as server, Asking(server) as asking:
        for turn in range(turns):
            write_papers(papers, turn)
            ingesting = start("ingest", papers, "--home", sample_copy)
            time.sleep(chance.uniform(1.0, 5.0))
            done = run("backup", file, "--home", sample_copy, "--json")
            assert done.status == 0, done.err
            ingesting.communicate()
            assert ingesting.returncode == 0
            assert run("restore", file, "--home", restored, "--json").json["papers"] == done.json["papers"]
            with PaperChat.open(restored) as chat:
                assert chat.doctor().problems == ()
                now = ids_of(chat)
                after = before | {f"arxiv:2601.{number_of(turn, paper):05}" for paper in range(PAPERS)}
                assert now in (before, after)
                found.append(now == after)
                assert "765" in chat.ask(QUESTION).text
                answer = chat.ask(f"How many photographs does Herd{number_of(turn, 1)} contain?").text
                assert (str(number_of(turn, 1) * 7) in answer) == found[-1]
                assert all("765" in one.answer.text for one in chat.turns("the same"))
            shutil.rmtree(restored)
            before = after
    assert set(asking.statuses) == {200}
    assert turns == 1 or len(set(found)) == 2  # some were written before, some after


def test_a_served_library_is_not_replaced(sample_copy: Path, tmp_path: Path) -> None:
    file = tmp_path / "backup.tar.gz"
    with api_server(sample_copy) as server:
        assert " 41 papers, " in one_line(run("backup", file, "--home", sample_copy).out)
        with server.client() as client:
            assert client.get(f"{API}/status").status_code == 200
        refused = run("restore", file, "--replace", "--home", sample_copy)
        assert_one_line_error(refused, "another process has the library at", "stop it (serve, ui, watch, mcp, chat)")
    done = run("restore", file, "--replace", "--home", sample_copy)
    assert (done.status, done.err) == (0, "")
    assert one_line(done.out).startswith("restored 41 papers, ")


def test_keys_and_their_conversations_are_there_again(sample_copy: Path, tmp_path: Path) -> None:
    file, other = tmp_path / "backup.tar.gz", tmp_path / "other"
    with api_server(sample_copy) as server:
        key = server.key("notebook")
        with server.client(key) as client:
            client.post(f"{API}/ask", json={"question": QUESTION, "conversation": "mine"})
    run("backup", file, "--home", sample_copy)
    done = run("restore", file, "--home", other)
    assert done.out.splitlines()[-1] == "1 API key in force again: see keys list"
    assert key not in done.out
    with api_server(other) as server, server.client(key) as client:
        (conversation,) = client.get(f"{API}/conversations").json()["conversations"]
        assert conversation["name"] == "mine"


@pytest.mark.parametrize("setting", ["PAPERCHAT_DATABASE_URL", "PAPERCHAT_CHROMA_URL", "PAPERCHAT_MILVUS_URL"])
def test_what_is_on_a_server_is_left_to_the_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, setting: str
) -> None:
    monkeypatch.setenv(setting, "http://127.0.0.1:9")
    for command in ("backup", "restore"):
        done = run(command, tmp_path / "backup.tar.gz", "--home", tmp_path / "library")
        assert_one_line_error(done, "a part of this library is on the server", "own tools")
