"""Tags the words of a question that say what papers are to be about, by their vectors, themselves and their neighbours.

Fitted on questions in which people marked the topic: see ``benchmarks/fit_topic_tagger.py``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paperchat import lexicon
from paperchat.models.minilm import TokenEmbeddings

WEIGHTS_FILE = Path(__file__).with_name("topic_words.json")
WORD_WEIGHT, VECTOR_WEIGHT = 0.5, 1.5
"""How much a feature of a word counts, and each of the vectors, which have length 1."""
CHANGE_COST = 0.6
"""What it takes, in log-odds, to begin or to end a topic: neighbours mostly belong together."""

_UNSPACED = "\u3040-\u30ff\u4e00-\u9fff"
_LETTERS = rf"[^\W_{_UNSPACED}]+"
_WORD = re.compile(rf"[{_UNSPACED}]|{_LETTERS}(?:['’&+./-]{_LETTERS})*|[?!.,:;]")
"""A word, a character of a language without spaces, or a mark."""
_NAME = re.compile(r"(?=.*[A-Za-z])(?:.*[a-z].*[A-Z]|[A-Z][A-Z\d]+|.*\d)")
_SMALL = lexicon.load("topic_phrases").words("small.words")
_START, _END, _UNKNOWN = "<", ">", "?word"
_PLACES, _LENGTHS = 6, 5

Floats = NDArray[np.floating]
Span = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class WordToken:
    """A word of a question and where it stands."""

    text: str
    start: int
    end: int

    @property
    def form(self) -> str:
        """The word as a feature: numbers are all the same, and so are names."""
        if self.text.isdecimal():
            return "#"
        return "namex" if _NAME.match(self.text) else self.text.lower()


def question_words(question: str) -> list[WordToken]:
    """The words and marks of a question, in order."""
    return [WordToken(text=match[0], start=match.start(), end=match.end()) for match in _WORD.finditer(question)]


def word_features(words: Sequence[WordToken], known: Container[str]) -> Iterator[tuple[str, ...]]:
    """For each word: itself, its neighbours, what it makes with them, and its place.

    Args:
        known: the forms that are told from each other where a word makes something with its neighbours.
    """
    forms = [_START, _START, *(word.form for word in words), _END, _END]
    plain = [form if form in known or form in (_START, _END) else _UNKNOWN for form in forms]
    length = min(len(words) // 3, _LENGTHS)
    for at in range(len(words)):
        before2, before, word, after, after2 = forms[at : at + 5]
        _, known_before, known_word, known_after, _ = plain[at : at + 5]
        yield (
            f"word {known_word}",
            f"before {before}",
            f"after {after}",
            f"before2 {before2}",
            f"after2 {after2}",
            f"pair {before} {word}",
            f"next {word} {after}",
            f"between {before} {after}",
            f"known pair {known_before} {known_word}",
            f"known next {known_word} {known_after}",
            f"known three {known_before} {known_word} {known_after}",
            f"from {before2} {before} {known_word}",
            f"to {known_word} {after} {after2}",
            f"place {min(at, _PLACES)}",
            f"left {min(len(words) - 1 - at, _PLACES)}",
            f"length {length}",
        )


def vector_rows(words: Sequence[WordToken], tokens: TokenEmbeddings) -> NDArray[np.float32]:
    """The vectors of each word and of those before and after it, [words, 3 * 384]."""
    vectors = tokens.mean_vectors((word.start, word.end) for word in words)
    edge = np.zeros((1, vectors.shape[1]), np.float32)
    padded = np.vstack([edge, vectors, edge])
    return np.hstack([padded[1:-1], padded[:-2], padded[2:]])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TaggedQuestion:
    """The words of a question, and how likely each is one of the topic's: ``log_odds``, [words]."""

    question: str
    words: Sequence[WordToken]
    log_odds: NDArray[np.float64]

    def topic(self, without: Iterable[Span] = (), *, leaning: float = 0.0) -> str:
        """The words of the topic, empty where there is none; of what the spans ``without`` say, nothing.

        Args:
            leaning: how much likelier each word is a topic's than the words alone say, in log-odds.
        """
        said, words = tuple(without), self.words
        is_free = [not any(start < word.end and word.start < end for start, end in said) for word in words]
        tagged = best_labels(self.log_odds + leaning)
        kept = [tag and free for tag, free in zip(tagged, is_free, strict=True)]
        parts = (_trimmed(words[start:end]) for start, end in _runs(_joined(words, kept, is_free)))
        return " ".join(self.question[part[0].start : part[-1].end] for part in parts if part)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TopicTagger:
    """Logistic regression for each word, and a cost of change between neighbours.

    Attributes:
        weights: of the features of words; ``known`` are the forms as in `word_features`.
        vector_weights: of the three vectors, [3 * 384].
    """

    known: frozenset[str]
    weights: Mapping[str, float]
    vector_weights: NDArray[np.float64]
    intercept: float

    def read(self, question: str, tokens: TokenEmbeddings) -> TaggedQuestion:
        """Judge each word of a question, given its tokens."""
        words = question_words(question)
        odds = self._log_odds(words, tokens) if words else np.empty(0)
        return TaggedQuestion(question=question, words=tuple(words), log_odds=odds)

    def _log_odds(self, words: Sequence[WordToken], tokens: TokenEmbeddings) -> NDArray[np.float64]:
        of_vectors = vector_rows(words, tokens) @ self.vector_weights * VECTOR_WEIGHT
        features = word_features(words, self.known)
        of_words = [sum(self.weights.get(one, 0.0) for one in several) for several in features]
        return np.asarray(of_vectors + WORD_WEIGHT * np.array(of_words) + self.intercept)


