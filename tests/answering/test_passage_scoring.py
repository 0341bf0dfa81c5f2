"""The reader at work in answers, and everything as before without it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from paperchat import Answer, PaperChat
from paperchat.answering.calibration import CALIBRATION_FILE, load_calibration
from paperchat.answering.evidence_selection import select_evidence
from paperchat.answering.passage_scoring import SCORED_PAPERS, PassageScorer
from paperchat.errors import ModelError, UsageError
from paperchat.models.cross_encoder import Reader
from paperchat.serialization import answer_as_json, answer_from_json
from paperchat.settings import load_settings

POINTED_OUT = {
    "How many multiple-choice questions are in LabSafety Bench?": "765",
    "How many video frames was SurgeNetXL trained on?": "4.7 million",
}
NOT_SAID = (
    "How many GPUs were used for LabSafety Bench?",
    "Which optimizer was SurgeNetXL trained with?",
    "Who paid for LabSafety Bench?",
)
UNKNOWN = "Who won the 2018 football World Cup?"


@pytest.fixture(scope="module")
def plain(sample_library: Path) -> Iterator[PaperChat]:
    """The sample library, opened without the reader."""
    with PaperChat.open(sample_library, settings=load_settings(reader="off")) as chat:
        yield chat


def pointed_out(answer: Answer) -> list[str]:
    found = []
    for citation in answer.citations:
        if citation.answer:
            start, end = citation.answer
            assert citation.quote.start <= start < end <= citation.quote.end
            found.append(citation.quote.passage.text[start:end])
    return found


@pytest.mark.parametrize(("question", "told"), POINTED_OUT.items())
def test_what_answers_is_pointed_out_within_its_quote(sample: PaperChat, question: str, told: str) -> None:
    answer = sample.ask(question)
    (words,) = pointed_out(answer)
    assert told in words
    assert f"**{words}**" in answer.text


@pytest.mark.parametrize("question", POINTED_OUT)
def test_what_is_pointed_out_comes_back_with_a_kept_answer(sample: PaperChat, question: str) -> None:
    answer = sample.ask(question)
    papers = {citation.paper.paper_id: citation.paper for citation in answer.citations}
    passages = {citation.quote.passage.passage_id: citation.quote.passage for citation in answer.citations}
    body = answer_as_json(answer)
    assert answer_from_json(body, passages=passages, papers=papers).citations == answer.citations
    gone = answer_from_json(body, passages={}, papers=papers)
    assert pointed_out(gone) == pointed_out(answer)


@pytest.mark.parametrize("question", NOT_SAID)
def test_what_a_paper_that_is_there_does_not_say_is_not_answered(sample: PaperChat, question: str) -> None:
    answer = sample.ask(question)
    assert answer.abstained
    assert not answer.citations


@pytest.mark.parametrize(("question", "told"), POINTED_OUT.items())
def test_without_the_reader_answers_are_cited_as_before(plain: PaperChat, question: str, told: str) -> None:
    answer = plain.ask(question)
    assert told in " ".join(citation.quote.text for citation in answer.citations)
    assert not pointed_out(answer)
    assert plain.ask(UNKNOWN).abstained


def test_without_the_reader_claims_are_weighed_too(plain: PaperChat) -> None:
    assert plain.claim("Fine-tuning can undo safety training.").papers


def test_without_the_reader_its_file_is_not_needed(sample_library: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise ModelError("the reader was asked")

    monkeypatch.setattr(Reader, "read", refuse)
    monkeypatch.setenv("PAPERCHAT_READER", "off")
    with PaperChat.open(sample_library) as chat:
        assert not chat.ask(next(iter(POINTED_OUT))).abstained


def test_any_other_setting_is_refused_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAPERCHAT_READER", "perhaps")
    with pytest.raises(UsageError, match="PAPERCHAT_READER") as raised:
        load_settings()
    assert "\n" not in str(raised.value)


def test_passages_that_cannot_be_cited_are_left_out_and_the_evidence_stays(sample: PaperChat) -> None:
    calibration = load_calibration(CALIBRATION_FILE)
    searcher, encoder = sample.components.searcher, sample.components.encoder
    scorer = PassageScorer(
        library=sample.library, encoder=encoder, index=searcher.sentences, calibration=calibration, reader=Reader()
    )
    kept, left_out = 0, 0
    for question in (*POINTED_OUT, *NOT_SAID, UNKNOWN):
        nodes = searcher.passages(question, papers=SCORED_PAPERS)
        citable = scorer.score(question, nodes, only_citable=True)
        scored = scorer.score(question, nodes)
        assert select_evidence(citable, calibration) == select_evidence(scored, calibration)
        assert all(one.reader_output for one in citable)
        kept += len(citable)
        left_out += len(scored) - len(citable)
    assert left_out > 0.5 * kept


def test_so_many_passages_are_scored_as_an_abstention_shows(sample: PaperChat) -> None:
    searcher = sample.components.searcher
    scorer = PassageScorer(
        library=sample.library,
        encoder=sample.components.encoder,
        index=searcher.sentences,
        calibration=load_calibration(CALIBRATION_FILE),
        reader=Reader(),
    )
    question = next(iter(POINTED_OUT))
    nodes = searcher.passages(question, papers=SCORED_PAPERS)
    assert len(scorer.score(question, nodes, only_citable=True)) == 1
    three = scorer.score(question, nodes, only_citable=True, at_least=3)
    assert len(three) == 3
    assert all(one.reader_output for one in three)
    assert [one.score for one in three] == sorted((one.score for one in three), reverse=True)
