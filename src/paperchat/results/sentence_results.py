"""Results in a sentence: which measure, benchmark and system each of its values belongs to."""

from __future__ import annotations

import re
from collections.abc import Sequence

from paperchat import lexicon
from paperchat.results.result_mentions import OwnNames, ResultMention, find_measure_phrase, find_mentions
from paperchat.results.result_names import measure_name
from paperchat.results.sentence_reading import SentenceReading, SentenceResult, repeats
from paperchat.results.types import ResultKind

_LEXICON = lexicon.load("result_sentences")
_MEASURE_THEN_VALUE = re.compile(_LEXICON.regex("links.measure_then_value"), re.IGNORECASE)
_VALUE_THEN_MEASURE = re.compile(_LEXICON.regex("links.value_then_measure"), re.IGNORECASE)
_THEN_BENCHMARK = re.compile(_LEXICON.regex("links.then_benchmark"), re.IGNORECASE)
_BENCHMARK_THEN_VALUE = re.compile(_LEXICON.regex("links.benchmark_then_value"), re.IGNORECASE)
_FRONTED = re.compile(_LEXICON.regex("links.fronted"))
_SYSTEM_THEN_VALUE = re.compile(_LEXICON.regex("links.system_then_value"), re.IGNORECASE)
_VALUE_FOR_SYSTEM = re.compile(_LEXICON.regex("links.value_for_system"), re.IGNORECASE)
_AGAINST = re.compile(_LEXICON.regex("links.against"), re.IGNORECASE)
_MARGIN = re.compile(_LEXICON.regex("links.margin"), re.IGNORECASE)
_LISTED_VALUES = re.compile(_LEXICON.regex("links.listed_values"), re.IGNORECASE)
_VERB = re.compile(_LEXICON.regex("links.verb"))
_CLAUSE_END = re.compile(_LEXICON.regex("links.clause_end"), re.IGNORECASE)
_BASELINE_VALUE = re.compile(_LEXICON.regex("links.baseline_value"), re.IGNORECASE)
_NOT_SUBJECT = re.compile(_LEXICON.regex("links.not_subject"), re.IGNORECASE)
_OBJECT = re.compile(_LEXICON.regex("links.object"))
_COMPARED = re.compile(r"\b(?:than|over|against|compared (?:to|with)|and|or|,|outperform\w*|surpass\w*)\s(?:the )?$")
_TO_VALUE = re.compile(_LEXICON.regex("links.to_value"))
_FROM_VALUE = re.compile(r"\bfrom (?:[a-z]+ ){0,2}[+~]?$")
_BY = re.compile(_LEXICON.regex("links.by"), re.IGNORECASE)
_THEN_CHANGE = re.compile(_LEXICON.regex("links.then_change"), re.IGNORECASE)
_CHANGE_OF = re.compile(_LEXICON.regex("links.change_of"), re.IGNORECASE)
_RESULTS_ON = re.compile(_LEXICON.regex("links.results_on"), re.IGNORECASE)
_LATEX = re.compile(r"\\(?:emph|textbf|text|mathbf)\{|[{}$]")
_SUBJECT_TO_VERB = re.compile(r"\s(?:\w+ly |also |even |only |can |still )*|,? (?:which |that )(?:\w+ly )?|, | to ")
_APPOSITION = re.compile(r",|\s(?:which|to)\s")
_NEW_CLAUSE = re.compile(_LEXICON.regex("links.new_clause"))
_MEASURED_ON = re.compile(_LEXICON.regex("links.measured_on"))
_IMPERSONAL = re.compile(r"\b(?:that|as|make|makes)\s$")
_THAT = re.compile(r"\b(?:that|how)\b")
_ASIDE = re.compile(r"\([^()]*V[^()]*\)")
_ALSO = re.compile(r"\bV,? and $")
_IMPROVED_FROM = re.compile(r"(?:['’]s)?(?: M)?(?: (?:on|in) (?:the )?B)?(?: M)? from ")
_EXAMPLE = re.compile(r",? (?:such as|like|e\.g\.,?) ")
_AND = re.compile(r",? and ")
_COMPARED_BEFORE = re.compile(_LEXICON.regex("links.compared_before"), re.IGNORECASE)
_CONDITION = re.compile(r"(?:At|Under|Given|Within) [^,]{0,40}")
_EFFICIENCY = frozenset({"cost", "latency", "memory", "energy", "tokens used"})
_MARKS = {"value": "V", "measure": "M", "benchmark": "B", "system": "S"}
_RATE_UNIT = re.compile(r"fps|tps|tok\w*/s\w*", re.IGNORECASE)


