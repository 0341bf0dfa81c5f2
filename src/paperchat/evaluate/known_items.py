"""Queries for papers that are known to be there, made of their own words: each has one right paper."""

from __future__ import annotations

import hashlib
import heapq
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from paperchat.retrieval.query_analysis import content_words
from paperchat.text.sentences import sentence_spans
from paperchat.types import StoredPaper

Kind = Literal["title", "keywords", "sentence"]
KINDS: tuple[Kind, ...] = ("title", "keywords", "sentence")

Frequencies = Callable[[Iterable[str]], Mapping[str, int]]
"""In how many passages each word occurs."""

_KEYWORDS = 4
_SHORTEST_TITLE = 4  # content words
_SENTENCE_WORDS = range(8, 60)
_RARE = 3  # passages; a word of fewer gives its paper away
_LEFT_OUT = 3  # one word in so many


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownItem:
    kind: Kind
    query: str
    paper_id: str


def sample(papers: Iterable[StoredPaper], size: int, *, seed: int) -> list[StoredPaper]:
    """``size`` papers with an abstract, chosen by a hash of their ids.

    The same papers are chosen from the same library, and nearly the same when papers have been added.
    """

    def place(stored: StoredPaper) -> str:
        return hashlib.sha256(f"{seed} {stored.paper_id}".encode()).hexdigest()

    return heapq.nsmallest(size, (stored for stored in papers if stored.paper.abstract), key=place)


def known_items(stored: StoredPaper, frequencies: Frequencies) -> Iterator[KnownItem]:
    """At most one query of each kind: a part of the title; telling words of the abstract; a sentence with gaps.

    They are harder than their source: the keywords leave out words that hardly another paper has, and the sentence
    a third of its content words, the rarest ones.
    """
    abstract = stored.paper.abstract
    frequency = frequencies({form for _, _, form in content_words(abstract)})
    made: tuple[tuple[Kind, str], ...] = (
        ("title", part_of_title(stored.paper.title)),
        ("keywords", _keywords(abstract, frequency)),
        ("sentence", _with_gaps(_most_telling(abstract, frequency), frequency)),
    )
    for kind, query in made:
        if query:
            yield KnownItem(kind=kind, query=query, paper_id=stored.paper_id)


def part_of_title(title: str) -> str:
    """What stands after the colon, or else the title without every third content word; empty when it is short."""
    _, _, subtitle = title.partition(": ")
    if len(content_words(subtitle)) >= _SHORTEST_TITLE:
        return subtitle
    words = content_words(title)
    if len(words) <= _SHORTEST_TITLE:
        return ""
    return _without(title, words[_LEFT_OUT - 1 :: _LEFT_OUT])


def _keywords(text: str, frequency: Mapping[str, int]) -> str:
    forms = dict.fromkeys(form.lower() for _, _, form in content_words(text) if form.isalpha())
    counts = {form.lower(): count for form, count in frequency.items()}
    common = [form for form in forms if counts.get(form, 0) >= _RARE]
    chosen = heapq.nsmallest(_KEYWORDS, common, key=lambda form: (counts[form], form))
    return " ".join(form for form in forms if form in chosen) if len(chosen) == _KEYWORDS else ""


def _most_telling(text: str, frequency: Mapping[str, int]) -> str:
    """The sentence whose content words are the rarest on average."""
    sentences = [text[start:end] for start, end in sentence_spans(text)]
    fitting = [sentence for sentence in sentences if len(sentence.split()) in _SENTENCE_WORDS]

    def telling(sentence: str) -> float:
        logs = [math.log(1 + frequency.get(form, 0)) for _, _, form in content_words(sentence)]
        return sum(logs) / len(logs)

    return min((sentence for sentence in fitting if content_words(sentence)), key=telling, default="")


def _with_gaps(sentence: str, frequency: Mapping[str, int]) -> str:
    words = content_words(sentence)
    rarest = sorted(words, key=lambda word: (frequency.get(word[2], 0), word[0]))
    return _without(sentence, rarest[: len(words) // _LEFT_OUT])


def _without(text: str, words: Iterable[tuple[int, int, str]]) -> str:
    for start, end, _ in sorted(words, reverse=True):
        text = text[:start] + text[end:]
    return re.sub(r"\s+", " ", re.sub(r"\(\s*\)|\s+(?=[,;.])", "", text)).strip()
