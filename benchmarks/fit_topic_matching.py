"""Fits the weights by which lists match papers with a topic, and writes ``src/paperchat/kinds/topic_matching.json``.

    python -m benchmarks.fit_topic_matching --home LIBRARY [--out FILE]

LIBRARY has the days of Daily Papers of May and June 2026. The topics of development questions are in
``benchmarks/questions/topics.jsonl``, and the papers that are right for each in ``benchmarks/questions/assistant``;
papers that no question names count as wrong, though some are right. Conditions such as dates are read by the assistant.
First each eighth of the topics is left
out in turn and its lists are made with the weights fitted on the others, which is what new topics may expect: the
share of lists in which the first ten have enough of the right papers and at least 70 % of what is named is right.
"""

from __future__ import annotations

import argparse
import json
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.lib.weights_inputs import ROOT, hash_inputs
from paperchat.assistant import PaperChat
from paperchat.kinds.topic_matcher import FEATURES, MATCHES_FROM, WEIGHTS_FILE, TopicMatcher, TopicWeights
from paperchat.understanding.paper_selection import select_papers

Floats = NDArray[np.float64]

QUESTIONS = ROOT / "benchmarks" / "questions"
TOPICS_FILE = QUESTIONS / "topics.jsonl"
NAMES = ("list", "overview", "feed", "conversations")
FILES = tuple(QUESTIONS / "assistant" / f"{name}.jsonl" for name in NAMES)
FOLDS = 8
ROUNDS = 4
STEPS = 40
RIDGE = 1.0
SHOWN = 10
WEIGHT_OF_A_TOPIC = 60.0
WEIGHT_OF_THE_BEST = 1.5
"""Of the papers that matter most to a question; others that are right weigh 1."""
FIRST_WEIGHTS = TopicWeights(weights=np.array([6.0, 0.0, 4.0, 0.0, 0.0]), bias=0.0)
"""Choose the wording of each paper that the first fit is made with."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class JudgedTopic:
    """A topic with its candidates: their features, [papers, wordings, features], and whether each is right.

    Attributes:
        name: of the file of its question.
        labels: 2 for a paper that matters most, 1 for another right one, else 0, [papers].
        needed: how many of those that matter most a useful list names.
    """

    name: str
    topic: str
    values: Floats
    labels: NDArray[np.int64]
    needed: int


def read_lines(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def judge_topics(chat: PaperChat) -> list[JudgedTopic]:
    components = chat.components
    matcher = TopicMatcher(library=chat.library, searcher=components.searcher, encoder=components.encoder)
    titles = {one.paper_id: plain(one.title) for one in chat.library.directory.entries().values()}
    topics = {row["question"]: row for row in read_lines(TOPICS_FILE)}
    judged = []
    for name, file in zip(NAMES, FILES, strict=True):
        for question in (turn for row in read_lines(file) for turn in row.get("turns", [row])):
            topic = topics.get(question["q"])
            best = {plain(title) for title in question.get("titles", ())}
            if topic is None or not best:
                continue
            request = components.parser.parse(question["q"])
            allowed = [one.paper_id for one in select_papers(chat.library, request)] if request.constraints else None
            found = matcher.features(topic["topic"], allowed, sought=topic.get("sought", ""))
            others = {plain(title) for title in question.get("also_ok", ())}
            names = [titles[one] for one in found.paper_ids]
            labels = np.array([2 if one in best else int(one in others) for one in names], dtype=np.int64)
            if len(labels):
                needed = min(question.get("min_hits", 1), len(best))
                judged.append(
                    JudgedTopic(name=name, topic=topic["topic"], values=found.values, labels=labels, needed=needed)
                )
    return judged


def plain(title: str) -> str:
    return " ".join(title.split())


def fit(topics: Sequence[JudgedTopic]) -> TopicWeights:
    """A logistic regression in which each paper counts by its best wording, which depends on the weights."""
    fitted = FIRST_WEIGHTS
    for _ in range(ROUNDS):
        best = [one.values[np.arange(len(one.labels)), fitted.scores(one.values).argmax(axis=1)] for one in topics]
        rows = np.vstack(best)
        right = np.concatenate([one.labels > 0 for one in topics]).astype(np.float64)
        importance = np.concatenate(
            [np.where(one.labels == 2, WEIGHT_OF_THE_BEST, 1.0) * WEIGHT_OF_A_TOPIC / len(one.labels) for one in topics]
        )
        fitted = regress(rows, right, importance)
    return fitted


def regress(rows: Floats, right: Floats, importance: Floats) -> TopicWeights:
    means, deviations = rows.mean(axis=0), rows.std(axis=0) + 1e-9
    columns = np.column_stack([(rows - means) / deviations, np.ones(len(rows))])
    ridge = np.diag([*([RIDGE] * rows.shape[1]), 1e-9])
    weights = np.zeros(columns.shape[1])
    for _ in range(STEPS):
        likely = 1 / (1 + np.exp(-columns @ weights))
        slope = columns.T @ (importance * (likely - right)) + ridge @ weights
        curvature = (columns.T * (importance * likely * (1 - likely))) @ columns + ridge
        weights = weights - np.linalg.solve(curvature, slope)
    scaled = weights[:-1] / deviations
    return TopicWeights(weights=scaled, bias=float(weights[-1] - scaled @ means))


def is_useful(topic: JudgedTopic, weights: TopicWeights) -> bool:
    likely = weights.probabilities(topic.values)
    listed = [at for at in np.argsort(-likely, kind="stable") if likely[at] >= MATCHES_FROM][:SHOWN]
    labels = topic.labels[listed]
    return bool(len(labels) and (labels == 2).sum() >= topic.needed and (labels > 0).mean() >= 0.7)


def cross_validate(topics: Sequence[JudgedTopic]) -> None:
    useful: dict[str, list[bool]] = {name: [] for name in NAMES}
    for fold in range(FOLDS):
        weights = fit([one for at, one in enumerate(topics) if at % FOLDS != fold])
        for one in topics[fold::FOLDS]:
            useful[one.name].append(is_useful(one, weights))
    for name, results in useful.items():
        print(f"{name:13} {statistics.fmean(results):.3f} of {len(results)} topics")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=WEIGHTS_FILE)
    options = parser.parse_args()
    with PaperChat.open(options.home) as chat:
        topics = judge_topics(chat)
    cross_validate(topics)
    fitted = fit(topics)
    body = {
        "inputs": hash_inputs(
            "python -m benchmarks.fit_topic_matching --home LIBRARY", [TOPICS_FILE, *FILES], models=["minilm"]
        ),
        "weights": {
            **{name: round(float(value), 3) for name, value in zip(FEATURES, fitted.weights, strict=True)},
            "bias": round(fitted.bias, 3),
        },
    }
    options.out.write_text(json.dumps(body, indent=1) + "\n", encoding="utf-8")
    print(body["weights"])


if __name__ == "__main__":
    main()