class SentenceLinker:
    """Links the values of one sentence."""

    def __init__(self, sentence: str, own: OwnNames) -> None:
        self._text = sentence
        self._own = own
        self._mentions = find_mentions(sentence, own)
        self._values = [one for one in self._mentions if one.kind == "value"]

    def read(self) -> SentenceReading:
        """All values that are linked to a measure or a benchmark."""
        if not self._values:
            return SentenceReading((), 0)
        measures = [self._measure(value) for value in self._values]
        benchmarks = [self._benchmark(value, measures[at]) for at, value in enumerate(self._values)]
        self._distribute(benchmarks)
        self._share(measures, benchmarks)
        self._of_all(benchmarks)
        found: list[SentenceResult] = []
        left_out = 0
        for at, value in enumerate(self._values):
            measure, benchmark = measures[at], benchmarks[at]
            if value.detail == "integer" and not measure and not self._in_list_of_results(at, benchmarks):
                continue
            before = self._is_before(at)
            if measure is not None and value.detail == "integer" and _is_of_efficiency(measure.text):
                continue
            if not before and (self._is_baseline(value) or _CONDITION.fullmatch(self._text[: value.start])):
                left_out += 1
                continue
            named = self._named_in_list(value) if measure is None and not benchmark else None
            if named is not None:
                benchmark = self._own_benchmark()
            if measure is None and not benchmark:
                left_out += value.detail in ("percent", "points", "ratio", "decimal")
                continue
            system = self._improved(value) if before else self._system(value)
            if system is None and measure is None:
                left_out += 1
                continue
            kind = self._kind(value)
            if kind == "absolute" and not (measure and _is_of_efficiency(measure.text)):
                benchmark = benchmark or self._own_benchmark()
            one = SentenceResult(value, measure, benchmark, system, self._against(value, kind), kind, before)
            if not any(repeats(one, other) for other in found):
                found.append(one)
        return SentenceReading(tuple(found), left_out)

    def _is_before(self, at: int) -> bool:
        """Whether a value is that before an improvement, "from V to V"."""
        if at + 1 == len(self._values) or not _FROM_VALUE.search(self._text[: self._values[at].start]):
            return False
        return self._are_listed(at, at + 1)

    def _own_benchmark(self) -> tuple[ResultMention, ...]:
        """The benchmark that the paper brings to measure others by, where the sentence names none."""
        if not self._own.main_benchmark or any(one.kind == "benchmark" for one in self._mentions):
            return ()
        return (ResultMention("benchmark", -1, -1, self._own.main_benchmark, "own"),)

    def _of_all(self, benchmarks: list[tuple[ResultMention, ...]]) -> None:
        """Benchmarks that the sentence begins with hold for all of its values: "results on B show that", "on B, …"."""
        first = next((one for one in self._mentions if one.kind == "benchmark"), None)
        if first is None or first.end > self._values[0].start:
            return
        lead = self._gap(0, first.start)
        if _RESULTS_ON.search(lead) or _FRONTED.search(lead):
            listed = self._listed_from(first)
            for at, one in enumerate(benchmarks):
                is_task = bool(one) and one[0].detail == "unnamed" != first.detail
                if is_task or not (one or self._names_another(at)):
                    benchmarks[at] = listed

    def _names_another(self, at: int) -> bool:
        """Whether a benchmark that stands before the next value may be this one's."""
        end = self._values[at + 1].start if at + 1 < len(self._values) else len(self._text)
        gap = self._gap(self._values[at].end, end)
        return "B" in re.split(r"[;,]| (?:and|while|compared) ", gap)[0]

    # Gaps

    def _gap(self, start: int, end: int) -> str:
        """The text between two places, in which a letter stands for each mention."""
        parts, at = [], start
        for one in self._mentions:
            if one.start >= start and one.end <= end:
                parts.append(self._text[at : one.start] + _MARKS[one.kind])
                at = one.end
        return _LATEX.sub("", "".join(parts) + self._text[at:end])

    def _following(self, value: ResultMention, kind: str) -> list[ResultMention]:
        return [one for one in self._mentions if one.kind == kind and one.start >= value.end]

    def _preceding(self, value: ResultMention, kind: str) -> list[ResultMention]:
        return [one for one in reversed(self._mentions) if one.kind == kind and one.end <= value.start]

    # Measures

    def _measure(self, value: ResultMention) -> ResultMention | None:
        if value.detail == "unit" and (unit := _RATE_UNIT.search(value.text)):
            return ResultMention("measure", value.start + unit.start(), value.start + unit.end(), unit[0])
        for one in self._following(value, "measure")[:1]:
            gap = self._gap(value.end, one.start).replace("(V)", "")
            if "V" not in gap and value.detail != "integer" and _VALUE_THEN_MEASURE.search(gap):
                return one
        for one in self._preceding(value, "measure")[:1]:
            gap = self._gap(one.end, value.start)
            if "V" not in gap and _MEASURE_THEN_VALUE.fullmatch(_MEASURED_ON.sub("", gap)):
                return one
        if value.detail == "integer":
            return None
        phrase = find_measure_phrase(self._text, value.start, value.end)
        if phrase and not any(
            one.kind in ("benchmark", "system") and one.start < phrase[1] and phrase[0] < one.end
            for one in self._mentions
        ):
            return ResultMention("measure", *phrase, self._text[slice(*phrase)], "phrase")
        return None

    def _share(self, measures: list[ResultMention | None], benchmarks: list[tuple[ResultMention, ...]]) -> None:
        """Values in a list share the measure and the benchmark that only one of them names."""
        for at in range(1, len(self._values)):
            if self._is_of_other(at) or (self._is_margin(at) and self._are_alike(at - 1, at)):
                measures[at] = measures[at] or measures[at - 1]
                benchmarks[at] = benchmarks[at] or benchmarks[at - 1]
                continue
            if not self._are_listed(at - 1, at):
                continue
            if measures[at] is None and self._values[at].detail != "integer" and self._are_alike(at - 1, at):
                measures[at] = measures[at - 1]
            if not benchmarks[at] and (self._is_baseline(self._values[at - 1]) or self._is_before(at)):
                benchmarks[at] = benchmarks[at - 1]
        for at in range(len(self._values) - 2, -1, -1):
            if self._is_of_other(at) or not self._are_listed(at, at + 1):
                continue
            between = self._gap(self._values[at].end, self._values[at + 1].start)
            if measures[at] is None and "M" not in between and self._are_alike(at, at + 1):
                measures[at] = measures[at + 1]
            if not benchmarks[at] and "B" not in between and "with" not in between:
                benchmarks[at] = benchmarks[at + 1]

    def _are_alike(self, first: int, second: int) -> bool:
        """Whether neither value is a ratio or has a unit, or both do, so that they may be of one measure."""
        details = [self._values[one].detail for one in (first, second)]
        units = [detail if detail in ("ratio", "unit") else "" for detail in details]
        return units[0] == units[1]

    def _is_of_other(self, at: int) -> bool:
        """Whether it is the value of a system that is compared with, in parentheses: "V, surpassing S (V)"."""
        value = self._values[at]
        before = self._preceding(value, "system")[:1]
        return bool(before) and bool(re.fullmatch(r"\s?\(\s?", self._gap(before[0].end, value.start)))

    def _is_margin(self, at: int) -> bool:
        """Whether it is by how much the value before it is more than another's: "V on B, outperforming S by V"."""
        first = max(at - 2, 0) if self._is_of_other(at - 1) else at - 1
        return bool(_MARGIN.search(self._gap(self._values[first].end, self._values[at].start)))

    def _are_listed(self, first: int, second: int) -> bool:
        gap = self._gap(self._values[first].end, self._values[second].start)
        if _TO_VALUE.match(gap) and _FROM_VALUE.search(self._text[: self._values[first].start]):
            return True
        return bool(_LISTED_VALUES.fullmatch(gap))

    def _in_list_of_results(self, at: int, benchmarks: Sequence[tuple[ResultMention, ...]]) -> bool:
        neighbours = [one for one in (at - 1, at + 1) if 0 <= one < len(self._values)]
        return bool(benchmarks[at]) and any(
            benchmarks[one] and self._are_listed(min(one, at), max(one, at)) and self._values[one].detail != "integer"
            for one in neighbours
        )

    # Benchmarks

    def _benchmark(self, value: ResultMention, measure: ResultMention | None) -> tuple[ResultMention, ...]:
        before = self._preceding(value, "benchmark")[:1]
        following = self._following(value, "benchmark")[:1]
        for one in before:
            if "V" not in (gap := self._gap(one.end, value.start)) and gap.rstrip().endswith("(") and len(gap) < 12:
                return (one,)
        start = max(value.end, measure.end) if measure and measure.start >= value.end else value.end
        for one in following:
            gap = _ASIDE.sub("", self._gap(start, one.start))
            if not set("VB") & set(gap) and _THEN_BENCHMARK.search(re.sub(r"[MS]", "score", gap)):
                return self._listed_from(one)
        for one in before:
            gap = self._gap(one.end, value.start)
            if "V" not in gap and " and " not in gap and _BENCHMARK_THEN_VALUE.search(gap.replace("M", "")):
                return (one,)
        for one in before:
            lead = self._gap(0, one.start)
            gap = self._gap(one.end, value.start)
            if _FRONTED.search(lead) and not _CLAUSE_END.search(gap) and "B" not in gap:
                return (one,)
        if measure and measure.end <= value.start:
            if before and re.fullmatch(r"\s?(?:\w+ )?", self._gap(before[0].end, measure.start)):
                return (before[0],)
            between_them = [one for one in self._preceding(value, "benchmark") if one.start >= measure.end]
            if between_them and "V" not in self._gap(measure.end, value.start):
                return self._listed_from(between_them[-1])
        return ()

    def _listed_from(self, first: ResultMention) -> tuple[ResultMention, ...]:
        """The benchmark and those that are listed after it."""
        listed = [first]
        for one in self._mentions:
            if one.kind == "benchmark" and one.start >= listed[-1].end:
                if not re.fullmatch(
                    r"(?: benchmarks?| datasets?)?(?:, and|,| and|/| as well as|, as well as) (?:the )?",
                    self._gap(listed[-1].end, one.start),
                ):
                    break
                listed.append(one)
        return tuple(listed)

    def _distribute(self, benchmarks: list[tuple[ResultMention, ...]]) -> None:
        """As many values as benchmarks in a list belong together in pairs: "V and V on B and B"."""
        for at, listed in enumerate(benchmarks):
            count = len(listed)
            if count < 2:
                continue
            first = at - count + 1
            if first >= 0 and all(
                re.fullmatch(
                    r"(?:, and|,| and|/)(?: \w+)? ?", self._gap(self._values[one].end, self._values[one + 1].start)
                )
                for one in range(first, at)
            ):
                for step in range(count):
                    benchmarks[first + step] = (listed[step],)

    # Systems

    def _system(self, value: ResultMention) -> ResultMention | None:
        for one in self._preceding(value, "system")[:1]:
            if self._is_example(one, value):
                return one
            if named := self._named_in_list(value):
                return named
            if one.detail in ("name", "own", "others") and _SYSTEM_THEN_VALUE.fullmatch(
                self._gap(one.end, value.start)
            ):
                return one
        for one in self._following(value, "system")[:1]:
            gap = self._gap(value.end, one.start)
            if one.detail != "back" and "V" not in gap and _VALUE_FOR_SYSTEM.fullmatch(gap):
                return one
        for one in self._subjects(value):
            before = self._gap(max(one.start - 70, 0), one.start)
            gap = self._gap(one.end, value.start)
            verb = _VERB.search(gap)
            is_near = verb is not None and bool(_SUBJECT_TO_VERB.fullmatch(gap[: verb.start()]))
            if one.kind == "benchmark" and not is_near:
                continue
            if verb and not is_near and _NEW_CLAUSE.search(gap):
                return None
            is_ruled_out = _COMPARED.search(before) or (
                verb and not verb[0].endswith("ing") and _NOT_SUBJECT.search(before) and not _APPOSITION.match(gap)
            )
            if is_near and one.detail in ("name", "own") and not is_ruled_out:
                return self._paired(one, value)
            if one.text.lower() == "which" or _NOT_SUBJECT.search(before) or _OBJECT.search(before):
                continue
            if one.detail == "back" and _IMPERSONAL.search(before):
                continue
            if one.text.lower() == "we" and _THAT.search(gap):
                continue
            if verb and (not verb[0].endswith("ing") or not gap[: verb.start()].strip()):
                return one
            if one.detail == "name" and not _is_after(gap):
                return None
        return self._implied(value)

    def _named_in_list(self, value: ResultMention) -> ResultMention | None:
        """The system with a name that directly follows a percentage: "V for S"."""
        following = self._following(value, "system")[:1] if value.detail == "percent" else []
        return next((one for one in following if self._gap(value.end, one.start) == " for "), None)

    def _is_example(self, one: ResultMention, value: ResultMention) -> bool:
        """Whether it is the example of the subject: "models such as S reach V"."""
        others = [other for other in self._preceding(value, "system") if other.end <= one.start][:1]
        if one.detail != "name" or not others or others[0].detail != "others":
            return False
        verb = _VERB.search(gap := self._gap(one.end, value.start))
        return (
            verb is not None
            and bool(_EXAMPLE.fullmatch(self._gap(others[0].end, one.start)))
            and bool(re.fullmatch(r",? (?:only |still )?", gap[: verb.start()]))
        )

    def _improved(self, value: ResultMention) -> ResultMention | None:
        """The system with a name that is improved from a value: "improves S on B from V"."""
        for one in self._preceding(value, "system")[:1]:
            is_object = _OBJECT.search(self._gap(max(one.start - 70, 0), one.start)) or _ALSO.search(
                self._gap(0, one.start)
            )
            if one.detail == "name" and is_object and _IMPROVED_FROM.fullmatch(self._gap(one.end, value.start)):
                return one
        return None

    def _subjects(self, value: ResultMention) -> list[ResultMention]:
        """What may be the subject of a value, the nearest first: systems, and what the paper itself brings."""
        return [
            one
            for one in reversed(self._mentions)
            if one.end <= value.start and (one.kind == "system" or (one.kind == "benchmark" and one.detail == "own"))
        ]

    def _paired(self, second: ResultMention, value: ResultMention) -> ResultMention | None:
        """Of "S and S achieve V and V, respectively" the system in the value's place."""
        others = [one for one in self._mentions if one.kind == "system" and one.end <= second.start]
        if not others or self._gap(others[-1].end, second.start) not in (" and ", ", and "):
            return second
        at = self._values.index(value)
        if "respectively" not in self._text:
            return None
        if at + 1 < len(self._values) and _AND.fullmatch(self._gap(value.end, self._values[at + 1].start)):
            return others[-1]
        is_second = at > 0 and _AND.fullmatch(self._gap(self._values[at - 1].end, value.start))
        return second if is_second else None

    def _implied(self, value: ResultMention) -> ResultMention | None:
        """The paper's own system, where the sentence names none as its subject and no other one."""
        if self._own.evaluates or not self._own.main_system:
            return None
        named = (one for one in self._preceding(value, "system") if one.detail in ("name", "others"))
        if any(not _COMPARED_BEFORE.search(self._gap(max(one.start - 70, 0), one.start)) for one in named):
            return None
        return ResultMention("system", -1, -1, self._own.main_system, "own")

    def _is_baseline(self, value: ResultMention) -> bool:
        """Whether it is the value that another is compared with: "from V to V", "V vs. V"."""
        before = self._text[max(value.start - 25, 0) : value.start]
        after = self._gap(value.end, len(self._text))
        return bool(_BASELINE_VALUE.search(before)) or bool(
            re.search(r"\bfrom\s?(?:about |around )?$", before) and re.match(r"\s?(?:\w+ )?(?:\(S\) )?to ", after)
        )

    def _against(self, value: ResultMention, kind: ResultKind) -> ResultMention | None:
        if kind == "absolute":
            return None
        before, after = self._preceding(value, "system")[:1], self._following(value, "system")[:1]
        for one, gap in (
            *((one, self._gap(one.end, value.start)) for one in before),
            *((one, self._gap(value.end, one.start)) for one in after),
        ):
            if one.detail not in ("name", "others") or set(gap) & set(",;V"):
                continue
            if _AGAINST.search(self._gap(max(one.start - 80, 0), one.start) + "S "):
                return one
        return None

    def _kind(self, value: ResultMention) -> ResultKind:
        if value.detail == "ratio":
            return "ratio"
        if value.text[0] in "+-−":
            return "improvement"
        before = _last_clause(self._gap(max(value.start - 60, 0), value.start))
        after = re.split(r"[,;]| on | compared ", self._text[value.end : value.end + 60])[0]
        if value.detail == "points" or _BY.search(before) or _THEN_CHANGE.match(after) or _CHANGE_OF.search(before):
            return "improvement"
        return "absolute"


def _is_of_efficiency(measure: str) -> bool:
    """Whether a measure is of time, memory or cost, whose values have a unit."""
    named = measure_name(measure)
    return named is not None and named.name in _EFFICIENCY


def _is_after(gap: str) -> bool:
    """Whether what follows a system begins something else."""
    return bool(re.match(r"\s?(?:[,;()]|and\b|with\b|on\b|in\b|by\b|to\b)", gap))


def _last_clause(text: str) -> str:
    return re.split(r"[;:]|, (?:and|while|with) ", text)[-1]


def read_sentence(sentence: str, own: OwnNames) -> SentenceReading:
    """The results in a sentence of a paper."""
    return SentenceLinker(sentence, own).read()
