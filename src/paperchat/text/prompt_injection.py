"""Detects suspected prompt injections in the text of papers, by pattern.

A flag removes nothing: it is shown to the reader, and flagged text is kept from language models. A paper about such
attacks that quotes one is flagged as well. Passages are checked when they are made, and store what was found.

No list of patterns is complete, so a language model is given plain prose alone: no sentence that addresses a reader or
a model, and none that is markup, code or another language than the text around it (`is_plain_statement`).
"""

from __future__ import annotations

import base64
import binascii
import re
import string
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from paperchat import lexicon
from paperchat.text.cleaning import INVISIBLE
from paperchat.types import InjectionFlag

_EXCERPT_CONTEXT = 60  # characters shown after a match; a third of that before it


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rule:
    """``hints``: one of these must occur in the lower-cased text before the slow ``pattern`` is tried."""

    kind: str
    hints: tuple[str, ...]
    regex: str

    @property
    def pattern(self) -> re.Pattern[str]:
        return _compiled(self.regex)


_LEXICON = lexicon.load("prompt_injection")
_ADDRESSED = re.compile(_LEXICON.regex("addressed"), re.IGNORECASE)
_MARKUP = re.compile(_LEXICON.regex("markup"), re.IGNORECASE)
_ENGLISH_WORDS = _LEXICON.words("english_words")
_FOREIGN_WORDS = _LEXICON.words("foreign_words")
_SCIENCE_WORDS = lexicon.load("light_words").words("words")
_MIN_SCIENCE_SHARE = 0.15
_MIN_ENGLISH_SHARE = 0.08
_MAX_FOREIGN_SHARE = 0.15  # of the letters of an English sentence
_MIN_WORDS = 5  # fewer do not tell a language
_BASE64_TOKENS = re.compile(r"(?<![\w+/])[A-Za-z0-9+/]{2,}(?:\s[A-Za-z0-9+/]{2,})*={0,2}")
_CODED = re.compile(r"[a-z][A-Z]|[A-Z]{2}[a-z]|\d|[+/]")
_MIN_BASE64 = 20
_MAX_BASE64_TOKENS = 64
_DISGUISED = re.compile(
    "[\uff21-\uff3a\uff41-\uff5a\U0001d400-\U0001d7ff\u24b6-\u24e9]{2}|[A-Za-z][\u0400-\u04ff]|[\u0400-\u04ff][A-Za-z]"
    "|[A-Za-z][\u03b1-\u03c9][A-Za-z]"
)
_SENTENCE_BREAK = ".!?" + string.whitespace  # a match may begin with the end of the sentence before
_LOOKALIKES = str.maketrans(
    "аеорсухіѕԁɡһԛԝӏјАВЕКМНОРСТУХІЅЈοινρτκΑΒΕΖΗΙΚΜΝΟΡΤΥΧ",
    "aeopcyxisdghqwljABEKMHOPCTYXISJoivptkABEZHIKMNOPTYX",
)


@cache
def _compiled(regex: str) -> re.Pattern[str]:
    """Compiled at first use: a few of the rules take longer than all other patterns, and most texts have no hint."""
    return re.compile(regex, re.IGNORECASE)


@cache
def _rules() -> tuple[_Rule, ...]:
    return tuple(
        _Rule(
            kind=rule.text("kind"),
            hints=rule.phrases("hints"),
            regex=rule.regex("patterns"),
        )
        for rule in _LEXICON.tables("rules")
    )


