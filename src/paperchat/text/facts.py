"""Extracts the checkable facts of a sentence: numbers with units, negations, directions and names."""

from __future__ import annotations

import re
from dataclasses import dataclass

_NUMBER_WORDS = {
    word: str(value)
    for value, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
        "seventeen eighteen nineteen twenty".split()
    )
} | {"twice": "2", "double": "2", "doubles": "2", "doubled": "2", "thrice": "3", "triple": "3"}
_UNITS = {
    "%": "%", "percent": "%", "per cent": "%", "percentage": "%",
    "k": "thousand", "thousand": "thousand", "m": "million", "million": "million", "millions": "million",
    "b": "billion", "bn": "billion", "billion": "billion", "billions": "billion", "trillion": "trillion",
    "ms": "ms", "milliseconds": "ms", "s": "s", "sec": "s", "second": "s", "seconds": "s",
    "min": "min", "minute": "min", "minutes": "min", "h": "h", "hour": "h", "hours": "h",
    "day": "day", "days": "day", "week": "week", "weeks": "week", "month": "month", "months": "month",
    "year": "year", "years": "year", "kb": "kb", "mb": "mb", "gb": "gb", "tb": "tb",
    "mg": "mg", "g": "g", "kg": "kg", "mm": "mm", "cm": "cm", "km": "km", "hz": "hz", "khz": "khz",
    "x": "times", "×": "times", "times": "times", "fold": "times",
}  # fmt: skip
_NUMBER = re.compile(
    r"(?<![\w.])(?P<money>[$€£])?(?P<number>\d+(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)(?![\d.]*\d)"
    r"(?:[\s-]?(?P<unit>%|×|[a-zA-Z]+(?!\w)))?"
)
_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
_NEGATIONS = frozenset(
    "not no never without cannot neither nor none fail fails failed failing lack lacks lacked lacking unable hardly "
    "absence absent isn't aren't doesn't don't didn't wasn't weren't can't couldn't won't".split()
)
_UP = frozenset(
    "more higher highest increase increases increased increasing improve improves improved improving improvement "
    "outperform outperforms outperformed outperforming better best larger greater faster exceed exceeds exceeded "
    "exceeding surpass surpasses surpassed surpassing rise rises rose gain gains above stronger enhance enhances "
    "enhanced superior promote promotes promoted elevated upregulated activate activates activated induce induces "
    "induced positive positively longer".split()
)
_DOWN = frozenset(
    "less lower lowest decrease decreases decreased decreasing reduce reduces reduced reducing reduction degrade "
    "degrades degraded worse worst underperform underperforms underperformed smaller fewer slower drop drops "
    "dropped decline declines declined below weaker inferior inhibit inhibits inhibited impair impairs impaired "
    "downregulated suppress suppresses suppressed prevent prevents prevented block blocks blocked negative "
    "negatively attenuate attenuates shorter".split()
)
# A capital or digit inside a word, or a capitalised word that is not the first of the sentence.
_NAME = re.compile(
    r"(?<!^)\b(?:[A-Z][\w]*|[a-z]+[A-Z\d]\w*)(?:-\w+)*|^\w*(?:[a-z\d-][A-Z]|[A-Z]{2}|[A-Za-z]-?\d)[\w-]*"
)
_CLAUSES = re.compile(r"[,;:()]|\b(?:and|but|while|whereas|than|compared)\b", re.IGNORECASE)
_NEGATION_SCOPE = 3  # words after a negation that it applies to, up to a comma
_STOPWORDS = frozenset(
    "a an the of in on to for with and or is are was were be been it its that this these those by as at from which "
    "their they has have had do does did can may than".split()
)


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
    return " ".join(word for word in split_words(text) if word not in _NEGATIONS | _UP | _DOWN)


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
