"""What the reader learns from: one question or claim with one window of text, and what is right about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

SUPPORT, CONTRADICT, NEITHER = 0, 1, 2

Task = Literal["span", "sentence", "stance"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A window of text under a title, and a question or a claim.

    Attributes:
        spans: of a ``span`` example the answers, any of which is right; of a ``sentence`` example the stretches in one
            of which the answer stands; as offsets in ``text``. None: the text does not answer.
        stances: of a ``stance`` example those that may be right, more than one where it is not known which.
        source: the set it comes from, or the way it was made.
        weight: its share in the loss; less than 1 where the label is not sure.
    """

    task: Task
    query: str
    text: str
    source: str
    title: str = ""
    spans: tuple[tuple[int, int], ...] = ()
    stances: tuple[int, ...] = ()
    weight: float = 1.0
