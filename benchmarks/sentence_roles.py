"""Accuracy of sentence roles on hand-labelled abstracts of three fields.

    python -m benchmarks.sentence_roles [--errors]

The cues were weighted on the development half; the reported figures are of the other half. A sentence may have several
accepted roles; where the predicted one is none of them, the first counts as the one that was missed.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from paperchat.survey.sentence_roles import ROLES, classify_roles
from paperchat.text.sentences import sentence_spans

LABELS = Path(__file__).parent / "questions" / "roles.jsonl"


def labelled_sentences(half: str, field: str = "") -> Iterator[tuple[str, str, str]]:
    """For each sentence its role, the predicted role, and its text."""
    for line in LABELS.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if row["set"] == half and field in ("", row["field"]):
            texts = [row["text"][start:end] for start, end in sentence_spans(row["text"])]
            for text, found, accepted in zip(texts, classify_roles(texts), row["roles"], strict=True):
                yield (found if found in accepted else accepted[0]), found, text


def role_scores(pairs: Sequence[tuple[str, str, str]]) -> dict[str, float]:
    """Accuracy, and F1 of each role that occurs."""
    scores = {"sentences": len(pairs), "accuracy": sum(right == found for right, found, _ in pairs) / len(pairs)}
    for role in ROLES:
        both = sum(right == found == role for right, found, _ in pairs)
        either = sum(right == role for right, _, _ in pairs) + sum(found == role for _, found, _ in pairs)
        if either:
            scores[role] = 2 * both / either
    return {name: round(value, 2) for name, value in scores.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--errors", action="store_true", help="show the errors on the development half")
    options = parser.parse_args()
    for half in ("development", "test"):
        print(f"{half}:", json.dumps(role_scores(list(labelled_sentences(half)))))
    for field in ("machine learning", "biomedicine", "physics and mathematics"):
        print(f"test, {field}:", json.dumps(role_scores(list(labelled_sentences("test", field)))))
    if options.errors:
        for right, found, text in labelled_sentences("development"):
            if right != found:
                print(f"{right} taken for {found}: {text}")


if __name__ == "__main__":
    main()
