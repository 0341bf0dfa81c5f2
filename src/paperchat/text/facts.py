"""Extracts the checkable facts of a sentence: numbers with units, negations, directions and names."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from paperchat import lexicon

_LEXICON = lexicon.load("facts")
_NUMBER_WORDS = (
    {word: str(value) for value, word in enumerate(_LEXICON.phrases("number_words"))}
    | dict.fromkeys(_LEXICON.words("twice"), "2")
    | dict.fromkeys(_LEXICON.words("thrice"), "3")
)
_UNITS = {form: entry.text("unit") for entry in _LEXICON.tables("units") for form in entry.phrases("forms")} | {
    unit: unit for unit in _LEXICON.words("plain_units")
}
_NUMBER = re.compile(
    r"(?<![\w.])(?P<money>[$€£])?(?P<number>\d+(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)(?![\d.]*\d)"
    r"(?:[\s-]?(?P<unit>%|×|[a-zA-Z]+(?!\w)))?"
)
_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
_NEGATIONS = _LEXICON.words("negations")
_UP = _LEXICON.words("up")
_DOWN = _LEXICON.words("down")
_POLAR = _NEGATIONS | _UP | _DOWN
# A capital or digit inside a word, or a capitalised word that is not the first of the sentence.
_NAME = re.compile(
    r"(?<!^)\b(?:[A-Z][\w]*|[a-z]+[A-Z\d]\w*)(?:-\w+)*|^\w*(?:[a-z\d-][A-Z]|[A-Z]{2}|[A-Za-z]-?\d)[\w-]*"
)
_CLAUSES = re.compile(rf"[,;:()]|\b(?:{_LEXICON.regex('clause_words')})\b", re.IGNORECASE)
_NEGATION_SCOPE = 3  # words after a negation that it applies to, up to a comma
_BOUNDS = {
    name: re.compile(rf"\b(?:{_LEXICON.regex(key)})\s+[$€£]?(?P<number>\d[\d,]*(?:\.\d+)?)", re.IGNORECASE)
    for name, key in (("lower", "lower_bounds"), ("upper", "upper_bounds"))
}
_STOPWORDS = _LEXICON.words("stop_words")


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """A number with its unit: ``1,200 %`` has the value ``1200`` and the unit ``%``; the unit may be empty."""

    value: str
    unit: str


def extract_numbers(text: str) -> set[Number]:
    """Extract the numbers of a text, except those that are part of a name, as in GPT-4."""
    found = set()
    for match in _NUMBER.finditer(text):
        value = match["number"].replace(",", "")
        if "." in value:
            value = value.rstrip("0").rstrip(".")
        unit = _UNITS.get((match["unit"] or "").casefold(), "") if match["unit"] != "M" else "million"
        found.add(Number(value=value, unit="money" if match["money"] and not unit else unit))
    return found


def bounds(text: str) -> dict[str, set[str]]:
    """The values that a text calls a bound, and which: ``lower`` for *more than 5*, ``upper`` for *under 5*."""
    found: dict[str, set[str]] = {}
    for name, pattern in _BOUNDS.items():
        for match in pattern.finditer(text):
            for number in extract_numbers(match["number"]):
                found.setdefault(number.value, set()).add(name)
    return found


def units_of(words: Iterable[str]) -> set[str]:
    """The units that are written as words, as in *a week*."""
    return {_UNITS[word] for word in words if word in _UNITS}


def spelled_numbers(text: str) -> set[str]:
    """The values of the numbers written as words, except ``one``, which is hardly ever a number."""
    return {_NUMBER_WORDS[word] for word in split_words(text) if word in _NUMBER_WORDS and word != "one"}


def split_words(text: str) -> list[str]:
    """Split a text into words, case-folded and with straight apostrophes."""
    return [match[0].casefold().replace("’", "'") for match in _WORD.finditer(text)]


def negated_words(text: str) -> set[str]:
    """The words within the scope of a negation, without stop words."""
    found: set[str] = set()
    for part in re.split(r"[,;:()]", text):
        left = 0
        for word in split_words(part):
            if word in _NEGATIONS or word.endswith("n't"):
                left = _NEGATION_SCOPE
            elif left and word not in _STOPWORDS:
                found.add(word)
                left -= 1
    return found


def has_negation(text: str) -> bool:
    """Whether the text contains a negation."""
    return any(word in _NEGATIONS or word.endswith("n't") for word in split_words(text))


def directions(text: str) -> set[str]:
    """The directions, ``up`` and ``down``, of the words of comparison and change in a text."""
    present = set(split_words(text))
    return {name for name, forms in (("up", _UP), ("down", _DOWN)) if present & forms}


def clause_directions(text: str) -> list[tuple[set[str], set[str]]]:
    """For each clause with a direction: its directions, and the content words that say what they apply to."""
    found = []
    for clause in _CLAUSES.split(text):
        if clause_direction := directions(clause):
            found.append((clause_direction, set(split_words(clause)) - _STOPWORDS - _UP - _DOWN - _NEGATIONS))
    return found


def strip_polarity(text: str) -> str:
    """The words of a text without those that negate it or give it a direction."""
    return " ".join(word for word in split_words(text) if word not in _POLAR)


def extract_names(text: str) -> set[str]:
    """What looks like a name, as written: capitals or digits inside a word, or a capital within the sentence."""
    return {match[0] for match in _NAME.finditer(text.strip()) if len(match[0]) > 1}


def have_same_facts(one: str, other: str) -> bool:
    """Whether two sentences agree in numbers, negation and direction."""
    return (
        extract_numbers(one) == extract_numbers(other)
        and has_negation(one) == has_negation(other)
        and directions(one) == directions(other)
    )
