"""Questions made of a library's own papers, with and without an answer there, and questions from other fields."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Literal

from paperchat.evaluate.known_items import Frequencies, part_of_title
from paperchat.types import StoredPaper

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
