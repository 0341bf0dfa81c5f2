"""Names of measures and benchmarks: how they are recognised, and the name under which each is listed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal, cast

from paperchat import lexicon
from paperchat.results.types import Better

MentionKind = Literal["value", "measure", "benchmark", "system"]

_MEASURES = lexicon.load("result_measures")
_BENCHMARKS = lexicon.load("result_benchmarks")
_SYSTEMS = lexicon.load("result_systems")
_NOT_ALPHANUMERIC = re.compile(r"[^0-9a-z+*²∞τ×]+")
_TIMES = re.compile(r"(?<=\d)\s?(?:times|x)\s?(?=\d)")  # as LaTeX leaves it in abstracts
_MODIFIERS = "|".join(sorted((re.escape(word) for word in _MEASURES.words("modifiers")), key=len, reverse=True))
_STATISTICS = _MEASURES.words("statistics")
_FAMILY_PATTERN = re.compile(rf"(?:{_SYSTEMS.regex('families')})")
_NO_NAME_PATTERN = re.compile(_SYSTEMS.regex("no_name"))
_ADJECTIVE_PATTERN = re.compile(_SYSTEMS.regex("adjective_ends"))


@dataclass(frozen=True, slots=True)
class MeasureName:
    """A measure as it is listed, and which of its values are better."""

    name: str
    better: Better


def _form(pattern: str) -> str:
    plain = re.sub(r"\\.|\(\?:", "", pattern)
    return f"(?i:{pattern})" if plain == plain.lower() else pattern


@cache
def _measure_patterns() -> tuple[tuple[MeasureName, re.Pattern[str]], ...]:
    return tuple(
        (
            MeasureName(one.text("name"), cast(Better, one.text("better"))),
            re.compile("|".join(_form(pattern) for pattern in one.phrases("forms"))),
        )
        for one in _MEASURES.tables("measures")
    )


@cache
def _any_measure() -> re.Pattern[str]:
    forms = [_form(pattern) for one in _MEASURES.tables("measures") for pattern in one.phrases("forms")]
    modifiers = rf"(?:(?i:{_MODIFIERS})[ -])*"
    return re.compile(rf"(?<![\w@/-]){modifiers}(?:{'|'.join(forms)})(?![\w@]|-\w)")


def find_measures(text: str) -> Iterator[re.Match[str]]:
    """Where a text names measures."""
    return _any_measure().finditer(text)


def measure_spans(text: str) -> list[tuple[int, int]]:
    """The spans of the measures that a text names; of two in a row, "Recall@1 score", as one."""
    spans: list[tuple[int, int]] = []
    for match in find_measures(text):
        if spans and text[spans[-1][1] : match.start()] == " ":
            spans[-1] = spans[-1][0], match.end()
        else:
            spans.append(match.span())
    return spans


@cache
def measure_name(text: str) -> MeasureName | None:
    """The measure that a text ends with; ``None`` where it names none."""
    words = re.sub(r"(?<=\w) scores?$", "", text.strip()) if len(list(find_measures(text))) > 1 else text.strip()
    best: tuple[int, MeasureName] | None = None
    for name, pattern in _measure_patterns():
        for match in pattern.finditer(words):
            if match.end() == len(words) and (best is None or len(match[0]) > best[0]):
                best = len(match[0]), name
    return best[1] if best else None


def listed_measure(text: str) -> str:
    """The name under which a measure is listed: with what tells it from others, "detection rate", "Pass@5"."""
    found = measure_name(text)
    if found is None:
        return text
    words = [word for word in text.split() if word.lower() not in _STATISTICS] or text.split()
    plain = (
        re.sub(r"(?<=\w) (?:scores?|points)$", "", " ".join(words))
        if len(list(find_measures(text))) > 1
        else " ".join(words)
    )
    if "@" in plain:
        return _capitalised_at(plain)
    if plain.lower() in _same_measures():
        return _same_measures()[plain.lower()]
    return _singular(plain if any(letter.isupper() for letter in plain[1:]) else plain[:1].lower() + plain[1:])


@cache
def _same_measures() -> Mapping[str, str]:
    """The name of a measure by other words for it."""
    return {word: one.text("name") for one in _MEASURES.tables("same") for word in one.phrases("words")}


def _capitalised_at(text: str) -> str:
    match = re.search(r"[A-Za-z]+@(?:\d+\.\d+|\w+)%?", text)
    if match is None:
        return text
    return match[0] if match[0][1].isupper() else match[0][0].upper() + match[0][1:]


def _singular(text: str) -> str:
    return re.sub(r"accuracies$", "accuracy", re.sub(r"(?<=\w[^s])s$", "", text) if len(text) > 4 else text)


def name_letters(text: str) -> str:
    """A name's letters and digits alone, in lower case, by which names are compared."""
    return _NOT_ALPHANUMERIC.sub("", _TIMES.sub("×", text.lower()))


@cache
def _known_benchmarks() -> Mapping[str, tuple[str, str]]:
    """The listed name and the task of each benchmark of the lexicon, by the letters of its names."""
    same = {
        name_letters(variant): one.text("name")
        for one in _BENCHMARKS.tables("same")
        for variant in one.phrases("variants")
    }
    known: dict[str, tuple[str, str]] = {}
    for one in _BENCHMARKS.tables("tasks"):
        for name in one.phrases("benchmarks"):
            key = name_letters(name)
            known.setdefault(key, (same.get(key, name), one.text("name")))
    for key, name in same.items():
        known.setdefault(key, (name, known.get(name_letters(name), ("", ""))[1]))
    return known


def is_known_benchmark(text: str) -> bool:
    """Whether it is a benchmark of the lexicon; a name of letters alone must be in the same capitals, as MATH is."""
    plain = _without_noun(text)
    if name_letters(plain) not in _known_benchmarks():
        return False
    return not plain.isalpha() or plain in _spellings() or sum(letter.isupper() for letter in plain) > 1


@cache
def _spellings() -> frozenset[str]:
    listed = {name for one in _BENCHMARKS.tables("tasks") for name in one.phrases("benchmarks")}
    return frozenset(listed | {name for one in _BENCHMARKS.tables("same") for name in one.phrases("variants")})


def listed_benchmark(text: str) -> str:
    """The name under which a benchmark is listed."""
    plain = _without_noun(text)
    return _known_benchmarks().get(name_letters(plain), (_TIMES.sub("×", plain.replace("~", " ")), ""))[0]


def task_of(benchmark: str) -> str:
    """The task of a benchmark of the lexicon; else empty."""
    return _known_benchmarks().get(name_letters(benchmark), ("", ""))[1]


def _without_noun(text: str) -> str:
    """A name without "the" and "benchmark"; a phrase that names nothing, "three math datasets", is left as it is."""
    plain = re.sub(r"(?i)^the | (?:benchmarks?|datasets?|leaderboards?|test set|suite|tasks?)$", "", text.strip())
    return plain if re.search(r"[A-Z]", plain) else text.strip()


def is_model_family(text: str) -> bool:
    """Whether a name begins as those of well-known models do."""
    return bool(_FAMILY_PATTERN.match(text))


def is_no_name(word: str) -> bool:
    """Whether a word with a capital names neither a system nor a benchmark."""
    return bool(_NO_NAME_PATTERN.fullmatch(word) or _ADJECTIVE_PATTERN.fullmatch(word))
