"""Fits the decision of `claim` on sentences and writes it to ``src/paperchat/claims/stances.json``.

    python -m benchmarks.fit_stance --data DATA --cache DIR [--pairs FILE …] [--out DIR]

Rows are the sentences that `claim` reads for the development claims (``benchmarks/questions/claims``), over the Daily
Papers of their months, and the claim–sentence pairs of ``--pairs``, files of ``train/data/claim_pairs`` that the stance
model was not trained on. Whether a sentence takes a side is fitted on the development rows as they are, since nearly
all that is near a claim takes none; which side it takes, on those of both that take one, each kind weighing the same.

The thresholds are the least from which on, by cross-validation over the development claims, the papers that are counted
on a side are right for at least ``MIN_PRECISION``. Printed for each threshold: how many of the papers counted are
right, and how many of those known to take that side are found. ``--cache`` keeps the libraries and the rows. SciFact
takes no part: `claim_verdicts` and `reader` evaluate on it.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.claims import FOLDER, SETS, open_months
from benchmarks.lib.model_fitting import fit_logistic
from benchmarks.lib.stance_rows import StanceRow, development_rows, pair_rows, read_rows, write_rows
from benchmarks.lib.weights_inputs import hash_inputs
from paperchat.claims.stance_classifier import WEIGHTS_FILE, stance_decision_from
from paperchat.claims.stance_features import DIRECTION_FEATURES, RELEVANCE_FEATURES, Floats, Stemmer, feature_row
from paperchat.claims.weigher import decide_verdict
from paperchat.evaluation.claim_evaluation import VERDICTS, EvaluationClaim, read_claims
from paperchat.models.cross_encoder import StanceProbabilities
from paperchat.models.minilm import MiniLM
from paperchat.models.stance_reader import StanceReader
from paperchat.survey.author_groups import author_groups
from paperchat.survey.types import ClaimStance, PaperStance
from paperchat.types import Paper, StoredPaper

MIN_PRECISION = 0.75
FOLDS = 10
L2 = 0.001
SURER = 4.0
MIN_OPEN = 0.2
UNREACHED = 2.0
THRESHOLDS = tuple(round(0.2 + 0.05 * step, 2) for step in range(16))
NO_WEIGHTS: dict[str, Any] = {part: {"weights": {}, "intercept": 0.0} for part in ("relevance", "direction")}
NEITHER = StanceProbabilities(support=0.0, contradict=0.0, neither=1.0)
Weights = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class RowTable:
    """Rows with their features by name."""

    rows: Sequence[StanceRow]
    features: Sequence[Mapping[str, float]]

    @classmethod
    def of(cls, rows: Sequence[StanceRow], stem: Stemmer) -> RowTable:
        return cls(rows=rows, features=[row.features(stem) for row in rows])

    def select(self, chosen: Callable[[StanceRow], bool]) -> RowTable:
        """Those rows."""
        places = [at for at, row in enumerate(self.rows) if chosen(row)]
        return RowTable(rows=[self.rows[at] for at in places], features=[self.features[at] for at in places])

    def matrix(self, names: Sequence[str]) -> Floats:
        """Features of these names, [rows, names]."""
        return np.array([feature_row(features, names) for features in self.features])

    def papers(self) -> Iterator[tuple[StanceRow, list[int]]]:
        """For each claim and paper its first row and the indexes of all."""
        groups: dict[tuple[str, str, str], list[int]] = defaultdict(list)
        for at, row in enumerate(self.rows):
            groups[row.source, row.claim, row.title].append(at)
        yield from ((self.rows[places[0]], places) for places in groups.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class DecidedPaper:
    """A paper of a development claim, with the stance that it is given; ``known`` is ``None`` where any would do."""

    first: StanceRow
    position: ClaimStance
    confidence: float

    @property
    def is_right(self) -> bool:
        """Whether the stance is the known one."""
        return self.position == self.first.known


def fit(development: RowTable, pairs: RowTable) -> Weights:
    """The weights of `StanceDecision` without its thresholds."""
    labelled = development.select(lambda row: row.label is not None)
    takes_side = np.array([row.label != "neither" for row in labelled.rows])
    sided = [table.select(lambda row: row.label in ("support", "contradict")) for table in (development, pairs)]
    sizes = [len(table.rows) for table in sided if table.rows]
    return {
        "relevance": fit_logistic(
            labelled.matrix(RELEVANCE_FEATURES), takes_side, RELEVANCE_FEATURES, l2=L2, balanced=False
        ),
        "direction": fit_logistic(
            np.vstack([table.matrix(DIRECTION_FEATURES) for table in sided if table.rows]),
            np.array([row.label == "contradict" for table in sided for row in table.rows]),
            DIRECTION_FEATURES,
            l2=L2,
            shares=np.concatenate([np.full(size, 1 / size / len(sizes)) for size in sizes]),
        ),
    }


def fold_of(row: StanceRow) -> int:
    return hashlib.sha256(row.claim.encode()).digest()[0] % FOLDS


def cross_validated(development: RowTable, pairs: RowTable) -> list[StanceProbabilities]:
    """The probabilities of each development row, by the other folds' claims."""
    found: list[StanceProbabilities] = [NEITHER] * len(development.rows)
    for fold in range(FOLDS):
        rest = development.select(lambda row, fold=fold: fold_of(row) != fold)  # type: ignore[misc]
        decision = stance_decision_from({**fit(rest, pairs), "thresholds": thresholds(1.0, 1.0)})
        for at, (row, features) in enumerate(zip(development.rows, development.features, strict=True)):
            if fold_of(row) == fold and row.may_decide(features):
                found[at] = decision.probabilities(features)
    return found


