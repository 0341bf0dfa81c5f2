"""Makes the questions of the self-test: known items and questions from a library's papers, and unrelated questions."""

from __future__ import annotations

import hashlib
import heapq
import json
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Literal

from paperchat import lexicon
from paperchat.retrieval.query_analysis import content_words
from paperchat.text.sentences import sentence_spans
from paperchat.types import StoredPaper

KnownItemKind = Literal["title", "keywords", "sentence"]
KINDS: tuple[KnownItemKind, ...] = ("title", "keywords", "sentence")

Frequencies = Callable[[Iterable[str]], Mapping[str, int]]
"""Counts the passages in which each word occurs."""

_KEYWORDS = 4
_SHORTEST_TITLE = 4  # content words
_SENTENCE_WORDS = range(8, 60)
_RARE = 3  # passages; a word in fewer identifies its paper
_LEFT_OUT = 3  # one word in this many is dropped


Kind = Literal["count", "definition", "subject", "near_miss", "near_field", "far_field"]
ANSWERABLE: tuple[Kind, ...] = ("count", "definition", "subject")
UNANSWERABLE: tuple[Kind, ...] = ("near_miss", "near_field", "far_field")

Stems = Callable[[str], Sequence[str]]

# A number, then at most three words of which the last, and no other, is a plural.
_COUNT_PATTERN = re.compile(
    r"(?<![\w.,$-])(?P<number>\d[\d,]*\d|[3-9])\s+"
    r"(?P<thing>(?:[a-z][a-z-]*[a-rt-z]\s+){0,2}[a-z][a-z-]+[a-hj-rtv-z]s)\b(?!-)"
)
_YEAR_PATTERN = re.compile(r"(?:19|20)\d\d")
_NOT_COUNTABLE_PATTERN = re.compile(lexicon.load("self_test_questions").regex("not_countable"))
_NAME_PATTERN = re.compile(r"(?=\S*[A-Z]\S*[A-Z\d]|\S*[a-z\d-][A-Z])[A-Za-z][\w-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownItem:
    """A query whose right result is the paper it was made from."""

    kind: KnownItemKind
    query: str
    paper_id: str


def sample_papers(papers: Iterable[StoredPaper], size: int, *, seed: int) -> list[StoredPaper]:
    """``size`` papers with an abstract, chosen by a hash of their ids.

    The sample of a library is always the same, and changes little when papers are added.
    """

    def place(stored: StoredPaper) -> str:
        return hashlib.sha256(f"{seed} {stored.paper_id}".encode()).hexdigest()

    return heapq.nsmallest(size, (stored for stored in papers if stored.paper.abstract), key=place)


def make_known_items(stored: StoredPaper, frequencies: Frequencies) -> Iterator[KnownItem]:
    """At most one query of each kind: a part of the title; keywords of the abstract; a sentence with gaps.

    They are harder than their source: the keywords exclude words that hardly any other paper has, and the sentence
    lacks the rarest third of its content words.
    """
    abstract = stored.paper.abstract
    frequency = frequencies({form for _, _, form in content_words(abstract)})
    made: tuple[tuple[KnownItemKind, str], ...] = (
        ("title", shorten_title(stored.paper.own_title)),
        ("keywords", _keywords(abstract, frequency)),
        ("sentence", _drop_rarest_words(_most_specific_sentence(abstract, frequency), frequency)),
    )
    for kind, query in made:
        if query:
            yield KnownItem(kind=kind, query=query, paper_id=stored.paper_id)


def shorten_title(title: str) -> str:
    """The part after the colon, or else the title without every third content word; empty if it is short."""
    _, _, subtitle = title.partition(": ")
    if len(content_words(subtitle)) >= _SHORTEST_TITLE:
        return subtitle
    words = content_words(title)
    if len(words) <= _SHORTEST_TITLE:
        return ""
    return _remove_words(title, words[_LEFT_OUT - 1 :: _LEFT_OUT])


def _keywords(text: str, frequency: Mapping[str, int]) -> str:
    forms = dict.fromkeys(form.lower() for _, _, form in content_words(text) if form.isalpha())
    counts = {form.lower(): count for form, count in frequency.items()}
    common = [form for form in forms if counts.get(form, 0) >= _RARE]
    chosen = heapq.nsmallest(_KEYWORDS, common, key=lambda form: (counts[form], form))
    return " ".join(form for form in forms if form in chosen) if len(chosen) == _KEYWORDS else ""


def _most_specific_sentence(text: str, frequency: Mapping[str, int]) -> str:
    """The sentence whose content words are the rarest on average."""
    sentences = [text[start:end] for start, end in sentence_spans(text)]
    fitting = [sentence for sentence in sentences if len(sentence.split()) in _SENTENCE_WORDS]

    def telling(sentence: str) -> float:
        logs = [math.log(1 + frequency.get(form, 0)) for _, _, form in content_words(sentence)]
        return sum(logs) / len(logs)

    return min((sentence for sentence in fitting if content_words(sentence)), key=telling, default="")


def _drop_rarest_words(sentence: str, frequency: Mapping[str, int]) -> str:
    words = content_words(sentence)
    rarest = sorted(words, key=lambda word: (frequency.get(word[2], 0), word[0]))
    return _remove_words(sentence, rarest[: len(words) // _LEFT_OUT])


def _remove_words(text: str, words: Iterable[tuple[int, int, str]]) -> str:
    for start, end, _ in sorted(words, reverse=True):
        text = text[:start] + text[end:]
    return re.sub(r"\s+", " ", re.sub(r"\(\s*\)|\s+(?=[,;.])", "", text)).strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class SelfTestQuestion:
    """``paper_id`` is the right paper and ``expect`` a string of the right quote; both empty if unanswerable."""

    kind: Kind
    question: str
    paper_id: str = ""
    expect: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Named:
    """A paper whose title begins with the name of what it presents."""

    stored: StoredPaper
    name: str
    counted: tuple[str, str] | None  # a number, and what it counts


def make_questions(papers: Iterable[StoredPaper], stems: Stems, *, size: int) -> list[SelfTestQuestion]:
    """At most ``size`` questions of each kind that is made from papers, in the order of ``papers``."""
    found: dict[Kind, list[SelfTestQuestion]] = {}
    named = [one for one in map(_parse_named, papers) if one]
    for question in [*_answerable(named), *_near_misses(named, stems)]:
        same = found.setdefault(question.kind, [])
        if len(same) < size:
            same.append(question)
    return [question for kind in (*ANSWERABLE, *UNANSWERABLE) for question in found.get(kind, ())]


def unrelated_questions(frequencies: Frequencies) -> list[SelfTestQuestion]:
    """The questions from other fields that ship with paperchat, without those that the library may answer.

    Each lists words that any source of an answer would contain, at least one of which the library lacks.
    """
    text = (files("paperchat") / "evaluation" / "unrelated_questions.jsonl").read_text(encoding="utf-8")
    rows = [json.loads(line) for line in text.splitlines()]
    known = frequencies({word for row in rows for word in row["needs"]})
    return [
        SelfTestQuestion(kind=row["kind"], question=row["question"])
        for row in rows
        if not all(known[word] for word in row["needs"])
    ]


def _answerable(named: Sequence[_Named]) -> Iterator[SelfTestQuestion]:
    for one in named:
        paper_id = one.stored.paper_id
        if one.counted:
            number, thing = one.counted
            yield SelfTestQuestion(kind="count", question=_how_many(thing, one.name), paper_id=paper_id, expect=number)
        yield SelfTestQuestion(kind="definition", question=f"What is {one.name}?", paper_id=paper_id)
        if subject := shorten_title(one.stored.paper.own_title):
            yield SelfTestQuestion(kind="subject", question=f"Which paper is about {subject}?", paper_id=paper_id)


def _near_misses(named: Sequence[_Named], stems: Stems) -> Iterator[SelfTestQuestion]:
    """Ask a paper for something that another paper counts and that it does not mention."""
    counting = [one for one in named if one.counted]
    for one, other in zip(counting, [*counting[1:], *counting[:1]], strict=True):
        assert other.counted
        thing = other.counted[1]
        has = set(stems(f"{one.stored.paper.title} {one.stored.paper.abstract}"))
        if not has & set(stems(thing)):
            yield SelfTestQuestion(kind="near_miss", question=_how_many(thing, one.name))


def _how_many(thing: str, name: str) -> str:
    return f"How many {thing} does the {name} paper report?"


def _parse_named(stored: StoredPaper) -> _Named | None:
    name, colon, _ = stored.paper.own_title.partition(": ")
    if not colon or not _NAME_PATTERN.fullmatch(name):
        return None
    return _Named(stored=stored, name=name, counted=_find_count(stored.paper.abstract))


def _find_count(text: str) -> tuple[str, str] | None:
    for match in _COUNT_PATTERN.finditer(text):
        number, thing = match["number"], " ".join(match["thing"].split())
        # After a name the number belongs to the name: "Llama 2 outperforms".
        follows_a_name = any(character.isupper() for character in (text[: match.start()].split() or [""])[-1])
        if not follows_a_name and not _YEAR_PATTERN.fullmatch(number) and not _NOT_COUNTABLE_PATTERN.search(thing):
            return number, thing
    return None
