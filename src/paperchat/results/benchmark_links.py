"""The benchmark of a value, or the benchmarks, by rules: what stands between them, and what a list shares."""

from __future__ import annotations

import re

from paperchat import lexicon
from paperchat.results.marked_sentence import CellLink, MarkedSentence, share_links
from paperchat.results.result_mentions import ResultMention

_LEXICON = lexicon.load("result_sentences")
_THEN_BENCHMARK = re.compile(_LEXICON.regex("links.then_benchmark"), re.IGNORECASE)
_BENCHMARK_THEN_VALUE = re.compile(_LEXICON.regex("links.benchmark_then_value"), re.IGNORECASE)
_FRONTED = re.compile(_LEXICON.regex("links.fronted"))
_CLAUSE_END = re.compile(_LEXICON.regex("links.clause_end"), re.IGNORECASE)
_RESULTS_ON = re.compile(_LEXICON.regex("links.results_on"), re.IGNORECASE)
_ASIDE = re.compile(r"\([^()]*V[^()]*\)")
_BETWEEN_BENCHMARKS = re.compile(r"(?: benchmarks?| datasets?)?(?:, and|,| and|/| as well as|, as well as) (?:the )?")
_BETWEEN_VALUES = re.compile(r"(?:, and|,| and|/)(?: \w+)? ?")
_THEN_MEASURE = re.compile(r" (?:\w+ )?M")
_LIKE = re.compile(r"(?: benchmarks?| datasets?| tasks?)?,? (?:such as|like|including|e\.g\.,?) (?:the )?")
_NEXT_CLAUSE = re.compile(r"[;,]| (?:and|while|compared) ")
_LONGEST_BRACKET = 12


def link_benchmarks(sentence: MarkedSentence, measures: list[CellLink | None]) -> list[CellLink | None]:
    """The benchmarks of each value of the sentence, whose measures are known."""
    links = [
        _link(sentence, value, measure.mentions[0] if measure else None)
        for value, measure in zip(sentence.values, measures, strict=True)
    ]
    _distribute(sentence, links)
    _share(sentence, links)
    _hold_for_all(sentence, links)
    return links


def _link(sentence: MarkedSentence, value: ResultMention, measure: ResultMention | None) -> CellLink | None:
    before = sentence.preceding(value, "benchmark")[:1]
    for one in before:
        gap = sentence.gap(one.end, value.start)
        if "V" not in gap and gap.rstrip().endswith("(") and len(gap) < _LONGEST_BRACKET:
            return CellLink((one,), "bracket")
    start = max(value.end, measure.end) if measure and measure.start >= value.end else value.end
    for one in sentence.following(value, "benchmark")[:1]:
        if sentence.gap(value.end, one.start) == " " and _THEN_MEASURE.match(sentence.gap(one.end, len(sentence.text))):
            return CellLink((one,), "before_measure")
        gap = _ASIDE.sub("", sentence.gap(start, one.start))
        if not set("VB") & set(gap) and _THEN_BENCHMARK.search(re.sub(r"[MS]", "score", gap)):
            return CellLink(_examples_of(sentence, one), "value_then_benchmark")
    for one in before:
        gap = sentence.gap(one.end, value.start)
        if "V" not in gap and " and " not in gap and _BENCHMARK_THEN_VALUE.search(gap.replace("M", "")):
            return CellLink((one,), "benchmark_then_value")
    for one in before:
        gap = sentence.gap(one.end, value.start)
        if _FRONTED.search(sentence.gap(0, one.start)) and not _CLAUSE_END.search(gap) and "B" not in gap:
            return CellLink(_listed_to(sentence, one), "fronted")
    if measure and measure.end <= value.start:
        if before and re.fullmatch(r"\s?(?:\w+ )?", sentence.gap(before[0].end, measure.start)):
            return CellLink((before[0],), "before_measure")
        between = [one for one in sentence.preceding(value, "benchmark") if one.start >= measure.end]
        if between and "V" not in sentence.gap(measure.end, value.start):
            return CellLink(listed_from(sentence, between[-1]), "after_measure")
    return None