def find_injections(text: str) -> list[InjectionFlag]:
    """Find suspected prompt injections, the first of each kind, in plain, look-alike or base64 characters.

    The offset of a flag is that in ``text``.
    """
    flags: dict[str, InjectionFlag] = {}
    for variant, offsets in _decoded_variants(text):
        lowered = variant.lower()
        for rule in _rules():
            if not any(hint in lowered for hint in rule.hints):
                continue
            if match := rule.pattern.search(variant):
                start = offsets[match.end() - len(match[0].lstrip(_SENTENCE_BREAK))]
                if rule.kind not in flags or start < flags[rule.kind].start:
                    excerpt_start = max(0, match.start() - _EXCERPT_CONTEXT // 3)
                    excerpt = variant[excerpt_start : match.end() + _EXCERPT_CONTEXT].strip()
                    flags[rule.kind] = InjectionFlag(kind=rule.kind, excerpt=excerpt, start=start)
    return list(flags.values())


def first_of_each_kind(flags: Iterable[InjectionFlag]) -> list[InjectionFlag]:
    """The first flag of each kind, in order."""
    unique: dict[str, InjectionFlag] = {}
    for flag in flags:
        unique.setdefault(flag.kind, flag)
    return list(unique.values())


def is_plain_statement(sentence: str, *, context: str) -> bool:
    """Whether a sentence is prose that addresses neither its reader nor a model, in the language of its context.

    Args:
        context: the passage that the sentence stands in.
    """
    if INVISIBLE.search(sentence) or _DISGUISED.search(sentence) or next(_decoded_base64(sentence), None):
        return False
    plain, _ = _normalized(sentence)
    if _MARKUP.search(plain) or _ADDRESSED.search(plain.strip(_SENTENCE_BREAK)):
        return False
    if not _is_english(_words(context)):
        return True
    letters = [letter for letter in plain if letter.isalpha()]
    if sum(not letter.isascii() for letter in letters) > _MAX_FOREIGN_SHARE * len(letters):
        return False
    words = _words(plain)
    if len(_FOREIGN_WORDS.intersection(words)) > 1:
        return False
    return len(words) < _MIN_WORDS or _is_english(words) or _is_scientific(words)


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())


def _is_english(words: Sequence[str]) -> bool:
    return sum(word in _ENGLISH_WORDS for word in words) >= _MIN_ENGLISH_SHARE * len(words)


def _is_scientific(words: Sequence[str]) -> bool:
    return sum(word in _SCIENCE_WORDS for word in words) >= _MIN_SCIENCE_SHARE * len(words)


def _decoded_variants(text: str) -> Iterator[tuple[str, Sequence[int]]]:
    """The text itself, then what it says once look-alike letters and base64 are decoded.

    Each comes with the offset in the text of each of its characters, and that of its end.
    """
    yield text, range(len(text) + 1)
    plain, offsets = _normalized(text)
    if plain != text:
        yield plain, offsets
    for decoded, start in _decoded_base64(text):
        yield decoded, [start] * (len(decoded) + 1)


def _normalized(text: str) -> tuple[str, Sequence[int]]:
    """The text by NFKC, without invisible characters and with Latin letters for those that look like them."""
    if text.isascii():
        return text, range(len(text) + 1)
    parts = [INVISIBLE.sub("", unicodedata.normalize("NFKC", letter)).translate(_LOOKALIKES) for letter in text]
    offsets = [at for at, part in enumerate(parts) for _ in part]
    return "".join(parts), [*offsets, len(text)]


def _decoded_base64(text: str) -> Iterator[tuple[str, int]]:
    """What stands in a text in base64, also with spaces in between, and where it begins."""
    for run in _BASE64_TOKENS.finditer(text):
        tokens = list(re.finditer(r"\S+", run[0]))[:_MAX_BASE64_TOKENS]
        first = 0
        while first < len(tokens):
            last = _end_of_base64([token[0] for token in tokens[first:]])
            if last:
                joined = "".join(token[0] for token in tokens[first : first + last])
                yield _decode_base64(joined), run.start() + tokens[first].start()
            first += max(last, 1)


def _end_of_base64(tokens: Sequence[str]) -> int:
    """How many of the tokens, from the first on, are base64 of a text; 0 where none is."""
    if not _CODED.search(tokens[0]):
        return 0
    for last in range(len(tokens), 0, -1):
        joined = "".join(tokens[:last])
        if len(joined) < _MIN_BASE64:
            return 0
        if 2 * sum(bool(_CODED.search(token)) for token in tokens[:last]) >= last and _decode_base64(joined):
            return last
    return 0


def _decode_base64(text: str) -> str:
    """What a text says in base64; empty where it is none."""
    try:
        decoded = base64.b64decode(text + "=" * (-len(text) % 4), validate=True).decode("ascii")
    except (binascii.Error, UnicodeDecodeError):
        return ""
    return decoded if decoded.isprintable() else ""
