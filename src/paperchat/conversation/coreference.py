"""Finds expressions in a follow-up that refer back: "the second paper", "[2]", "it", "that benchmark"."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

Span = tuple[int, int]
"""Start and end offsets in the question."""

_ORDINALS = {
    word: number
    for number, words in enumerate(("first 1st", "second 2nd", "third 3rd", "fourth 4th", "fifth 5th"), start=1)
    for word in words.split()
} | {"last": -1, "latter": -1, "former": 1}
_PAPER = r"(?:paper|article|study|work|publication|source|reference|thesis|report|survey)"
_ORDINAL_PATTERN = re.compile(
    rf"\b(?:in |of |from )?the (?P<ordinal>{'|'.join(_ORDINALS)})(?: (?P<noun>{_PAPER}|one))?\b(?! \w*(?<!s)\w+ed\b)",
    re.IGNORECASE,
)
_NUMBER_PATTERN = re.compile(
    rf"(?:\b(?:{_PAPER}|number|no\.) )?\[(?P<mark>\d{{1,3}})\]|\b{_PAPER} (?P<number>\d)\b", re.IGNORECASE
)
_THAT_PAPER_PATTERN = re.compile(
    rf"\b(?:in |of |from |by )?(?:this|that|the same|the) {_PAPER}\b(?! (?:of|on|about|by)\b)", re.IGNORECASE
)
_DESCRIBED_PAPER_PATTERN = re.compile(
    r"\bthe (?:one|paper|study|work|survey|article)s? (?:about|on|by|from|for|with)\b", re.IGNORECASE
)

_SEVERAL_PATTERN = re.compile(
    r"\b(?:of|among|between|compare|do|are) (?:them|these|those|they)\b|\b(?:these|those) papers\b", re.IGNORECASE
)

# Pronouns that refer back; the lookarounds exclude uses without a referent ("is it possible", "there are").
_PRONOUN_PATTERN = re.compile(
    r"\b(?P<it>it|its|itself)\b(?!['’]s\b)"
    r"|\b(?P<they>they|them|their|theirs|themselves|he|she|him|his|her)\b"
    r"|\b(?P<this>this|these|those|such)\b(?! (?:who|which|that)\b)"
    r"|(?:^|(?<=\bis )|(?<=\bwas )|(?<=\bdid )|(?<=\bdoes )|(?<=\bof )|(?<=\bin )|(?<=\bon )|(?<=\bfor )|(?<=\bwith )"
    r"|(?<=\bby )|(?<=\babout )|(?<=\bbehind )|(?<=\bfrom )|(?<=\bdo )|(?<=\bthan )|(?<=\bto ))(?P<that>that)\b"
    r"|(?P<there>(?<!\bis )(?<!\bare )(?<!\bwas )(?<!\bwere )\b(?:in )?there\b(?! (?:is|are|was|were|any|been)\b))",
    re.IGNORECASE,
)
_EXPLETIVE_IT_PATTERN = re.compile(
    r"\b(?:is|was) it (?:possible|true|known|clear|likely|safe|better|worth|important)\b", re.IGNORECASE
)
_NOUNS = (
    "approach|architecture|authors?|attack|benchmark|data|dataset|evaluation|experiments?|findings?|framework|method"
    "|metric|model|paper|proposal|results?|simulator|study|survey|suite|system|taxonomy|technique|test|thesis|tool|work"
)
_PLURAL_NOUNS = ("author", "authors", "data", "results", "findings", "experiments")
_DEFINITE_PATTERN = re.compile(
    rf"\b(?:the|these|those|that|this) (?P<noun>{_NOUNS})\b"
    r"(?! (?:of|on|for|in|from|with|about|to|that|which|behind)\b)",
    re.IGNORECASE,
)


def find_numbered_paper(question: str, *, cited: Sequence[str], marks: Mapping[int, str]) -> tuple[str, Span] | None:
    """Find a cited paper that the question refers to by number.

    Args:
        question: the follow-up.
        cited: ids of the papers that the previous answer cites, in citation order.
        marks: paper id of each citation mark ``[n]`` in that answer.

    Returns:
        The paper's id and the span that refers to it; ``None`` if there is no such paper.
    """
    for match in _NUMBER_PATTERN.finditer(question):
        if match["mark"] and (paper := marks.get(int(match["mark"]))):
            return paper, match.span()
        if match["number"] and 1 <= int(match["number"]) <= len(cited):
            return cited[int(match["number"]) - 1], match.span()
    for match in _ORDINAL_PATTERN.finditer(question):
        ordinal = _ORDINALS[match["ordinal"].lower()]
        names_a_paper = match["noun"] or not question[match.end() :].strip(" ?.!")
        if names_a_paper and len(cited) > 1 and ordinal <= len(cited):
            return cited[ordinal - 1 if ordinal > 0 else ordinal], match.span()
    return None


def find_paper_mention(question: str) -> Span | None:
    """Span of "that paper", "the same study" and the like."""
    match = _THAT_PAPER_PATTERN.search(question)
    return match.span() if match else None


def describes_cited_paper(question: str) -> bool:
    """Whether the question describes a paper: "the one about …"."""
    return bool(_DESCRIBED_PAPER_PATTERN.search(question))


def refers_to_several(question: str) -> bool:
    """Whether the question refers to several earlier things: "which of them", "do they agree"."""
    return bool(_SEVERAL_PATTERN.search(question))


def find_back_reference(question: str) -> tuple[str, Span] | None:
    """Find the first expression that refers back, and its span.

    The kind of reference is "it", "they", "this", "that" or "there" for a pronoun, "that noun" for "that benchmark"
    and the like, "the noun" for "the benchmark". Words without a referent do not count: "is it possible", "are there
    any".
    """
    expletives = [match.span() for match in _EXPLETIVE_IT_PATTERN.finditer(question)]
    pronoun = next(
        (
            match
            for match in _PRONOUN_PATTERN.finditer(question)
            if not any(start <= match.start() < end for start, end in expletives)
        ),
        None,
    )
    definite = _DEFINITE_PATTERN.search(question)
    if definite and (pronoun is None or definite.start() <= pronoun.start()):
        is_demonstrative = (
            definite[0].lower().startswith(("this", "that")) and definite["noun"].lower() not in _PLURAL_NOUNS
        )
        return "that noun" if is_demonstrative else "the noun", definite.span()
    if pronoun is None or pronoun.lastgroup is None:
        return None
    return pronoun.lastgroup, pronoun.span(pronoun.lastgroup)
