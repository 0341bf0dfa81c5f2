"""Features of a value and of what it may belong to: where the two stand in their sentence, by name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from paperchat import lexicon
from paperchat.results.marked_sentence import MarkedSentence
from paperchat.results.result_mentions import ResultMention
from paperchat.results.result_names import measure_name

_LEXICON = lexicon.load("result_sentences")
_CLOSED_WORDS = _LEXICON.words("features.closed_words")
_COMPARISON = re.compile(_LEXICON.regex("features.comparison"), re.IGNORECASE)
_CLAUSE = re.compile(_LEXICON.regex("features.clause"), re.IGNORECASE)
_RESOURCE = re.compile(_LEXICON.regex("features.resource"), re.IGNORECASE)
_SHARE_OF = re.compile(_LEXICON.regex("values.share_of"), re.IGNORECASE)
_CONDITION = re.compile(_LEXICON.regex("features.condition"), re.IGNORECASE)
_VERB = re.compile(_LEXICON.regex("links.verb"))
_WORD = re.compile(r"[\w'-]+|[^\w\s]")
_NEAR_WORDS, _MIDDLE_WORDS = 3, 10
_LEAD_WORDS = 4
_LONGEST_LEAD = 80
_MARKS = frozenset("VMBS")
_EFFICIENCY = frozenset({"cost", "latency", "memory", "energy", "tokens used", "speed-up", "throughput", "efficiency"})


def value_features(sentence: MarkedSentence, at: int) -> Iterator[str]:
    """What a value looks like, and what stands beside it."""
    value = sentence.values[at]
    before, after = sentence.gap(0, value.start), sentence.gap(value.end, len(sentence.text))
    yield f"unit:{value.detail}"
    if value.text[0] in "+-−~<>":
        yield "sign"
    if sentence.is_before(at):
        yield "before"
    elif sentence.is_baseline(at):
        yield "baseline"
    if sentence.is_of_other(at):
        yield "of_other"
    if at and sentence.is_margin(at):
        yield "margin"
    if _SHARE_OF.match(sentence.text, value.end):
        yield "share"
    if _RESOURCE.search(before):
        yield "resource"
    if _CONDITION.search(before):
        yield "condition"
    if before.count("(") > before.count(")"):
        yield "bracketed"
    yield f"after:{_closed(_WORD.findall(before)[-1:])}"
    yield f"then:{_closed(_WORD.findall(after)[:1])}"
    if _VERB.search(before):
        yield "verb"


def place_features(sentence: MarkedSentence, value: ResultMention, start: int, end: int, letter: str) -> Iterator[str]:
    """Where a span of the sentence stands that a value may belong to; ``letter`` stands for others of its kind."""
    if start < value.end and value.start < end:
        yield "inside"
        return
    side, gap = (
        ("left", sentence.gap(end, value.start)) if end <= value.start else ("right", sentence.gap(value.end, start))
    )
    words = _WORD.findall(gap)
    yield f"{side}:{'near' if len(words) < _NEAR_WORDS else 'middle' if len(words) < _MIDDLE_WORDS else 'far'}"
    yield f"{side}:values:{min(words.count('V'), 1)}"
    yield f"{side}:same:{min(words.count(letter), 1)}"
    if _CLAUSE.search(gap):
        yield f"{side}:clause"
    if gap.count("(") != gap.count(")"):
        yield f"{side}:bracket"
    if _COMPARISON.search(sentence.gap(max(start - _LONGEST_LEAD, 0), start)):
        yield f"{side}:comparison"


def _closed(words: Sequence[str]) -> str:
    """A word of a closed class; else what it is like."""
    if not words:
        return "end"
    first = words[0]
    if first in _MARKS or first.lower() in _CLOSED_WORDS:
        return first if first in _MARKS else first.lower()
    if _VERB.fullmatch(first):
        return "verb"
    return "word" if first[0].isalnum() else first


def lead_word(sentence: MarkedSentence, start: int) -> str:
    """What leads to a mention: a comparison, or the nearest word of a closed class."""
    before = sentence.gap(max(start - _LONGEST_LEAD, 0), start)
    if _COMPARISON.search(before):
        return "comparison"
    words: list[str] = _WORD.findall(before)[-_LEAD_WORDS:]
    if not words:
        return "start"
    for word in reversed(words):
        if word.lower() in _CLOSED_WORDS or not word[0].isalnum():
            return word.lower()
        if _VERB.fullmatch(word):
            return "verb"
    return "words"


def measure_group(text: str) -> str:
    """What kind of measure a text names: of efficiency, another, or none that is known."""
    named = measure_name(text)
    if named is None:
        return "unknown"
    if named.name == "speed-up":
        return "speed-up"
    return "efficiency" if named.name in _EFFICIENCY else "known"
