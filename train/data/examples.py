"""A training example: one question or claim, one window of text, and its labels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

SUPPORT, CONTRADICT, NEITHER = 0, 1, 2

Task = Literal["span", "sentence", "stance"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A window of text under a title, and a question or a claim.

    Attributes:
        spans: offsets in ``text``: of a ``span`` example the accepted answers, of a ``sentence`` example the stretches
            that may contain the answer; empty if the text does not answer.
        stances: the accepted stances of a ``stance`` example, more than one where the label is not unique.
        source: the dataset, or the way it was derived.
        weight: its weight in the loss; less than 1 where the label is uncertain.
    """

    task: Task
    query: str
    text: str
    source: str
    title: str = ""
    spans: tuple[tuple[int, int], ...] = ()
    stances: tuple[int, ...] = ()
    weight: float = 1.0
