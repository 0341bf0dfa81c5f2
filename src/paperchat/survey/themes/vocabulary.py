"""The terms that papers use, how they write them, and how rare they are in the library."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from paperchat.storage.library import Library
from paperchat.survey.keyphrases import Key, best_form, terms_in
from paperchat.survey.scoping.acronyms import explained

_WHOLE = 0.35
"""A term must begin and end what it stands in at least in this share of the places where it occurs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """The terms of each paper, those of its title, how each term is written, and how rare it is in the library.

    ``long_forms`` are those that the papers give their short forms.
    """

    papers: tuple[frozenset[Key], ...]
    titles: tuple[frozenset[Key], ...]
    forms: dict[Key, str]
    rarity: dict[Key, float]
    long_forms: dict[str, str]


def vocabulary_of(library: Library, titles: Sequence[str], abstracts: Sequence[str]) -> Vocabulary:
    stems: dict[str, list[str]] = {}

    def stem(word: str) -> list[str]:
        if word not in stems:
            stems[word] = library.analyse(word)
        return stems[word]

    forms: dict[Key, Counter[str]] = defaultdict(Counter)
    begins: Counter[Key] = Counter()
    ends: Counter[Key] = Counter()
    in_title, in_any = [], []
    for title, abstract in zip(titles, abstracts, strict=True):
        at_top, below = list(terms_in(title, stem)), list(terms_in(abstract, stem))
        for term in (*at_top, *below):
            forms[term.key][term.form] += 1
            begins[term.key] += term.begins
            ends[term.key] += term.ends
        in_title.append(frozenset(term.key for term in at_top))
        in_any.append(frozenset(term.key for term in (*at_top, *below)))
    whole = {key for key, counts in forms.items() if min(begins[key], ends[key]) >= _WHOLE * counts.total()}
    return Vocabulary(
        papers=tuple(keys & whole for keys in in_any),
        titles=tuple(keys & whole for keys in in_title),
        forms={key: best_form(forms[key]) for key in whole},
        rarity=_rarity(library, {key: best_form(forms[key]) for key in whole}),
        long_forms=explained(abstracts),
    )


def _rarity(library: Library, forms: dict[Key, str]) -> dict[Key, float]:
    """The rarity of each term's rarest word in the library, from 0 to 1."""
    words = {word for form in forms.values() for word in form.split()}
    frequency = library.document_frequency(words)
    passages = library.passage_count()
    most = math.log(passages + 2)
    return {
        key: max(math.log((passages + 2) / (frequency.get(word, 0) + 1)) for word in form.split()) / most
        for key, form in forms.items()
    }
