"""Phrases that questions about abstracts are composed of: how the paper is called, and the words around an answer."""

from __future__ import annotations

import random
import re

from train.data.abstracts import Abstract

_CLAUSE = re.compile(r"[,;:()]|\.(?:\s|$)")
_CAPITALS = re.compile(r"[A-Z]\w*[A-Z\d]")
_BY_NAME = 0.5
_BY_TITLE = 0.5
_TITLE_WORDS = 8


def name_of_paper(abstract: Abstract, chance: random.Random) -> str:
    """How a question refers to the paper: by its name, by the subject of its title, or only as "the paper"."""
    if abstract.name and chance.random() < _BY_NAME:
        return abstract.name
    if abstract.title and chance.random() < _BY_TITLE:
        return f"the {chance.choice(['paper', 'work', 'study', 'method'])} on {_title_phrase(abstract)}"
    return chance.choice(["the paper", "the method", "the study"])


def _title_phrase(abstract: Abstract) -> str:
    about = abstract.title.removeprefix(f"{abstract.name}:") if abstract.name else abstract.title
    words = about.split()[:_TITLE_WORDS]
    return " ".join(word if _CAPITALS.search(word) else word.casefold() for word in words).strip(" .,;:?!")


def words_after(sentence: str, end: int, most: int) -> str:
    """At most ``most`` words after ``end``, up to the end of the clause, with a leading space."""
    words = _CLAUSE.split(sentence[end:])[0].split()[:most]
    return f" {' '.join(words)}" if words else ""


def words_before(sentence: str, start: int, most: int) -> str:
    """At most ``most`` words before ``start``."""
    return " ".join(sentence[:start].split()[-most:])
