"""Splits scientific prose into sentences, as character spans.

Rule-based, because statistical splitters trained on news split at "et al.", "Fig. 3" and "e.g.". A full stop ends a
sentence if white space follows, the next word can start a sentence, and the word before it is not an abbreviation
that expects a continuation.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from paperchat import lexicon

# A stop, closing quotes, brackets or a bracketed citation, white space, and the next character.
_CANDIDATE = re.compile(
    r"""(?P<stop>[.!?…]+)(?P<close>["'”’»)\]]*(?:\s?\[\d[\d,;\s–-]*\])*)\s+(?=(?P<open>["'“‘«(\[¿¡]*)(?P<next>\S))"""
)
_LINE = re.compile(r"\S(?:[^\n]*\S)?")
_LAST_WORD = re.compile(r"[^\s(\[{\"“‘/]*$")
_FIRST_WORD = re.compile(r"\w+")

_LEXICON = lexicon.load("sentence_boundaries")
# After these a new sentence starts only with a word that commonly starts one.
_WEAK_ABBREVIATIONS = _LEXICON.words("weak_abbreviations")
# These always expect a continuation.
_STRONG_ABBREVIATIONS = _LEXICON.words("strong_abbreviations")
# These expect a number or a label.
_LABEL_ABBREVIATIONS = _LEXICON.words("label_abbreviations")
_SENTENCE_STARTERS = _LEXICON.words("sentence_starters")
_WORD = re.compile(r"[^\W\d_]{3}")
_MAX_PARENTHESIS = 300
_INSIDE_WORD = re.compile(r"\w\w")


def sentence_spans(text: str) -> list[tuple[int, int]]:
    """The spans ``(start, end)`` of the sentences of ``text``, in order, without surrounding white space.

    Together they cover everything but the white space between sentences. A line break ends a sentence.
    """
    return [span for line in _LINE.finditer(text) for span in _spans_of_line(text, *line.span())]


def expand_to_words(text: str, span: tuple[int, int]) -> tuple[int, int]:
    """Expand a span to whole words at both ends."""
    start, end = span
    while start and _is_inside(text, start):
        start -= 1
    while end < len(text) and _is_inside(text, end):
        end += 1
    return start, end


def has_words(sentence: str) -> bool:
    """Whether the sentence, or the row of a table, says what it is about: bare numbers do not."""
    return bool(_WORD.search(sentence))


def _is_inside(text: str, place: int) -> bool:
    return bool(_INSIDE_WORD.fullmatch(text, place - 1, place + 1))


def _spans_of_line(text: str, start: int, stop: int) -> Iterator[tuple[int, int]]:
    for match in _CANDIDATE.finditer(text, start, stop):
        if _ends_sentence(text, start, match):
            yield start, match.end("close")
            start = match.end()
    if start < stop:
        yield start, stop


def _ends_sentence(text: str, start: int, match: re.Match[str]) -> bool:
    following = match["next"]
    if following.islower() and not match["open"]:
        return False
    if _inside_parenthesis(text, start, match.end("close")):
        return False
    if match["stop"] != ".":
        return not (match["stop"].startswith((".", "…")) and following.islower())
    word_match = _LAST_WORD.search(text, start, match.start())
    word = word_match[0].lower() if word_match else ""
    if match["close"].startswith((")", "]", '"', "”")):
        return True
    if word.isdigit() and match.start() - len(word) == start:
        return False  # "1. Introduction": a list number, not a sentence
    if word in _STRONG_ABBREVIATIONS:
        return False
    if word in _LABEL_ABBREVIATIONS:
        return not (following.isdigit() or (following.isupper() and _is_label(text, match.end())))
    if word in _WEAK_ABBREVIATIONS or (len(word) == 1 and word.isalpha() and word_match and word_match[0].isupper()):
        return _starts_sentence(text, match)
    return True


def _starts_sentence(text: str, match: re.Match[str]) -> bool:
    first = _FIRST_WORD.search(text, match.end())
    return not match["open"] and first is not None and first[0].lower() in _SENTENCE_STARTERS


def _is_label(text: str, position: int) -> bool:
    first = _FIRST_WORD.match(text, position)
    return first is not None and len(first[0]) <= 2


def _inside_parenthesis(text: str, start: int, end: int) -> bool:
    depth = text.count("(", start, end) - text.count(")", start, end)
    return depth > 0 and text.find(")", end, end + _MAX_PARENTHESIS) >= 0
