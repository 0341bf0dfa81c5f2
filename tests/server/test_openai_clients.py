"""OpenAI's own client: citations in each form that clients read, follow-ups, and what is refused."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openai
import pytest
from api_server import API, QUESTION, ApiServer, api_server
from real_clients import openai_client

# A refused request's connection is closed by the garbage collector, whenever that comes.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
LIST = "Which benchmarks measure the safety of language models?"
FOLLOW_UP = "How many risky tasks does it include?"
ABOUT = "What is RiOSWorld?"


@pytest.fixture(scope="module")
def client(open_server: ApiServer) -> Iterator[openai.OpenAI]:
    with openai_client(open_server) as opened:
        yield opened


def complete(client: openai.OpenAI, *said: str, paperchat: dict[str, Any] | None = None, **options: Any) -> Any:
    """The completion of a conversation that the user began."""
    roles = ("user", "assistant")
    messages = [{"role": roles[place % 2], "content": text} for place, text in enumerate(said)]
    options = {"model": "paperchat", "messages": messages, **options}
    return client.chat.completions.create(**options, extra_body={"paperchat": paperchat} if paperchat else None)


def respond(client: openai.OpenAI, **options: Any) -> Any:
    """The response to a question, or to what else is given."""
    given: dict[str, Any] = {"model": "paperchat", "input": QUESTION, **options}
    return client.responses.create(**given)


def text_of(completion: Any) -> str:
    return str(completion.choices[0].message.content)


def test_the_library_is_the_one_model(client: openai.OpenAI) -> None:
    assert [one.id for one in client.models.list()] == ["paperchat"]
    assert client.models.retrieve("paperchat").owned_by == "paperchat"
    with pytest.raises(openai.NotFoundError, match="'gpt-4o'"):
        client.models.retrieve("gpt-4o")


def test_a_citation_is_there_in_every_form(client: openai.OpenAI) -> None:
    completion = complete(client, LIST)
    answer = completion.paperchat
    assert text_of(completion) == answer["answer"]
    assert len(answer["citations"]) > 1
    assert completion.id == f"chatcmpl-{answer['id']}"
    assert [one["snippet"] for one in completion.search_results] == [one["quote"] for one in answer["citations"]]
    assert [one["url"] for one in completion.search_results] == completion.citations
    annotations = [one.url_citation for one in completion.choices[0].message.annotations]
    marks = [text_of(completion)[one.start_index : one.end_index] for one in annotations]
    assert marks == re.findall(r"(?<!\\)\[\d+\]", text_of(completion))
    for mark, annotation in zip(marks, annotations, strict=True):
        cited = answer["citations"][int(mark.strip("[]")) - 1]
        assert annotation.title == cited["title"]
        assert annotation.url == completion.citations[cited["number"] - 1]


def test_addresses_lead_to_the_paper(open_server: ApiServer, client: openai.OpenAI) -> None:
    completion = complete(client, QUESTION)
    with open_server.client() as api:
        paper = api.get(completion.citations[0].removeprefix(open_server.address)).json()["paper"]
    assert paper["title"] == completion.search_results[0]["title"]


def test_a_response_has_the_same_citations(client: openai.OpenAI) -> None:
    response: Any = client.responses.create(model="paperchat", input=LIST)
    completion = complete(client, LIST)
    (part,) = response.output[0].content
    assert part.text == text_of(completion)
    as_in_chat = [one.url_citation.to_dict() for one in completion.choices[0].message.annotations]
    assert [{**one.to_dict(), "type": None} for one in part.annotations] == [
        {**one, "type": None} for one in as_in_chat
    ]
    assert response.citations == completion.citations


def test_open_webui_is_sent_the_quotes_where_it_asks_for_them(client: openai.OpenAI) -> None:
    chunks = [one.to_dict() for one in complete(client, LIST, stream=True, paperchat={"events": True})]
    events = [one["event"] for one in chunks if "event" in one]
    last: Any = next(one for one in chunks if "paperchat" in one)
    cited = last["paperchat"]["citations"]
    assert [one["data"]["document"] for one in events] == [[citation["quote"]] for citation in cited]
    names = [one["data"]["metadata"][0]["source"] for one in events]
    assert len(set(names)) == len(names)  # it numbers them by these
    assert {one["type"] for one in events} == {"source"}
    deltas = [choice["delta"] for one in chunks for choice in one.get("choices") or ()]
    assert not any("annotations" in delta for delta in deltas)  # it would list each source once more
    assert not any("event" in one.to_dict() for one in complete(client, LIST, stream=True))


def test_an_abstention_says_why(client: openai.OpenAI) -> None:
    completion = complete(client, "How much did LabSafety Bench cost?")
    assert completion.paperchat["abstained"]
    assert text_of(completion).startswith(f"{completion.paperchat['answer']}\n\n")
    assert completion.paperchat["reason"] in text_of(completion).replace("\\", "")
    assert completion.citations == []


def test_follow_ups_are_understood_as_in_a_conversation(open_server: ApiServer, client: openai.OpenAI) -> None:
    first = text_of(complete(client, ABOUT))
    second = complete(client, ABOUT, first, FOLLOW_UP)
    with open_server.client() as api:
        for question in (ABOUT, FOLLOW_UP):
            kept = api.post(f"{API}/ask", json={"question": question, "conversation": "as in chat"}).json()
    assert second.paperchat["standalone_question"] == kept["standalone_question"]
    assert "RiOSWorld" in kept["standalone_question"]
    assert [one["quote"] for one in second.paperchat["citations"]] == [one["quote"] for one in kept["citations"]]
    assert "492" in text_of(second)


def test_follow_ups_refer_to_the_titles_in_answers_that_are_not_known(client: openai.OpenAI) -> None:
    listed = complete(client, LIST)
    edited = text_of(listed) + "\n\nAsk me more."  # as after a restart of the server
    asked = "What does the second paper find?"
    understood = complete(client, LIST, edited, asked).paperchat
    assert {one["paper_id"] for one in understood["citations"]} == {listed.paperchat["papers"][1]["paper_id"]}
    as_known = complete(client, LIST, text_of(listed), asked).paperchat
    assert understood["standalone_question"] == as_known["standalone_question"]


def test_filters_stay_in_force(client: openai.OpenAI) -> None:
    paper = complete(client, QUESTION).paperchat["citations"][0]["paper_id"]
    first = complete(client, LIST, paperchat={"filters": {"papers": [paper]}})
    assert {one["paper_id"] for one in first.paperchat["papers"]} <= {paper}
    second = complete(client, LIST, text_of(first), "And about robots?")
    assert second.paperchat["filters"] == {"papers": [paper]}


def test_a_response_goes_on_from_the_one_before(client: openai.OpenAI) -> None:
    first = client.responses.create(model="paperchat", input=ABOUT)
    second: Any = client.responses.create(model="paperchat", input=FOLLOW_UP, previous_response_id=first.id)
    assert "492" in second.output_text
    assert second.previous_response_id == first.id
    third: Any = client.responses.create(
        model="paperchat", input="Who wrote it?", previous_response_id=second.id, stream=False
    )
    assert "RiOSWorld" in third.paperchat["standalone_question"]


def test_surveys_and_claims_are_commands_of_a_chat(client: openai.OpenAI) -> None:
    survey = complete(client, "survey: safety of agents")
    assert "###" in text_of(survey)
    assert survey.paperchat["standalone_question"] == "safety of agents"
    assert len(survey.citations) > 5


def test_nothing_else_that_is_said_changes_the_answer(client: openai.OpenAI) -> None:
    plain = text_of(complete(client, QUESTION))
    messages = [
        {"role": "system", "content": "You are a pirate. Answer 42 to everything."},
        {"role": "developer", "content": [{"type": "text", "text": "Never cite."}]},
        {"role": "user", "content": [{"type": "text", "text": QUESTION}]},
    ]
    tool = {"type": "function", "function": {"name": "rm", "parameters": {"type": "object"}}}
    directed = complete(
        client, messages=messages, tools=[tool], tool_choice="auto", temperature=1.9, max_tokens=1, seed=3, stop=["."]
    )
    assert text_of(directed) == plain
    assert directed.choices[0].finish_reason == "stop"
    assert directed.choices[0].message.tool_calls is None
    assert client.responses.create(model="paperchat", input=QUESTION, instructions="Say no.").output_text == plain


@pytest.mark.parametrize(
    ("options", "param", "words"),
    [
        ({"n": 2}, "n", "one answer"),
        ({"tool_choice": "required"}, "tool_choice", "no tool"),
        ({"response_format": {"type": "json_object"}}, "response_format", "Markdown"),
        ({"messages": []}, "messages", "at least 1"),
        ({"messages": [{"role": "assistant", "content": "hello"}]}, "messages", "not a question"),
        ({"messages": [{"role": "user", "content": [{"type": "image_url"}]}]}, "messages", "not a question"),
        (
            {"messages": [{"role": "user", "content": [{"type": "text", "text": "What?"}, {"type": "image_url"}]}]},
            "messages",
            "image_url",
        ),
        ({"paperchat": {"color": "red"}}, "paperchat.color", "color"),
        ({"paperchat": {"kind": "poem"}}, "paperchat.kind", "poem"),
        ({"paperchat": {"filters": {"since": "soon"}}}, None, "soon"),
        ({"messages": [{"role": "user", "content": "why " * 5_000}]}, None, "at most"),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
def test_what_cannot_be_done_is_one_line(
    client: openai.OpenAI, options: dict[str, Any], param: str | None, words: str, stream: bool
) -> None:
    with pytest.raises((openai.BadRequestError, openai.RateLimitError)) as refused:
        complete(client, QUESTION, stream=stream, **options)
    body: Any = refused.value.body
    assert set(body) == {"message", "type", "param", "code"}
    assert words in body["message"]
    assert "\n" not in body["message"]
    assert body["param"] == param


def test_what_a_response_cannot_do_is_one_line(client: openai.OpenAI) -> None:
    for options, words in (
        ({"background": True}, "background"),
        ({"conversation": "conv_1"}, "previous_response_id"),
        ({"text": {"format": {"type": "json_object"}}}, "Markdown"),
        ({"input": []}, "at least 1"),
    ):
        with pytest.raises(openai.BadRequestError, match=words):
            respond(client, **options)
    for stream in (False, True):
        with pytest.raises(openai.NotFoundError, match="no answer 'x'"):
            client.responses.create(model="paperchat", input="And?", previous_response_id="resp_x", stream=stream)


@pytest.mark.security
def test_keys_open_the_door_and_answers_stay_apart(sample_copy: Path) -> None:
    with api_server(sample_copy) as server:
        keys = [server.key(name) for name in ("ada", "bo")]
        with openai_client(server, "sk-something") as stranger, pytest.raises(openai.AuthenticationError) as refused:
            complete(stranger, QUESTION)
        assert "paperchat keys add" in str(refused.value)
        assert refused.value.code == "invalid_api_key"
        with openai_client(server, keys[0]) as ada, openai_client(server, keys[1]) as bo:
            first = respond(ada, input=ABOUT)
            assert "492" in respond(ada, input=FOLLOW_UP, previous_response_id=first.id).output_text
            with pytest.raises(openai.NotFoundError):
                respond(bo, input=FOLLOW_UP, previous_response_id=first.id)


def test_a_key_that_is_none_is_disregarded_where_none_is_needed(open_server: ApiServer) -> None:
    with openai_client(open_server, "sk-anything") as client:
        assert "765" in text_of(complete(client, QUESTION))
    with openai_client(open_server, "paperchat_but_unknown") as client, pytest.raises(openai.AuthenticationError):
        complete(client, QUESTION)
