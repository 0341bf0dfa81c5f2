"""Answers that a language model writes, from the sample page, with a scripted server on loopback."""

from __future__ import annotations

import asyncio
import re
from contextlib import aclosing
from pathlib import Path

import pytest
from llama_index.llms.openai_like import OpenAILike

from chat_server import ChatServer, Mood, Reply, chat_server, key_of, written_by
from paperchat import Answer, EvidenceEvent, PaperChat, RetrievalEvent, SentenceEvent, TextEvent
from paperchat.answering.answer_events import final_answer
from paperchat.answering.prompts import SENTINEL
from paperchat.answering.quote_markdown import escape_markdown
from paperchat.types import AnswerEvent, Citation

QUESTION = "How many multiple-choice questions are in LabSafety Bench?"
FACT = "765 multiple-choice questions"
OTHER = "Unlike trained human researchers"
UNSURE = "Which kinds of sensor data does UniSim simulate at new viewpoints?"


def supported(answer: Answer) -> list[Citation]:
    return [citation for citation in answer.citations if citation.status == "supported"]


def assert_gate(chat: PaperChat, answer: Answer) -> None:
    """Every citation is a quote byte for byte, and the marks in the text are those of the citations."""
    for citation in answer.citations:
        passages = {passage.passage_id: passage for passage in chat.paper(citation.paper.paper_id)[1]}
        quote = citation.quote
        assert quote.text
        assert passages[quote.passage.passage_id].text[quote.start : quote.end] == quote.text
    marks = {int(number) for number in re.findall(r"(?<!\\)\[(\d+)(?<!\\)\]", answer.text)}
    assert marks == {citation.number for citation in answer.citations}


def test_a_sentence_with_its_key_becomes_a_cited_sentence(chat: PaperChat, server: ChatServer) -> None:
    server.replies = [lambda prompt: f"LabSafety Bench has 765 multiple-choice questions. [{key_of(prompt, FACT)}]"]
    answer = chat.ask(QUESTION)
    assert answer.text == "LabSafety Bench has 765 multiple-choice questions. [1]"
    assert [(citation.number, citation.status) for citation in answer.citations] == [(1, "supported")]
    assert FACT in answer.citations[0].quote.text
    assert (answer.model, answer.note, answer.abstained) == ("openai-like:m", None, False)
    assert all(answer.usage.values())
    assert len(server.calls) == 1
    assert_gate(chat, answer)


@pytest.mark.parametrize(
    "draft",
    [
        "LabSafety Bench has 765 multiple-choice questions.",
        "**Answer:** LabSafety Bench has 765 multiple-choice questions [zzzz].",
        "1. LabSafety Bench has 765 multiple-choice questions [12].\n",
        "<think>Let me see. 7 or 8?</think>LabSafety Bench has 765 multiple-choice questions.",
    ],
)
def test_a_sentence_without_a_true_key_is_matched_with_the_evidence(
    draft: str, chat: PaperChat, server: ChatServer
) -> None:
    server.replies = [draft]
    answer = chat.ask(QUESTION)
    assert answer.text.startswith("LabSafety Bench has 765 multiple-choice questions")
    assert FACT in supported(answer)[0].quote.text
    assert len(answer.citations) == 1
    assert_gate(chat, answer)


@pytest.mark.parametrize(
    "draft", ["765", "765 multiple-choice questions.", lambda prompt: f"765. 765 [{key_of(prompt, FACT)}]"]
)
def test_a_few_words_of_a_quote_give_way_to_the_quote(draft: Reply, chat: PaperChat, server: ChatServer) -> None:
    server.replies = [draft]
    answer = chat.ask(QUESTION)
    first = answer.citations[0]
    assert (first.status, FACT in first.quote.text) == ("quoted", True)
    assert answer.text.count(FACT) == 1
    assert not supported(answer)
    assert_gate(chat, answer)


def test_a_sentence_with_the_wrong_key_gets_the_right_quote(chat: PaperChat, server: ChatServer) -> None:
    server.replies = [lambda prompt: f"LabSafety Bench has 765 multiple-choice questions. [{key_of(prompt, OTHER)}]"]
    answer = chat.ask(QUESTION)
    assert [FACT in citation.quote.text for citation in answer.citations] == [True]