def decide_papers(
    table: RowTable, probabilities: Sequence[StanceProbabilities], *, least: dict[str, float]
) -> list[DecidedPaper]:
    """The stance of each paper of each claim."""
    decision = stance_decision_from({**NO_WEIGHTS, "thresholds": least})
    found = []
    for first, places in table.papers():
        position, confidence, _ = decision.decide([probabilities[at] for at in places])
        position = "neutral" if first.withdrawn else position
        found.append(DecidedPaper(first=first, position=position, confidence=confidence))
    return found


def thresholds(support: float, contradict: float) -> dict[str, float]:
    return {"min_support": support, "min_contradict": contradict, "min_open": MIN_OPEN, "surer": SURER}


def precision_and_recall(papers: Sequence[DecidedPaper], side: str, known: int) -> tuple[float, float, int]:
    """Of the papers counted on a side how many are right; of those known to take it, how many found; and the count."""
    counted = [one for one in papers if one.position == side and one.first.known is not None]
    right = sum(one.is_right for one in counted)
    return right / max(len(counted), 1), right / max(known, 1), len(counted)


def least_threshold(table: RowTable, probabilities: Sequence[StanceProbabilities], side: str, known: int) -> float:
    """The least threshold from which on the papers counted on a side are right often enough; prints all."""
    chosen = None
    for level in THRESHOLDS:
        both = thresholds(level, UNREACHED) if side == "support" else thresholds(UNREACHED, level)
        precision, recall, counted = precision_and_recall(decide_papers(table, probabilities, least=both), side, known)
        print(f"{side:8} from {level:.2f}: right {precision:.2f} of {counted}, found {recall:.2f}")
        chosen = level if chosen is None and precision >= MIN_PRECISION else chosen
    return THRESHOLDS[-1] if chosen is None else chosen


def verdict_figures(papers: Sequence[DecidedPaper], claims: Sequence[EvaluationClaim]) -> str:
    """How many verdicts are right, and how many claims without enough evidence are given a side."""
    of_claim: dict[str, list[DecidedPaper]] = defaultdict(list)
    for one in papers:
        of_claim[one.first.claim].append(one)
    given: Counter[tuple[str, str]] = Counter()
    for claim in claims:
        own = of_claim[claim.claim]
        groups = author_groups([Paper(title=one.first.title, authors=one.first.authors) for one in own])
        stances = [
            PaperStance(
                paper=StoredPaper(paper_id=one.first.title, paper=Paper(title=one.first.title)),
                position=one.position,
                confidence=one.confidence,
                citations=(),
                group=group,
            )
            for one, group in zip(own, groups, strict=True)
        ]
        given[claim.verdict, decide_verdict(stances)] += 1
    rows = [f"{known}: { {one: given[known, one] for one in VERDICTS if given[known, one]} }" for known in VERDICTS]
    right = sum(given[one, one] for one in VERDICTS)
    return f"verdicts right {right / len(claims):.3f}\n" + "\n".join(rows)


def load_rows(options: argparse.Namespace, digest: str) -> tuple[list[StanceRow], list[StanceRow]]:
    """The development rows and the pairs, read by the stance model the first time."""
    reader, encoder = StanceReader(), MiniLM()

    def rows(name: str, make: Callable[[], Iterator[StanceRow]]) -> list[StanceRow]:
        file = options.cache / f"stance_rows_{name}_{digest}.jsonl"
        if not file.exists():
            write_rows(make(), file)
        return read_rows(file)

    development = [
        row
        for name in SETS
        for row in rows(name, lambda name=name: development_rows(name, options.data, options.cache, reader))  # type: ignore[misc]
    ]
    pairs = [
        row
        for file in options.pairs
        for row in rows(file.stem, lambda file=file: pair_rows(file, encoder, reader))  # type: ignore[misc]
    ]
    return development, pairs


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--cache", type=Path, required=True, help="folder for the libraries and the rows")
    parser.add_argument("--pairs", type=Path, nargs="*", default=[], metavar="FILE")
    parser.add_argument("--out", type=Path, help="folder to write the weights to (default: the package)")
    options = parser.parse_args()
    inputs = hash_inputs(
        " ".join(["python -m benchmarks.fit_stance --data DATA --cache CACHE --pairs", *map(str, options.pairs)]),
        [*(FOLDER / f"{name}.jsonl" for name in SETS), *(file.resolve() for file in options.pairs)],
        models=["minilm", "stance"],
    )
    digest = hashlib.sha256(json.dumps([inputs["models"], inputs["files"]]).encode()).hexdigest()[:12]
    development, pairs = load_rows(options, digest)
    with open_months(next(iter(SETS)), options.data, options.cache) as chat:
        tables = [RowTable.of(rows, chat.library.analyse) for rows in (development, pairs)]
    claims = [claim for name in SETS for claim in read_claims(FOLDER / f"{name}.jsonl")]
    probabilities = cross_validated(*tables)
    known = {"support": sum(len(one.support) for one in claims), "oppose": sum(len(one.oppose) for one in claims)}
    least = thresholds(*(least_threshold(tables[0], probabilities, side, known[side]) for side in known))
    papers = decide_papers(tables[0], probabilities, least=least)
    for side in known:
        precision, recall, counted = precision_and_recall(papers, side, known[side])
        print(f"{side} at the thresholds: right {precision:.2f} of {counted}, found {recall:.2f}")
    print(verdict_figures(papers, claims))
    weights = {"inputs": inputs, **fit(*tables), "thresholds": least}
    file = (options.out or WEIGHTS_FILE.parent) / WEIGHTS_FILE.name
    file.write_text(json.dumps(weights, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
