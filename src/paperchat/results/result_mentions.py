"""What a sentence names: values with their units, measures, benchmarks and systems, as spans."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from paperchat import lexicon
from paperchat.results.own_names import OwnNames
from paperchat.results.result_names import (
    MentionKind,
    is_known_benchmark,
    is_model_family,
    is_no_name,
    measure_name,
    measure_spans,
)

_LEXICON = lexicon.load("result_sentences")
_SYSTEMS = lexicon.load("result_systems")
VALUE_PATTERN = re.compile(_LEXICON.regex("values.value"))
_NO_VALUE_BEFORE = re.compile(_LEXICON.regex("values.no_value_before"), re.IGNORECASE)
_NO_VALUE_AFTER = re.compile(_LEXICON.regex("values.no_value_after"), re.IGNORECASE)
_SMALL_NAME = re.compile(r"[a-zτ]+[²-]?[a-z]*-?\d+(?:\.\d+)?|[τ∞]²?-[Bb]ench")
_SMALL_NO_NAME = re.compile(r"[a-z]{1,2}\d|x\d+|top\d|mp\d")
_BEGINS_TITLE = re.compile(r"\b(?:on|across) (?:the )?[A-Z][a-z]+$")
_AMOUNT = re.compile(r"\s(?:only |about |up to |just |over |nearly )?[\d.]+")
_VERSION = re.compile(r"\d+(?:\.\d+)?")
_RESOLUTION = re.compile(r"[ ~]\d+ ?(?:x|×|times) ?\d+")
_FRONT = re.compile(r"(?:In|On|For) (?:the )?")
_FROM = re.compile(r"\bfrom (?:[a-z]+ ){0,2}[+~]?$")
_CHANGED = re.compile(_LEXICON.regex("phrases.changed"), re.IGNORECASE)
_HAS_VALUE = re.compile(_LEXICON.regex("phrases.has_value"), re.IGNORECASE)
_MORE_OF = re.compile(_LEXICON.regex("phrases.more_of"), re.IGNORECASE)
_AFTER_VERB = re.compile(_LEXICON.regex("phrases.after_verb"), re.IGNORECASE)
_NAMED_AFTER = re.compile(_LEXICON.regex("phrases.named_after"), re.IGNORECASE)
_NO_MEASURE = re.compile(_LEXICON.regex("phrases.no_measure"), re.IGNORECASE)
_PHRASE_BEFORE, _PHRASE_AFTER = 160, 90
_YEAR = re.compile(r"(?:19|20)\d\d")
_WORD = re.compile(r"[\w∞τ][\w*'’^+²./×-]*[\w*+²]|[\w∞τ]")
_BENCHMARK_SHAPE = re.compile(_LEXICON.regex("names.benchmark_shape"))
_SYSTEM_SHAPE = re.compile(_LEXICON.regex("names.system_shape"))
_BENCHMARK_NOUN = re.compile(_LEXICON.regex("names.benchmark_noun"))
_BEFORE_BENCHMARK = re.compile(_LEXICON.regex("names.before_benchmark"), re.IGNORECASE)
_UNNAMED_BENCHMARKS = re.compile(_LEXICON.regex("names.unnamed_benchmarks"))
_BETWEEN_LISTED = re.compile(_LEXICON.regex("names.between_listed"))
_CONTINUES_NAME = re.compile(_LEXICON.regex("names.continues_name"))
_OWN = re.compile(_SYSTEMS.regex("own"), re.IGNORECASE)
_OTHERS = re.compile(_SYSTEMS.regex("others"))
_BACK_REFERENCE = re.compile(_SYSTEMS.regex("back_reference"), re.IGNORECASE)
_LONGEST_BEFORE = 70


@dataclass(frozen=True, slots=True)
class ResultMention:
    """A span of a sentence that names a value, a measure, a benchmark or a system.

    ``detail`` says of a value its unit, and of a system ``own``, ``others``, ``back`` or ``name``.
    """

    kind: MentionKind
    start: int
    end: int
    text: str
    detail: str = ""


def find_mentions(sentence: str, own: OwnNames) -> list[ResultMention]:
    """All mentions of a sentence in order; of those that overlap the more certain kind is kept."""
    values = find_values(sentence)
    measures = [ResultMention("measure", start, end, sentence[start:end]) for start, end in measure_spans(sentence)]
    names = _names(sentence, own)
    own_words = [
        ResultMention("system", *match.span(), match[0], detail)
        for pattern, detail in ((_OWN, "own"), (_OTHERS, "others"), (_BACK_REFERENCE, "back"))
        for match in pattern.finditer(sentence)
    ]
    kept: list[ResultMention] = []
    named = sorted([*measures, *names], key=lambda one: one.start - one.end)  # the longest first
    values = [
        one
        for one in values
        if one.detail not in ("decimal", "integer") or not any(_has_version(name, one) for name in names)
    ]
    unnamed = [
        ResultMention("benchmark", *match.span("phrase"), match["phrase"], "unnamed")
        for match in _UNNAMED_BENCHMARKS.finditer(sentence)
    ]
    values = [
        one
        for one in values
        if one.detail != "integer" or not any(name.start <= one.start and one.end <= name.end for name in unnamed)
    ]
    for group in (values, named, unnamed, own_words):
        for one in group:
            if not any(one.start < other.end and other.start < one.end for other in kept):
                kept.append(one)
    kept = sorted((one for one in kept if not _costs(sentence, one)), key=lambda one: one.start)
    return [one for at, one in enumerate(kept) if not (at and _is_verb(one, kept[at - 1]))]


def _is_verb(mention: ResultMention, before: ResultMention) -> bool:
    """Whether "scores" is what a system does, and no measure."""
    return mention.text.lower() in ("score", "scores") and before.kind == "system" and mention.start == before.end + 1


def _costs(sentence: str, mention: ResultMention) -> bool:
    """Whether "costs" says by how much something falls, and is no measure: "removing it costs 3 points"."""
    return mention.text.lower() in ("cost", "costs") and bool(_AMOUNT.match(sentence, mention.end))


def _has_version(name: ResultMention, value: ResultMention) -> bool:
    """Whether a number is a part of a name: "Gemini 2.5 Pro"."""
    return name.start < value.start and value.end <= name.end


def find_values(sentence: str) -> list[ResultMention]:
    """The numbers of a sentence that may be values of results."""
    found: list[ResultMention] = []
    for match in VALUE_PATTERN.finditer(sentence):
        one = _value(sentence, match)
        if one and match["to"] and _is_change(sentence, match):
            first, second = one.text.split("to")[0].rstrip(), one.text.split("to")[-1].lstrip()
            found.append(ResultMention("value", one.start, one.start + len(first), first, one.detail))
            one = ResultMention("value", one.end - len(second), one.end, second, one.detail)
        if one:
            found.append(one)
    return found


def _is_change(sentence: str, match: re.Match[str]) -> bool:
    """Whether two numbers are no range but those before and after a change, "from 94.0 to 94.8", "(94.0% to 94.8%)"."""
    if _FROM.search(sentence[max(match.start() - 20, 0) : match.start()]):
        return True
    is_aside = sentence[: match.start()].endswith("(") and sentence[match.end() :].startswith(")")
    return is_aside and " to " in match["to"]


def _value(sentence: str, match: re.Match[str]) -> ResultMention | None:
    unit = next((name for name in ("percent", "ratio", "points", "unit") if match[name]), "")
    before = sentence[max(match.start() - 30, 0) : match.start("number")]
    end = match.end()
    if unit == "points":
        end = match.start("points")
    if unit not in ("percent", "ratio", "points") and (
        _NO_VALUE_BEFORE.search(before[: len(before)]) and not match["sign"] and not before.endswith("(")
    ):
        return None
    if not unit and (_NO_VALUE_AFTER.match(sentence, match.end()) or _YEAR.fullmatch(match["number"])):
        return None
    start = match.start("number") if (match["sign"] or "") not in ("+", "-", "−", "×", "x") else match.start()
    return ResultMention(
        "value", start, end, sentence[start:end], unit or ("decimal" if "." in match["number"] else "integer")
    )


def _names(sentence: str, own: OwnNames) -> list[ResultMention]:
    found: list[ResultMention] = []
    for start, end in _name_spans(sentence, own):
        text = sentence[start:end]
        found.append(_classify(sentence, start, end, text, own, found))
    return found


def _classify(
    sentence: str, start: int, end: int, text: str, own: OwnNames, earlier: Sequence[ResultMention]
) -> ResultMention:
    mention = ResultMention("system", start, end, text, "name")
    before = sentence[max(start - _LONGEST_BEFORE, 0) : start]
    noun = _BENCHMARK_NOUN.match(sentence, end)
    if own_kind := own.kind_of(text):
        return replace(mention, kind="benchmark" if noun else own_kind, detail="own")
    if is_known_benchmark(text):
        return replace(mention, kind="benchmark", detail="known")
    if (is_model_family(text) or _SYSTEM_SHAPE.search(text)) and not noun:
        return mention
    if _BENCHMARK_SHAPE.search(text) or noun:
        return replace(mention, kind="benchmark", detail="shape")
    if _BEFORE_BENCHMARK.search(before) or (_FRONT.fullmatch(before) and sentence[end : end + 1] == ","):
        return replace(mention, kind="benchmark", detail="place")
    if earlier and earlier[-1].kind == "benchmark" and _BETWEEN_LISTED.fullmatch(sentence[earlier[-1].end : start]):
        return replace(mention, kind="benchmark", detail="place")
    return mention


def _name_spans(sentence: str, own: OwnNames) -> list[tuple[int, int]]:
    spans: list[tuple[int, int]] = []
    before: re.Match[str] | None = None
    for match in _WORD.finditer(sentence):
        word, last, before = match[0], before, match
        continues = bool(
            spans and sentence[spans[-1][1] : match.start()] in (" ", "~") and sentence[match.start() - 2] not in ".,:;"
        )
        if continues and _VERSION.fullmatch(word):
            name = sentence[slice(*spans[-1])]
            joined = f"{name} {word}"
            continues = is_known_benchmark(joined) or not (is_known_benchmark(name) or measure_name(name))
        if continues and (_CONTINUES_NAME.fullmatch(word) or (word[0].isupper() and not is_no_name(word))):
            spans[-1] = spans[-1][0], match.end()
            continue
        if is_no_name(word):
            continue
        if (
            _is_name(word)
            or own.kind_of(word)
            or is_known_benchmark(word)
            or _BEGINS_TITLE.search(sentence[: match.end()])
        ):
            end = match.end() - (2 if word.endswith(("'s", "’s")) else 0)
            resolution = _RESOLUTION.match(sentence, end)
            is_second = last is not None and is_known_benchmark(sentence[last.start() : match.end()])
            spans.append(
                (last.start() if is_second and last else match.start(), resolution.end() if resolution else end)
            )
    return spans


def _is_name(word: str) -> bool:
    """Whether a word is written as names are: a capital or a digit inside, or the beginning of a known model's name."""
    if is_model_family(word):
        return True
    if any(c.isupper() for c in word):
        return any(c.isupper() for c in word[1:]) or any(c.isdigit() for c in word)
    return bool(_SMALL_NAME.fullmatch(word)) and not _SMALL_NO_NAME.fullmatch(word)


def find_measure_phrase(sentence: str, start: int, end: int) -> tuple[int, int] | None:
    """The span of the phrase that names the measure of the value between ``start`` and ``end``, if one does."""
    first = max(start - _PHRASE_BEFORE, 0)
    before, after = sentence[first:start], sentence[end : end + _PHRASE_AFTER]
    if (match := _MORE_OF.match(after)) and (span := _noun(match, end)) and _is_measure(sentence, span):
        return span
    for pattern in (_CHANGED, _HAS_VALUE):
        for match in pattern.finditer(before):
            span = _noun(match, first)
            if _is_measure(sentence, span):
                return span
    if _AFTER_VERB.search(before) and (match := _NAMED_AFTER.match(after)):
        span = _noun(match, end)
        if _is_measure(sentence, span):
            return span
    return None


def _noun(match: re.Match[str], offset: int) -> tuple[int, int]:
    return match.start("noun") + offset, match.end("noun") + offset


def _is_measure(sentence: str, span: tuple[int, int]) -> bool:
    return not _NO_MEASURE.search(sentence[slice(*span)])