def test_a_failing_sentence_is_repaired_once(chat: PaperChat, server: ChatServer) -> None:
    server.replies = [
        lambda prompt: f"LabSafety Bench has 900 multiple-choice questions. [{key_of(prompt, FACT)}]",
        "LabSafety Bench has 765 multiple-choice questions.",
    ]
    answer = chat.ask(QUESTION)
    assert answer.text == "LabSafety Bench has 765 multiple-choice questions. [1]"
    assert len(server.calls) == 2
    assert (
        "1. LabSafety Bench has 900 multiple-choice questions. (the number 900 is not in the quotes)"
        in server.prompt(1)
    )
    assert server.calls[1]["messages"][:2] == server.calls[0]["messages"]


def test_what_still_fails_gives_way_to_the_quote_that_it_names(chat: PaperChat, server: ChatServer) -> None:
    server.replies = [
        lambda prompt: (
            f"LabSafety Bench has 765 multiple-choice questions. [{key_of(prompt, FACT)}] "
            f"They were verified by 12 human experts. [{key_of(prompt, OTHER)}] "
            f"They were verified by 14 human experts. [{key_of(prompt, OTHER)}]"
        ),
        "They were verified by 13 human experts.",
    ]
    events = list(chat.stream(QUESTION))
    answer = final_answer(events)
    assert answer.text.startswith("LabSafety Bench has 765 multiple-choice questions. [1] ")
    assert "human experts." not in answer.text.partition("[1] ")[2]
    assert [citation.status for citation in answer.citations] == ["supported", "quoted"]
    assert answer.text.endswith(f"{escape_markdown(answer.citations[1].quote.text)} [2]")
    assert [event.status for event in events if isinstance(event, SentenceEvent)] == ["supported", "quoted"]
    assert_gate(chat, answer)


def test_what_fails_and_names_no_quote_is_shown_as_unsupported(chat: PaperChat, server: ChatServer) -> None:
    server.replies = [
        lambda prompt: (
            f"LabSafety Bench has 765 multiple-choice questions. [{key_of(prompt, FACT)}] It was made by 12 chemists."
        ),
        "It was made by 13 chemists.",
    ]
    answer = chat.ask(QUESTION)
    assert answer.text.endswith("[1] It was made by 12 chemists. [2] *(not supported)*")
    assert [citation.status for citation in answer.citations] == ["supported", "unsupported"]
    assert_gate(chat, answer)


def test_a_sentence_that_the_model_drops_is_gone(chat: PaperChat, server: ChatServer) -> None:
    server.replies = ["LabSafety Bench has 765 multiple-choice questions. It won 3 prizes.", "1. DROP"]
    answer = chat.ask(QUESTION)
    assert answer.text == "LabSafety Bench has 765 multiple-choice questions. [1]"


def test_a_draft_of_which_nothing_is_backed_gives_way_to_the_quotes(chat: PaperChat, server: ChatServer) -> None:
    server.replies = ["Bananas contain 99 vitamins. Apples are blue."]
    answer = chat.ask(QUESTION)
    assert answer.model == "extractive"
    assert "openai-like:m" in (answer.note or "")
    assert FACT in answer.text.replace("**", "")
    assert {citation.status for citation in answer.citations} == {"quoted"}


def test_a_model_that_declines_does_not_overrule_quotes_that_surely_answer(chat: PaperChat, server: ChatServer) -> None:
    server.replies = [SENTINEL]
    answer = chat.ask(QUESTION)
    assert (answer.abstained, answer.model) == (False, "extractive")
    assert FACT in answer.text.replace("**", "")
    assert "finds no answer" in (answer.note or "")
    assert_gate(chat, answer)


def test_a_model_that_declines_is_believed_where_the_quotes_are_unsure(chat: PaperChat, server: ChatServer) -> None:
    server.replies = [SENTINEL]
    answer = chat.ask(UNSURE)
    assert len(server.calls) == 1
    assert (answer.abstained, answer.citations) == (True, ())
    assert "finds no answer" in (answer.reason or "")
    assert answer.nearest


def test_what_the_library_does_not_say_is_not_asked_of_the_model(chat: PaperChat, server: ChatServer) -> None:
    assert chat.ask("Who won the 2018 football World Cup?").abstained
    assert not server.calls


