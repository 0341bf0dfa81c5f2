"""Limitations: whether a sentence states one by its paper's own findings, and in which words it says what fails."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

from paperchat import lexicon
from paperchat.survey.sentence_extraction import SurveySentence
from paperchat.survey.sentence_roles import AIM_PATTERN, role_of_heading

FailureKind = Literal["fails_at", "worse_under", "lacks"]

_LEXICON = lexicon.load("found_limits")
_FOUND_PATTERN = re.compile(_LEXICON.regex("found"), re.IGNORECASE)
_BEST_FAIL_PATTERN = re.compile(_LEXICON.regex("best_fail"), re.IGNORECASE)
_OWN_FAILS_PATTERN = re.compile(_LEXICON.regex("own_fails"), re.IGNORECASE)
_FIELD_FAILS_PATTERN = re.compile(_LEXICON.regex("field_fails"), re.IGNORECASE)
_PLAIN_FAILURE_PATTERN = re.compile(_LEXICON.regex("plain_failure"), re.IGNORECASE)
_NOT_FOUND_PATTERN = re.compile(_LEXICON.regex("not_found"), re.IGNORECASE)
_STATED_PATTERN = re.compile(_LEXICON.regex("stated"), re.IGNORECASE)
_FAILURE_PATTERN = re.compile(_LEXICON.regex("failing"), re.IGNORECASE)
_MENDED_PATTERN = re.compile(_LEXICON.regex("mended"), re.IGNORECASE)
_ACHIEVED_PATTERN = re.compile(_LEXICON.regex("achieved"), re.IGNORECASE)
_TURN_PATTERN = re.compile(_LEXICON.regex("turn"), re.IGNORECASE)
_ANNOUNCED_PATTERN = re.compile(_LEXICON.regex("announced"), re.IGNORECASE)
_UNDER_HEADING = 2
"""The strength of what stands under a heading such as "Limitations"."""

_PHRASES = lexicon.load("failing_phrases")
_PHRASE = r"(?P<phrase>[^.;:()!?]{3,160})"
_PATTERNS: dict[FailureKind, re.Pattern[str]] = {
    "fails_at": re.compile(_PHRASES.regex("fails_at") + _PHRASE, re.IGNORECASE),
    "worse_under": re.compile(_PHRASES.regex("worse_under") + _PHRASE, re.IGNORECASE),
    "lacks": re.compile(_PHRASES.regex("lacks") + _PHRASE, re.IGNORECASE),
}
_REMAINS_PATTERN = re.compile(_PHRASES.regex("remains"), re.IGNORECASE)
_BEFORE_REMAINING_PATTERN = re.compile(_PHRASES.regex("before_remaining"), re.IGNORECASE | re.DOTALL)
_LIST_PATTERN = re.compile(_PHRASES.regex("list"))
_NO_PHRASE_PATTERN = re.compile(_PHRASES.regex("no_phrase"), re.IGNORECASE)
_END_PATTERN = re.compile(_PHRASES.regex("end"), re.IGNORECASE | re.DOTALL)
_OPENING_PATTERN = re.compile(_PHRASES.regex("opening"), re.IGNORECASE)
_REFERRING_PATTERN = re.compile(_PHRASES.regex("referring"), re.IGNORECASE)
_FEWEST_WORDS, _MOST_WORDS = 2, 8
GENERAL_WORDS = _PHRASES.text("general")
"""Words that do not tell one failure from another."""


def limit_strength(sentence: str) -> int:
    """How clearly a sentence of a paper's own findings states a limitation: 0 where it does not, at most 3.

    What the paper mends, asks or only announces is none.
    """
    if AIM_PATTERN.search(sentence) or _ANNOUNCED_PATTERN.search(sentence) or _MENDED_PATTERN.search(sentence):
        return 0
    if _ACHIEVED_PATTERN.search(sentence) and not _TURN_PATTERN.search(sentence):
        return 0
    if _STATED_PATTERN.search(sentence):
        return 3
    is_extreme = bool(_BEST_FAIL_PATTERN.search(sentence))
    if _FOUND_PATTERN.search(sentence):
        return 2 + is_extreme
    fails = (is_extreme or _OWN_FAILS_PATTERN.search(sentence)) and _FAILURE_PATTERN.search(sentence)
    if fails or (_FIELD_FAILS_PATTERN.search(sentence) and any(map(str.isdigit, sentence))):
        return 2
    return int(bool(_PLAIN_FAILURE_PATTERN.search(sentence)) and not _NOT_FOUND_PATTERN.search(sentence))


def names_failure(text: str) -> bool:
    """Whether the wording names something that fails, whoever says it."""
    return bool(_FAILURE_PATTERN.search(text))


def limit_of(sentence: SurveySentence) -> int:
    """How clearly a sentence states a limitation that its paper finds or has; 0 for what only motivates its work."""
    if is_under_limitations(sentence):
        return max(limit_strength(sentence.text), _UNDER_HEADING)
    return limit_strength(sentence.text) if sentence.is_own else 0


def is_under_limitations(sentence: SurveySentence) -> bool:
    """Whether a sentence stands in a section of the full text on limitations."""
    passage = sentence.quote.passage
    return passage.basis == "full_text" and role_of_heading(passage.section) == "limitation"


def failing_phrases(sentence: str) -> Iterator[tuple[FailureKind, str]]:
    """The phrases that name what fails, each exact characters of the sentence: ``long-horizon tasks``."""
    for kind, pattern in _PATTERNS.items():
        for match in pattern.finditer(sentence):
            for place, part in enumerate(_LIST_PATTERN.split(match["phrase"])):
                if place and _NO_PHRASE_PATTERN.match(part):
                    break
                if phrase := _trim(part):
                    yield kind, phrase
                if _END_PATTERN.search(part):
                    break
    for match in _REMAINS_PATTERN.finditer(sentence):
        if phrase := _trim(_BEFORE_REMAINING_PATTERN.sub("", match["phrase"])):
            yield "fails_at", phrase


def _trim(part: str) -> str:
    """Without what goes on or says no more; empty where it names nothing by itself."""
    phrase = _END_PATTERN.sub("", part).strip()
    while opening := _OPENING_PATTERN.match(phrase):
        phrase = phrase[opening.end() :]
    is_long_enough = _FEWEST_WORDS <= len(phrase.split()) <= _MOST_WORDS
    return phrase if is_long_enough and not _REFERRING_PATTERN.match(phrase) else ""
