"""Whether a sentence states what fails, is missing or stays open by the paper's own findings."""

from __future__ import annotations

import re

from paperchat import lexicon
from paperchat.survey.sentence_roles import AIM_PATTERN

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
