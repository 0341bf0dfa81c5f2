"""Finds expressions in a follow-up that refer back: "the second paper", "[2]", "it", "that benchmark"."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from paperchat import lexicon

Span = tuple[int, int]
"""Start and end offsets in the question."""

_LEXICON = lexicon.load("coreference")
_PAPER = _LEXICON.regex("fragments.paper")
_ORDINALS = {
    word: int(ordinal.number("place")) for ordinal in _LEXICON.tables("ordinals") for word in ordinal.phrases("words")
}
_ORDINAL_PATTERN = re.compile(
    rf"\b(?:in |of |from )?the (?P<ordinal>{'|'.join(_ORDINALS)})(?: (?P<noun>{_PAPER}|one))?\b(?! \w*(?<!s)\w+ed\b)",
    re.IGNORECASE,
)
_NUMBER_PATTERN = re.compile(_LEXICON.regex("numbered_paper"), re.IGNORECASE)
_THAT_PAPER_PATTERN = re.compile(_LEXICON.regex("that_paper"), re.IGNORECASE)
_DESCRIBED_PAPER_PATTERN = re.compile(_LEXICON.regex("described_paper"), re.IGNORECASE)
_SEVERAL_PATTERN = re.compile(_LEXICON.regex("several"), re.IGNORECASE)
_PRONOUN_PATTERN = re.compile(_LEXICON.regex("pronoun"), re.IGNORECASE)
_EXPLETIVE_IT_PATTERN = re.compile(_LEXICON.regex("expletive_it"), re.IGNORECASE)
_DEFINITE_PATTERN = re.compile(_LEXICON.regex("definite_noun"), re.IGNORECASE)
_PLURAL_NOUNS = _LEXICON.words("plural_nouns")


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
