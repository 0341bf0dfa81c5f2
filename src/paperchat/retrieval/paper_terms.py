"""What readers ask for in a full text, in the words that papers write where they say it."""

from __future__ import annotations

import re

from paperchat import lexicon

_LEXICON = lexicon.load("paper_terms")


def _pattern(phrases: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w'-])(?:{'|'.join(map(re.escape, phrases))})s?(?![\w'-])", re.IGNORECASE)


_TERMS = tuple((_pattern(one.phrases("asked")), one.text("said").split()) for one in _LEXICON.tables("terms"))
_SHORTHAND = tuple((_pattern((one.text("short"),)), one.text("long")) for one in _LEXICON.tables("shorthand"))


def said_in_papers(question: str) -> list[str]:
    """The words that papers use where they say what the question asks for, besides its own."""
    return list(dict.fromkeys(word for asked, said in _TERMS if asked.search(question) for word in said))


def write_out(question: str) -> str:
    """The question with what readers shorten in its long form: ``lr`` is the learning rate."""
    for short, long in _SHORTHAND:
        question = short.sub(long, question)
    return question
