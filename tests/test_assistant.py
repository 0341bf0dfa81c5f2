"""PaperChat as an app uses it, on the sample page with the real model and the real stores."""

from __future__ import annotations

import asyncio
import re
import threading
from pathlib import Path

import pytest

from paperchat import Answer, Filters, PaperChat
from paperchat.errors import NotFoundError, UsageError


def assert_exact(chat: PaperChat, answer: Answer) -> None:
    for citation in answer.citations:
        passages = {passage.passage_id: passage for passage in chat.paper(citation.paper.paper_id)[1]}
        quote = citation.quote
        assert quote.text
        assert passages[quote.passage.passage_id].text[quote.start : quote.end] == quote.text


@pytest.mark.parametrize(
    ("question", "title", "fact"),
    [
        ("How many multiple-choice questions are in LabSafety Bench?", "LabSafety Bench", "765"),
        ("labsafety bench number of questions", "LabSafety Bench", "765"),
        (
            "What did it cost to undo the safety training of Llama 2-Chat per model?",
            "LoRA Fine-tuning",
            "$200",
        ),
        ("How many video frames was SurgeNetXL trained on?", "Scaling up self-supervised", "4.7 million"),
    ],
)
def test_a_plain_question_gets_the_fact_in_exact_quotes(
    sample: PaperChat, question: str, title: str, fact: str
) -> None:
    answer = sample.ask(question)
    assert not answer.abstained
    assert answer.citations[0].paper.paper.title.startswith(title)
    assert fact in " ".join(citation.quote.text for citation in answer.citations)
    assert_exact(sample, answer)


def test_marks_and_citations_are_the_same_numbers(sample: PaperChat) -> None:
    answer = sample.ask("What risks do language models bring?")
    marks = [int(number) for number in re.findall(r"\[(\d+)\]", answer.text)]
    assert marks == [citation.number for citation in answer.citations]


@pytest.mark.parametrize(
    "question",
    [
        "Who won the 2018 football World Cup?",
        "How do I bake sourdough bread?",
        "What is the boiling point of ethanol?",
    ],
)
def test_what_the_library_does_not_say_is_not_answered(sample: PaperChat, question: str) -> None:
    answer = sample.ask(question)
    assert answer.abstained
    assert answer.reason
    assert not answer.citations
    assert answer.text == "The library does not say."


@pytest.mark.parametrize("question", ["the of and is", "???"])
def test_a_message_that_asks_nothing_gets_no_quote(sample: PaperChat, question: str) -> None:
    answer = sample.ask(question)
    assert (answer.kind, answer.abstained, answer.citations) == ("help", False, ())
    assert answer.suggestions


def test_a_question_for_papers_gets_several_with_a_sentence_each(sample: PaperChat) -> None:
    answer = sample.ask("Which papers are about surgery?")
    titles = [citation.paper.paper.title for citation in answer.citations]
    assert len(titles) == len(set(titles)) >= 2
    assert {"Jumpstarting Surgical Computer Vision"} < set(titles)
    assert_exact(sample, answer)


def test_an_empty_library_says_so(tmp_path: Path) -> None:
    with PaperChat.open(tmp_path) as chat:
        answer = chat.ask("What is attention?")
    assert answer.abstained
    assert "empty" in (answer.reason or "")


def test_search_gives_k_papers_each_once(sample: PaperChat) -> None:
    hits = sample.search("laboratory safety of language models", 7)
    assert [hit.rank for hit in hits] == list(range(1, 8))
    assert len({hit.paper.paper_id for hit in hits}) == 7
    assert hits[0].paper.paper.title.startswith("LabSafety Bench")
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert all(hit.snippet in hit.passage.text for hit in hits)


def test_search_gives_all_there_are_when_asked_for_more(sample: PaperChat) -> None:
    assert len(sample.search("safety", 1000)) == sample.status().papers


def test_many_searches_at_once_lose_none(sample: PaperChat) -> None:
    queries = [f"{topic} of language models" for topic in ("risks", "training", "agents", "evaluation")] * 5
    alone = {query: [hit.paper.paper_id for hit in sample.search(query)] for query in queries}

    async def all_at_once() -> list[list[str]]:
        found = await asyncio.gather(*(sample.asearch(query) for query in queries))
        return [[hit.paper.paper_id for hit in hits] for hits in found]

    assert asyncio.run(all_at_once()) == [alone[query] for query in queries]


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan")])
def test_a_recency_that_is_no_share_is_refused(sample: PaperChat, share: float) -> None:
    with pytest.raises(UsageError, match="from 0 to 1"):
        sample.search("risks", recency=share)


