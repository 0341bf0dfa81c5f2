"""One slip of the keyboard in a question is mended when a passage has the word that was meant."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable
from itertools import takewhile

SHORTEST = 5
"""Shorter words are too often one slip away from another word."""
_WORD = re.compile(r"\w[\w'-]*")


def mended(text: str, *, unknown: Collection[str], passages: Iterable[str]) -> str:
    """``text`` with each word of ``unknown`` replaced by the commonest word of ``passages`` that is one slip away.

    A slip is one character too many, too few or wrong, or two neighbours swapped; the first character must be right.
    """
    doubtful = [word for word in unknown if len(word) >= SHORTEST and word.isalpha()]
    if not doubtful:
        return text
    forms = Counter(match[0] for passage in passages for match in _WORD.finditer(passage.lower()))
    for word in doubtful:
        near = [form for form in forms if one_slip_apart(word.lower(), form)]
        if near:
            meant = max(near, key=lambda form: (forms[form], form))
            text = re.sub(rf"(?<![\w'-]){re.escape(word)}(?![\w'-])", meant, text)
    return text


def one_slip_apart(written: str, meant: str) -> bool:
    """Whether the Damerau-Levenshtein distance of the two is one, and they begin alike."""
    if written == meant or written[:1] != meant[:1] or abs(len(written) - len(meant)) > 1:
        return False
    same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(written, meant, strict=False)))
    rest, other = written[same:], meant[same:]
    swapped = rest[:2] == other[1::-1] and rest[2:] == other[2:]
    return swapped or rest[1:] == other[1:] or rest[1:] == other or rest == other[1:]
