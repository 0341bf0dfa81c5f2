"""Questions that an answer leads to, made of what stands around its quotes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from paperchat.text.describe import one_line
from paperchat.types import Citation

_OFFERED = 3
_PAPERS = 2
_LONGEST_TITLE = 60
# Names of methods, models and data sets: two capitals or more, or a capital and a digit.
_NAME = re.compile(r"\b(?=\w*[A-Z])(?=\w*-?(?:\w*[A-Z]\w*[A-Z]|\w*\d))[A-Za-z][\w-]{2,24}\b")


def followups(question: str, citations: Sequence[Citation]) -> list[str]:
    """At most three, each about a name that a cited passage has beside the quote and the question has not."""
    cited = {one.paper.paper_id: one for one in reversed(citations)}
    asked: list[str] = []
    for citation in list(reversed(cited.values()))[:_PAPERS]:
        title = short_title(citation.paper.paper.title)
        if title:
            asked += [f"What does “{title}” say about {name}?" for name in _names(citation, question)[:2]]
    return asked[:_OFFERED]


def short_title(title: str) -> str:
    """What precedes the colon; empty where that is long."""
    short = one_line(title).partition(":")[0].strip()
    return short if len(short) <= _LONGEST_TITLE else ""


def _names(citation: Citation, question: str) -> list[str]:
    """The commonest names around the quote; what it says itself, the title says or the question asks is known."""
    text = citation.quote.passage.text
    known = f"{question} {citation.paper.paper.title} {citation.quote.text}".lower()
    around = f"{text[: citation.quote.start]} {text[citation.quote.end :]}"
    counted = Counter(name for name in _NAME.findall(around) if name.lower().removesuffix("s") not in known)
    return [name for name, _ in counted.most_common()]
