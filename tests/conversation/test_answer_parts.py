"""Questions that ask several things: one answer, part by part."""

from __future__ import annotations

import re
from pathlib import Path

from paperchat import PaperChat
from paperchat.answering.answer_events import final_answer
from paperchat.types import TextEvent

COUNT = "765 multiple-choice questions"


def test_the_parts_are_answered_in_turn_under_one_numbering(sample: PaperChat) -> None:
    events = list(sample.stream("How many multiple-choice questions has LabSafety Bench, and who verified them?"))
    answer = final_answer(events)
    assert not answer.abstained
    assert COUNT in answer.citations[0].quote.text
    assert "".join(event.delta for event in events if isinstance(event, TextEvent)) == answer.text
    assert "\n\n" in answer.text
    marks = [int(number) for number in re.findall(r"(?<!\\)\[(\d+)\]", answer.text)]
    assert set(marks) == {citation.number for citation in answer.citations}
    assert [citation.number for citation in answer.citations] == list(range(1, len(answer.citations) + 1))


def test_a_part_of_another_kind_is_answered_as_such(tmp_path: Path) -> None:
    (tmp_path / "papers.jsonl").write_text(
        '{"id": "2401.00001", "title": "CatBench: Testing Cats", "authors": ["Ada Lovelace"], '
        '"abstract": "We present CatBench, a benchmark of 765 questions about cats."}\n',
        encoding="utf-8",
    )
    with PaperChat.open(tmp_path / "home") as chat:
        chat.ingest(tmp_path / "papers.jsonl")
        answer = chat.ask("How many questions has CatBench and who wrote it?")
    assert "765 questions" in answer.citations[0].quote.text
    assert "Ada Lovelace" in answer.text
    assert answer.citations[-1].quote.passage.basis == "record"


def test_a_part_that_is_not_answered_says_so_in_one_line(sample: PaperChat) -> None:
    answer = sample.ask("How many multiple-choice questions are in LabSafety Bench and what was its budget in euros?")
    assert not answer.abstained
    assert answer.reason is None
    last = answer.text.rpartition("\n\n")[2]
    assert last == "The library does not say: what was its budget in euros?"


def test_a_question_of_which_no_part_is_answered_abstains(sample: PaperChat) -> None:
    answer = sample.ask("Who won the 2018 football World Cup and where was it played?", kind="fact")
    assert answer.abstained
    assert answer.text == "The library does not say."
