"""What the catalogue says, read back from an answer's sentences: nothing is lost, and each value keeps its citation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest

from answer_samples import kind_of_answer
from daily_library import PAPERS, make_daily_library
from paperchat.assistant import PaperChat
from paperchat.render.record_cards import RecordCard, record_blocks
from paperchat.types import Answer
from paperchat.understanding.request import Constraints, Mention, RecordField, Request

WAVELETS, TOKENIZERS = "arxiv:2605.00001", "arxiv:2605.00004"
HOSTILE = replace(
    PAPERS[0],
    number=8,
    title=r"Owls [1] is by **Ada** [2]. Code: \x",
    abstract="Owls sleep.",
    authors=("A. [3] Ada [1].", "Code: *B* [1]"),
)


@pytest.fixture(scope="module")
def chat(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PaperChat]:
    folder: Path = tmp_path_factory.mktemp("records")
    with make_daily_library(folder, (*PAPERS, HOSTILE)) as opened:
        yield opened


def told(chat: PaperChat, *papers: str, fields: tuple[RecordField, ...] = (), authors: tuple[str, ...] = ()) -> Answer:
    mentions = tuple(Mention(text=one, papers=(one,)) for one in papers)
    request = Request(
        question="?", kind="record", mentions=mentions, fields=fields, constraints=Constraints(authors=authors)
    )
    return kind_of_answer("record", "?", chat.components.responder.draft(request))


def cards(answer: Answer) -> list[RecordCard]:
    blocks = record_blocks(answer)
    found = [block for block in blocks if isinstance(block, RecordCard)]
    assert found == blocks
    return found


@pytest.mark.parametrize("fields", [(), ("title",), *((one,) for one in get_args(RecordField)), get_args(RecordField)])
def test_every_value_is_a_row_with_its_citation(chat: PaperChat, fields: tuple[RecordField, ...]) -> None:
    for paper_id in chat.library.directory.entries():
        answer = told(chat, paper_id, fields=fields)
        (card,) = cards(answer)
        assert card.stored.paper_id == paper_id
        shown = [card.citation, *(row.citation for row in card.rows)]
        assert {one.number for one in shown if one} == {one.number for one in answer.citations}
        for row in card.rows:
            assert row.value or row.field not in ("authors", "date", "upvotes")


def test_a_question_for_several_values_is_one_card_in_the_order_asked(chat: PaperChat) -> None:
    (card,) = cards(chat.ask("Who wrote Wavelets for Brain MRI, when, and is there code?"))
    assert card.stored.paper_id == WAVELETS
    assert [(row.label, row.value) for row in card.rows] == [
        ("Authors", "Song Han, Zoë Müller"),
        ("Published", "2026-05-01"),
        ("Featured in the Daily Papers", "2026-05-04"),
        ("Code", "https://github.com/lab/wavescan"),
    ]


def test_what_is_missing_is_a_row_without_a_value_and_papers_are_cards_of_their_own(chat: PaperChat) -> None:
    first, second = cards(told(chat, WAVELETS, TOKENIZERS, fields=("authors", "code")))
    assert [row.value for row in first.rows] == ["Song Han, Zoë Müller", "https://github.com/lab/wavescan"]
    assert [(row.label, row.value) for row in second.rows] == [("Authors", "Yoshua Bengio, Song Han"), ("Code", "")]


def test_what_is_no_value_stays_a_sentence(chat: PaperChat) -> None:
    (sentence,) = record_blocks(told(chat, WAVELETS, fields=("authors",), authors=("Song Han",)))[:1]
    assert isinstance(sentence, str)
    assert sentence.startswith("Yes: Song Han is an author")
