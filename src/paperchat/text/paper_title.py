"""The parts of a paper's title: the name that it gives its subject, and the rest."""

from __future__ import annotations

import re

_NAME_PATTERN = re.compile(r"^(.+?)(?::\s|(?<=\?)\s|\s--?-?\s|\s[–—]\s)(?=.)")
_LONGEST_NAME = 40
_MOST_WORDS = 4
_FIRST_WORDS_LENGTH = 80
_CUT = "…"
_KINDS_OF_TEXT = frozenset({"position", "position paper", "survey", "review", "perspective", "tutorial", "report"})


def first_words(text: str) -> str:
    """What stands for the title of a paper without one: the first words of its text, and ``…``."""
    if len(text) > _FIRST_WORDS_LENGTH:
        text = text[: _FIRST_WORDS_LENGTH + 1].rpartition(" ")[0] or text[:_FIRST_WORDS_LENGTH]
    return text.rstrip(" .,;:") + _CUT


def is_cut(title: str) -> bool:
    """Whether a title ends with ``…``, as `first_words` do; what such a title names is not known."""
    return title.endswith(_CUT)


def head_of(title: str) -> str:
    """What precedes the colon or dash of a title; empty where there is none, or the title is cut."""
    match = None if is_cut(title) else _NAME_PATTERN.match(title)
    return match[1].strip() if match else ""


def short_title(title: str) -> str:
    """The name that a title gives its subject, ``FuseChat`` of ``FuseChat: Knowledge Fusion``; else the title."""
    name = head_of(title)
    is_name = name and len(name) <= _LONGEST_NAME and len(name.split()) <= _MOST_WORDS
    return name if is_name and name.lower() not in _KINDS_OF_TEXT else title.rstrip(".")


def normalize_title(title: str) -> str:
    """The title without regard to case and white space, for comparing."""
    return " ".join(title.split()).casefold()
