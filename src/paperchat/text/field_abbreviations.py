"""Abbreviations that a field knows without their long forms, written out: ``LLM``, ``RAG``."""

from __future__ import annotations

import re

from paperchat import lexicon

_LONG_FORMS = dict(row.split(": ", 1) for row in lexicon.load("field_abbreviations").phrases("long_forms"))
_WORD_PATTERN = re.compile(r"[^\W_]+")


def is_field_abbreviation(word: str) -> bool:
    """Whether a word is such an abbreviation, or the plural of one."""
    short = word.lower()
    return short in _LONG_FORMS or (short.endswith("s") and short[:-1] in _LONG_FORMS)


def write_out_abbreviations(text: str) -> str:
    """The text with the long forms of abbreviations of the field: ``large language models in medicine``."""

    def long_form(match: re.Match[str]) -> str:
        short = match[0].lower()
        if short in _LONG_FORMS:
            return _LONG_FORMS[short]
        if short.endswith("s") and short[:-1] in _LONG_FORMS:
            return _LONG_FORMS[short[:-1]] + "s"
        return match[0]

    return _WORD_PATTERN.sub(long_form, text)
