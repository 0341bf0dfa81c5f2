"""Which of several papers has the larger number, or the later date, where the quotes measure the same."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from paperchat import lexicon
from paperchat.answering.quote_markdown import escape_markdown
from paperchat.kinds.draft import CitationList
from paperchat.survey.sentence_extraction import SurveySentence
from paperchat.text.paper_title import short_title
from paperchat.types import Citation, Quote, StoredPaper

_LEXICON = lexicon.load("paper_comparisons")
_MEASURED_PATTERN = re.compile(_LEXICON.regex("wording.measured"), re.IGNORECASE)
_DECISIONS = tuple(
    (one.text("name"), one.text("direction"), re.compile(one.regex("pattern"), re.IGNORECASE))
    for one in _LEXICON.tables("decisions")
)
_GROUPS = {word: at for at, group in enumerate(_LEXICON.phrases("same.groups")) for word in group.split()}
_MULTIPLIERS = {
    "k": 1e3, "m": 1e6, "b": 1e9, "t": 1e12,
    "hundred": 1e2, "thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12,
}  # fmt: skip
_TOTAL_PATTERN = re.compile(_LEXICON.regex("wording.total"), re.IGNORECASE)
_TOTAL_BONUS, _NAME_BONUS, _MAGNITUDE_WEIGHT = 1.2, 1.5, 0.25
_SMALL_NUMBERS = lexicon.load("facts").phrases("number_words")

Papers = Sequence[tuple[StoredPaper, Sequence[SurveySentence]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What a comparison is to decide.

    Attributes:
        word: that which asks for it, such as ``newer``.
        is_greater: whether the greater value has it.
        is_of_dates: whether dates decide, and not what the papers say.
    """

    word: str
    is_greater: bool
    is_of_dates: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """A number of things that a sentence states, such as ``100 long-horizon tasks``."""

    value: float
    noun: str
    text: str
    sentence: SurveySentence


_QUALITY_PATTERN = re.compile(_LEXICON.regex("wording.quality"), re.IGNORECASE)


def find_decision(question: str) -> Decision | None:
    """What the question asks to decide, if anything."""
    for name, direction, pattern in _DECISIONS:
        if match := pattern.search(question):
            word = " ".join(match[0].lower().split())
            return Decision(word=word, is_greater=direction == "up", is_of_dates=name in ("newer", "older"))
    return None


def decide_by_date(decision: Decision, papers: Sequence[StoredPaper], citations: CitationList) -> str:
    """Which paper is newer or older by the catalogue's dates; empty where a date is not known."""
    if not all(one.paper.date for one in papers):
        return ""
    ordered = sorted(papers, key=lambda one: one.paper.date, reverse=decision.is_greater)
    dates = [citations.cite(one, Quote.of_record(one.paper_id, "date", one.paper.date)) for one in ordered]
    parts = [f"{_name(one.paper)} ({one.quote.text}) [{one.number}]" for one in dates]
    if ordered[0].paper.date == ordered[1].paper.date:
        return f"Of the same day: {', '.join(parts)}."
    return f"{decision.word.capitalize()}: {parts[0]}; then {', '.join(parts[1:])}."


def decide_by_number(
    decision: Decision, asked: str, papers: Papers, citations: CitationList
) -> tuple[str, dict[str, Quote]]:
    """Which paper states the greater number of what is ``asked`` for, and the quote of each; empty where none does.

    Where the numbers are not of the same things, or some paper states none, that is said.
    """
    measures = {paper.paper_id: find_measures(sentences) for paper, sentences in papers}
    group = _asked_group(asked) or (None if _QUALITY_PATTERN.fullmatch(decision.word) else _common_group(measures))
    if group is None:
        return "", {}
    best = {
        paper_id: max(of, key=description_score)
        for paper_id, several in measures.items()
        if (of := [one for one in several if _group(one.noun) == group])
    }
    stated = [(paper, best[paper.paper_id]) for paper, _ in papers if paper.paper_id in best]
    if not stated:
        return "", {}
    stated.sort(key=lambda pair: pair[1].value, reverse=decision.is_greater)
    parts = [
        f"{_name(paper)}, “{escape_markdown(one.text)}” [{citations.cite(paper, one.sentence.quote).number}]"
        for paper, one in stated
    ]
    quotes = {paper.paper_id: one.sentence.quote for paper, one in stated}
    if missing := [_name(paper) for paper, _ in papers if paper.paper_id not in best]:
        return f"Stated of {'; '.join(parts)}. No such number was found of {', '.join(missing)}.", quotes
    if stated[0][1].value == stated[1][1].value:
        return f"Equal by these quotes: {'; '.join(parts)}.", quotes
    nouns = {_singular(one.noun) for _, one in stated}
    caution = "" if len(nouns) == 1 else f" They count different things ({', '.join(sorted(nouns))})."
    return f"{decision.word.capitalize()} by these quotes: {parts[0]}; against {'; '.join(parts[1:])}.{caution}", quotes


