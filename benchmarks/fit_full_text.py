"""Fits the weights for sentences of full texts and writes them to ``src/paperchat/answering/full_text_evidence.json``.

    python -m benchmarks.fit_full_text --data DATA [--out DIR]

Fitted on ``questions/full_text.jsonl``, over the 40 PDFs. The sentence weights make the sentences with the expected
fact as likely as may be among all sentences read of the paper that is found (a conditional logit). Whether there is an
answer is a logistic regression on the calibrated confidence and the best sentence's score, shifted so that at the
calibration's threshold ``REFUSED_SHARE`` of the answerable questions are refused. Prints the share of questions whose
fact is among the first 1, 3 and 5 sentences and the near misses refused, each paper by weights fitted without it.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import minimize
from scipy.special import logit
from sklearn.linear_model import LogisticRegression

from benchmarks.lib.model_fitting import Floats
from benchmarks.lib.question_sets import QUESTIONS_FOLDER, LabelledQuestion, open_library, read_question_set
from benchmarks.lib.weights_inputs import hash_inputs
from paperchat.answering.calibration import CALIBRATION_FILE, load_calibration
from paperchat.answering.full_text_evidence import (
    SIGNALS,
    WEIGHTS_FILE,
    full_text_signals,
    quote_spans,
    score_full_text,
)
from paperchat.answering.passage_scoring import SCORED_PAPERS, PassageScorer
from paperchat.assistant import PaperChat
from paperchat.models.cross_encoder import Reader
from paperchat.models.minilm import MiniLM
from paperchat.retrieval.passage_retrieval import EmbeddedQuestion
from paperchat.retrieval.search import Searcher

REFUSED_SHARE = 0.04
PENALTY = 10.0
FOLDS = 5


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Asked:
    """A question with the signals of all sentences read, which of them answer, and the calibrated log-odds."""

    question: LabelledQuestion
    signals: Floats
    answers: Floats
    confidence: float


def read_questions(chat: PaperChat, asked: Sequence[LabelledQuestion]) -> list[Asked]:
    encoder, calibration = MiniLM(), load_calibration(CALIBRATION_FILE)
    searcher = Searcher(library=chat.library, embedder=chat.embedder, encoder=encoder)
    scorer = PassageScorer(
        library=chat.library, encoder=encoder, index=searcher.sentences, calibration=calibration, reader=Reader()
    )
    out = []
    for one in asked:
        asked_for = EmbeddedQuestion(one.question)
        nodes = searcher.passages(asked_for, papers=SCORED_PAPERS)
        reading = score_full_text(asked_for, nodes, scorer.score(one.question, nodes), searcher=searcher, scorer=scorer)
        if not reading:
            continue
        spans = [(passage, span) for passage in reading.passages for span in quote_spans(passage)]
        kept = np.array([span is not None for _, span in spans])
        texts = [passage.passage.text[slice(*span)] for passage, span in spans if span]
        out.append(
            Asked(
                question=one,
                signals=np.vstack(full_text_signals(reading))[kept],
                answers=np.array([float(one.is_answered_by(text)) for text in texts]),
                confidence=float(calibration.answerable(reading.passages[0].features)),
            )
        )
    return out


def fit_sentences(asked: Sequence[Asked]) -> Floats:
    """Weights of ``SIGNALS``, for their raw values."""
    scale = np.vstack([one.signals for one in asked]).std(axis=0) + 1e-9
    rows = [(one.signals / scale, one.answers) for one in asked if one.answers.any()]

    def loss(weights: Floats) -> tuple[float, Floats]:
        total, slope = PENALTY * weights @ weights, 2 * PENALTY * weights
        for signals, answers in rows:
            powers = np.exp(signals @ weights - (signals @ weights).max())
            shares, right = powers / powers.sum(), powers * answers / (powers @ answers)
            total -= np.log(shares @ answers)
            slope = slope - signals.T @ (right - shares)
        return float(total), slope

    found: Floats = minimize(loss, np.zeros(len(SIGNALS)), jac=True, method="L-BFGS-B").x
    weights: Floats = found / scale
    return weights


def fit_answerable(asked: Sequence[Asked], weights: Floats, threshold: float) -> Floats:
    """Weights of confidence and best sentence, and the bias."""
    features = answerable_features(asked, weights)
    yes = np.array([one.question.answerable for one in asked])
    model = LogisticRegression(C=0.3).fit(features, yes)
    odds = features @ model.coef_[0]
    return np.array([*model.coef_[0], logit(threshold) - np.quantile(odds[yes], REFUSED_SHARE)])


def answerable_features(asked: Sequence[Asked], weights: Floats) -> Floats:
    return np.array([(one.confidence, (one.signals @ weights).max()) for one in asked])


def cross_validate(asked: Sequence[Asked], threshold: float) -> dict[str, float]:
    titles = sorted({one.question.paper_title for one in asked})
    ranks: list[int] = []
    refused: dict[bool, list[bool]] = {True: [], False: []}
    for fold in range(FOLDS):
        held_out = [one for one in asked if titles.index(one.question.paper_title) % FOLDS == fold]
        others = [one for one in asked if titles.index(one.question.paper_title) % FOLDS != fold]
        weights = fit_sentences(others)
        *of_features, bias = fit_answerable(others, weights, threshold)
        odds = answerable_features(held_out, weights) @ of_features + bias
        for one, value in zip(held_out, odds, strict=True):
            refused[one.question.answerable].append(bool(value < logit(threshold)))
            if one.question.answerable:
                order = one.answers[np.argsort(-(one.signals @ weights), kind="stable")]
                ranks.append(int(np.argmax(order)) if order.any() else len(order))
    shares = {f"fact in first {most}": float(np.mean([rank < most for rank in ranks])) for most in (1, 3, 5)}
    return shares | {"refused": float(np.mean(refused[True])), "near misses": float(np.mean(refused[False]))}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, help="folder to write the weights to (default: the package)")
    options = parser.parse_args()
    with open_library("full_text", options.data) as chat:
        asked = read_questions(chat, read_question_set("full_text"))
    threshold = load_calibration(CALIBRATION_FILE).threshold
    print(json.dumps({name: round(value, 3) for name, value in cross_validate(asked, threshold).items()}))
    weights = fit_sentences(asked)
    confidence, best_sentence, bias = (round(float(value), 3) for value in fit_answerable(asked, weights, threshold))
    content: dict[str, Any] = {
        "inputs": hash_inputs(
            "python -m benchmarks.fit_full_text --data DATA",
            [QUESTIONS_FOLDER / "full_text.jsonl"],
            models=["minilm", "reader"],
        ),
        "sentence": {name: round(float(value), 3) for name, value in zip(SIGNALS, weights, strict=True)},
        "answerable": {"confidence": confidence, "best_sentence": best_sentence, "bias": bias},
    }
    file = options.out / WEIGHTS_FILE.name if options.out else WEIGHTS_FILE
    file.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
