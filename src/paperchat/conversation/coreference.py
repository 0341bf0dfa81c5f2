"""The words of a follow-up that refer back: "the second paper", "[2]", "it", "that benchmark"."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

Span = tuple[int, int]

_ORDINALS = {
    word: number
    for number, words in enumerate(("first 1st", "second 2nd", "third 3rd", "fourth 4th", "fifth 5th"), start=1)
    for word in words.split()
} | {"last": -1, "latter": -1, "former": 1}
_PAPER = r"(?:paper|article|study|work|publication|source|reference|thesis|report|survey)"
_NUMBERED = re.compile(
    rf"\b(?:in |of |from )?the (?P<ordinal>{'|'.join(_ORDINALS)})(?: (?P<what>{_PAPER}|one))?\b(?! \w*(?<!s)\w+ed\b)",
    re.IGNORECASE,
)
_MARK = re.compile(
    rf"(?:\b(?:{_PAPER}|number|no\.) )?\[(?P<mark>\d{{1,3}})\]|\b{_PAPER} (?P<number>\d)\b", re.IGNORECASE
)
_THAT_PAPER = re.compile(
    rf"\b(?:in |of |from |by )?(?:this|that|the same|the) {_PAPER}\b(?! (?:of|on|about|by)\b)", re.IGNORECASE
)
_THE_ONE = re.compile(r"\bthe (?:one|paper|study|work|survey|article)s? (?:about|on|by|from|for|with)\b", re.IGNORECASE)

_SEVERAL = re.compile(
    r"\b(?:of|among|between|compare|do|are) (?:them|these|those|they)\b|\b(?:these|those) papers\b", re.IGNORECASE
)

# What stands for something said before, and where such words stand for nothing.
_PRONOUN = re.compile(
    r"\b(?P<it>it|its|itself)\b(?!['’]s\b)"
    r"|\b(?P<they>they|them|their|theirs|themselves|he|she|him|his|her)\b"
    r"|\b(?P<this>this|these|those|such)\b(?! (?:who|which|that)\b)"
    r"|(?:^|(?<=\bis )|(?<=\bwas )|(?<=\bdid )|(?<=\bdoes )|(?<=\bof )|(?<=\bin )|(?<=\bon )|(?<=\bfor )|(?<=\bwith )"
    r"|(?<=\bby )|(?<=\babout )|(?<=\bbehind )|(?<=\bfrom )|(?<=\bdo )|(?<=\bthan )|(?<=\bto ))(?P<that>that)\b"
    r""
    r"|(?P<there>(?<!\bis )(?<!\bare )(?<!\bwas )(?<!\bwere )\b(?:in )?there\b(?! (?:is|are|was|were|any|been)\b))",
    re.IGNORECASE,
)
_EMPTY_IT = re.compile(
    r"\b(?:is|was) it (?:possible|true|known|clear|likely|safe|better|worth|important)\b", re.IGNORECASE
)
_KINDS = (
    "approach|architecture|authors?|attack|benchmark|data|dataset|evaluation|experiments?|findings?|framework|method"
    "|metric|model|paper|proposal|results?|simulator|study|survey|suite|system|taxonomy|technique|test|thesis|tool|work"
)
_PEOPLE = ("author", "authors", "data", "results", "findings", "experiments")
_DEFINITE = re.compile(
    rf"\b(?:the|these|those|that|this) (?P<kind>{_KINDS})\b"
    r"(?! (?:of|on|for|in|from|with|about|to|that|which|behind)\b)",
    re.IGNORECASE,
)


def numbered_paper(question: str, *, cited: Sequence[str], marks: Mapping[int, str]) -> tuple[str, Span] | None:
    """The cited paper that is called by its number, and where; ``None`` where there is no such paper.

    Args:
        cited: ids of the papers of the answer before, in the order in which it cites them.
        marks: the paper of each of its marks ``[n]``.
    """
    for found in _MARK.finditer(question):
        if found["mark"] and (paper := marks.get(int(found["mark"]))):
            return paper, found.span()
        if found["number"] and 1 <= int(found["number"]) <= len(cited):
            return cited[int(found["number"]) - 1], found.span()
    for found in _NUMBERED.finditer(question):
        place = _ORDINALS[found["ordinal"].lower()]
        is_called_so = found["what"] or not question[found.end() :].strip(" ?.!")
        if is_called_so and len(cited) > 1 and place <= len(cited):
            return cited[place - 1 if place > 0 else place], found.span()
    return None


def names_that_paper(question: str) -> Span | None:
    """Where it says "that paper", "the same study" and the like."""
    found = _THAT_PAPER.search(question)
    return found.span() if found else None


def describes_a_cited_paper(question: str) -> bool:
    """Whether it says "the one about …"."""
    return bool(_THE_ONE.search(question))


def speaks_of_several(question: str) -> bool:
    """Whether it asks of several things said before: "which of them", "do they agree"."""
    return bool(_SEVERAL.search(question))


def back_reference(question: str) -> tuple[str, Span] | None:
    """The first word that stands for something said before, and where.

    It is "it", "they", "this", "that" or "there", "kind" for "that benchmark" and the like, and "the kind" for "the
    benchmark". Words that stand for nothing do not count: "is it possible", "are there any".
    """
    empty = [found.span() for found in _EMPTY_IT.finditer(question)]
    pronoun = next(
        (one for one in _PRONOUN.finditer(question) if not any(a <= one.start() < b for a, b in empty)), None
    )
    definite = _DEFINITE.search(question)
    if definite and (pronoun is None or definite.start() <= pronoun.start()):
        is_pointed_at = definite[0].lower().startswith(("this", "that")) and definite["kind"].lower() not in _PEOPLE
        return "kind" if is_pointed_at else "the kind", definite.span()
    if pronoun is None or pronoun.lastgroup is None:
        return None
    return pronoun.lastgroup, pronoun.span(pronoun.lastgroup)
