"""Which side a text takes on a claim, as the reader sees it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from paperchat.models.cross_encoder import Judgement, Window
from paperchat.text.sentences import sentence_spans

AROUND = 1
"""Sentences on each side of the one that may decide, which are read with it."""

Stance = Literal["support", "contradict", "neither"]
_SIDES: tuple[Stance, ...] = ("support", "contradict", "neither")


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """Probabilities that sum to one."""

    support: float
    contradict: float
    neither: float

    @property
    def stance(self) -> Stance:
        """The likeliest."""
        return _SIDES[int(np.argmax((self.support, self.contradict, self.neither)))]


def window_around(span: tuple[int, int], *, title: str, text: str) -> Window:
    """A stretch of the text with the sentences around it."""
    spans = sentence_spans(text)
    inside = [at for at, (start, end) in enumerate(spans) if start < span[1] and end > span[0]] or [0]
    around = spans[max(0, inside[0] - AROUND) : inside[-1] + AROUND + 1]
    return Window(title=title, text=text[around[0][0] : around[-1][1]] if around else text)


def surest(judgements: Sequence[Judgement]) -> Opinion:
    """That of the window that most surely takes a side; none is taken where there is no window."""
    if not judgements:
        return Opinion(support=0.0, contradict=0.0, neither=1.0)
    support, contradict, neither = min((judgement.stance for judgement in judgements), key=lambda stance: stance[2])
    return Opinion(support=float(support), contradict=float(contradict), neither=float(neither))
