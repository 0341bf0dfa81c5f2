"""Results in a sentence: its values with the measure, the benchmark and the system that each belongs to."""

from __future__ import annotations

import re
from dataclasses import dataclass

from paperchat import lexicon
from paperchat.results.benchmark_links import link_benchmarks
from paperchat.results.marked_sentence import CellLink, MarkedSentence
from paperchat.results.measure_links import link_measures
from paperchat.results.result_mentions import OwnNames, ResultMention
from paperchat.results.result_names import measure_name
from paperchat.results.system_links import link_against, link_for_system, link_improved, link_system
from paperchat.results.types import ResultKind

_LEXICON = lexicon.load("result_sentences")
_BY = re.compile(_LEXICON.regex("links.by"), re.IGNORECASE)
_THEN_CHANGE = re.compile(_LEXICON.regex("links.then_change"), re.IGNORECASE)
_CHANGE_OF = re.compile(_LEXICON.regex("links.change_of"), re.IGNORECASE)
_CONDITION = re.compile(r"(?:At|Under|Given|Within) [^,]{0,40}")
_EFFICIENCY = frozenset({"cost", "latency", "memory", "energy", "tokens used"})
_LONGEST_LEAD = 60


@dataclass(frozen=True, slots=True)
class SentenceResult:
    """A value of a sentence with what it belongs to; what is not certain is missing."""

    value: ResultMention
    measure: ResultMention | None
    benchmark: tuple[ResultMention, ...]
    system: ResultMention | None
    against: ResultMention | None
    kind: ResultKind
    is_before: bool


@dataclass(frozen=True, slots=True)
class SentenceReading:
    """The results of a sentence, and how many more of its values may be results."""

    results: tuple[SentenceResult, ...]
    left_out: int


def read_sentence(text: str, own: OwnNames) -> SentenceReading:
    """The results in a sentence of a paper: its values that are linked to a measure or a benchmark."""
    sentence = MarkedSentence(text, own)
    if not sentence.values:
        return SentenceReading((), 0)
    measures = link_measures(sentence)
    benchmarks = link_benchmarks(sentence, measures)
    found: list[SentenceResult] = []
    left_out = 0
    for at, value in enumerate(sentence.values):
        measure = next(iter(_mentions(measures[at])), None)
        benchmark = _mentions(benchmarks[at])
        if value.detail == "integer" and not measure and not _in_list_of_results(sentence, at, benchmarks):
            continue
        before = sentence.is_before(at)
        if measure is not None and value.detail == "integer" and _is_of_efficiency(measure.text):
            continue
        if not before and (sentence.is_baseline(at) or _CONDITION.fullmatch(text[: value.start])):
            left_out += 1
            continue
        if measure is None and not benchmark and link_for_system(sentence, value):
            benchmark = _own_benchmark(sentence)
        if measure is None and not benchmark:
            left_out += value.detail in ("percent", "points", "ratio", "decimal")
            continue
        link = link_improved(sentence, value) if before else link_system(sentence, value)
        if link is None and measure is None:
            left_out += 1
            continue
        kind = _kind(sentence, value)
        if kind == "absolute" and not (measure and _is_of_efficiency(measure.text)):
            benchmark = benchmark or _own_benchmark(sentence)
        system = link.mentions[0] if link else None
        one = SentenceResult(value, measure, benchmark, system, link_against(sentence, value, kind), kind, before)
        if not any(_repeats(one, other) for other in found):
            found.append(one)
    return SentenceReading(tuple(found), left_out)


def _mentions(link: CellLink | None) -> tuple[ResultMention, ...]:
    return link.mentions if link else ()


def _repeats(one: SentenceResult, other: SentenceResult) -> bool:
    """Whether a sentence says the same value of a system again: "an FID of 1.02, … (1.02 vs 2.35)"."""
    systems = [result.system.text if result.system else "" for result in (one, other)]
    return one.value.text == other.value.text and systems[0] == systems[1] and not one.measure


def _in_list_of_results(sentence: MarkedSentence, at: int, benchmarks: list[CellLink | None]) -> bool:
    neighbours = [one for one in (at - 1, at + 1) if 0 <= one < len(benchmarks)]
    return benchmarks[at] is not None and any(
        benchmarks[one]
        and sentence.is_listed_after(min(one, at), max(one, at))
        and sentence.values[one].detail != "integer"
        for one in neighbours
    )


def _own_benchmark(sentence: MarkedSentence) -> tuple[ResultMention, ...]:
    """The benchmark that the paper brings to measure others by, where the sentence names none."""
    name = sentence.own.main_benchmark
    if not name or any(one.kind == "benchmark" for one in sentence.mentions):
        return ()
    return (ResultMention("benchmark", -1, -1, name, "own"),)


def _is_of_efficiency(measure: str) -> bool:
    """Whether a measure is of time, memory or cost, whose values have a unit."""
    named = measure_name(measure)
    return named is not None and named.name in _EFFICIENCY


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
