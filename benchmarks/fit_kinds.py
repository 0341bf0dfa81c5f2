"""Fits the classifier of kinds of questions and writes it to ``src/paperchat/understanding/kinds.json``.

    python -m benchmarks.fit_kinds [--out DIR]

``questions/kinds.jsonl`` has questions as people type them, each with the kind of answer that it asks for; some are
later turns of conversations, whose words alone do not decide. Before the weights are written, each fifth of them is
classified by what is fitted on the others, and the sets of fact questions, none of which is fitted on, by what is
fitted on all.
"""

from __future__ import annotations

import argparse
import json
import random
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.lib.model_fitting import fit_softmax
from benchmarks.lib.question_sets import FITTED_SETS, QUESTIONS_FOLDER, TEST_SETS, read_question_set
from benchmarks.lib.weights_inputs import hash_inputs
from paperchat.models.minilm import MiniLM
from paperchat.understanding.kind_classifier import (
    WEIGHTS_FILE,
    Floats,
    KindClassifier,
    feature_rows,
    kind_classifier_from,
    word_features,
)

QUESTIONS = QUESTIONS_FOLDER / "kinds.jsonl"
FOLDS = 5
L2 = 0.0006
FEWEST = 2
"""A word counts that occurs in so many questions."""


def fit(questions: list[str], kinds: list[str], vectors: Floats) -> dict[str, Any]:
    """The weights as they are stored."""
    counted = Counter(word for question in questions for word in word_features(question))
    vocabulary = sorted(word for word, count in counted.items() if count >= FEWEST)
    rows = feature_rows(questions, vectors, {word: at for at, word in enumerate(vocabulary)})
    names, weights, intercepts = fit_softmax(rows, kinds, l2=L2)
    return {
        "vocabulary": vocabulary,
        "weights": {name: np.rint(row * 1000).astype(int).tolist() for name, row in zip(names, weights, strict=True)},
        "intercepts": {name: round(float(one) * 1000) for name, one in zip(names, intercepts, strict=True)},
    }


def cross_validated(questions: list[str], kinds: list[str], vectors: Floats) -> list[str]:
    """The kind of each question by what is fitted on the other folds."""
    order = list(range(len(questions)))
    random.Random(0).shuffle(order)
    found = [""] * len(questions)
    for fold in range(FOLDS):
        left_out = set(order[fold::FOLDS])
        others = [at for at in order if at not in left_out]
        by = kind_classifier_from(fit([questions[at] for at in others], [kinds[at] for at in others], vectors[others]))
        for at in left_out:
            found[at] = most_likely(by, questions[at], vectors[at])
    return found


def most_likely(classifier: KindClassifier, question: str, vector: Floats) -> str:
    return next(iter(classifier.classify(question, vector)))


def confusion_table(kinds: Iterable[str], found: Iterable[str]) -> str:
    """A line for each kind: how many of its questions were taken for each."""
    counted = Counter(zip(kinds, found, strict=True))
    names = sorted({kind for kind, _ in counted})
    lines = ["asks for".ljust(11) + "".join(name[:9].rjust(10) for name in names) + "     right"]
    for name in names:
        row = [counted[name, other] for other in names]
        share = counted[name, name] / sum(row)
        lines.append(name.ljust(11) + "".join(str(count).rjust(10) for count in row) + f"{share:10.2f}")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, help="folder to write the weights to (default: the package)")
    options = parser.parse_args()
    rows = [json.loads(line) for line in QUESTIONS.read_text(encoding="utf-8").splitlines()]
    questions, kinds = [row["q"] for row in rows], [row["kind"] for row in rows]
    encoder = MiniLM()
    vectors = encoder.encode(questions)
    found = cross_validated(questions, kinds, vectors)
    right = np.mean([one == other for one, other in zip(kinds, found, strict=True)])
    print(confusion_table(kinds, found))
    print(f"right: {right:.3f} of {len(kinds)}")
    weights = fit(questions, kinds, vectors)
    classifier = kind_classifier_from(weights)
    for name in ("seed", *FITTED_SETS, *TEST_SETS):
        facts = [one.question for one in read_question_set(name) if one.answerable]
        taken = [most_likely(classifier, *pair) for pair in zip(facts, encoder.encode(facts), strict=True)]
        print(
            f"{name}: {np.mean([kind != 'fact' for kind in taken]):.3f} of {len(facts)} fact questions taken for others"
        )
    inputs = hash_inputs("python -m benchmarks.fit_kinds", [QUESTIONS], models=["minilm"])
    file = options.out / WEIGHTS_FILE.name if options.out else WEIGHTS_FILE
    file.write_text(json.dumps({"inputs": inputs, **weights}, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
