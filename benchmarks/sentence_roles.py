"""What the roles of sentences are worth, on abstracts of three fields whose sentences were labelled by hand.

Use: python -m benchmarks.sentence_roles [--errors]

The cues were weighed on the development half; the figures are of the other half. A sentence may have several roles
of which each counts as right; where the one that is found is none of them, the first is the one that was missed.
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
    """Of each sentence its role, what was found, and its text."""
    for line in LABELS.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if row["set"] == half and field in ("", row["field"]):
            texts = [row["text"][start:end] for start, end in sentence_spans(row["text"])]
            for text, found, accepted in zip(texts, classify_roles(texts), row["roles"], strict=True):
                yield (found if found in accepted else accepted[0]), found, text


def role_scores(pairs: Sequence[tuple[str, str, str]]) -> dict[str, float]:
    """Accuracy, and F1 of each role that occurs."""
    told = {"sentences": len(pairs), "accuracy": sum(right == found for right, found, _ in pairs) / len(pairs)}
    for role in ROLES:
        both = sum(right == found == role for right, found, _ in pairs)
        either = sum(right == role for right, _, _ in pairs) + sum(found == role for _, found, _ in pairs)
        if either:
            told[role] = 2 * both / either
    return {name: round(value, 2) for name, value in told.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--errors", action="store_true", help="show what goes wrong on the development half")
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
