"""Ingestions as jobs: uploads and addresses, progress, cancelling, limits, and requests that are sent again."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import httpx
from api_server import API, QUESTION, ApiServer, api_server, assert_problem, events_of

from paperchat.assistant import PaperChat
from paperchat.storage.database import FILE
from paperchat.storage.locks import FolderLock
from source_proxy import SourceProxy, source_proxy

OWL = b'{"id": "2401.00009", "title": "Owls at Rest", "abstract": "Owls sleep in trees."}\n'


def upload(client: httpx.Client, *files: tuple[str, bytes]) -> list[str]:
    sent = client.post(f"{API}/uploads", files=[("files", file) for file in files])
    assert sent.status_code == 201, sent.text
    return [one["id"] for one in sent.json()["uploads"]]


def finished(client: httpx.Client, job: httpx.Response) -> dict[str, Any]:
    assert job.status_code == 202, job.text
    with client.stream("GET", f"{job.headers['location']}/events") as sent:
        *progress, (name, ended) = events_of(sent)
    assert {one for one, _ in progress} <= {"progress"}
    assert name == "done"
    assert client.get(job.headers["location"]).json() == ended
    return ended


def test_uploads_are_ingested_and_named_without_their_folder(tmp_path: Path) -> None:
    with api_server(tmp_path / "library") as server, server.client() as client:
        uploads = upload(client, ("owls.jsonl", OWL), ("broken.pdf", b"no PDF"))
        job = finished(client, client.post(f"{API}/ingest", json={"uploads": uploads}))
        assert job["state"] == "done"
        assert job["report"]["added"] == 1
        assert [one["source"] for one in job["report"]["failed"]] == ["broken.pdf"]
        assert client.get(f"{API}/jobs").json()["jobs"] == [job]
        assert "Owls" in client.post(f"{API}/ask", json={"question": "Where do owls sleep?"}).json()["answer"]
        assert_problem(client.post(f"{API}/ingest", json={"uploads": uploads}), 422, "upload the file again")
        incoming = [file for file in (tmp_path / "library" / "incoming").rglob("*") if file.suffix == ".jsonl"]
        assert incoming == []


def test_jobs_are_followed_cancelled_and_limited(tmp_path: Path) -> None:
    paper = {"id": "2606.00001", "title": "Owls at Rest", "summary": "Owls sleep in trees."}
    with source_proxy(tmp_path) as sources:
        sources.sources["huggingface.co"] = lambda _: json.dumps([{"paper": paper, "title": "Owls"}]).encode()
        sources.gate.clear()
        with api_server(tmp_path / "library", **sources.settings) as server, server.client() as client:
            begun = [client.post(f"{API}/ingest", json={"sources": [f"daily:2026-06-0{day}"]}) for day in range(1, 5)]
            wait_for_request(sources)
            refused = client.post(f"{API}/ingest", json={"sources": ["daily:2026-06-09"]})
            assert_problem(refused, 429, "4 jobs of yours")
            assert refused.headers["retry-after"]
            states = {one["state"] for one in client.get(f"{API}/jobs").json()["jobs"]}
            assert states == {"running", "waiting"}
            waiting, running = begun[-1].headers["location"], begun[0].headers["location"]
            client.delete(waiting)
            assert finished(client, begun[-1])["state"] == "cancelled"
            assert client.delete(running).json()["state"] == "cancelling"
            sources.gate.set()
            assert finished(client, begun[0])["state"] == "cancelled"
            assert [finished(client, one)["state"] for one in begun[1:3]] == ["done", "done"]
            assert client.delete(running).json()["state"] == "cancelled"
            assert client.get(f"{API}/status").json()["papers"] == 1


def wait_for_request(sources: SourceProxy) -> None:
    wait_until(lambda: bool(sources.asked))


def wait_until(is_so: Callable[[], bool]) -> None:
    until = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < until
        time.sleep(0.02)


def test_a_server_that_stops_ends_its_jobs(tmp_path: Path) -> None:
    with source_proxy(tmp_path) as sources:
        sources.sources["huggingface.co"] = lambda _: b"[]"
        sources.gate.clear()
        with api_server(tmp_path / "library", **sources.settings) as server, server.client() as client:
            client.post(f"{API}/ingest", json={"sources": ["daily:2026-06-01"]}).raise_for_status()
            wait_for_request(sources)
            sources.gate.set()


def test_a_job_that_its_server_has_left_goes_on_but_not_for_ever(sample_copy: Path) -> None:
    work: dict[str, Any] = {
        "locations": [],
        "files": [],
        "pdfs": None,
        "most": 10,
        "submitter": "",
        "path": f"{API}/ingest",
    }
    ended, over = [], timedelta(seconds=-1)
    uploaded = sample_copy / "uploads" / "one" / "owls.jsonl"
    uploaded.parent.mkdir(parents=True)
    uploaded.write_bytes(OWL)
    with PaperChat.open(sample_copy) as pc:
        jobs = pc.library.jobs
        poison = jobs.add("", {**work, "files": ["one/owls.jsonl"]}, admit=lambda *_: None)
        for _ in range(5):
            assert jobs.take("a server that was killed", lease=over, most=5, problem=lambda _: {})
        left = jobs.add("", work, admit=lambda *_: None)
    with api_server(sample_copy, warning=f"{date.today():%Y-}") as server, server.client() as client:
        for job in (left, poison):
            with client.stream("GET", f"{API}/jobs/{job.job_id}/events") as sent:
                *_, (_, last) = events_of(sent)
            ended.append(last)
        wait_until(lambda: not uploaded.exists())
    assert [one["state"] for one in ended] == ["done", "failed"]
    assert "ended 5 times" in ended[1]["problem"]["detail"]
    assert f"job {poison.job_id} was begun 5 times" in server.log[0]


def test_the_problem_of_a_job_does_not_tell_where_the_library_is(tmp_path: Path) -> None:
    home = tmp_path / "library"
    with api_server(home, PAPERCHAT_LOCK_TIMEOUT="1") as server, server.client() as client:
        uploads = upload(client, ("owls.jsonl", OWL))
        with FolderLock(home / "write.lock", timeout=60):
            job = finished(client, client.post(f"{API}/ingest", json={"uploads": uploads}))
    assert job["state"] == "failed"
    assert job["problem"]["detail"].startswith("another process is writing to the library: ")


def test_an_upload_whose_job_is_refused_may_be_named_again(tmp_path: Path) -> None:
    with source_proxy(tmp_path) as sources:
        sources.sources["huggingface.co"] = lambda _: b"[]"
        sources.gate.clear()
        with api_server(tmp_path / "library", **sources.settings) as server, server.client() as client:
            uploads = upload(client, ("owls.jsonl", OWL))
            begun = [client.post(f"{API}/ingest", json={"sources": ["daily:2026-06-01"]}) for _ in range(4)]
            assert_problem(client.post(f"{API}/ingest", json={"uploads": uploads}), 429)
            sources.gate.set()
            for one in begun:
                finished(client, one)
            assert finished(client, client.post(f"{API}/ingest", json={"uploads": uploads}))["report"]["added"] == 1


def test_an_upload_whose_job_cannot_be_stored_may_be_named_again(tmp_path: Path) -> None:
    home = tmp_path / "library"
    with api_server(home) as server, server.client() as client, closing(sqlite3.connect(home / FILE)) as catalogue:
        uploads = upload(client, ("owls.jsonl", OWL))
        catalogue.execute("CREATE TRIGGER full BEFORE INSERT ON jobs BEGIN SELECT RAISE(ABORT, 'full'); END")
        assert_problem(client.post(f"{API}/ingest", json={"uploads": uploads}), 500)
        assert list((home / "uploads").glob("*/*")) == []
        catalogue.execute("DROP TRIGGER full")
        assert finished(client, client.post(f"{API}/ingest", json={"uploads": uploads}))["report"]["added"] == 1


def test_a_request_that_is_sent_again_with_its_key_is_not_done_again(open_server: ApiServer) -> None:
    with open_server.client(headers={"idempotency-key": "once"}) as client:
        body = {"question": QUESTION, "conversation": "repeated"}
        first = client.post(f"{API}/ask", json=body)
        again = client.post(f"{API}/ask", json=body)
        assert again.json() == first.json()
        assert again.headers["idempotency-replayed"] == "true"
        (conversation,) = client.get(f"{API}/conversations").json()["conversations"]
        assert conversation["turns"] == 1
        other = client.post(f"{API}/ask", json={**body, "question": "Another?"})
        assert_problem(other, 422, "another request", "new key")
        assert_problem(client.post(f"{API}/claims", json={"claim": "x"}), 422, "another request")
        client.delete(f"{API}/conversations/{conversation['id']}").raise_for_status()
        for malformed in ("", "a b", "x" * 201, "é"):
            headers = [(b"idempotency-key", malformed.encode())]
            assert_problem(client.post(f"{API}/ask", json=body, headers=headers), 400, "idempotency key is malformed")
        assert_problem(client.post(f"{API}/uploads", files={"files": ("a.jsonl", OWL)}), 400, "take no idempotency key")


def test_a_request_that_was_refused_may_be_sent_again_with_its_key(open_server: ApiServer) -> None:
    with open_server.client(headers={"idempotency-key": "twice"}) as client:
        assert_problem(client.post(f"{API}/ask", json={"question": 1}), 422)
        events = client.post(f"{API}/ask", json={"question": QUESTION, "stream": True})
        again = client.post(f"{API}/ask", json={"question": QUESTION, "stream": True})
        assert again.text == events.text
        assert again.headers["content-type"] == events.headers["content-type"]


def test_keys_of_different_callers_are_their_own(sample_copy: Path) -> None:
    with api_server(sample_copy) as server:
        for name in ("one", "other"):
            with server.client(server.key(name), headers={"idempotency-key": "same"}) as client:
                response = client.post(f"{API}/ask", json={"question": f"Why, {name}?"})
                assert response.status_code == 200
                assert "idempotency-replayed" not in response.headers
