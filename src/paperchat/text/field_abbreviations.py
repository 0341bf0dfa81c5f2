"""Abbreviations that a field knows without their long forms, written out: ``LLM``, ``RAG``."""

from __future__ import annotations

import re

from paperchat import lexicon

_LONG_FORMS = dict(row.split(": ", 1) for row in lexicon.load("field_abbreviations").phrases("long_forms"))
_WORD_PATTERN = re.compile(r"[^\W_]+")


def is_field_abbreviation(word: str) -> bool:
    """Whether a word is such an abbreviation, or the plural of one."""
    return bool(_long_form(word))


def write_out_abbreviations(text: str) -> str:
    """The text with the long forms of abbreviations of the field: ``large language models in medicine``."""
    return _WORD_PATTERN.sub(lambda match: _long_form(match[0]) or match[0], text)


def _long_form(word: str) -> str:
    """The long form of an abbreviation or its plural; empty for other words."""
    short = word.lower()
    if short in _LONG_FORMS:
        return _LONG_FORMS[short]
    singular = _LONG_FORMS.get(short[:-1], "") if short.endswith("s") else ""
    return singular and f"{singular}s"
