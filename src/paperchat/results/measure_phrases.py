"""Measures that are in no list: noun phrases whose place in a sentence says that a value is theirs."""

from __future__ import annotations

import re

from paperchat import lexicon

_LEXICON = lexicon.load("result_sentences")
_CHANGED = re.compile(_LEXICON.regex("phrases.changed"), re.IGNORECASE)
_HAS_VALUE = re.compile(_LEXICON.regex("phrases.has_value"), re.IGNORECASE)
_MORE_OF = re.compile(_LEXICON.regex("phrases.more_of"), re.IGNORECASE)
_AFTER_VERB = re.compile(_LEXICON.regex("phrases.after_verb"), re.IGNORECASE)
_NAMED_AFTER = re.compile(_LEXICON.regex("phrases.named_after"), re.IGNORECASE)
_NO_MEASURE = re.compile(_LEXICON.regex("phrases.no_measure"), re.IGNORECASE)
_LONGEST_BEFORE, _LONGEST_AFTER = 160, 90

Span = tuple[int, int]


def find_measure_phrase(sentence: str, start: int, end: int) -> Span | None:
    """The span of the phrase that names the measure of the value between ``start`` and ``end``, if one does."""
    first = max(start - _LONGEST_BEFORE, 0)
    before, after = sentence[first:start], sentence[end : end + _LONGEST_AFTER]
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


def _noun(match: re.Match[str], offset: int) -> Span:
    return match.start("noun") + offset, match.end("noun") + offset


def _is_measure(sentence: str, span: Span) -> bool:
    return not _NO_MEASURE.search(sentence[slice(*span)])
