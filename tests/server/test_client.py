"""The client of the package, for threads and for event loops, against servers as they are started."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any, TypeVar, cast

import pytest
from api_server import QUESTION, ApiServer, api_server
from pydantic import BaseModel

from chat_server import ChatServer
from cli_runner import run
from loopback import serving
from paperchat import Filters, PaperchatError
from paperchat.client import ApiError, AsyncClient, Client, SentenceRecord, TextRecord
from paperchat.client.stream_events import ANSWER_EVENTS, EventDecoder
from paperchat.server.job_records import JobRecord
from paperchat.server.records import AnswerRecord

T = TypeVar("T")
_SECONDS = 60.0
OWLS = '{"id": "2401.00009", "title": "Owls at Rest", "abstract": "Owls sleep in trees."}\n'
TOPIC = "safety of language models"


@pytest.fixture
def client(open_server: ApiServer) -> Iterator[Client]:
    with Client(open_server.address) as opened:
        yield opened


def in_loop(address: str, use: Callable[[AsyncClient], Awaitable[T]], **options: Any) -> T:
    """What comes of using an asynchronous client."""

    async def work() -> T:
        async with AsyncClient(address, **options) as client:
            return await use(client)

    return asyncio.run(work())


def without_varying(record: BaseModel) -> dict[str, Any]:
    return record.model_dump(exclude={"id", "timings_ms"})


def test_an_answer_is_the_record_of_the_command_line(client: Client, open_server: ApiServer) -> None:
    answer = client.ask(QUESTION)
    assert "765" in answer.citations[0].quote
    printed = run("ask", QUESTION, "--home", open_server.home, "--json").json
    dumped = answer.model_dump(exclude_unset=True)
    assert {**dumped, "id": "", "timings_ms": {}} == {**printed, "id": "", "timings_ms": {}}
    assert without_varying(in_loop(open_server.address, lambda one: one.ask(QUESTION))) == without_varying(answer)


def test_every_quote_is_found_in_the_passages_that_the_client_gets(client: Client) -> None:
    answer = client.ask("Compare LabSafety Bench and RiOSWorld.")
    assert answer.table
    assert {cell.text for row in answer.table for cell in row.__pydantic_extra__.values()} <= {
        one.quote for one in answer.citations
    }
    for cited in answer.citations:
        found = {one.passage_id: one.text for one in client.passages(cited.paper_id).passages}
        assert cited.passage_id
        assert found[cited.passage_id][cited.start : cited.end] == cited.quote


def test_an_answer_streams_in_records_the_last_of_which_is_all_of_it(client: Client, open_server: ApiServer) -> None:
    with client.stream(QUESTION) as sent:
        events = list(sent)

    async def streamed(one: AsyncClient) -> list[Any]:
        async with one.stream(QUESTION) as sent:
            return [event async for event in sent]

    for got in (events, in_loop(open_server.address, streamed)):
        assert isinstance(got[-1], AnswerRecord)
        assert "".join(one.delta for one in got if isinstance(one, TextRecord)) == got[-1].answer
        assert any(isinstance(one, SentenceRecord) and one.citations == [1] for one in got)
        assert without_varying(got[-1]) == without_varying(client.ask(QUESTION))


@pytest.fixture
def written(server: ChatServer, sample_copy: Path) -> Iterator[ApiServer]:
    """A server for which a model writes that goes on and on."""
    server.mood = "goes on"
    server.replies = ["It has 765 questions [1], as the paper says, and more than that is not known of it."]
    settings = {"PAPERCHAT_LLM": "openai-like:m", "PAPERCHAT_LLM_BASE_URL": f"{server.url}/v1"}
    with api_server(sample_copy, **settings) as running:
        yield running
        server.let_go.set()


def test_leaving_a_stream_stops_the_work(server: ChatServer, written: ApiServer) -> None:
    with Client(written.address) as client, client.stream(QUESTION) as events:
        next(events)
        while not server.calls:
            next(events)
    assert server.left.wait(_SECONDS)


def test_leaving_an_asynchronous_stream_stops_the_work(server: ChatServer, written: ApiServer) -> None:
    async def leave(client: AsyncClient) -> None:
        async with client.stream(QUESTION) as events:
            await anext(events)
            while not server.calls:
                await anext(events)

    in_loop(written.address, leave)
    assert server.left.wait(_SECONDS)


def test_papers_are_searched_listed_in_parts_and_filtered(client: Client) -> None:
    found = client.search("safety of agents", 3, facets=True)
    assert len(found.hits) == 3
    assert found.facets
    shown = client.paper(found.hits[0].paper_id)
    assert shown.paper.title == found.hits[0].title
    assert found.hits[0].passage_id in {one.passage_id for one in shown.passages}
    first = client.papers(limit=30)
    assert first.next
    second = client.papers(limit=30, cursor=first.next)
    ids = [one.paper_id for one in (*first.papers, *second.papers)]
    assert len(set(ids)) == len(ids) == first.total
    two = Filters(papers=(ids[0], ids[7]))
    assert {one.paper_id for one in client.papers(filters=two).papers} == {ids[0], ids[7]}
    assert {one.paper_id for one in client.search("safety", filters=two).hits} == {ids[0], ids[7]}
    assert client.ask(QUESTION, filters=Filters(until="2020")).abstained


def test_surveys_claims_results_digests_and_status(client: Client, open_server: ApiServer) -> None:
    survey = client.survey(TOPIC, most=8)
    assert survey.coverage.read <= 8
    assert survey.citations
    claim = client.claim("Fine-tuning can undo safety training.", most=8)
    assert claim.papers
    ledger = client.results(filters=Filters(basis="abstract"))
    assert ledger.papers_read
    assert client.digest("week").span == "week"
    assert client.status().papers == client.papers().total

    async def all_again(one: AsyncClient) -> list[BaseModel]:
        parts = [
            one.survey(TOPIC, most=8),
            one.claim(claim.claim, most=8),
            one.results(filters=Filters(basis="abstract")),
        ]
        return [*await asyncio.gather(*parts), await one.digest("week"), await one.status()]

    again = in_loop(open_server.address, all_again)
    assert [without_varying(one) for one in again[:3]] == [without_varying(one) for one in (survey, claim, ledger)]


def test_a_conversation_goes_on_and_is_listed_shown_and_deleted(client: Client) -> None:
    client.ask(QUESTION, conversation="labs")
    assert "LabSafety Bench" in client.ask("Who wrote it?", conversation="labs").standalone_question
    (listed,) = client.conversations(matching="LabSafety").conversations
    assert [turn.question for turn in client.conversation(listed.id).turns] == [QUESTION, "Who wrote it?"]
    assert client.delete_conversation(listed.id).turns == 2
    assert client.conversations().conversations == []


def test_files_are_uploaded_and_ingested_by_a_job_that_is_waited_for(tmp_path: Path) -> None:
    (tmp_path / "owls.jsonl").write_text(OWLS, encoding="utf-8")
    (tmp_path / "broken.pdf").write_text("no PDF", encoding="utf-8")
    with api_server(tmp_path / "library") as server, Client(server.address) as client:
        seen: list[JobRecord] = []
        job = client.ingest(tmp_path / "owls.jsonl", tmp_path / "broken.pdf")
        ended = client.wait(job.id, progress=seen.append)
        assert ended == seen[-1] == client.job(job.id) == client.cancel(job.id)
        assert ended.report
        assert (ended.state, ended.report.added) == ("done", 1)
        assert [one.source for one in ended.report.failed] == ["broken.pdf"]
        assert "in trees" in client.ask("Where do owls sleep?").answer

        async def again(one: AsyncClient) -> JobRecord:
            return await one.wait((await one.ingest(tmp_path / "owls.jsonl")).id)

        report = in_loop(server.address, again).report
        assert report
        assert (report.added, report.unchanged) == (0, 1)
        with pytest.raises(ApiError, match="nothing to ingest"):
            client.ingest()


def test_what_the_server_refuses_is_one_error_with_its_problem(client: Client, open_server: ApiServer) -> None:
    with pytest.raises(ApiError, match="in the library") as missing:
        client.paper("arxiv:0000.00000")
    assert isinstance(missing.value, PaperchatError)
    assert missing.value.problem
    assert (missing.value.problem.status, missing.value.problem.instance) == (404, "/api/v1/papers/arxiv:0000.00000")
    for refused in (lambda: client.ask(""), lambda: client.search("x", 0), lambda: client.wait("no id")):
        with pytest.raises(ApiError) as error:
            refused()
        assert error.value.problem
        assert error.value.problem.status == 422
        assert "\n" not in str(error.value)

    async def ask_nothing(one: AsyncClient) -> None:
        async with one.stream("") as events:
            await anext(events)

    with pytest.raises(ApiError, match="question"):
        in_loop(open_server.address, ask_nothing)


def test_what_goes_wrong_in_a_streams_context_stays_what_it_is(client: Client) -> None:
    def divide() -> float:
        with client.stream(QUESTION) as events:
            next(events)
            return 1 / 0

    with pytest.raises(ZeroDivisionError):
        divide()


def test_keys_and_addresses_come_from_the_environment_or_the_call(
    sample_copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with api_server(sample_copy, PAPERCHAT_QUESTIONS_PER_MINUTE="1") as server:
        key = server.key("notebook")
        monkeypatch.setenv("PAPERCHAT_SERVER_URL", f"{server.address}/")
        with Client() as client, pytest.raises(ApiError) as refused:
            client.status()
        assert refused.value.problem
        assert refused.value.problem.status == 401
        monkeypatch.setenv("PAPERCHAT_API_KEY", f"{key}\n")
        monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")  # which is not asked for this machine
        with Client() as client:
            assert client.status().home is None
            client.ask(QUESTION)
            with pytest.raises(ApiError, match="1 question") as limited:
                client.ask(QUESTION)
            assert limited.value.retry_after
            assert key not in repr(vars(client))
        with Client(key="wrong") as client, pytest.raises(ApiError):
            client.status()
        with Client(key=key) as client, pytest.raises(ApiError, match="write"):
            client.ingest("2410.14182")
    with pytest.raises(ApiError, match="keys add"):
        Client(key="schlüssel")


class _AnotherServer(BaseHTTPRequestHandler):
    """Not paperchat: it knows nothing, sends numbers as words, and its digest is elsewhere."""

    def do_GET(self) -> None:
        status, body = (200, b'{"papers": "many"}') if self.path.endswith("/status") else (404, b"<html>no</html>")
        self.send_response(302 if "/digest" in self.path else status)
        self.send_header("location", f"http://{self.headers['host']}/api/v1/status")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


def test_servers_that_are_none_or_others_are_named() -> None:
    nowhere = "http://127.0.0.1:9"
    with Client(nowhere) as client, pytest.raises(ApiError, match=f"{nowhere} .*paperchat serve") as unreachable:
        client.status()
    assert unreachable.value.problem is None
    with pytest.raises(ApiError, match="cannot be reached"):
        in_loop(nowhere, lambda client: client.status())
    with pytest.raises(ApiError, match="cannot be reached"):
        Client("http://localhost:port")
    with serving(_AnotherServer) as address, Client(address) as client:
        with pytest.raises(ApiError, match="404 and no problem document"):
            client.papers()
        with pytest.raises(ApiError, match="StatusRecord that this client does not know"):
            client.status()
        with pytest.raises(ApiError, match="status 302"):
            client.digest()


def test_events_are_read_however_their_bytes_are_cut_and_whatever_characters_they_have() -> None:
    sent = (
        b': still working\n\nevent: text\ndata: {"delta": "one\xe2\x80\xa8line\xc2\x85"}\n\n'
        b'event: later\ndata: {}\n\nevent: text\r\ndata: {"delta": "!", "new": 1}\r\n\r\n'
    )
    for size in (1, 7, len(sent)):
        decoder = EventDecoder(ANSWER_EVENTS)
        chunks = [sent[start : start + size] for start in range(0, len(sent), size)]
        texts = [cast(TextRecord, event) for chunk in chunks for event in decoder.feed(chunk)]
        assert [one.delta for one in texts] == ["one\u2028line\x85", "!"]
        assert texts[-1].model_extra == {"new": 1}


def test_the_client_loads_none_of_what_the_library_needs() -> None:
    listing = "import paperchat.client, sys; print(*{name.split('.')[0] for name in sys.modules})"
    done = subprocess.run([sys.executable, "-c", listing], capture_output=True, text=True, check=True)
    assert not {"chromadb", "fastapi", "gradio", "llama_index", "numpy", "sqlalchemy"} & set(done.stdout.split())
