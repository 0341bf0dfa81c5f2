"""A question with the text that states its answer, and with the same text from which no more than that is taken."""

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
"""So many of the pairs' halves are kept, so that to have seen one says little of the other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A question, where its answer stands in the sentence, what is erased of it and what then stands there."""

    kind: str
    question: str
    answer: tuple[int, int]
    erased: tuple[int, int]
    instead: str = ""

    @classmethod
    def of(cls, kind: str, question: str, match: re.Match[str], *, instead: str = "") -> Fact:
        """By the groups ``answer`` and, where more than the answer goes with it, ``erased``."""
        erased = "erased" if "erased" in match.re.groupindex else "answer"
        return cls(
            kind=kind, question=question, answer=match.span("answer"), erased=match.span(erased), instead=instead
        )


def make_pair(abstract: Abstract, start: int, fact: Fact, chance: random.Random, *, source: str) -> Iterator[Example]:
    """Of a fact in the sentence that begins at ``start``."""
    text, question = abstract.text, as_typed(fact.question, chance)
    answer = (start + fact.answer[0], start + fact.answer[1])
    told = text[slice(*answer)]
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
    if told.casefold() not in f"{abstract.title} {shorter}".casefold() and chance.random() < _ERASED_SHARE:
        yield Example(task="span", query=question, title=abstract.title, text=shorter, source=f"{source}/{fact.kind}")
