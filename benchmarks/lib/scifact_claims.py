"""SciFact's claims with the abstracts they cite, sentences with one thing changed, and F1 over labels."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

LABELS = {"SUPPORT": "support", "CONTRADICT": "contradict", "NEI": "neither"}


def claims_with_abstracts(data: Path) -> Iterator[tuple[dict[str, Any], dict[str, str]]]:
    """Each claim's row, and the document of the abstract it cites."""
    corpus = {}
    for line in (data / "ir" / "scifact" / "corpus.jsonl").open(encoding="utf-8"):
        document = json.loads(line)
        corpus[str(document["_id"])] = document
    for line in (data / "qa" / "scifact_claims.jsonl").open(encoding="utf-8"):
        row = json.loads(line)
        yield row, corpus[str(row["evidence"][0]["doc_id"] if row["evidence"] else row["cited_doc_ids"][0])]


def changes(sentence: str) -> list[tuple[str, str]]:
    """The sentence with one thing changed, each with the kind of change."""
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


def f1_of(pairs: Sequence[tuple[str, str]], labels: Sequence[str]) -> dict[str, float]:
    """F1 of each label, and their mean as ``macro``, from pairs of label and prediction."""
    scores = {}
    for label in labels:
        right = sum(one == label == said for one, said in pairs)
        named = sum(said == label for _, said in pairs) + sum(one == label for one, _ in pairs)
        scores[label] = 2 * right / named if named else 0.0
    return {**scores, "macro": sum(scores.values()) / len(scores)}
