"""Classifies what kind of answer a question asks for, by its vector and its words."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paperchat import lexicon
from paperchat.types import AnswerKind

WEIGHTS_FILE = Path(__file__).with_name("kinds.json")
WORD_WEIGHT = 0.5
"""How much one word counts beside the vector, which has length 1."""

_LEXICON = lexicon.load("request_kinds")
_FORMS = {name: re.compile(_LEXICON.regex(f"features.{name}"), re.IGNORECASE) for name in _LEXICON.keys("features")}
_UNSPACED = "\u3040-\u30ff\u4e00-\u9fff"
"""Japanese and Chinese, which put no spaces between words: each character counts as one."""
_WORD = re.compile(rf"[{_UNSPACED}]|[^\W\d_{_UNSPACED}]+(?:['’][a-z]+)?|\d+|\?", re.IGNORECASE)
_NAME = re.compile(
    r"\b(?=\w*[A-Za-z])(?:\w*[a-z]\w*[A-Z]\w*|[A-Z][A-Z\d]+\w*|\w*\d\w*)(?:[-.+]\w+)*|\b\d{4}\.\d{4,5}\b", re.ASCII
)
_LENGTHS = ((1, "1"), (2, "2"), (3, "3"), (6, "4-6"), (11, "7-11"))

Floats = NDArray[np.floating]


def word_features(question: str) -> frozenset[str]:
    """The words of a question, pairs of neighbours, its length, and the forms of `lexicon/request_kinds.toml`.

    Names and numbers are all the same word.
    """
    words = [word.lower() for word in _WORD.findall(_NAME.sub(" namex ", question))]
    words = ["<", *("#" if word.isdigit() else word for word in words), ">"]
    length = next((name for most, name in _LENGTHS if len(words) - 2 <= most), "12+")
    forms = (f":{name}" for name, pattern in _FORMS.items() if pattern.search(question))
    return frozenset((*words, *map(" ".join, pairwise(words)), f":length {length}", *forms))


def feature_rows(questions: Sequence[str], vectors: Floats, vocabulary: Mapping[str, int]) -> NDArray[np.float64]:
    """The features [questions, vector and vocabulary] of questions with their vectors."""
    rows = np.zeros((len(questions), vectors.shape[1] + len(vocabulary)))
    rows[:, : vectors.shape[1]] = vectors
    for row, question in zip(rows, questions, strict=True):
        known = [vocabulary[one] for one in word_features(question) if one in vocabulary]
        row[vectors.shape[1] + np.array(known, dtype=np.int64)] = WORD_WEIGHT
    return rows


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class KindClassifier:
    """Softmax regression; ``weights`` are [kinds, features], for the features of `feature_rows`."""

    kinds: tuple[AnswerKind, ...]
    vocabulary: Mapping[str, int]
    weights: NDArray[np.float64]
    intercepts: NDArray[np.float64]

    def classify(self, question: str, vector: Floats) -> dict[AnswerKind, float]:
        """The probability of each kind, the most likely first."""
        scores = self.weights @ feature_rows([question], vector[None, :], self.vocabulary)[0] + self.intercepts
        exponents = np.exp(scores - scores.max())
        shares = exponents / exponents.sum()
        return {self.kinds[at]: float(shares[at]) for at in np.argsort(-shares)}


def load_kind_classifier(path: Path = WEIGHTS_FILE) -> KindClassifier:
    """Load the weights that ship with the package; ``benchmarks/fit_kinds.py`` writes them."""
    return kind_classifier_from(json.loads(path.read_text(encoding="utf-8")))


def kind_classifier_from(data: Mapping[str, Any]) -> KindClassifier:
    """The classifier of weights as they are stored: numbers in thousandths."""
    vocabulary = {word: at for at, word in enumerate(data["vocabulary"])}
    return KindClassifier(
        kinds=tuple(data["weights"]),
        vocabulary=vocabulary,
        weights=np.array([data["weights"][kind] for kind in data["weights"]]) / 1000,
        intercepts=np.array([data["intercepts"][kind] for kind in data["weights"]]) / 1000,
    )