def best_labels(log_odds: Sequence[float] | NDArray[np.float64]) -> list[bool]:
    """Whether each word belongs to the topic: the labels that are the likeliest together (Viterbi)."""
    scores, steps = (0.0, 0.0), []
    for odds in log_odds:
        stays_out = scores[0] >= scores[1] - CHANGE_COST
        stays_in = scores[1] >= scores[0] - CHANGE_COST
        steps.append((not stays_out, stays_in))
        out = scores[0] if stays_out else scores[1] - CHANGE_COST
        scores = out, (scores[1] if stays_in else scores[0] - CHANGE_COST) + float(odds)
    labels: list[bool] = []
    label = scores[1] > scores[0]
    for from_in_if_out, from_in_if_in in reversed(steps):
        labels.append(label)
        label = from_in_if_in if label else from_in_if_out
    return labels[::-1]


def _joined(words: Sequence[WordToken], kept: Sequence[bool], is_free: Sequence[bool]) -> list[bool]:
    """With the small words between two words of the topic."""
    joined = list(kept)
    last = None
    for at, tag in enumerate(kept):
        if not tag:
            continue
        between = range(last + 1, at) if last is not None else range(0)
        if all(is_free[one] and words[one].form in _SMALL for one in between):
            for one in between:
                joined[one] = True
        last = at
    return joined


def _runs(labels: Sequence[bool]) -> Iterator[Span]:
    start = None
    for at, label in enumerate((*labels, False)):
        if label and start is None:
            start = at
        elif not label and start is not None:
            yield start, at
            start = None


def _trimmed(words: Sequence[WordToken]) -> Sequence[WordToken]:
    """Without small words and marks at the edges."""
    kept = [at for at, word in enumerate(words) if word.form not in _SMALL and word.text[0].isalnum()]
    return words[kept[0] : kept[-1] + 1] if kept else ()


def load_topic_tagger(path: Path = WEIGHTS_FILE) -> TopicTagger:
    """Load the weights that ship with the package."""
    return topic_tagger_from(json.loads(path.read_text(encoding="utf-8")))


def topic_tagger_from(data: Mapping[str, Any]) -> TopicTagger:
    """The tagger of weights as they are stored: numbers in hundredths."""
    return TopicTagger(
        known=frozenset(data["known"].split()),
        weights={feature: weight / 100 for feature, weight in data["weights"].items()},
        vector_weights=np.array(data["vectors"]) / 100,
        intercept=data["intercept"] / 100,
    )
