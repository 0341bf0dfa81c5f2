"""Finds a question's topic: what is left of it without the words that ask, and without dates, names and conditions."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from paperchat import lexicon

Span = tuple[int, int]

_LEXICON = lexicon.load("topic_phrases")
_SOUGHT = {name: _LEXICON.regex(f"sought.{name}") for name in _LEXICON.keys("sought")}
_ANY_SOUGHT = "|".join(_SOUGHT.values())


def _pattern(name: str, *, at_end: bool = False) -> re.Pattern[str]:
    text = _LEXICON.regex(name)
    return re.compile(text if at_end else rf"(?:{text})", re.IGNORECASE)


_POLITE, _FEED, _ASK, _DETERMINER, _VERB, _OVERVIEW = (
    _pattern(f"start.{name}") for name in ("polite", "feed", "ask", "determiner", "verb", "overview")
)
_PAPERS = re.compile(rf"(?:{_LEXICON.regex('start.papers')})(?=[\s?.!,;:]|$)[\s,;:]*", re.IGNORECASE)
_SOUGHT_AT_START = re.compile(rf"(?P<sought>{_ANY_SOUGHT})(?=[\s?.!,;:]|$)[\s,;:]*", re.IGNORECASE)
_SOUGHT_AT_END = re.compile(rf"[\s,;:]*\b(?P<sought>{_ANY_SOUGHT})$", re.IGNORECASE)
_ENDS = tuple(_pattern(f"end.{name}", at_end=True) for name in ("polite", "papers", "overview"))
_ENDS_APART = re.compile(
    r"[,;:?!–-]\s*(?:(?:any|which|what)\s+)*papers?(?:\s+\w+)*[\s?.!]*$|\b(?:here|there|currently|now|exist|(?:do\s+)?you\s+have|library|moment|days|far)[\s?.!]*$",
    re.IGNORECASE,
)
_SAID_OF_IT = re.compile(r"(?:is|are|was|were|has|have|had|do|did|can|got)\b", re.IGNORECASE)
_CLAUSE = re.compile(r"\b(?:how|why|whether|that|which|who|when|where)\b", re.IGNORECASE)
_TOPICS_TOO = ("tool", "method")
_NO_TOPIC = _LEXICON.words("no_topic.words")
_WORD = re.compile(r"[\w'’-]+")
_LETTER = re.compile(r"[^\W\d_]")
_SMALL_EDGE = re.compile(
    r"^(?:[\s,;:.!?…–—-]|(?:and|or|of|on|in|for|about|with|the|that|which|are|is|from|to|by)\s)+"
    r"|(?:[\s,;:.!?…–—-]|\s(?:and|or|of|on|in|for|about|with|the|that|which|are|is|but|from|to|by|only|just|was|were))+$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicPhrase:
    """A topic in the question's words, empty where there is none.

    Attributes:
        sought: what papers are to offer, as in `Request.sought`.
        plural: papers, or what they offer, are asked for by name: ``papers``, ``benchmarks``, ``work``.
    """

    topic: str
    sought: str = ""
    plural: bool = False


def find_topic(question: str, without: Iterable[Span]) -> TopicPhrase:
    """The topic of a question of which the spans ``without`` say something else."""
    text = " ".join(outside(question, without).split())
    sought, plural = "", False
    asked = False
    for _ in range(12):
        before = text
        for pattern in (_POLITE, _FEED, _OVERVIEW, _ASK, _DETERMINER):
            if match := pattern.match(text):
                text, asked = text[match.end() :], asked or pattern is not _POLITE
        if match := _SOUGHT_AT_START.match(text):
            if not _is_compound(text[match.end() :]):
                sought, plural = sought or _name(match["sought"]), True
                text = text[match.end() :]
                asked = True
        elif match := _PAPERS.match(text):
            text, asked, plural = text[match.end() :], True, True
        if plural or asked:
            match = _VERB.match(text)
            if match and (plural or match[0].split()[0].lower() in ("about", "on", "for", "of", "in", "regarding")):
                text = text[match.end() :]
        if text == before:
            break
    for _ in range(8):
        before = text
        for pattern in _ENDS:
            if pattern is _ENDS[1] and plural and not _ENDS_APART.search(text):
                continue
            if (match := pattern.search(text)) and match[0].strip():
                plural = plural or pattern is _ENDS[1]
                text = text[: match.start()]
        match = _SOUGHT_AT_END.search(text)
        if match and not sought and match.start() and not _belongs_to_topic(match, plural=plural):
            sought, plural, text = _name(match["sought"]), True, text[: match.start()]
        if text == before:
            break
    text = _SMALL_EDGE.sub("", text).strip(" \"'“”„«»‘’")
    if not _LETTER.search(text):
        text = ""
    words = [word.lower() for word in _WORD.findall(text)]
    if all(word in _NO_TOPIC or word.isdigit() for word in words):
        text = ""
    return TopicPhrase(topic=text, sought=sought, plural=plural)


def _belongs_to_topic(match: re.Match[str], *, plural: bool) -> bool:
    """Whether what seems to be sought is what the papers are about: "studies about how people use coding tools"."""
    is_part = bool(_CLAUSE.search(match.string[: match.start()])) or (plural and _name(match["sought"]) in _TOPICS_TOO)
    return match["sought"].lower().endswith("models") or is_part


def _is_compound(rest: str) -> bool:
    """Whether what follows goes on with the phrase: ``model merging``."""
    return bool(_LETTER.search(rest)) and not _VERB.match(rest) and not _SAID_OF_IT.match(rest)


def _name(text: str) -> str:
    return next(name for name, pattern in _SOUGHT.items() if re.match(rf"(?:{pattern})", text + " of", re.IGNORECASE))


def outside(question: str, spans: Iterable[Span]) -> str:
    """The question without these spans."""
    kept, at = [], 0
    for start, end in sorted(spans):
        kept.append(question[at : max(start, at)])
        at = max(end, at)
    return " ".join([*kept, question[at:]])
