"""The parts of a topic: each side of "for" or "in", and of each side its alternatives, without generic words."""

from __future__ import annotations

import re

from paperchat import lexicon
from paperchat.retrieval.query_analysis import content_words

_LEXICON = lexicon.load("survey_scope")
_HEADS = re.compile(rf"(?:{_LEXICON.regex('heads')})(?=\s|$)\s*", re.IGNORECASE)
_ENDS = re.compile(rf"\s+(?:{_LEXICON.regex('ends')})$", re.IGNORECASE)
_EMPTY = re.compile(rf"(?:(?:{_LEXICON.regex('empty')}|{_LEXICON.regex('ends')})(?:\s+|$))*", re.IGNORECASE)
_ASPECTS = re.compile(_LEXICON.regex("aspects"), re.IGNORECASE)
_RELATIONS = re.compile(rf"\s+{_LEXICON.regex('relations')}\s+", re.IGNORECASE)
_SEPARATOR = re.compile(r"\s*[,;/&]\s*(?:and\s+|or\s+)?|\s+(?:and|or|as well as|versus|vs\.?)\s+", re.IGNORECASE)
_MAX_PARTS = 3
_MAX_ALTERNATIVES = 4


def topic_parts(topic: str) -> tuple[tuple[str, ...], ...]:
    """The parts of a topic, each as its alternatives; none where the topic is no more than one phrase.

    ``memory and planning for LLM agents`` is about memory or planning, and about agents.
    """
    plain = " ".join(re.sub(r"[()]", ", ", topic).split()).strip(" ,;.?!")
    parts = [_alternatives(part) for part in _RELATIONS.split(plain)]
    parts = [part for part in parts if part][:_MAX_PARTS]
    return () if parts == [(plain,)] else tuple(parts)


def _alternatives(part: str) -> tuple[str, ...]:
    """What a part names: ``speech and audio models`` are speech models or audio models."""
    several = [one for one in _SEPARATOR.split(part) if content_words(one)]
    if (
        len(several) > 1
        and len(content_words(several[-1])) > 1
        and all(len(content_words(one)) == 1 for one in several[:-1])
    ):
        head = several[-1][content_words(several[-1])[0][1] :].strip()
        several = [*(f"{one} {head}" for one in several[:-1]), several[-1]]
    plain = list(dict.fromkeys(filter(None, map(_without_generic, several))))
    return tuple([one for one in plain if not _ASPECTS.fullmatch(one)] or plain)[:_MAX_ALTERNATIVES]


def _without_generic(phrase: str) -> str:
    """The phrase without words that only say that it is a topic; empty where nothing is left."""
    rest = phrase.strip()
    while match := _HEADS.match(rest):
        rest = rest[match.end() :]
    while match := _ENDS.search(rest):
        rest = rest[: match.start()]
    return "" if _EMPTY.fullmatch(rest) else rest
