"""Verification of sentences, on claims with the abstracts that support or contradict them; no language model.

    python -m benchmarks.sentence_verification --data DATA [--curve benchmarks/results/claims.csv]

Each claim is compared with the two most similar sentences of the abstract it cites. The threshold of closeness is
chosen on one half of the claims and evaluated on the other, both ways round; `MIN_CLOSENESS` in
`paperchat.answering.verification` is the mean.
"""

from __future__ import annotations

import argparse
import csv
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.lib.scifact_claims import LABELS, changes, claims_with_abstracts, f1_of
from paperchat.answering.verification import MIN_CLOSENESS, Verifier, find_conflicts
from paperchat.assistant import PaperChat
from paperchat.models.minilm import MiniLM
from paperchat.text.sentences import sentence_spans

THRESHOLDS = [round(0.3 + 0.025 * step, 3) for step in range(21)]
NEAREST = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredClaim:
    """A claim as the verifier sees it; ``contradicted`` by its rules; ``even`` tells which half it is in."""

    label: str
    closeness: float
    contradicted: bool
    even: bool


def read_claims(data: Path, verifier: Verifier) -> tuple[list[MeasuredClaim], dict[str, float]]:
    """The claims as the verifier sees them, and the share of changed sentences it refuses, by kind of change."""
    claims = []
    refused: dict[str, list[bool]] = {}
    for number, (row, cited) in enumerate(claims_with_abstracts(data)):
        sentences = [cited["text"][start:end] for start, end in sentence_spans(cited["text"])]
        near = verifier.similarities(row["claim"], sentences)
        nearest = [sentences[at] for at in sorted(range(len(near)), key=lambda at: -near[at])[:NEAREST]]
        claims.append(
            MeasuredClaim(
                label=LABELS[row["label"]],
                closeness=verifier.closeness(row["claim"], nearest, known=cited["title"]),
                contradicted=verifier.stance(row["claim"], nearest, known=cited["title"]) == "contradict",
                even=number % 2 == 0,
            )
        )
        for sentence in nearest[:1]:
            for kind, changed in changes(sentence):
                refused.setdefault(kind, []).append(bool(find_conflicts(changed, [sentence], known=cited["title"])))
    return claims, {kind: sum(found) / len(found) for kind, found in refused.items()}


def rule_at(threshold: float) -> Callable[[MeasuredClaim], str]:
    return lambda claim: "neither" if claim.closeness < threshold else "contradict" if claim.contradicted else "support"


def f1(claims: Sequence[MeasuredClaim], predict: Callable[[MeasuredClaim], str]) -> dict[str, float]:
    """F1 of each label, and their mean as ``macro``."""
    return f1_of([(claim.label, predict(claim)) for claim in claims], [*LABELS.values()])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--curve", type=Path, help="where to write macro-F1 by threshold")
    options = parser.parse_args()
    with TemporaryDirectory(prefix="paperchat-") as home, PaperChat.open(home) as chat:
        # A threshold of 0, so that the rules judge every claim.
        verifier = Verifier(encoder=MiniLM(), stem=chat.library.analyse, close=0.0)
        claims, refused = read_claims(options.data, verifier)
    halves = [[claim for claim in claims if claim.even is even] for even in (True, False)]
    chosen = [max(THRESHOLDS, key=lambda threshold: f1(half, rule_at(threshold))["macro"]) for half in halves]
    for half, threshold in zip(reversed(halves), chosen, strict=True):
        scores = {name: round(score, 3) for name, score in f1(half, rule_at(threshold)).items()}
        print(f"threshold {threshold} from the other half:", json.dumps(scores))
    print(f"mean of the two: {sum(chosen) / 2:.3f}; in force: {MIN_CLOSENESS}")
    rules: dict[str, Callable[[MeasuredClaim], str]] = {
        "in force": rule_at(MIN_CLOSENESS),
        "always support": lambda _: "support",
        "closeness alone": lambda claim: "neither" if claim.closeness < MIN_CLOSENESS else "support",
    }
    for name, rule in rules.items():
        print(f"{name}:", json.dumps({label: round(score, 3) for label, score in f1(claims, rule).items()}))
    print("changed sentences refused:", json.dumps({kind: round(share, 3) for kind, share in refused.items()}))
    if options.curve:
        with options.curve.open("w", encoding="utf-8", newline="") as file:
            rows = csv.writer(file, lineterminator="\n")
            rows.writerow(["threshold", *LABELS.values(), "macro"])
            for threshold in THRESHOLDS:
                rows.writerow([threshold, *(round(score, 4) for score in f1(claims, rule_at(threshold)).values())])


if __name__ == "__main__":
    main()
