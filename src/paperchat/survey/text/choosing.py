"""Choosing quotes for one page: the best first, nothing said twice, no paper heard too often."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np

from paperchat.survey.statements import Statement, Vector

SAID = 0.8
"""At this cosine a sentence says what another one has said already."""
_REPEATING = 0.45
"""What the cosine with the nearest sentence that is on the page costs."""
_TRIED = 120
"""So many of the best are compared with what is on the page already."""
_OF_A_PAPER = 4
"""So many quotes of one paper a page has at most."""


class Chooser:
    """Chooses for one survey; remembers what is on the page. Not safe to share between threads."""

    def __init__(self) -> None:
        self._vectors: list[Vector] = []
        self._quotes: set[tuple[str, int]] = set()
        self._papers: Counter[str] = Counter()

    def choose(
        self,
        candidates: Sequence[Statement],
        worth: Callable[[Statement], float],
        count: int,
        *,
        at_least: float = 0.0,
        each: int = 1,
    ) -> list[Statement]:
        """At most ``count`` statements whose worth is above ``at_least``, ``each`` of a paper, best first."""
        scored = sorted(((worth(one), one) for one in candidates), key=lambda pair: -pair[0])
        waiting = [(value, one) for value, one in scored[:_TRIED] if value > at_least and self._is_free(one)]
        chosen: list[Statement] = []
        of_paper: Counter[str] = Counter()
        while waiting and len(chosen) < count:
            repeated = self._repeated([one for _, one in waiting])
            values = [value - _REPEATING * max(again, 0.0) for (value, _), again in zip(waiting, repeated, strict=True)]
            best = int(np.argmax(values))
            _, one = waiting.pop(best)
            if repeated[best] < SAID:
                chosen.append(one)
                of_paper[one.paper.paper_id] += 1
                self.note(one)
            waiting = [
                pair
                for pair in waiting
                if of_paper[pair[1].paper.paper_id] < each and self._papers[pair[1].paper.paper_id] < _OF_A_PAPER
            ]
        return chosen

    def note(self, one: Statement) -> None:
        """It is on the page."""
        self._vectors.append(one.vector)
        self._quotes.add(_place(one))
        self._papers[one.paper.paper_id] += 1

    def is_on_the_page(self, one: Statement) -> bool:
        return _place(one) in self._quotes

    def _is_free(self, one: Statement) -> bool:
        return not self.is_on_the_page(one) and self._papers[one.paper.paper_id] < _OF_A_PAPER

    def _repeated(self, statements: Sequence[Statement]) -> list[float]:
        if not self._vectors:
            return [0.0] * len(statements)
        cosines = np.stack([one.vector for one in statements]) @ np.stack(self._vectors).T
        return [float(value) for value in cosines.max(axis=1)]


def _place(one: Statement) -> tuple[str, int]:
    return one.quote.passage.passage_id, one.quote.start
