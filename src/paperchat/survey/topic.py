"""A topic as the words that tell it from others, in phrases, with other ways to say them."""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from paperchat.retrieval.query_analysis import content_words, mended
from paperchat.storage.library import Library

_EXPLAINED = re.compile(r"((?:[\w/-]+ ){1,8})\(([A-Za-z0-9][\w-]{1,9})\)")


def explained(texts: Iterable[str]) -> dict[str, str]:
    """For each short form, its plural taken for it, the long form that most of the texts give it."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for text in texts:
        pairs = {(_singular(match[2]), match[1].strip()) for match in _EXPLAINED.finditer(text)}
        for short, before in pairs:
            if any(letter.isupper() for letter in short) and (long := _long_form(short, before)):
                found[short][long] += 1
    return {short: max(forms, key=lambda form: (forms[form], form)) for short, forms in found.items()}


def _singular(short: str) -> str:
    return short[:-1] if len(short) > 2 and short.endswith("s") and short[:-1].isupper() else short


def _long_form(short: str, before: str) -> str:
    """The end of ``before`` that has the letters of ``short`` in order, the first of them beginning a word."""
    at = len(before)
    for place in range(len(short) - 1, -1, -1):
        letter = short[place].lower()
        if not letter.isalnum():
            continue
        at -= 1
        while at >= 0 and (before[at].lower() != letter or (place == 0 and at > 0 and before[at - 1].isalnum())):
            at -= 1
        if at < 0:
            return ""
    long = before[at:]
    words = re.split(r"[\s-]+", long)
    return long.lower() if 1 < len(words) <= len(short) + 2 and short.lower() not in map(str.lower, words) else ""


_SMALLEST_WEIGHT = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """A telling word: its stems, its share of what the topic says, and other ways to say it.

    ``facet`` counts the phrases of the topic: words with nothing but a space or a hyphen between them are of one.
    ``short`` are short forms that include it, to be found as they are written; ``long`` the stems of what it is
    short for.
    """

    form: str
    facet: int

    stems: tuple[str, ...]
    weight: float
    short: tuple[str, ...] = ()
    long: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """``text`` is the topic with its other ways to be said, for a search by words; the weights sum to one."""

    text: str
    words: tuple[Word, ...]

    @property
    def facets(self) -> tuple[str, ...]:
        """The topic's phrases, in order."""
        last = max((word.facet for word in self.words), default=-1)
        return tuple(" ".join(w.form for w in self.words if w.facet == facet) for facet in range(last + 1))


UNKNOWN = Wanted(text="", words=())
"""Of a topic that was not looked at."""


def wanted(library: Library, topic: str, texts: Sequence[str]) -> Wanted:
    """The topic, understood by means of ``texts``, which are likely to be about it."""
    forms, facets = _forms(topic)
    frequency = library.document_frequency(forms)
    unknown = {form for form in forms if not frequency.get(form)}
    if unknown and (meant := mended(topic, unknown=unknown, passages=texts)) != topic:
        known, places = _forms(meant)
        if len(known) == len(forms):  # else a word was taken for one that says nothing
            forms, facets = known, places
            frequency = library.document_frequency(forms)
    passages = library.passage_count()
    stems = [tuple(library.analyse(form)) for form in forms]
    weights = [_weight(frequency.get(form, 0), passages) for form in forms]
    short, long, other = _other_ways(library, forms, stems, explained(texts))
    total = sum(weights) or 1.0
    words = (
        Word(
            form=forms[at],
            facet=facets[at],
            stems=one,
            weight=weight / total,
            short=tuple(short[at]),
            long=long[at],
        )
        for at, (one, weight) in enumerate(zip(stems, weights, strict=True))
    )
    return Wanted(text=" ".join([*forms, *other]), words=tuple(words))


def _forms(topic: str) -> tuple[list[str], list[int]]:
    """The topic's telling words, and the number of the phrase that each is in."""
    forms: list[str] = []
    facets: list[int] = []
    last = 0
    for start, end, form in content_words(topic):
        apart = bool(forms) and topic[last:start].strip(" -") != ""
        facets.append((facets[-1] if facets else 0) + apart)
        forms.append(form)
        last = end
    return forms, facets


def _other_ways(
    library: Library, forms: Sequence[str], stems: Sequence[tuple[str, ...]], known: Mapping[str, str]
) -> tuple[list[list[str]], list[tuple[str, ...]], list[str]]:
    """For each word the short forms that include it, for each the stems of what it is short for, and all of these."""
    short: list[list[str]] = [[] for _ in forms]
    long: list[tuple[str, ...]] = [() for _ in forms]
    other: list[str] = []
    for abbreviation, form in known.items():
        meant = library.analyse(form)
        if not meant:
            continue
        for at, written in enumerate(forms):
            if written.lower() in (abbreviation.lower(), f"{abbreviation.lower()}s"):
                long[at] = tuple(meant)
                other.append(form)
            run = [stem for one in stems[at:] for stem in one]
            covered, length = 0, 0
            while at + covered < len(forms) and length < len(meant):
                length += len(stems[at + covered])
                covered += 1
            if length == len(meant) and run[:length] == meant:
                other.append(abbreviation)
                for place in range(at, at + covered):
                    short[place].append(abbreviation)
    return short, long, other


def _weight(frequency: int, passages: int) -> float:
    rarest = math.log(1 + (passages + 0.5) / 0.5)
    count = min(frequency, passages)
    return math.log(1 + (passages - count + 0.5) / (count + 0.5)) / rarest + _SMALLEST_WEIGHT
