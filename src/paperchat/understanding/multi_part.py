"""Questions that ask several things: where they are split, and each part as a question of its own."""

from __future__ import annotations

import re
from collections.abc import Sequence

from paperchat import lexicon
from paperchat.retrieval.query_analysis import content_words

MAX_PARTS = 4
_SHORTEST_PART = 2
_LONGEST_PHRASE = 5
"""So many words a thing has that is only named, and not asked for."""

_LEXICON = lexicon.load("multi_part")
_START = _LEXICON.regex("question_start")
_REQUEST = _LEXICON.regex("request_start")
_ASKS = re.compile(rf"(?:^|[\s,:;(])(?:{_START})|^\s*(?:{_REQUEST})", re.IGNORECASE)
_STARTS = re.compile(rf"\s*(?:{_START})", re.IGNORECASE)
_BOUNDARY = re.compile(
    rf"[?？]+\s*(?:{_LEXICON.regex('joint')})?(?=\S)|(?:{_LEXICON.regex('joint')})(?=(?:{_START}|{_LEXICON.regex('value')}))"
    rf"|(?P<comma>[,;])\s+(?=(?:{_LEXICON.regex('after_comma')}))",
    re.IGNORECASE,
)
_BETWEEN_WORDS, _BARE, _BEFORE_COMMA, _TOPIC, _PRONOUN, _POSSESSIVE, _WHEN, _WHO, _PHRASE = (
    re.compile(_LEXICON.regex(name), re.IGNORECASE)
    for name in (
        "between_words",
        "bare_question",
        "before_comma",
        "topic",
        "pronoun",
        "possessive",
        "bare_when",
        "bare_who",
        "phrase_start",
    )
)


def split_question(question: str, *, names_paper_first: bool = False) -> tuple[str, ...]:
    """The parts of a question that asks several things, in order; the question alone where it asks one.

    A topic that stands before the first part, "NatureBench: how many tasks, and who made it?", stays before each.

    Args:
        names_paper_first: what stands before a colon is a paper, so that a word or two after it ask for something.
    """
    text = " ".join(question.split())
    topic = _TOPIC.match(text)
    prefix = topic[0] if topic else ""
    parts: list[str] = []
    begun = len(prefix)
    for match in _BOUNDARY.finditer(text, begun):
        part = text[begun : match.start()]
        if match["comma"] and not prefix and not _BEFORE_COMMA.match(part):
            continue
        if _is_question(part, is_first=not parts, has_topic=bool(prefix)):
            parts.append(part)
            begun = match.end()
    rest = text[begun:].rstrip(" ?？.!")
    if prefix and names_paper_first and not parts and (named := _named_things(rest)):
        return tuple(f"{prefix}{one}?" for one in named)
    if not parts or not rest or len(parts) >= MAX_PARTS:
        return (question,)
    if not content_words(rest) and not _PHRASE.match(rest) and not _bare_form(rest):
        return (question,)
    if not _ASKS.search(rest) and not _is_value(rest) and not _PHRASE.match(rest) and not prefix:
        return (question,)
    parts = [*parts, rest]
    if any(_PHRASE.match(part) for part in parts[1:]):
        parts = _completed_phrases(parts)
    return tuple(prefix + part.strip(" ,;") + "?" for part in parts)


def refers_back(part: str) -> bool:
    """Whether a part refers to what was named before it."""
    return bool(_PRONOUN.search(part) or _bare_form(part.rstrip(" ?？.!")))


def complete_part(part: str, name: str) -> str:
    """A part with ``name`` in place of what refers to it, or after it where it says nothing of it."""
    plain = part.rstrip(" ?？.!")
    if name.casefold() in plain.casefold():
        return part
    if form := _bare_form(plain):
        plain = form
    pronoun = _PRONOUN.search(plain)
    if pronoun is None:
        return f"{plain} {'in' if _STARTS.match(plain) else 'of'} {name}?"
    named = f"{name}'s" if _POSSESSIVE.match(pronoun[0]) else name
    return f"{plain[: pronoun.start()]}{named}{plain[pronoun.end() :]}?"


def _is_question(part: str, *, is_first: bool, has_topic: bool) -> bool:
    """Whether what stands before a boundary is a question that can stand alone."""
    if not is_first and _bare_form(part):
        return True
    if _BARE.match(part) or len(part.split()) < (1 if has_topic else _SHORTEST_PART) or not content_words(part):
        return False
    return bool(_ASKS.search(part)) or has_topic or not is_first


def _named_things(text: str) -> list[str]:
    """Two or more things that are asked for in few words each; none where the text is anything else."""
    parts = [part for part in _BETWEEN_WORDS.split(text) if part]
    are_short = all(len(part.split()) <= _LONGEST_PHRASE and content_words(part) for part in parts)
    return parts if are_short and 1 < len(parts) <= MAX_PARTS else []


def _is_value(part: str) -> bool:
    return bool(re.match(_LEXICON.regex("value"), part, re.IGNORECASE))


def _bare_form(part: str) -> str:
    """A question word alone as a whole question."""
    if _WHEN.match(part):
        return "when was it published"
    return "who wrote it" if _WHO.match(part) else ""


def _completed_phrases(parts: Sequence[str]) -> list[str]:
    """The parts with those that only continue the one before, such as "on LiveCodeBench", put into its words."""
    completed = [parts[0]]
    for part in parts[1:]:
        before = re.sub(r"\s+(?:in|on|at|for|with|from|against|under|by)\s+\S.*$", "", completed[-1])
        completed.append(f"{before} {part}" if _PHRASE.match(part) else part)
    return completed
