"""Sentence boundaries in scientific prose, as character spans.

Rule-based, since statistical splitters trained on news cut at "et al.", "Fig. 3" and "e.g.". A full stop ends
a sentence when white space follows, the next word can open a sentence, and the word before it is not an
abbreviation that expects a continuation.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

# A stop, what may close after it (quotes, brackets, a bracketed citation), white space, and the next character.
_CANDIDATE = re.compile(
    r"""(?P<stop>[.!?…]+)(?P<close>["'”’»)\]]*(?:\s?\[\d[\d,;\s–-]*\])*)\s+(?=(?P<open>["'“‘«(\[¿¡]*)(?P<next>\S))"""
)
_LINE = re.compile(r"\S(?:[^\n]*\S)?")
_LAST_WORD = re.compile(r"[^\s(\[{\"“‘/]*$")
_FIRST_WORD = re.compile(r"\w+")

# After these a sentence can only go on with a word that commonly opens one.
_WEAK = frozenset({"al", "etc", "inc", "ltd", "co", "corp", "u.s", "u.k", "u.n", "e.u", "ph.d", "m.d", "a.m", "p.m"})
# These always expect a continuation.
_STRONG = frozenset(
    "e.g i.e cf viz vs v.s w.r.t a.k.a s.t i.i.d resp approx ca incl excl esp "
    "dr prof mr mrs ms st jr sr gen hon".split()
)
# These expect a number or a label.
_NUMBERED = frozenset(
    "fig figs eq eqs eqn eqns sec secs sect tab tabs ref refs app appx ch chap alg thm lem prop cor def "
    "no nos nr vol p pp art ex".split()
)
_OPENERS = frozenset(
    "a all although an and as at additionally besides both but by code compared consequently data despite "
    "during each either even experiments extensive few finally first for from furthermore given here hence how "
    "however if in indeed inspired instead it its many moreover more most motivated nevertheless no notably "
    "on one our overall previous prior recent recently results second several similarly since some specifically "
    "such that the their then there therefore these they third this those through thus to two under unlike "
    "using via we what when where whereas whether which while with".split()
)
_LONGEST_PARENTHESIS = 300
_WORD = re.compile(r"\w\w")


def sentence_spans(text: str) -> list[tuple[int, int]]:
    """Spans ``(start, end)`` of the sentences of ``text``, in order, without surrounding white space.

    Together they cover every character that is not white space between sentences. A line break ends a sentence.
    """
    return [span for line in _LINE.finditer(text) for span in _spans_of_line(text, *line.span())]


def whole_words(text: str, span: tuple[int, int]) -> tuple[int, int]:
    """The span with the words that it begins and ends in."""
    start, end = span
    while start and _is_inside(text, start):
        start -= 1
    while end < len(text) and _is_inside(text, end):
        end += 1
    return start, end


def _is_inside(text: str, place: int) -> bool:
    return bool(_WORD.fullmatch(text, place - 1, place + 1))


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
        return False  # "1. Introduction": a number of a list, not a sentence
    if word in _STRONG:
        return False
    if word in _NUMBERED:
        return not (following.isdigit() or (following.isupper() and _is_label(text, match.end())))
    if word in _WEAK or (len(word) == 1 and word.isalpha() and word_match and word_match[0].isupper()):
        return _opens_sentence(text, match)
    return True


def _opens_sentence(text: str, match: re.Match[str]) -> bool:
    first = _FIRST_WORD.search(text, match.end())
    return not match["open"] and first is not None and first[0].lower() in _OPENERS


def _is_label(text: str, position: int) -> bool:
    first = _FIRST_WORD.match(text, position)
    return first is not None and len(first[0]) <= 2


def _inside_parenthesis(text: str, start: int, end: int) -> bool:
    depth = text.count("(", start, end) - text.count(")", start, end)
    return depth > 0 and text.find(")", end, end + _LONGEST_PARENTHESIS) >= 0
