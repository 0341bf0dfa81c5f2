"""Detects suspected prompt injections in the text of papers, by pattern.

A flag removes nothing: it is shown to the reader, and flagged text is kept from language models. A paper about such
attacks that quotes one is flagged as well.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass

from paperchat import lexicon

_EXCERPT_CONTEXT = 60  # characters shown after a match; a third of that before it


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rule:
    """``hints``: one of these must occur in the lower-cased text before the slow ``pattern`` is tried."""

    kind: str
    hints: tuple[str, ...]
    pattern: re.Pattern[str]


_RULES = tuple(
    _Rule(
        kind=rule.text("kind"),
        hints=rule.phrases("hints"),
        pattern=re.compile(rule.regex("patterns"), re.IGNORECASE),
    )
    for rule in lexicon.load("prompt_injection").tables("rules")
)
_BASE64_PATTERN = re.compile(r"(?<![\w+/])[A-Za-z0-9+/]{32,}={0,2}")
_LOOKALIKES = str.maketrans("аеорсухіѕԁɡοΑΕΟ", "aeopcyxisdgoAEO")


@dataclass(frozen=True, slots=True, kw_only=True)
class InjectionFlag:
    """A suspected prompt injection: ``kind`` says what the text does, ``excerpt`` is the matched text in context."""

    kind: str
    excerpt: str


def find_injections(text: str) -> list[InjectionFlag]:
    """Find suspected prompt injections, at most one of each kind, in plain, look-alike or base64 characters."""
    flags: dict[str, InjectionFlag] = {}
    for variant in _decoded_variants(text):
        lowered = variant.lower()
        for rule in _RULES:
            if rule.kind in flags or not any(hint in lowered for hint in rule.hints):
                continue
            if match := rule.pattern.search(variant):
                start = max(0, match.start() - _EXCERPT_CONTEXT // 3)
                excerpt = variant[start : match.end() + _EXCERPT_CONTEXT].strip()
                flags[rule.kind] = InjectionFlag(kind=rule.kind, excerpt=excerpt)
    return list(flags.values())


def _decoded_variants(text: str) -> Iterator[str]:
    """The text itself, then what it says once look-alike letters and base64 are decoded."""
    yield text
    plain = text.translate(_LOOKALIKES)
    if plain != text:
        yield plain
    for match in _BASE64_PATTERN.finditer(text):
        try:
            decoded = base64.b64decode(match[0] + "=" * (-len(match[0]) % 4), validate=True).decode("ascii")
        except (binascii.Error, UnicodeDecodeError):
            continue
        if decoded.isprintable():
            yield decoded