def find_counts(text: str) -> list[re.Match[str]]:
    """The numbers of things in a text, such as ``439-problem`` and ``64 mathematicians``.

    Each match has a ``number``, a ``multiplier``, and a ``noun``, which is missing after a model's size (``7B``).
    """
    return list(_MEASURED_PATTERN.finditer(text))


def find_measures(sentences: Sequence[SurveySentence]) -> list[Measure]:
    """All numbers of things in the sentences, in text order."""
    return [
        Measure(value=value, noun=(match["noun"] or "parameters").lower(), text=match[0], sentence=one)
        for one in sentences
        for match in find_counts(one.text)
        if (value := _value(match["number"], match["multiplier"])) is not None
    ]


def _value(number: str, multiplier: str | None) -> float | None:
    plain = re.sub(r"[{},]", "", number.lower())
    if plain in _SMALL_NUMBERS or plain == "a":
        value = float(_SMALL_NUMBERS.index(plain)) if plain != "a" else 1.0
    else:
        try:
            value = float(plain)
        except ValueError:
            return None
    return value * _MULTIPLIERS.get((multiplier or "").lower(), 1.0)


def description_score(measure: Measure) -> float:
    """How likely the number is the size of the work itself, rather than of a part of it or in a result."""
    sentence = measure.sentence
    described = max(sentence.role_scores["data"], sentence.role_scores["method"]) - sentence.role_scores["result"]
    before = sentence.text[: sentence.text.index(measure.text)]
    return (
        described
        + sentence.topic_similarity
        + (_TOTAL_BONUS if _TOTAL_PATTERN.search(before) else 0.0)
        + (_NAME_BONUS if short_title(sentence.paper.paper.title).casefold() in sentence.text.casefold() else 0.0)
        + _MAGNITUDE_WEIGHT * math.log10(max(measure.value, 1.0))
    )


def _asked_group(asked: str) -> str | None:
    """The group of the first counted thing that is asked for."""
    for word in re.findall(r"[^\W\d_]+", asked.lower()):
        if _singular(word) in _GROUPS:
            return _group(word)
    return None


def _common_group(measures: Mapping[str, Sequence[Measure]]) -> str | None:
    """The group that all papers state a number of; of several that of the first number."""
    groups = [{_group(one.noun) for one in several} for several in measures.values()]
    common = set.intersection(*groups) if groups else set()
    first = next(iter(measures.values()), ())
    return next((_group(one.noun) for one in first if _group(one.noun) in common), None)


def _group(noun: str) -> str:
    singular = _singular(noun)
    return str(_GROUPS.get(singular, singular))


def _singular(noun: str) -> str:
    noun = noun.lower()
    return noun[:-1] if noun.endswith("s") and noun not in ("fps",) else noun


def _name(paper: StoredPaper) -> str:
    return f"**{escape_markdown(short_title(paper.paper.title))}**"


def not_comparable(decision: Decision, cited: Sequence[Citation]) -> str:
    """Says that what the papers state of what is asked, as cited, does not decide it."""
    marks = " ".join(f"[{one.number}]" for one in cited)
    if not cited:
        return f"Which is {decision.word}, the papers do not say in numbers that can be compared."
    return f"Which is {decision.word} is not decided by these quotes, which do not state the same measure: {marks}."
