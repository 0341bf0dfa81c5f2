"""Answers as they come about, on the sample page."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Generator
from contextlib import aclosing

import pytest

from paperchat import DoneEvent, EvidenceEvent, Filters, PaperChat, RetrievalEvent, SentenceEvent, TextEvent
from paperchat.answering.answer_events import stream_in_thread
from paperchat.errors import NotFoundError, UsageError
from paperchat.types import AnswerEvent

QUESTION = "How many multiple-choice questions are in LabSafety Bench?"
ELSEWHERE = "Who won the 2018 football World Cup?"


async def collected(chat: PaperChat, question: str) -> list[AnswerEvent]:
    return [event async for event in chat.astream(question)]


def done(events: list[AnswerEvent]) -> DoneEvent:
    assert isinstance(events[-1], DoneEvent)
    return events[-1]


@pytest.mark.parametrize("question", [QUESTION, "Which papers are about surgery?", ELSEWHERE])
def test_the_events_tell_the_answer_in_its_order(sample: PaperChat, question: str) -> None:
    events = list(sample.stream(question))
    answer = done(events).answer
    kinds = list(dict.fromkeys(type(event) for event in events))
    sentences = [event for event in events if isinstance(event, SentenceEvent)]
    assert [kind for kind in kinds if kind is not SentenceEvent] == [
        RetrievalEvent, EvidenceEvent, TextEvent, DoneEvent,
    ]  # fmt: skip
    assert "".join(event.delta for event in events if isinstance(event, TextEvent)) == answer.text
    assert [event.citations for event in events if isinstance(event, EvidenceEvent)] == [answer.citations]
    assert [number for event in sentences for number in event.citations] == [one.number for one in answer.citations]
    assert all(event.text in answer.text and event.status == "quoted" for event in sentences)
    assert (answer.text, answer.citations) == (sample.ask(question).text, sample.ask(question).citations)


def test_the_first_event_tells_what_is_considered(sample: PaperChat) -> None:
    events = list(sample.stream("How many multiple-choice questions on safety in laboratories are there?"))
    answer = done(events).answer
    first = events[0]
    assert isinstance(first, RetrievalEvent)
    assert (first.passages, first.papers) == (answer.passages_considered, answer.papers_considered)
    assert first.titles[0].startswith("LabSafety Bench")
    assert len(first.titles) == len(set(first.titles)) == 5


def test_filters_hold_and_nothing_found_is_said(sample: PaperChat) -> None:
    events = list(sample.stream(QUESTION, filters=Filters(authors=("Nobody",))))
    assert events[0] == RetrievalEvent(passages=0, papers=0, titles=())
    assert done(events).answer.abstained


def test_what_is_no_question_is_refused_before_anything_streams(sample: PaperChat) -> None:
    with pytest.raises(UsageError):
        sample.stream(" ")
    with pytest.raises(UsageError):
        sample.astream(" ")


def test_an_answer_is_kept_when_its_stream_ends(sample: PaperChat) -> None:
    answer = done(list(sample.stream(QUESTION))).answer
    assert sample.cited(answer.id)
    with pytest.raises(NotFoundError):
        sample.cited(answer.id + "0")


def test_closing_a_stream_ends_it(sample: PaperChat) -> None:
    events = sample.stream(QUESTION)
    assert isinstance(next(events), RetrievalEvent)
    events.close()
    assert list(events) == []


def test_the_asynchronous_stream_tells_the_same(sample: PaperChat) -> None:
    events = asyncio.run(collected(sample, QUESTION))
    told = [event for event in events if not isinstance(event, DoneEvent)]
    assert told == [event for event in sample.stream(QUESTION) if not isinstance(event, DoneEvent)]
    assert done(events).answer.text == sample.ask(QUESTION).text


def test_many_streams_at_once_each_get_their_own(sample: PaperChat) -> None:
    questions = [QUESTION, "Which papers are about surgery?", ELSEWHERE] * 5

    async def all_at_once() -> list[list[AnswerEvent]]:
        return await asyncio.gather(*(collected(sample, question) for question in questions))

    answers = [done(events).answer for events in asyncio.run(all_at_once())]
    assert [answer.question for answer in answers] == questions
    assert [answer.text for answer in answers[3:]] == [answer.text for answer in answers[:-3]]


class Slow:
    """Events of which the second waits until it is let go."""

    def __init__(self) -> None:
        self.waiting, self.go_on, self.closed = threading.Event(), threading.Event(), threading.Event()

    def events(self, stopped: threading.Event) -> Generator[AnswerEvent, None, None]:
        try:
            yield TextEvent(delta="first")
            self.waiting.set()
            self.go_on.wait()
            yield TextEvent(delta="second")
            yield TextEvent(delta="third")
        finally:
            if stopped.is_set():
                self.closed.set()


def test_the_loop_stays_free_while_an_event_is_made() -> None:
    slow = Slow()

    async def both() -> list[AnswerEvent]:
        async def let_go() -> None:
            while not slow.waiting.is_set():
                await asyncio.sleep(0)
            slow.go_on.set()

        letting_go = asyncio.create_task(let_go())
        events = [event async for event in stream_in_thread(slow.events)]
        await letting_go
        return events

    assert [event.delta for event in asyncio.run(both()) if isinstance(event, TextEvent)] == [
        "first", "second", "third",
    ]  # fmt: skip


def test_a_cancelled_task_ends_at_once_and_its_work_after_the_step() -> None:
    slow = Slow()

    async def cancelled() -> bool:
        async def read() -> None:
            async for _ in stream_in_thread(slow.events):
                pass

        reading = asyncio.create_task(read())
        while not slow.waiting.is_set():
            await asyncio.sleep(0)
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
        still_open = not slow.closed.is_set()
        slow.go_on.set()
        return still_open

    assert asyncio.run(cancelled())
    assert slow.closed.is_set()


def test_closing_the_asynchronous_stream_closes_the_events() -> None:
    slow = Slow()

    async def closed() -> None:
        async with aclosing(stream_in_thread(slow.events)) as events:
            async for _ in events:
                break

    asyncio.run(closed())
    assert slow.closed.is_set()
    assert not slow.waiting.is_set()
