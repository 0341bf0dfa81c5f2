"""What the verification of sentences is worth, on claims with the abstracts that support or contradict them.

Use: python -m benchmarks.sentence_verification --data ../shared/data [--curve benchmarks/results/claims.csv]

Each claim is held against the two sentences nearest to it of the abstract it cites. The threshold of closeness is
chosen on one half of the claims and measured on the other, both ways round; `MIN_CLOSENESS` in `query/verify.py` is the mean.
No language model takes part.
"""

from __future__ import annotations

import argparse
import csv
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from paperchat.answering.verification import MIN_CLOSENESS, Verifier, find_conflicts
from paperchat.assistant import PaperChat
from paperchat.models.minilm import MiniLM
from paperchat.text.sentences import sentence_spans

LABELS = {"SUPPORT": "support", "CONTRADICT": "contradict", "NEI": "neither"}
THRESHOLDS = [round(0.3 + 0.025 * step, 3) for step in range(21)]
NEAREST = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredClaim:
    """``turned``: the rules see a contradiction; ``even``: which half it is in."""

    label: str
    closeness: float
    turned: bool
    even: bool


def claims_with_abstracts(data: Path) -> Iterator[tuple[dict[str, Any], dict[str, str]]]:
    """Each claim's row, and the abstract it cites."""
    corpus = {}
    for line in (data / "ir" / "scifact" / "corpus.jsonl").open(encoding="utf-8"):
        document = json.loads(line)
        corpus[str(document["_id"])] = document
    for line in (data / "qa" / "scifact_claims.jsonl").open(encoding="utf-8"):
        row = json.loads(line)
        yield row, corpus[str(row["evidence"][0]["doc_id"] if row["evidence"] else row["cited_doc_ids"][0])]


def read_claims(data: Path, verifier: Verifier) -> tuple[list[MeasuredClaim], dict[str, float]]:
    """The claims as the verifier sees them; and how many of the changed ones it refuses, by kind of change."""
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
                turned=verifier.stance(row["claim"], nearest, known=cited["title"]) == "contradict",
                even=number % 2 == 0,
            )
        )
        for sentence in nearest[:1]:
            for kind, changed in changes(sentence):
                refused.setdefault(kind, []).append(bool(find_conflicts(changed, [sentence], known=cited["title"])))
    return claims, {kind: sum(found) / len(found) for kind, found in refused.items()}


def changes(sentence: str) -> list[tuple[str, str]]:
    """The sentence with one thing changed, as a careless writer might."""
    made = []
    for digit in sentence:
        if digit in "123456789":
            made.append(("number", sentence.replace(digit, str(10 - int(digit)) if digit != "5" else "7", 1)))
            break
    for kind, old, new in (
        ("negation", " was ", " was not "),
        ("negation", " is ", " is not "),
        ("negation", " were ", " were not "),
        ("negation removed", " not ", " "),
        ("direction", " increased ", " decreased "),
        ("direction", " higher ", " lower "),
        ("direction", " reduced ", " increased "),
    ):
        if old in sentence:
            made.append((kind, sentence.replace(old, new, 1)))
    return made


def rule_at(threshold: float) -> Callable[[MeasuredClaim], str]:
    return lambda claim: "neither" if claim.closeness < threshold else "contradict" if claim.turned else "support"


def f1(claims: Sequence[MeasuredClaim], say: Callable[[MeasuredClaim], str]) -> dict[str, float]:
    """F1 of each label, and their mean as ``macro``."""
    return f1_of([(claim.label, say(claim)) for claim in claims], [*LABELS.values()])


def f1_of(pairs: Sequence[tuple[str, str]], labels: Sequence[str]) -> dict[str, float]:
    """Of (label, said): F1 of each label, and their mean as ``macro``."""
    scores = {}
    for label in labels:
        right = sum(one == label == said for one, said in pairs)
        named = sum(said == label for _, said in pairs) + sum(one == label for one, _ in pairs)
        scores[label] = 2 * right / named if named else 0.0
    return {**scores, "macro": sum(scores.values()) / len(scores)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--curve", type=Path, help="where to write macro-F1 by threshold")
    options = parser.parse_args()
    with TemporaryDirectory(prefix="paperchat-") as home, PaperChat.open(home) as chat:
        # A threshold of 0, so that what the rules see is seen of every claim.
        verifier = Verifier(encoder=MiniLM(), stem=chat.library.analyse, close=0.0)
        claims, refused = read_claims(options.data, verifier)
    halves = [[claim for claim in claims if claim.even is even] for even in (True, False)]
    chosen = [max(THRESHOLDS, key=lambda threshold: f1(half, rule_at(threshold))["macro"]) for half in halves]
    for half, threshold in zip(reversed(halves), chosen, strict=True):
        told = {name: round(score, 3) for name, score in f1(half, rule_at(threshold)).items()}
        print(f"threshold {threshold} from the other half:", json.dumps(told))
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