def test_filters_hold_for_answers_too(sample: PaperChat) -> None:
    (lora,) = [hit.paper.paper_id for hit in sample.search("LoRA fine-tuning undoes safety training", 1)]
    answer = sample.ask("How many questions are in LabSafety Bench?", filters=Filters(papers=(lora,)))
    assert all(citation.paper.paper_id == lora for citation in answer.citations)
    none = sample.ask("How many questions are in LabSafety Bench?", filters=Filters(authors=("Nobody",)))
    assert none.abstained
    assert "filters" in (none.reason or "")


def test_a_malformed_date_is_a_usage_error(sample: PaperChat) -> None:
    with pytest.raises(UsageError):
        sample.search("safety", filters=Filters(since="yesterday"))


@pytest.mark.parametrize("question", ["", "  \n", "why " * 3000, "what is a\0b?"])
def test_a_question_that_cannot_be_meant_is_refused(sample: PaperChat, question: str) -> None:
    with pytest.raises(UsageError):
        sample.ask(question)
    with pytest.raises(UsageError):
        sample.search(question)


def test_the_cited_papers_of_an_answer_can_be_had_later(sample: PaperChat) -> None:
    answer = sample.ask("How many questions are in LabSafety Bench?")
    assert [stored.paper_id for stored in sample.cited(answer.id)] == list(
        dict.fromkeys(citation.paper.paper_id for citation in answer.citations)
    )
    with pytest.raises(NotFoundError):
        sample.cited("no-such-answer")


def test_a_conversation_gives_back_its_answers_when_papers_have_gone(tmp_path: Path) -> None:
    with PaperChat.open(tmp_path) as chat:
        chat.ingest_sample()
        asked = chat.ask("How many multiple-choice questions are in LabSafety Bench?", conversation="lab")
        asyncio.run(chat.aask("What risks do language models bring?", conversation=chat.conversations.get("lab")))
        first, second = chat.turns("lab")
        assert (first.ordinal, first.answer) == (1, asked)
        assert second.answer.conversation == "lab"
        chat.remove([asked.citations[0].paper.paper_id])
        (again, _) = chat.turns("lab")
        assert [citation.quote.text for citation in again.answer.citations] == [
            citation.quote.text for citation in asked.citations
        ]
        assert again.answer.citations[0].paper.paper.title == asked.citations[0].paper.paper.title
        with pytest.raises(NotFoundError):
            chat.turns("no such conversation")


def test_async_answers_are_the_same(sample: PaperChat) -> None:
    question = "How many questions are in LabSafety Bench?"
    assert asyncio.run(sample.aask(question)).text == sample.ask(question).text


def test_threads_do_not_disturb_each_other(sample: PaperChat) -> None:
    questions = [
        "How many questions are in LabSafety Bench?",
        "How many video frames was SurgeNetXL trained on?",
        "Who won the 2018 football World Cup?",
    ]
    alone = {question: sample.ask(question).text for question in questions}
    together: list[tuple[str, str]] = []
    threads = [
        threading.Thread(target=lambda q=question: together.append((q, sample.ask(q).text)))
        for question in questions * 4
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(together) == 12
    assert all(alone[question] == text for question, text in together)


def test_reindexing_changes_no_answer(tmp_path: Path) -> None:
    question = "How many multiple-choice questions are in LabSafety Bench?"
    with PaperChat.open(tmp_path) as chat:
        chat.ingest_sample()
        before = chat.ask(question)
        counts = chat.status()
        assert chat.reindex() == counts.passages
        after = chat.ask(question)
    assert (after.text, [c.quote for c in after.citations]) == (
        before.text,
        [c.quote for c in before.citations],
    )


def test_a_removed_paper_is_gone_everywhere_and_can_come_back(tmp_path: Path) -> None:
    question = "How many multiple-choice questions are in LabSafety Bench?"
    with PaperChat.open(tmp_path) as chat:
        chat.ingest_sample()
        (hit,) = chat.search(question, 1)
        assert chat.remove([hit.paper.paper_id]) == 1
        assert "765" not in chat.ask(question).text
        with pytest.raises(NotFoundError):
            chat.paper(hit.paper.paper_id)
        assert not chat.doctor().problems
        assert chat.ingest_sample().added == 1
        assert "765" in chat.ask(question).text
