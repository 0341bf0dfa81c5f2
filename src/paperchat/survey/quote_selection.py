"""What a statement is worth in a place of the page."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np

from paperchat.survey.quoting import name_of
from paperchat.survey.sentence_roles import Role
from paperchat.survey.statements import Statement, Vector
from paperchat.text.facts import names, numbers

Worth = Callable[[Statement], float]

_ALONE, _CLEAR, _CENTRAL, _TOPICAL, _RELEVANT = 0.6, 0.35, 0.5, 0.35, 0.2
_NUMBERED = 0.12
_SAYS_LITTLE = 0.2
_PRAISE = re.compile(
    r"\b(?:(?:extensive|comprehensive|thorough) (?:\w+ ){0,2}(?:experiments?|evaluations?|results?)|(?:effectiveness|"
    r"efficacy|superiority|potential|validity|advantages?) of (?:our|the|this)|state-of-the-art|outperform\w*|superior|"
    r"(?:critical|valuable|new|important|deep\w*|key|useful) insights?|promising|surpass\w*|consistently)\b",
    re.IGNORECASE,
)
_EMPTY_PRAISE = re.compile(
    r"\b(?:superiority|effectiveness|efficacy|advantages?|validity|excellence|superior performance) of (?:our|the "
    r"proposed|"
    r"the|this|[\w-]*[A-Z][\w-]*)\b[^,;:]{0,40}(?: over [^,;:]{0,60})?\s?[.]+$|\bpromising results?\s?[.]+$|"
    r"\boutperforms? (?:the )?(?:existing|previous|prior|all|other|state-of-the-art|baseline)(?: [\w-]+){0,7}\s?[.]+$|"
    r"\b(?:shows?|achieves?|demonstrates?|obtains?) (?:an? )?(?:impressive|strong|excellent|remarkable|superior|"
    r"outstanding) "
    r"(?:performance|results)\b"
)
"""Says of a work that it is good, and no more."""
POINTS_ELSEWHERE = re.compile(
    r"\b(?:organi[sz]ation|structure|remainder|rest) of (?:this|the|our) (?:paper|survey|article|review)\b|"
    r"https?://|\bwww\.|\b(?:can|may) be (?:found|viewed|accessed|downloaded)\b|\b(?:is|are) (?:\w+ly )?available "
    r"(?:at|on|from|"
    r"here|via)\b|\b(?:project|our) (?:web ?)?(?:page|site)\b",
    re.IGNORECASE,
)
"""Says where something is, not what."""
_TELLS_WHAT_IS_DONE = re.compile(
    r"^(?:(?:\w+ly|moreover|furthermore|in addition|besides|here|next|in this (?:paper|work|study)),? )?we (?:also |"
    r"further |"
    r"then |additionally |\w+ly )*(?:consolidat|releas|provid|discuss|outlin|summari[sz]|introduc|propos|present|"
    r"investigat|"
    r"explor|examin|review|collect|conduct|perform|develop|design|build|curat|organi[sz]|categori[sz]|describ|evaluat|"
    r"assess|"
    r"employ|us|adopt|incorporat|integrat|analy[sz])(?:e|es|ed|d|s|ze)?\b",
    re.IGNORECASE,
)
_TELLS_WHAT_CAME_OUT = re.compile(
    r"\b(?:show|find|found|reveal|demonstrat|indicat|suggest|confirm|observ|achiev|improv|outperform|reduc|increas|"
    r"surpass|"
    r"exceed|yield|attain|reach|discover|report)\w*\b",
    re.IGNORECASE,
)
NEEDED_ALONE = 0.45
"""A sentence that is understood less well by itself is not quoted."""
_NEEDED_STRENGTH = 1.6
"""So much must speak for a role: a cue, not the place alone."""
_OF_NAMES = 0.04
_OWN_WORK = 0.35
_ITS_NAME = 0.25
_OF_OWN_WORK = re.compile(
    r"\b(?:we|our|us|ours|this (?:paper|work|study|article|review|survey|report)|experiments?|experimental|"
    r"evaluations?|extensive|outperform\w*|achiev\w+|establish\w*|propos\w+|baselines?|superior\w*|ablations?)\b",
    re.IGNORECASE,
)


def centre(statements: Sequence[Statement]) -> Vector:
    """The mean direction of what is said."""
    total = np.sum([one.vector for one in statements], axis=0)
    return np.asarray(total / max(float(np.linalg.norm(total)), 1e-9), dtype=np.float32)


def worth_as(
    roles: Sequence[Role],
    middle: Vector,
    *,
    numbered: bool = False,
    least: float = 0.0,
    needed: float = _NEEDED_STRENGTH,
) -> Worth:
    """As one of ``roles``, best in the middle of what is said; 0 where it is none of them, or leans on other text.

    Args:
        numbered: numbers in it count for it, and praise without any against it.
        least: how clearly it must have the role, in [-1, 1].
        needed: so much must speak for the role.
    """

    def worth(one: Statement) -> float:
        role = max(roles, key=lambda role: one.strengths[role])
        clear = one.clear(role, beside=roles)
        if "code" not in roles and POINTS_ELSEWHERE.search(one.text):
            return 0.0
        if one.alone < NEEDED_ALONE or clear < least or one.strengths[role] < needed:
            return 0.0
        value = (
            _ALONE * one.alone
            + _CLEAR * clear
            + _CENTRAL * float(one.vector @ middle)
            + _TOPICAL * one.topical
            + _RELEVANT * one.relevance
        )
        if role == "result" and _TELLS_WHAT_IS_DONE.search(one.text) and not _TELLS_WHAT_CAME_OUT.search(one.text):
            return 0.0
        if numbered:
            measured = any(number.unit or "." in number.value for number in numbers(one.text))
            if not measured and _EMPTY_PRAISE.search(one.text):
                return 0.0
            if not measured and _PRAISE.search(one.text):
                value -= _SAYS_LITTLE
            elif numbers(one.text):
                value += _NUMBERED
        return value

    return worth


def general(worth: Worth) -> Worth:
    """The same for a sentence that is to speak of the whole field: names, numbers and "we" count against it."""

    def of(one: Statement) -> float:
        value = worth(one)
        if not value:
            return 0.0
        own = len(set(_OF_OWN_WORK.findall(one.text.lower())))
        return (
            value
            + _TOPICAL * one.topical
            - _OWN_WORK * min(own, 3)
            - (_ITS_NAME if name_of(one.paper.paper.title) in one.text else 0.0)
            - _OF_NAMES * min(len(names(one.text)), 6)
            - (0.05 if numbers(one.text) else 0.0)
            - 0.01 * max(len(one.text.split()) - 22, 0)
        )

    return of


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
