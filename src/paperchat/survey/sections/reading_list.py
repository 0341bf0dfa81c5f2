"""Read these first: a few papers, each for a reason that can be counted or read off."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import numpy as np

from paperchat.survey.dates import month_of, upvotes_of
from paperchat.survey.scope import Read, Scope
from paperchat.survey.types import Theme
from paperchat.types import Paper

MOST_FIRST = 5
_FEWEST = 3
_OVERVIEW = re.compile(
    r"\b(survey|systematic review|literature review|review|overview|tutorial|primer|roadmap|meta-analysis|"
    r"open problems|open challenges)\b",
    re.IGNORECASE,
)
_ITSELF = re.compile(
    r"\b(?:this|our|we (?:present|provide|offer|conduct|give)(?: the first)?|in this) (?:\w+ ){0,3}?"
    r"(survey|systematic review|literature review|review|overview|tutorial|meta-analysis)\b",
    re.IGNORECASE,
)


def firsts_of(scope: Scope, themes: Sequence[Theme]) -> tuple[tuple[Read, str], ...]:
    """At most ``MOST_FIRST`` of the papers that are read, each with its reason; none of a handful."""
    if len(scope.read) < _FEWEST:
        return ()
    reasons: dict[str, list[str]] = {}
    for read, reason in _candidates(scope, themes):
        paper_id = read.paper.paper_id
        if paper_id in reasons or len(reasons) < MOST_FIRST:
            reasons.setdefault(paper_id, []).append(reason)
    by_id = {one.paper.paper_id: one for one in scope.read}
    return tuple((by_id[paper_id], "; ".join(several)) for paper_id, several in reasons.items())


def _candidates(scope: Scope, themes: Sequence[Theme]) -> Iterator[tuple[Read, str]]:
    better = scope.read[: max(len(scope.read) // 2, _FEWEST)]
    for one in better:
        if told := _told_as_overview(one.paper.paper):
            yield one, told
            break
    yield scope.read[0], "it matches the topic best"
    votes = [upvotes_of(one.paper.paper) for one in better]
    if sum(count > 0 for count in votes) > 1:
        at = votes.index(max(votes))
        yield better[at], f"it has the most upvotes on Daily Papers ({votes[at]}) of {_these(scope, better)}"
    dated = [one for one in better if month_of(one.paper.paper)]
    if len({one.paper.paper.date for one in dated}) > 1:
        earliest = min(dated, key=lambda one: one.paper.paper.date)
        yield earliest, f"it is the earliest ({earliest.paper.paper.date}) of {_these(scope, better)}"
    if len(themes) > 1:
        for theme in themes:
            yield _nearest(scope, theme), f"it is nearest to the middle of the theme “{theme.name}”"


def is_overview(paper: Paper) -> bool:
    """Whether it says of itself that it is a survey or the like."""
    return bool(_told_as_overview(paper))


def _told_as_overview(paper: Paper) -> str:
    if found := _OVERVIEW.search(paper.title):
        return f"its title speaks of {_with_article(found[1])}"
    if found := _ITSELF.search(paper.abstract):
        return f"it calls itself {_with_article(found[1])}"
    return ""


def _with_article(kind: str) -> str:
    small = kind.lower()
    if small.startswith("open "):
        return small
    return f"{'an' if small[0] in 'aeiou' else 'a'} {small}"


def _these(scope: Scope, better: Sequence[Read]) -> str:
    return "the papers read" if len(better) == len(scope.read) else f"the {len(better)} papers that match best"


def _nearest(scope: Scope, theme: Theme) -> Read:
    members = [one for one in scope.read if one.paper.paper_id in set(theme.papers)]
    vectors = np.stack([one.vector for one in members])
    return members[int((vectors @ vectors.mean(axis=0)).argmax())]