@pytest.mark.parametrize("mood", ["error", "refuses", "busy", "no json", "breaks off", "hangs", "hangs midway"])
def test_no_question_is_lost_with_the_server(mood: Mood, server: ChatServer, sample_library: Path) -> None:
    server.mood, server.replies = mood, ["One two three four"]
    with written_by(server, sample_library, timeout=1) as chat:
        answer = chat.ask(QUESTION)
        assert FACT in answer.text.replace("**", "")
        assert answer.model == "extractive"
        assert (answer.note or "").endswith("this is the extractive answer")
        assert (answer.note or "").isprintable()
        assert_gate(chat, answer)


def test_no_question_is_lost_with_a_stopped_server(sample_library: Path) -> None:
    with chat_server() as server:
        pass
    with written_by(server, sample_library) as chat:
        answer = chat.ask(QUESTION)
    assert FACT in answer.text.replace("**", "")
    assert server.url in (answer.note or "")


def test_a_model_that_breaks_off_keeps_what_was_verified(chat: PaperChat, server: ChatServer) -> None:
    server.mood = "breaks off"
    server.replies = ["LabSafety Bench has 765 multiple-choice questions. And then it says some more and more and more"]
    answer = chat.ask(QUESTION)
    assert answer.text == "LabSafety Bench has 765 multiple-choice questions. [1]"
    assert (answer.note or "").endswith("the answer breaks off")
    assert answer.model == "openai-like:m"


def test_markup_that_a_model_writes_is_inert(chat: PaperChat, server: ChatServer) -> None:
    server.replies = [
        "LabSafety Bench has 765 multiple-choice <img src=x onerror=alert(1)> questions. "
        "See [LabSafety Bench has 765 multiple-choice questions](javascript:alert(1)) \x1b[2J."
    ]
    answer = chat.ask(QUESTION)
    assert not re.search(r"(?<!\\)[<>`]", answer.text)
    assert not re.search(r"(?<!\\)\](?=\()", answer.text)
    assert "\x1b" not in answer.text
    assert_gate(chat, answer)


def test_events_tell_the_answer_as_it_is_verified(chat: PaperChat, server: ChatServer) -> None:
    server.replies = [
        "LabSafety Bench has 765 multiple-choice questions. "
        "The LabSafety Bench multiple-choice questions were verified by human experts."
    ]
    events: list[AnswerEvent] = list(chat.stream(QUESTION))
    answer = final_answer(events)
    assert isinstance(events[0], RetrievalEvent)
    assert "".join(event.delta for event in events if isinstance(event, TextEvent)) == answer.text
    cited = [citation for event in events if isinstance(event, EvidenceEvent) for citation in event.citations]
    assert tuple(cited) == answer.citations
    known: set[int] = set()
    for event in events:
        if isinstance(event, EvidenceEvent):
            known |= {citation.number for citation in event.citations}
        if isinstance(event, SentenceEvent):
            assert set(event.citations) <= known


def test_a_cancelled_task_ends_the_models_work(chat: PaperChat, server: ChatServer) -> None:
    server.replies = ["LabSafety Bench has 765 multiple-choice questions. It " + "goes on " * 100_000]

    async def first_sentence() -> str:
        async with aclosing(chat.astream(QUESTION)) as events:
            async for event in events:
                if isinstance(event, TextEvent):
                    return event.delta
        return ""

    assert asyncio.run(first_sentence()).startswith("LabSafety Bench has 765")
    assert server.left.wait(30)  # the server can write no more


def test_the_same_evidence_makes_the_same_beginning_of_a_prompt(chat: PaperChat, server: ChatServer) -> None:
    for question in (QUESTION, QUESTION.replace("How many", "how many")):
        chat.ask(question)
    first, second = server.prompt(0), server.prompt(-1)
    assert first.split("Question:")[0] == second.split("Question:")[0]


def test_a_llama_index_llm_can_be_given(server: ChatServer, sample_library: Path) -> None:
    server.replies = ["LabSafety Bench has 765 multiple-choice questions."]
    llm = OpenAILike(model="mine", api_base=f"{server.url}/v1", api_key="k", is_chat_model=True)
    with PaperChat.open(sample_library) as opened:
        chat = PaperChat(library=opened.library, embedder=opened.embedder, llm=llm)
        answer = chat.ask(QUESTION)
        assert (answer.text, answer.model) == ("LabSafety Bench has 765 multiple-choice questions. [1]", "mine")
        assert str(chat.as_query_engine().query(QUESTION)).startswith(answer.text)
