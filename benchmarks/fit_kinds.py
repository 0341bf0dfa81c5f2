"""Fits the classifier of kinds of questions and writes it to ``src/paperchat/understanding/kinds.json``.

    python -m benchmarks.fit_kinds [--out DIR]

``questions/kinds.jsonl`` has questions as people type them, each with the kind of answer that it asks for; some are
later turns of conversations, whose words alone do not decide. They were written by seventeen people, whose number is
the ``voice``; voice 10 are the plainest forms of asking, each with a few topics and names put in. The questions of
the sets that the calibration of answers is fitted on are facts. Before the weights are written, the questions of each
voice are classified by what is fitted on the others, and the fact questions that nothing is fitted on by what is
fitted on all.
"""

from __future__ import annotations

import argparse
import json
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
ONLY_FITTED_ON = -1
L2 = 0.00006
FEWEST = 3
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


def classified_by_others(questions: list[str], kinds: list[str], voices: list[int], vectors: Floats) -> list[str]:
    """The kind of each question by what is fitted on the other voices; a negative voice is only fitted on."""
    found = [""] * len(questions)
    for voice in sorted({one for one in voices if one >= 0}):
        others = [at for at, other in enumerate(voices) if other != voice]
        by = kind_classifier_from(fit([questions[at] for at in others], [kinds[at] for at in others], vectors[others]))
        for at, other in enumerate(voices):
            if other == voice:
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
    facts = [one.question for name in FITTED_SETS for one in read_question_set(name) if one.answerable]
    questions, kinds = [*(row["q"] for row in rows), *facts], [*(row["kind"] for row in rows), *("fact" for _ in facts)]
    voices = [*(row.get("voice", 0) for row in rows), *(ONLY_FITTED_ON for _ in facts)]
    encoder = MiniLM()
    vectors = encoder.encode(questions)
    found = classified_by_others(questions, kinds, voices, vectors)
    for voice in sorted({*voices} - {ONLY_FITTED_ON}):
        of_voice = [at for at, other in enumerate(voices) if other == voice]
        right = np.mean([kinds[at] == found[at] for at in of_voice])
        print(f"voice {voice}: {right:.3f} right of {len(of_voice)}")
    print(confusion_table(kinds[: len(rows)], found[: len(rows)]))
    weights = fit(questions, kinds, vectors)
    classifier = kind_classifier_from(weights)
    for name in ("seed", *TEST_SETS):
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
