"""The type of answer a question asks for, and how well a stretch of text offers one.

"How many annotators …" asks for a number that counts annotators: a sentence whose only number counts questions does
not answer it, however much it speaks of annotators. The types are a count, a measure, a name and a time.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from paperchat import lexicon

AnswerType = Literal["count", "measure", "name", "time"]
ANSWER_TYPES: tuple[AnswerType, ...] = ("count", "measure", "name", "time")

Floats = NDArray[np.floating]
Span = tuple[int, int]

_LEXICON = lexicon.load("answer_type")
_TIME_QUESTION = re.compile(_LEXICON.regex("time_question"), re.IGNORECASE)
_COUNT_QUESTION = re.compile(_LEXICON.regex("count_question"), re.IGNORECASE)
_MEASURE_QUESTION = re.compile(_LEXICON.regex("measure_question"), re.IGNORECASE)
_NAME_QUESTION = re.compile(_LEXICON.regex("name_question"), re.IGNORECASE)
_WORD = re.compile(r"\w[\w'-]*")

_NUMBER = re.compile(
    rf"(?<![\w.-])(?:\d[\d,.]*\d|\d)(?=[^\w]|[kKMBTx×%]|$)|\b(?:{_LEXICON.regex('number_words')})\b", re.IGNORECASE
)
_TIME = re.compile(rf"\b(?:19|20)\d\d\b|\b(?:{_LEXICON.regex('months')})\b")
# A capital or digit inside a word, or a capitalised word that does not open a sentence.
_NAME = re.compile(
    r"\b[\w-]*(?:[a-z\d-][A-Z]|[A-Z]{2}|[A-Za-z]-?\d)[\w-]*|(?<=[a-z,;:(\"“] )[A-Z][a-z]+\w*|(?<=[(\"“])[A-Z]\w+"
)

# How far around a thing its description is looked for, in characters: before, after.
_REACH: dict[AnswerType, Span] = {"count": (0, 45), "measure": (60, 30), "name": (60, 60), "time": (0, 0)}


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedAnswer:
    """A type of answer; ``head`` are the spans of the question's words that say which thing of that type is meant."""

    kind: AnswerType
    head: tuple[Span, ...]


def classify_answer(question: str, *, paper_words: Container[str] = ()) -> ExpectedAnswer | None:
    """The type of answer the question asks for; ``None`` where its form does not say.

    A question for one of ``paper_words`` ("which papers …") expects nothing of a passage, and one for several things
    ("which two classes …") a list, which has no form of its own.
    """
    forms: tuple[tuple[AnswerType, re.Pattern[str]], ...] = (
        ("time", _TIME_QUESTION),
        ("count", _COUNT_QUESTION),
        ("measure", _MEASURE_QUESTION),
        ("name", _NAME_QUESTION),
    )
    for kind, form in forms:
        match = form.search(question)
        if match:
            groups = [name for name in form.groupindex if match[name]]
            head = [word.span() for name in groups for word in _WORD.finditer(question, *match.span(name))]
            first = question[slice(*head[0])].lower() if head else ""
            if first in paper_words or (kind == "name" and _NUMBER.fullmatch(first)):
                return None
            return ExpectedAnswer(kind=kind, head=tuple(head))
    return None


def find_answer_candidates(kind: AnswerType, text: str, *, excluded: str) -> Iterator[Span]:
    """Spans of the things of this type in ``text``, without those that ``excluded`` (the question, the title) has."""
    pattern = _NUMBER if kind in ("count", "measure") else _TIME if kind == "time" else _NAME
    known = excluded.casefold()
    for match in pattern.finditer(text):
        if not re.search(rf"(?<!\w){re.escape(match[0].casefold())}(?!\w)", known):
            yield match.span()


def score_answer_candidates(
    kind: AnswerType, things: list[Span], offsets: NDArray[np.int64], closeness: Floats
) -> float:
    """How well the best of ``things`` is described by the question's head, from 0 (there is none) to 1.

    Args:
        offsets: character offsets of the tokens around the things, [tokens, 2].
        closeness: cosine of the head with each token, [tokens]; empty where the question has no head.
    """
    if not things:
        return 0.0
    if not len(closeness) or kind == "time":
        return 1.0
    before, after = _REACH[kind]
    best = 0.0
    for start, end in things:
        near = (offsets[:, 1] > start - before) & (offsets[:, 0] < end + after)
        near &= (offsets[:, 1] <= start) | (offsets[:, 0] >= end)
        if near.any():
            best = max(best, float(closeness[near].max()))
    return best
