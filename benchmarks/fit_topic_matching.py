"""Fits the weights by which papers are matched with topics: ``src/paperchat/survey/topic_matching.json``.

    python -m benchmarks.fit_topic_matching --data DATA [--out FILE]

``benchmarks/questions/topic_lists.jsonl`` has requests for lists and overviews of ten months of Daily Papers, in pairs
of months, with the papers that are right for each, and topics that hardly any of the months has. Papers that no request
names count as wrong, though some are right. Topics and conditions such as dates are read by the assistant. First the
requests of each pair of months are answered with the weights fitted on the others: the share of lists and overviews of
which the first ten have enough of the right papers and at least 70 % right ones, and the share of absent topics that
get a list.
"""

from __future__ import annotations

import argparse
import json
import statistics
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.lib.question_sets import QUESTIONS_FOLDER, days_of_months
from benchmarks.lib.weights_inputs import hash_inputs
from paperchat.assistant import PaperChat
from paperchat.ingest.pipeline import ingest
from paperchat.survey.topic_matcher import (
    FEATURES,
    LIST_CUT,
    OVERVIEW_CUT,
    RANKED_FEATURES,
    WEIGHTS_FILE,
    TopicFeatures,
    TopicMatcher,
    TopicModel,
    TopicWeights,
)
from paperchat.understanding.paper_selection import select_papers

Floats = NDArray[np.float64]

REQUESTS_FILE = QUESTIONS_FOLDER / "topic_lists.jsonl"
CUTS = {"list": LIST_CUT, "overview": OVERVIEW_CUT}
ROUNDS = 4
STEPS = 40
RIDGE = 1.0
SHOWN = 10
CANDIDATES = 60
"""So many of the best of each topic are fitted on: the rest are easy."""
WEIGHT_OF_A_TOPIC = 60.0
WEIGHT_OF_THE_BEST = 1.5
"""Of the papers that matter most to a request; others that are right weigh 1."""
FIRST_WEIGHTS = TopicWeights(weights=np.array([6.0, 0.0, 4.0, 0.0, 0.0]), bias=0.0)
"""Choose the wording of each paper that the first fit is made with."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class JudgedTopic:
    """A topic with its candidates, and whether each is right.

    Attributes:
        kind: of answer; ``absent`` for a topic that the library does not have.
        labels: 2 for a paper that matters most, 1 for another right one, else 0, [papers].
        needed: how many of those that matter most a useful answer names.
    """

    months: str
    kind: str
    found: TopicFeatures
    labels: NDArray[np.int64]
    needed: int

    @property
    def leading(self) -> NDArray[np.int64]:
        """The indexes of the best candidates."""
        return np.argsort(-FIRST_WEIGHTS.scores(self.found.alone).max(axis=1), kind="stable")[:CANDIDATES]


def judge_topics(data: Path) -> list[JudgedTopic]:
    rows = [json.loads(line) for line in REQUESTS_FILE.read_text(encoding="utf-8").splitlines()]
    absent = [row for row in rows if not row["titles"]]
    judged: list[JudgedTopic] = []
    for months in dict.fromkeys(row["months"] for row in rows if row["titles"]):
        with TemporaryDirectory() as folder, PaperChat.open(Path(folder) / "library") as chat:
            ingest(chat.library, days_of_months(months.split(), data))
            of_months = [row for row in rows if row.get("months") == months]
            found = [judge(chat, row, months) for row in (*of_months, *absent)]
            judged += [one for one in found if one]
    return judged


def judge(chat: PaperChat, row: dict[str, Any], months: str) -> JudgedTopic | None:
    request = chat.components.parser.parse(row["q"], kind=row["kind"])
    allowed = [one.paper_id for one in select_papers(chat.library, request)] if request.constraints else None
    matcher: TopicMatcher = chat.components.topic_matcher
    if not request.topic:
        return None
    found = matcher.features(request.topic, allowed, sought=request.sought, question=row["q"])
    if not found.paper_ids:
        return None
    titles = {one.paper_id: plain(one.title) for one in chat.library.directory.entries().values()}
    best, others = (set(map(plain, row.get(name, ()))) for name in ("titles", "also_ok"))
    names = [titles[one] for one in found.paper_ids]
    labels = np.array([2 if one in best else int(one in others) for one in names], dtype=np.int64)
    kind = row["kind"] if best else "absent"
    needed = min(row.get("min_hits", 1), len(best))
    return JudgedTopic(months=months, kind=kind, found=found, labels=labels, needed=needed)


def plain(title: str) -> str:
    return " ".join(title.split()).casefold()


def fit(topics: Sequence[JudgedTopic]) -> TopicModel:
    present = [one for one in topics if one.kind != "absent"]
    ranked = [one for one in present if one.found.is_ranked]
    first = FIRST_WEIGHTS
    for _ in range(ROUNDS):
        first = fit_weights(present, [one.found.alone for one in present], first)
    last = TopicWeights(weights=np.append(first.weights, 0.0), bias=first.bias)
    for _ in range(ROUNDS):
        last = fit_weights(ranked, [one.found.values for one in ranked], last)
    return TopicModel(alone=first, ranked=last)


def fit_weights(topics: Sequence[JudgedTopic], values: Sequence[Floats], before: TopicWeights) -> TopicWeights:
    """A logistic regression in which each paper counts by its best wording, which depends on the weights."""
    rows, right, importance = [], [], []
    for one, own in zip(topics, values, strict=True):
        at = one.leading
        rows.append(own[at, before.scores(own[at]).argmax(axis=1)])
        right.append(one.labels[at] > 0)
        importance.append(np.where(one.labels[at] == 2, WEIGHT_OF_THE_BEST, 1.0) * WEIGHT_OF_A_TOPIC / len(at))
    return regress(np.vstack(rows), np.concatenate(right).astype(np.float64), np.concatenate(importance))


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


def is_useful(topic: JudgedTopic, model: TopicModel) -> bool:
    """Whether the answer is useful; of an absent topic, whether there is one."""
    _, matching = model.choose(topic.found, CUTS.get(topic.kind, LIST_CUT))
    if topic.kind == "absent":
        return bool(matching)
    labels = topic.labels[matching[:SHOWN]]
    return bool(len(labels) and (labels == 2).sum() >= topic.needed and (labels > 0).mean() >= 0.7)


def cross_validate(topics: Sequence[JudgedTopic]) -> None:
    useful: dict[tuple[str, str], list[bool]] = defaultdict(list)
    for months in dict.fromkeys(one.months for one in topics):
        model = fit([one for one in topics if one.months != months])
        for one in topics:
            if one.months == months:
                useful[one.kind, months].append(is_useful(one, model))
                useful[one.kind, "all"].append(is_useful(one, model))
    for (kind, months), results in sorted(useful.items()):
        print(f"{kind:9} {months:16} {statistics.fmean(results):.3f} of {len(results)} topics")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=WEIGHTS_FILE)
    options = parser.parse_args()
    topics = judge_topics(options.data)
    cross_validate(topics)
    fitted = fit(topics)
    weights = {
        name: {
            **{feature: round(float(value), 3) for feature, value in zip(features, part.weights, strict=True)},
            "bias": round(part.bias, 3),
        }
        for name, features, part in (("alone", FEATURES, fitted.alone), ("ranked", RANKED_FEATURES, fitted.ranked))
    }
    inputs = hash_inputs("python -m benchmarks.fit_topic_matching --data DATA", [REQUESTS_FILE], models=["minilm"])
    options.out.write_text(json.dumps({"inputs": inputs, "weights": weights}, indent=1) + "\n", encoding="utf-8")
    print(weights)


if __name__ == "__main__":
    main()