def listed_from(sentence: MarkedSentence, first: ResultMention) -> tuple[ResultMention, ...]:
    """A benchmark and those that are listed after it."""
    listed = [first]
    for one in sentence.mentions:
        if one.kind == "benchmark" and one.start >= listed[-1].end:
            if not _BETWEEN_BENCHMARKS.fullmatch(sentence.gap(listed[-1].end, one.start)):
                break
            listed.append(one)
    return tuple(listed)


def _listed_to(sentence: MarkedSentence, last: ResultMention) -> tuple[ResultMention, ...]:
    """A benchmark and those that are listed before it."""
    listed = [last]
    for one in reversed(sentence.mentions):
        if one.kind == "benchmark" and one.end <= listed[0].start:
            if not _BETWEEN_BENCHMARKS.fullmatch(sentence.gap(one.end, listed[0].start)):
                break
            listed.insert(0, one)
    return tuple(listed)


def _examples_of(sentence: MarkedSentence, first: ResultMention) -> tuple[ResultMention, ...]:
    """The benchmarks that a phrase gives as examples, "math benchmarks like B and B"; else those that are listed."""
    following = [one for one in sentence.mentions if one.kind == "benchmark" and one.start >= first.end]
    if first.detail == "unnamed" and following and _LIKE.fullmatch(sentence.gap(first.end, following[0].start)):
        return listed_from(sentence, following[0])
    return listed_from(sentence, first)


def _distribute(sentence: MarkedSentence, links: list[CellLink | None]) -> None:
    """As many values as benchmarks in a list belong together in pairs: "V and V on B and B"."""
    values = sentence.values
    for at, link in enumerate(links):
        count = len(link.mentions) if link else 0
        first = at - count + 1
        if link is None or count < 2 or first < 0:
            continue
        if all(
            _BETWEEN_VALUES.fullmatch(sentence.gap(values[one].end, values[one + 1].start)) for one in range(first, at)
        ):
            for step, one in enumerate(link.mentions):
                links[first + step] = CellLink((one,), "in_pairs")


def _share(sentence: MarkedSentence, links: list[CellLink | None]) -> None:
    """Values in a list share the benchmark that only one of them names."""
    values = sentence.values

    def shares_earlier(at: int) -> bool:
        return sentence.is_baseline(at - 1) or sentence.is_before(at)

    def shares_later(at: int) -> bool:
        between = sentence.gap(values[at].end, values[at + 1].start)
        return "B" not in between and "with" not in between

    share_links(sentence, links, shares_earlier=shares_earlier, shares_later=shares_later)


def _hold_for_all(sentence: MarkedSentence, links: list[CellLink | None]) -> None:
    """Benchmarks that the sentence begins with hold for all of its values: "results on B show that", "on B, …"."""
    first = next((one for one in sentence.mentions if one.kind == "benchmark"), None)
    if first is None or first.end > sentence.values[0].start:
        return
    lead = sentence.gap(0, first.start)
    if not (_RESULTS_ON.search(lead) or _FRONTED.search(lead)):
        return
    listed = listed_from(sentence, first)
    for at, link in enumerate(links):
        is_task = link is not None and link.mentions[0].detail == "unnamed" != first.detail
        if is_task or (link is None and not _names_another(sentence, at)):
            links[at] = CellLink(listed, "of_all")
    if "respectively" in sentence.text and len(listed) == len(links):
        for at, one in enumerate(listed):
            links[at] = CellLink((one,), "in_pairs")


def _names_another(sentence: MarkedSentence, at: int) -> bool:
    """Whether a benchmark that stands before the next value may be this one's."""
    values = sentence.values
    end = values[at + 1].start if at + 1 < len(values) else len(sentence.text)
    return "B" in _NEXT_CLAUSE.split(sentence.gap(values[at].end, end))[0]
