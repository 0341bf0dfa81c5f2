"""Short forms that papers themselves explain: ``retrieval-augmented generation (RAG)``.

After Schwartz and Hearst, "A simple algorithm for identifying abbreviation definitions in biomedical text" (2003).
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable

_EXPLAINED = re.compile(r"((?:[\w/-]+ ){1,8})\(([A-Za-z0-9][\w-]{1,9})\)")


def explained(texts: Iterable[str]) -> dict[str, str]:
    """For each short form, its plural taken for it, the long form that most of the texts give it."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for text in texts:
        pairs = {(_singular(match[2]), match[1].strip()) for match in _EXPLAINED.finditer(text)}
        for short, before in pairs:
            if any(letter.isupper() for letter in short) and (long := _long_form(short, before)):
                found[short][long] += 1
    return {short: max(forms, key=lambda form: (forms[form], form)) for short, forms in found.items()}


def _singular(short: str) -> str:
    return short[:-1] if len(short) > 2 and short.endswith("s") and short[:-1].isupper() else short


def _long_form(short: str, before: str) -> str:
    """The end of ``before`` that has the letters of ``short`` in order, the first of them beginning a word."""
    at = len(before)
    for place in range(len(short) - 1, -1, -1):
        letter = short[place].lower()
        if not letter.isalnum():
            continue
        at -= 1
        while at >= 0 and (before[at].lower() != letter or (place == 0 and at > 0 and before[at - 1].isalnum())):
            at -= 1
        if at < 0:
            return ""
    long = before[at:]
    words = re.split(r"[\s-]+", long)
    return long.lower() if 1 < len(words) <= len(short) + 2 and short.lower() not in map(str.lower, words) else ""
