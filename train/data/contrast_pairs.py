"""Contrast pairs: a question with the text that states its answer, and with the same text without that fact."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass

from train.data.abstracts import Abstract
from train.data.examples import Example
from train.data.synthetic_questions import as_typed

FIGURE = r"\d[\d,]*(?:\.\d+)?"
_STATED_SHARE = 0.6
_ERASED_SHARE = 0.6
"""The shares of the halves that are used, so that one half says little about the other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A question, and in its sentence the answer, the part that is erased and the text that replaces it."""

    kind: str
    question: str
    answer: tuple[int, int]
    erased: tuple[int, int]
    instead: str = ""

    @classmethod
    def of(cls, kind: str, question: str, match: re.Match[str], *, instead: str = "") -> Fact:
        """From the groups ``answer`` and, if more than the answer is erased, ``erased``."""
        erased = "erased" if "erased" in match.re.groupindex else "answer"
        return cls(
            kind=kind, question=question, answer=match.span("answer"), erased=match.span(erased), instead=instead
        )


def make_pair(abstract: Abstract, start: int, fact: Fact, chance: random.Random, *, source: str) -> Iterator[Example]:
    """The two halves, each with some probability, for a fact of the sentence that begins at ``start``."""
    text, question = abstract.text, as_typed(fact.question, chance)
    answer = (start + fact.answer[0], start + fact.answer[1])
    answer_text = text[slice(*answer)]
    if chance.random() < _STATED_SHARE:
        yield Example(
            task="span",
            query=question,
            title=abstract.title,
            text=text,
            spans=(answer,),
            source=f"{source}/{fact.kind}/stated",
        )
    shorter = " ".join(f"{text[: start + fact.erased[0]]} {fact.instead} {text[start + fact.erased[1] :]}".split())
    shorter = re.sub(r" (?=[,.;:)])", "", shorter)
    if answer_text.casefold() not in f"{abstract.title} {shorter}".casefold() and chance.random() < _ERASED_SHARE:
        yield Example(task="span", query=question, title=abstract.title, text=shorter, source=f"{source}/{fact.kind}")
