"""Detects suspected prompt injections in the text of papers, by pattern.

A flag removes nothing: it is shown to the reader, and flagged text is kept from language models. A paper about such
attacks that quotes one is flagged as well. Passages are checked when they are made, and store what was found.
"""

from __future__ import annotations

import base64
import binascii
import re
import string
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from paperchat import lexicon
from paperchat.types import InjectionFlag

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
_SENTENCE_BREAK = ".!?" + string.whitespace  # a match may begin with the end of the sentence before
_LOOKALIKES = str.maketrans("аеорсухіѕԁɡοΑΕΟ", "aeopcyxisdgoAEO")


def find_injections(text: str) -> list[InjectionFlag]:
    """Find suspected prompt injections, the first of each kind, in plain, look-alike or base64 characters."""
    flags: dict[str, InjectionFlag] = {}
    for variant, encoded_at in _decoded_variants(text):
        lowered = variant.lower()
        for rule in _RULES:
            if not any(hint in lowered for hint in rule.hints):
                continue
            if match := rule.pattern.search(variant):
                start = match.end() - len(match[0].lstrip(_SENTENCE_BREAK)) if encoded_at is None else encoded_at
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


def _decoded_variants(text: str) -> Iterator[tuple[str, int | None]]:
    """The text itself, then what it says once look-alike letters and base64 are decoded.

    With base64 comes the offset at which it stands; in the others all offsets are those of the text.
    """
    yield text, None
    plain = text.translate(_LOOKALIKES)
    if plain != text:
        yield plain, None
    for match in _BASE64_PATTERN.finditer(text):
        try:
            decoded = base64.b64decode(match[0] + "=" * (-len(match[0]) % 4), validate=True).decode("ascii")
        except (binascii.Error, UnicodeDecodeError):
            continue
        if decoded.isprintable():
            yield decoded, match.start()
