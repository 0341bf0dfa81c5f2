"""Which sentences may decide a stance, how a paper's sentences are put together, and what a language model adds."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from chat_server import ChatServer, chat_server
from paperchat import PaperChat
from paperchat.claims.claim_evidence import ClaimEvidenceFinder
from paperchat.claims.stance_classifier import StanceClassifier, StanceDecision, load_stance_decision
from paperchat.claims.stance_cues import asserts_nothing, compared_order, stated_in_words
from paperchat.claims.stance_judge import StanceJudge
from paperchat.models.cross_encoder import StanceProbabilities
from paperchat.models.providers import resolve_llm
from paperchat.models.stance_reader import StanceReader

CLAIM = "Zinc lozenges shorten colds in adults."
PAPER = (
    '{"id": "2401.00001", "title": "Zinc lozenges for adults with colds", "abstract": "We treated 90 adults. Colds of '
    'adults who took zinc lozenges ended sooner. We also measured fever."}\n'
)

PRUNING = (
    '{"id": "2401.00003", "title": "Pruning half of a network", "abstract": "We prune half of the weights. '
    'Pruned models keep the accuracy of the dense model."}\n'
)


def said(support: float, contradict: float) -> StanceProbabilities:
    return StanceProbabilities(support=support, contradict=contradict, neither=1 - support - contradict)


@pytest.mark.parametrize(
    ("sentences", "position", "deciding"),
    [
        ([said(0.1, 0.1), said(0.9, 0.0)], "support", [1]),
        ([said(0.1, 0.8), said(0.3, 0.3)], "oppose", [0]),
        ([said(0.8, 0.0), said(0.9, 0.0), said(0.2, 0.0)], "support", [1, 0]),
        ([said(0.5, 0.4)], "neutral", []),
        ([said(0.8, 0.1), said(0.1, 0.8)], "neutral", [0, 1]),
        ([said(0.98, 0.01), said(0.1, 0.77)], "support", [0]),
    ],
)
def test_the_most_decided_sentence_decides_unless_others_say_the_opposite(
    sentences: list[StanceProbabilities], position: str, deciding: list[int]
) -> None:
    decision = replace(load_stance_decision(), min_support=0.75, min_contradict=0.75, surer=4.0)
    found, _, places = decision.decide(sentences)
    assert (found, places) == (position, deciding)


@pytest.mark.parametrize(
    ("sentence", "order"),
    [
        ("On all tasks, DoRA consistently outperforms LoRA.", -1),
        ("LoRA is better than DoRA by 3 points.", 1),
        ("DoRA falls short of LoRA on every task.", 1),
        ("DoRA does not outperform LoRA.", 1),
        ("LoRA and DoRA are adapters.", 0),
    ],
)
def test_the_order_of_what_is_compared(sample: PaperChat, sentence: str, order: int) -> None:
    assert compared_order("LoRA outperforms DoRA", sentence, sample.library.analyse) == pytest.approx(order)


@pytest.mark.parametrize(
    ("claim", "stance"),
    [
        ("Pruned models keep the accuracy of the dense model.", "support"),
        ("Pruned models can keep the dense model's accuracy", "neither"),
        ("Pruned models can keep their accuracy", "support"),
        ("Pruned models do not keep their accuracy.", "contradict"),
        ("Dense models keep the accuracy of the pruned model.", "neither"),
        ("Accuracy", "neither"),
    ],
)
def test_a_claim_in_the_words_of_a_sentence(sample: PaperChat, claim: str, stance: str) -> None:
    sentence = "We show that pruned models, at half the size, keep the accuracy of the dense model."
    assert stated_in_words(claim, sentence, sample.library.analyse) == stance


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        ("Pruned models keep the accuracy of the dense model.", "supported"),
        ("Pruned models do not keep the accuracy of the dense model.", "contradicted"),
        ("Pruned models are faster than the dense model.", "not_enough_evidence"),
    ],
)
def test_a_claim_its_denial_and_what_is_not_said(tmp_path: Path, claim: str, verdict: str) -> None:
    source = tmp_path / "papers.jsonl"
    source.write_text(PRUNING, encoding="utf-8")
    with PaperChat.open(tmp_path / "library") as chat:
        chat.ingest(source)
        assert chat.claim(claim).verdict == verdict


def test_questions_and_plans_assert_nothing() -> None:
    assert asserts_nothing("We study whether longer chains of thought improve accuracy.")
    assert asserts_nothing("Do longer chains of thought improve accuracy?")
    assert not asserts_nothing("We study whether they do, and find that longer chains of thought improve accuracy.")
    assert not asserts_nothing("Longer chains of thought improve accuracy.")


@pytest.fixture
def trial(tmp_path: Path) -> Iterator[PaperChat]:
    (tmp_path / "papers.jsonl").write_text(PAPER, encoding="utf-8")
    with PaperChat.open(tmp_path / "library") as chat:
        chat.ingest(tmp_path / "papers.jsonl")
        yield chat


@pytest.fixture
def server() -> Iterator[ChatServer]:
    with chat_server() as running:
        yield running


def classified(chat: PaperChat, server: ChatServer, decision: StanceDecision) -> tuple[str, list[str], str]:
    model = resolve_llm("openai-like:m", base_url=f"{server.url}/v1", timeout=30)
    assert model
    parts = chat.components
    finder = ClaimEvidenceFinder(library=chat.library, searcher=parts.searcher, encoder=parts.encoder)
    classifier = StanceClassifier(
        reader=StanceReader(), stem=chat.library.analyse, decision=decision, judge=StanceJudge(model)
    )
    found = classifier.classify(CLAIM, finder.find(CLAIM, None, most=5).evidence, stopped=threading.Event())
    (paper,) = found.papers
    return paper.position, [one.quote.text for one in paper.sentences], found.note


def test_a_language_model_settles_what_is_left_open(trial: PaperChat, server: ChatServer) -> None:
    def reply(prompt: str) -> str:
        first_says_true = "A: the sentence says that the claim is true" in prompt
        return ("A" if first_says_true else "B") if "ended sooner" in prompt else "C"

    server.replies = [reply]
    unsure = replace(load_stance_decision(), min_support=0.999, min_contradict=0.999, min_open=0.0)
    position, quotes, note = classified(trial, server, unsure)
    assert (position, quotes, note) == ("support", ["Colds of adults who took zinc lozenges ended sooner."], "")
    server.calls.clear()
    assert classified(trial, server, replace(unsure, min_open=1.0))[0] == "neutral"
    assert server.calls == []


def test_a_lost_language_model_leaves_it_open_and_says_so(trial: PaperChat, server: ChatServer) -> None:
    server.mood = "error"
    unsure = replace(load_stance_decision(), min_support=0.999, min_contradict=0.999, min_open=0.0)
    position, quotes, note = classified(trial, server, unsure)
    assert (position, len(quotes)) == ("neutral", 1)
    assert note.startswith("Open sentences were not judged: model openai-like:m")
