"""Two servers over one library with its catalogue on PostgreSQL: callers notice no difference between them."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest
from api_server import API, add_key, assert_problem, events_of
from replica_servers import Replica, library_on_server, replicas, wait_until
from sqlalchemy import text

from chat_server import chat_server
from paperchat.storage.database import Database
from postgres import PostgresTestServer
from source_proxy import SourceProxy, source_proxy
from support import open_library

QUESTION = "How many multiple-choice questions are in LabSafety Bench?"
OWL = b'{"id": "2401.00009", "title": "Owls at Rest", "abstract": "Owls sleep in trees."}\n'
PAPERS = [{"paper": {"id": "2606.00001", "title": "Owls at Rest", "summary": "Owls sleep in trees."}, "title": "Owls"}]


@pytest.fixture(scope="module")
def url(postgres: PostgresTestServer) -> Iterator[str]:
    with postgres.library_database() as made:
        yield made


@pytest.fixture(scope="module")
def home(untouched_sample: Path, tmp_path_factory: pytest.TempPathFactory, url: str) -> Path:
    return library_on_server(untouched_sample, tmp_path_factory.mktemp("replicas"), url)


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SourceProxy]:
    with source_proxy(tmp_path_factory.mktemp("sources")) as proxy:
        proxy.sources["huggingface.co"] = lambda _: json.dumps(PAPERS).encode()
        yield proxy


@pytest.fixture(scope="module")
def key(home: Path, url: str) -> str:
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("PAPERCHAT_DATABASE_URL", url)
        return add_key(home, "notebook", "write")


@pytest.fixture(scope="module")
def pair(home: Path, url: str, key: str, sources: SourceProxy) -> Iterator[list[Replica]]:  # noqa: ARG001
    settings = {**sources.settings, "PAPERCHAT_QUESTIONS_PER_MINUTE": "1000"}
    with replicas(home, url, settings=settings) as started:
        yield started


@pytest.fixture
def clients(pair: list[Replica], key: str) -> Iterator[list[httpx.Client]]:
    with pair[0].client(key) as one, pair[1].client(key) as other:
        yield [one, other]


def ask(client: httpx.Client, question: str, **more: Any) -> dict[str, Any]:
    response = client.post(f"{API}/ask", json={"question": question, **more})
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


def job_of(client: httpx.Client, job: dict[str, Any]) -> dict[str, Any]:
    shown: dict[str, Any] = client.get(f"{API}/jobs/{job['id']}").raise_for_status().json()
    return shown


def wait_for_request(sources: SourceProxy) -> None:
    wait_until(lambda: bool(sources.asked))


def test_a_conversation_alternates_between_servers_and_is_nobody_elses(
    pair: list[Replica], clients: list[httpx.Client], home: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = ask(clients[0], QUESTION, conversation="labs")
    second = ask(clients[1], "Who are its authors?", conversation="labs")
    third = ask(clients[0], "And its date?", conversation="labs")
    assert "765" in first["answer"]
    assert {paper["title"] for one in (second, third) for paper in one["papers"]} == {first["citations"][0]["title"]}
    (kept,) = clients[1].get(f"{API}/conversations").json()["conversations"]
    assert kept["turns"] == 3
    monkeypatch.setenv("PAPERCHAT_DATABASE_URL", url)
    with pair[1].client(add_key(home, "stranger")) as stranger:  # both obey a key at once
        assert stranger.get(f"{API}/conversations").json()["conversations"] == []
        assert stranger.get(f"{API}/conversations/{kept['id']}").status_code == 404


def test_what_a_program_forwards_is_recognised_by_the_other_server(clients: list[httpx.Client]) -> None:
    first = clients[0].post("/v1/responses", json={"model": "paperchat", "input": QUESTION}).json()
    body = {"model": "paperchat", "input": "Who are its authors?", "previous_response_id": first["id"]}
    second = clients[1].post("/v1/responses", json=body).json()
    body = {"model": "paperchat", "input": "And its date?", "previous_response_id": second["id"]}
    third = clients[0].post("/v1/responses", json=body).json()
    cited = {one["paper_id"] for answer in (first, second, third) for one in answer["paperchat"]["citations"]}
    assert len(cited) == 1
    said = first["output"][0]["content"][0]["text"]
    messages = [
        {"role": "user", "content": QUESTION},
        {"role": "assistant", "content": said},
        {"role": "user", "content": "Who are its authors?"},
    ]
    forwarded = [one.post("/v1/chat/completions", json={"model": "paperchat", "messages": messages}) for one in clients]
    assert [one.json()["paperchat"]["citations"] for one in forwarded] == [second["paperchat"]["citations"]] * 2


def test_a_request_that_is_sent_again_elsewhere_is_not_done_again(clients: list[httpx.Client]) -> None:
    headers, body = {"idempotency-key": "once"}, {"question": QUESTION, "conversation": "sent again"}
    first = clients[0].post(f"{API}/ask", json=body, headers=headers)
    again = clients[1].post(f"{API}/ask", json=body, headers=headers)
    assert again.json() == first.json()
    assert again.headers["idempotency-replayed"] == "true"
    with ThreadPoolExecutor(2) as pool:
        body = {"question": QUESTION, "conversation": "sent twice"}
        send = [pool.submit(one.post, f"{API}/ask", json=body, headers={"idempotency-key": "two"}) for one in clients]
        statuses = sorted(one.result().status_code for one in send)
    assert statuses in ([200, 200], [200, 409])
    turns = {one["name"]: one["turns"] for one in clients[0].get(f"{API}/conversations").json()["conversations"]}
    assert turns["sent again"] == turns["sent twice"] == 1


def test_a_job_is_seen_followed_and_cancelled_at_any_server(clients: list[httpx.Client], sources: SourceProxy) -> None:
    upload = clients[0].post(f"{API}/uploads", files={"files": ("owls.jsonl", OWL)}).json()["uploads"][0]["id"]
    job = clients[1].post(f"{API}/ingest", json={"uploads": [upload]}).raise_for_status().json()
    with clients[0].stream("GET", f"{API}/jobs/{job['id']}/events") as sent:
        *_, (name, ended) = events_of(sent)
    assert (name, ended["state"], ended["report"]["added"]) == ("done", "done", 1)
    assert [one.get(f"{API}/jobs").json()["jobs"][0] for one in clients] == [ended, ended]
    assert_problem(clients[0].post(f"{API}/ingest", json={"uploads": [upload]}), 422, "upload the file again")
    sources.asked.clear()
    sources.gate.clear()
    try:
        job = clients[0].post(f"{API}/ingest", json={"sources": ["daily:2026-06-01"]}).raise_for_status().json()
        wait_for_request(sources)
        assert job_of(clients[1], job)["state"] == "running"
        assert clients[1].delete(f"{API}/jobs/{job['id']}").json()["state"] == "cancelling"
    finally:
        sources.gate.set()
    wait_until(lambda: {job_of(one, job)["state"] for one in clients} == {"cancelled"})


def test_a_job_whose_server_is_killed_is_finished_by_another(
    pair: list[Replica], clients: list[httpx.Client], sources: SourceProxy
) -> None:
    sources.asked.clear()
    sources.gate.clear()
    days = ["daily:2026-06-03", "daily:2026-06-04"]
    begun = [clients[0].post(f"{API}/ingest", json={"sources": [day]}).raise_for_status().json() for day in days]
    wait_until(lambda: len(sources.asked) >= 2)
    pair[0].kill()
    sources.gate.set()
    wait_until(lambda: all(job_of(clients[1], job)["state"] == "done" for job in begun))
    pair[0].start()
    assert all(job_of(clients[0], job)["report"]["failed"] == [] for job in begun)


def test_a_server_that_is_stopped_leaves_its_jobs_to_others(
    pair: list[Replica], clients: list[httpx.Client], sources: SourceProxy
) -> None:
    sources.asked.clear()
    sources.gate.clear()
    job = clients[0].post(f"{API}/ingest", json={"sources": ["daily:2026-06-05"]}).raise_for_status().json()
    wait_for_request(sources)
    pair[0].process.terminate()
    wait_until(lambda: job_of(clients[1], job)["state"] == "running")
    sources.gate.set()
    assert pair[0].stop() == 0
    wait_until(lambda: job_of(clients[1], job)["state"] == "done")
    pair[0].start()


def test_questions_are_counted_over_both(home: Path, url: str, key: str) -> None:
    with (
        replicas(home, url, settings={"PAPERCHAT_QUESTIONS_PER_MINUTE": "3"}) as started,
        started[0].client(key) as one,
        started[1].client(key) as other,
    ):
        with closing(Database(home, url=url)) as database, database.writing() as connection:
            connection.execute(text("DELETE FROM question_counts"))
        for client in (one, other, one):
            ask(client, "Why?")
        for client in (one, other):
            refused = client.post(f"{API}/ask", json={"question": "Why?"})
            assert_problem(refused, 429, "3 questions a minute")
            assert 1 <= int(refused.headers["retry-after"]) <= 65


def test_without_its_database_a_server_says_so_and_comes_back_by_itself(
    pair: list[Replica], clients: list[httpx.Client], postgres: PostgresTestServer
) -> None:
    postgres.stop()
    try:
        for replica, client in zip(pair, clients, strict=True):
            assert httpx.get(f"{replica.address}/healthz").json() == {"status": "ok"}
            not_ready = httpx.get(f"{replica.address}/readyz")
            assert_problem(not_ready, 503, "the log of this server says why")
            assert not_ready.headers["retry-after"]
            refused = client.post(f"{API}/ask", json={"question": QUESTION})
            assert_problem(refused, 503)
            assert refused.headers["retry-after"]
    finally:
        postgres.start()
    for replica, client in zip(pair, clients, strict=True):
        replica.wait_until_ready()
        assert "765" in ask(client, QUESTION)["answer"]


def test_a_server_goes_on_with_a_catalogue_that_a_newer_one_only_added_to(
    pair: list[Replica], clients: list[httpx.Client], home: Path, url: str
) -> None:
    database = Database(home, url=url)
    with database.reading() as connection:
        version = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one()

    def migrate(revision: str, oldest: str) -> None:
        with database.writing() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = :to"), {"to": revision})
            value = {"value": f"{revision} {oldest}"}
            connection.execute(text("UPDATE meta SET value = :value WHERE name = 'compatible_from'"), value)

    try:
        migrate("9999", version)
        with open_library(home, database_url=url, check_manifest=False) as library:
            assert library.counts().papers
        assert "765" in ask(clients[0], QUESTION)["answer"]
        time.sleep(1.1)  # for so long a check holds
        assert httpx.get(f"{pair[0].address}/readyz").status_code == 200
        migrate("9999", "9999")
        time.sleep(1.1)
        assert_problem(httpx.get(f"{pair[0].address}/readyz"), 503, "upgrade this server")
    finally:
        migrate(version, version)
        database.close()


def test_a_server_that_is_stopped_is_not_ready_first_and_answers_what_was_asked(home: Path, url: str, key: str) -> None:
    with chat_server() as model:
        model.mood, model.replies = "hangs midway", ["There are 765 questions in it, says the paper [1]."]
        settings = {
            "PAPERCHAT_LLM": "openai-like:m",
            "PAPERCHAT_LLM_BASE_URL": f"{model.url}/v1",
            "PAPERCHAT_LLM_API_KEY": "x",
        }
        with replicas(home, url, number=1, settings=settings) as (server,), ThreadPoolExecutor(1) as pool:
            with server.client(key) as client:
                answering = pool.submit(ask, client, QUESTION)
                wait_until(lambda: bool(model.calls))
                server.process.terminate()
                wait_until(lambda: httpx.get(f"{server.address}/readyz").status_code == 503)
                wait_until(lambda: not is_reached(server))
                assert server.process.poll() is None
                model.let_go.set()
                assert "765" in answering.result()["answer"]
            assert server.stop() == 0


def is_reached(server: Replica) -> bool:
    try:
        httpx.get(f"{server.address}/healthz")
    except httpx.TransportError:
        return False
    return True
