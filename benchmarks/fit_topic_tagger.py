"""Fits the tagger of topics in questions and writes it to ``src/paperchat/understanding/topic_words.json``.

    python -m benchmarks.fit_topic_tagger [--out DIR]

``questions/topic_words.jsonl`` has questions of ``kinds.jsonl`` with the words of their topic, each string as it stands
in the question, and the ``voice`` of who wrote it. Before the weights are written, the topics of each voice's questions
are found by what is fitted on the others.
"""

from __future__ import annotations

import argparse
import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, hstack
from sklearn.linear_model import LogisticRegression

from benchmarks.lib.question_sets import QUESTIONS_FOLDER
from benchmarks.lib.weights_inputs import hash_inputs
from paperchat.models.minilm import MiniLM, TokenEmbeddings
from paperchat.understanding.topic_tagger import (
    VECTOR_WEIGHT,
    WEIGHTS_FILE,
    WORD_WEIGHT,
    WordToken,
    question_words,
    topic_tagger_from,
    vector_rows,
    word_features,
)

QUESTIONS = QUESTIONS_FOLDER / "topic_words.jsonl"
COST = 1.0
FEWEST = 4
"""A feature counts that so many words have."""
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MarkedQuestion:
    """A question whose topic is known; ``labels`` say which of its words belong to it."""

    text: str
    topic: tuple[str, ...]
    voice: int
    words: Sequence[WordToken]
    labels: Sequence[bool]
    tokens: TokenEmbeddings


def read_questions(encoder: MiniLM) -> list[MarkedQuestion]:
    rows = [json.loads(line) for line in QUESTIONS.read_text(encoding="utf-8").splitlines()]
    read = []
    for row, tokens in zip(rows, encoder.encode_tokens([row["q"] for row in rows]), strict=True):
        words = question_words(row["q"])
        spans = list(_spans(row["q"], row["topic"]))
        labels = [any(start < word.end and word.start < end for start, end in spans) for word in words]
        read.append(
            MarkedQuestion(
                text=row["q"],
                topic=tuple(row["topic"]),
                voice=row["voice"],
                words=words,
                labels=labels,
                tokens=tokens,
            )
        )
    return read


def _spans(question: str, topic: Sequence[str]) -> Iterator[tuple[int, int]]:
    at = 0
    for part in topic:
        start = question.index(part, at)
        at = start + len(part)
        yield start, at


def fit(questions: Sequence[MarkedQuestion]) -> dict[str, Any]:
    """The weights as they are stored."""
    forms = Counter(word.form for question in questions for word in question.words)
    known = sorted(form for form, count in forms.items() if count >= FEWEST)
    features = [one for question in questions for one in word_features(question.words, frozenset(known))]
    counted = Counter(one for several in features for one in several)
    vocabulary = sorted(one for one, count in counted.items() if count >= FEWEST)
    numbers = {one: at for at, one in enumerate(vocabulary)}
    places = [(at, numbers[one]) for at, several in enumerate(features) for one in several if one in numbers]
    rows, columns = zip(*places, strict=True)
    of_words = csr_array((np.full(len(places), WORD_WEIGHT), (rows, columns)), shape=(len(features), len(vocabulary)))
    vectors = np.vstack([vector_rows(question.words, question.tokens) for question in questions])
    labels = np.concatenate([question.labels for question in questions])
    model = LogisticRegression(C=COST, max_iter=300).fit(
        hstack([of_words, csr_array(vectors * VECTOR_WEIGHT)]).tocsr(), labels
    )
    weights = _hundredths(model.coef_[0])
    return {
        "intercept": _hundredths(model.intercept_)[0],
        "vectors": weights[len(vocabulary) :],
        "known": " ".join(known),
        "weights": {one: weight for one, weight in zip(vocabulary, weights, strict=False) if weight},
    }


def _hundredths(values: NDArray[np.float64]) -> list[int]:
    return [int(one) for one in np.rint(values * 100)]


def topics_by_others(questions: Sequence[MarkedQuestion]) -> list[str]:
    """The topic of each question by what is fitted on the other voices."""
    found = [""] * len(questions)
    for voice in {question.voice for question in questions}:
        tagger = topic_tagger_from(fit([question for question in questions if question.voice != voice]))
        for at, question in enumerate(questions):
            if question.voice == voice:
                found[at] = tagger.read(question.text, question.tokens).topic()
    return found


def figures(questions: Sequence[MarkedQuestion], found: Sequence[str]) -> str:
    """How many topics are the same, word for word, and which words of topics are found."""
    same = words = wanted = right = 0
    for question, topic in zip(questions, found, strict=True):
        has, needs = Counter(_words(topic)), Counter(_words(" ".join(question.topic)))
        same += has == needs
        words += has.total()
        wanted += needs.total()
        right += (has & needs).total()
    return f"{same / len(questions):.3f} the same; words recall {right / wanted:.3f}, precision {right / words:.3f}"


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, help="folder to write the weights to (default: the package)")
    options = parser.parse_args()
    questions = read_questions(MiniLM())
    found = topics_by_others(questions)
    for voice in sorted({question.voice for question in questions}):
        of_voice = [at for at, question in enumerate(questions) if question.voice == voice]
        print(f"voice {voice}: {figures([questions[at] for at in of_voice], [found[at] for at in of_voice])}")
    print(f"all {len(questions)}: {figures(questions, found)}")
    inputs = hash_inputs("python -m benchmarks.fit_topic_tagger", [QUESTIONS], models=["minilm"])
    file = options.out / WEIGHTS_FILE.name if options.out else WEIGHTS_FILE
    file.write_text(json.dumps({"inputs": inputs, **fit(questions)}, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
