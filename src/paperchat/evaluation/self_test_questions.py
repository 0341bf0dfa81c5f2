"""Questions made of a library's own papers, with and without an answer there, and questions from other fields."""

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

from paperchat.retrieval.query_analysis import content_words
from paperchat.text.sentences import sentence_spans
from paperchat.types import StoredPaper

KnownItemKind = Literal["title", "keywords", "sentence"]
KINDS: tuple[KnownItemKind, ...] = ("title", "keywords", "sentence")

Frequencies = Callable[[Iterable[str]], Mapping[str, int]]
"""In how many passages each word occurs."""

_KEYWORDS = 4
_SHORTEST_TITLE = 4  # content words
_SENTENCE_WORDS = range(8, 60)
_RARE = 3  # passages; a word of fewer gives its paper away
_LEFT_OUT = 3  # one word in so many


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownItem:
    kind: KnownItemKind
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
    made: tuple[tuple[KnownItemKind, str], ...] = (
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


Kind = Literal["count", "definition", "subject", "near_miss", "near_field", "far_field"]
ANSWERABLE: tuple[Kind, ...] = ("count", "definition", "subject")
UNANSWERABLE: tuple[Kind, ...] = ("near_miss", "near_field", "far_field")

Stems = Callable[[str], Sequence[str]]

# A number, then at most three words of which the last, and no other, is a plural.
_COUNTED = re.compile(
    r"(?<![\w.,$-])(?P<number>\d[\d,]*\d|[3-9])\s+"
    r"(?P<thing>(?:[a-z][a-z-]*[a-rt-z]\s+){0,2}[a-z][a-z-]+[a-hj-rtv-z]s)\b(?!-)"
)
_YEAR = re.compile(r"(?:19|20)\d\d")
_NO_THINGS = re.compile(
    r"\b(?:times|points|percents|percentages|years|months|weeks|days|hours|minutes|seconds|steps|orders|others|folds"
    r"|fps|bits|pixels|tokens|parameters|thousand|million|billion|trillion|more|less|and|or|of|to|in|on|the|for|with|by"
    r"|from|at|as|than|is|are|was|were|has|have|does)\b"
)
_NAME = re.compile(r"(?=\S*[A-Z]\S*[A-Z\d]|\S*[a-z\d-][A-Z])[A-Za-z][\w-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnQuestion:
    """``paper_id`` is the right paper, and ``expect`` what a quote must hold; both empty where there is no answer."""

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


def own_questions(papers: Iterable[StoredPaper], stems: Stems, *, size: int) -> list[OwnQuestion]:
    """Of each kind that is made of papers, at most ``size`` questions, in the order of ``papers``."""
    found: dict[Kind, list[OwnQuestion]] = {}
    named = [one for one in map(_named, papers) if one]
    for question in [*_answerable(named), *_near_misses(named, stems)]:
        same = found.setdefault(question.kind, [])
        if len(same) < size:
            same.append(question)
    return [question for kind in (*ANSWERABLE, *UNANSWERABLE) for question in found.get(kind, ())]


def foreign_questions(frequencies: Frequencies) -> list[OwnQuestion]:
    """The questions that ship with paperchat, without those whose subject the library may have.

    Each names words that any answer's source would have, at least one of them not found in the library.
    """
    text = (files("paperchat") / "evaluation" / "foreign.jsonl").read_text(encoding="utf-8")
    rows = [json.loads(line) for line in text.splitlines()]
    known = frequencies({word for row in rows for word in row["needs"]})
    return [
        OwnQuestion(kind=row["kind"], question=row["question"])
        for row in rows
        if not all(known[word] for word in row["needs"])
    ]


def _answerable(named: Sequence[_Named]) -> Iterator[OwnQuestion]:
    for one in named:
        paper_id = one.stored.paper_id
        if one.counted:
            number, thing = one.counted
            yield OwnQuestion(kind="count", question=_how_many(thing, one.name), paper_id=paper_id, expect=number)
        yield OwnQuestion(kind="definition", question=f"What is {one.name}?", paper_id=paper_id)
        if subject := part_of_title(one.stored.paper.title):
            yield OwnQuestion(kind="subject", question=f"Which paper is about {subject}?", paper_id=paper_id)


def _near_misses(named: Sequence[_Named], stems: Stems) -> Iterator[OwnQuestion]:
    """A paper asked for something that another one counts and that itself has no word of."""
    counting = [one for one in named if one.counted]
    for one, other in zip(counting, [*counting[1:], *counting[:1]], strict=True):
        assert other.counted
        thing = other.counted[1]
        has = set(stems(f"{one.stored.paper.title} {one.stored.paper.abstract}"))
        if not has & set(stems(thing)):
            yield OwnQuestion(kind="near_miss", question=_how_many(thing, one.name))


def _how_many(thing: str, name: str) -> str:
    return f"How many {thing} does the {name} paper report?"


def _named(stored: StoredPaper) -> _Named | None:
    name, colon, _ = stored.paper.title.partition(": ")
    if not colon or not _NAME.fullmatch(name):
        return None
    return _Named(stored=stored, name=name, counted=_counted(stored.paper.abstract))


def _counted(text: str) -> tuple[str, str] | None:
    for match in _COUNTED.finditer(text):
        number, thing = match["number"], " ".join(match["thing"].split())
        # After a name the number belongs to that: "Llama 2 outperforms".
        follows_a_name = any(character.isupper() for character in (text[: match.start()].split() or [""])[-1])
        if not follows_a_name and not _YEAR.fullmatch(number) and not _NO_THINGS.search(thing):
            return number, thing
    return None
