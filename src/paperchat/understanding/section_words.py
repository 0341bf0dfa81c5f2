"""Section words in a question, "limitations of", "future work", and the headings of the sections that they ask for."""

from __future__ import annotations

import re

from paperchat import lexicon

_LEXICON = lexicon.load("section_words")


def _compile(key: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{_LEXICON.regex(key)})\b", re.IGNORECASE)


_SECTIONS = tuple(
    (_compile(f"{name}_asked"), _compile(f"{name}_headings"))
    for name in ("limitations", "future_work", "conclusion", "data", "training", "ethics", "related_work")
)


def asks_for_section(question: str) -> bool:
    """Whether the question has a word for a section of a paper."""
    return any(asked.search(question) for asked, _ in _SECTIONS)


def is_section_asked(question: str, section: str) -> bool:
    """Whether the question has a word for sections with such a heading."""
    return any(heading.search(section) for asked, heading in _SECTIONS if asked.search(question))
