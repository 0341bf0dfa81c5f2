"""Results in the sentences of an abstract: values with the measure, the benchmark and the system of each."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from paperchat import lexicon
from paperchat.results.benchmark_links import link_benchmarks
from paperchat.results.cell_candidates import (
    CellCandidate,
    benchmark_candidates,
    measure_candidates,
    system_candidates,
)
from paperchat.results.cell_confidence import CellKind, result_models
from paperchat.results.cell_features import value_features
from paperchat.results.marked_sentence import MarkedSentence
from paperchat.results.measure_links import link_measures
from paperchat.results.own_names import OwnNames
from paperchat.results.result_mentions import ResultMention
from paperchat.results.system_links import link_against, link_system
from paperchat.results.types import ResultCell, ResultKind

_LEXICON = lexicon.load("result_sentences")
_BY = re.compile(_LEXICON.regex("links.by"), re.IGNORECASE)
_THEN_CHANGE = re.compile(_LEXICON.regex("links.then_change"), re.IGNORECASE)
_CHANGE_OF = re.compile(_LEXICON.regex("links.change_of"), re.IGNORECASE)
_DIGIT = re.compile(r"\d")
_LONGEST_LEAD = 60
_EARLIER = 3
"""So many sentences before a value's own may name its benchmark or its system."""
_LIKELY = 0.5
"""A value that is at least so likely a result, and is not listed, is counted as left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SentenceValue:
    """A value of a sentence, which may be a result, with what may be its cells.

    Attributes:
        sentence: the number of its sentence.
        features: those by which a result is told from another value.
        is_before: whether it is what an improvement starts from.
    """

    sentence: int
    value: ResultMention
    features: frozenset[str]
    candidates: Mapping[CellKind, list[CellCandidate]]
    kind: ResultKind
    against: ResultMention | None
    is_before: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SentenceResult:
    """A value that is a result; cells that are not sure are missing."""

    value: SentenceValue
    system: ResultCell | None
    benchmark: ResultCell | None
    measure: ResultCell | None
    is_own: bool


@dataclass(frozen=True, slots=True)
class AbstractReading:
    """The results of an abstract, and how many more of its values may be results."""

    results: tuple[SentenceResult, ...]
    left_out: int


def read_abstract(sentences: Sequence[str], own: OwnNames, title: str) -> AbstractReading:
    """The results in the sentences of an abstract: values with at least one more cell that is sure."""
    models = result_models()
    found: list[SentenceResult] = []
    left_out = 0
    for value in read_values(sentences, own, title):
        probability = models.is_result(value.features)
        chosen = {kind: model.choose(value.candidates[kind], value.features) for kind, model in models.cells.items()}
        sure = {
            kind: one.candidate
            for kind, one in chosen.items()
            if one and one.probability >= models.cells[kind].threshold
        }
        if probability < models.value_threshold or not sure:
            left_out += probability >= _LIKELY
            continue
        cells = {kind: candidate.cell for kind, candidate in sure.items()}
        result = SentenceResult(
            value=value,
            system=cells.get("system"),
            benchmark=cells.get("benchmark"),
            measure=cells.get("measure"),
            is_own="system" in sure and sure["system"].is_own,
        )
        if not any(_repeats(result, other) for other in found):
            found.append(result)
    return AbstractReading(tuple(found), left_out)


def read_values(sentences: Sequence[str], own: OwnNames, title: str) -> list[SentenceValue]:
    """The values of the sentences of an abstract."""
    marked = [MarkedSentence(text, own) if _DIGIT.search(text) else None for text in sentences]
    values: list[SentenceValue] = []
    for number, sentence in enumerate(marked):
        if sentence is not None and sentence.values:
            before = range(max(number - _EARLIER, 0), number)
            earlier = [marked[at] or MarkedSentence(sentences[at], own) for at in reversed(before)]
            values += _values_of(sentence, number, earlier, title)
    return values


def _values_of(
    sentence: MarkedSentence, number: int, earlier: Sequence[MarkedSentence], title: str
) -> list[SentenceValue]:
    measures = link_measures(sentence)
    benchmarks = link_benchmarks(sentence, measures)
    values = []
    for at, value in enumerate(sentence.values):
        links = {
            "measure": measures[at],
            "benchmark": benchmarks[at],
            "system": link_system(sentence, value),
        }
        kind = _kind(sentence, value)
        values.append(
            SentenceValue(
                sentence=number,
                value=value,
                features=frozenset(
                    {
                        *value_features(sentence, at),
                        *(f"{'has' if link else 'no'}:{one}" for one, link in links.items()),
                    }
                ),
                candidates={
                    "measure": measure_candidates(sentence, at, measures),
                    "benchmark": benchmark_candidates(sentence, at, benchmarks, earlier),
                    "system": system_candidates(sentence, at, earlier, title),
                },
                kind=kind,
                against=link_against(sentence, value, kind),
                is_before=sentence.is_before(at),
            )
        )
    return values


def _repeats(one: SentenceResult, other: SentenceResult) -> bool:
    """Whether a sentence says the same value of a system again: "an FID of 1.02, … (1.02 vs 2.35)"."""
    if one.value.sentence != other.value.sentence or one.value.value.text != other.value.value.text:
        return False
    pairs = ((one.system, other.system), (one.benchmark, other.benchmark), (one.measure, other.measure))
    return all(first is None or second is None or first.name == second.name for first, second in pairs)


def _kind(sentence: MarkedSentence, value: ResultMention) -> ResultKind:
    if value.detail == "ratio":
        return "ratio"
    if value.text[0] in "+-−":
        return "improvement"
    lead = sentence.gap(max(value.start - _LONGEST_LEAD, 0), value.start)
    before = re.split(r"[;:]|, (?:and|while|with) ", lead)[-1]
    after = re.split(r"[,;]| on | compared ", sentence.text[value.end : value.end + _LONGEST_LEAD])[0]
    if value.detail == "points" or _BY.search(before) or _THEN_CHANGE.match(after) or _CHANGE_OF.search(before):
        return "improvement"
    return "absolute"
