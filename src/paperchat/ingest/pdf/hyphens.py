"""Words that a line break had cut: with their hyphen where it belongs to them, without where it does not."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

HYPHENS = ("-", "\u2010", "\u2011", "\u00ad")
_WORD = re.compile(r"[^\W\d_]+(?:[-\u2010\u2011][^\W\d_]+)*")
_LETTERS = re.compile(r"[^\W\d_]+$")
_FIRST_LETTERS = re.compile(r"[^\W\d_]+")
# Before these a hyphen at a line's end is nearly always the word's own.
_OWN = frozenset(
    "self well non state high low large small long short multi cross one two three four five first second real "
    "single fine end pre-trained data task model domain time user human machine computer so half all "
    "open closed zero few many best near right left top down bottom up".split()
)


class Vocabulary:
    """The words of a document, as far as no line break cuts them."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._counts: Counter[str] = Counter()
        cut = False
        for line in lines:
            words = [match[0].replace("\u2010", "-").replace("\u2011", "-").lower() for match in _WORD.finditer(line)]
            if cut:
                words = words[1:]
            cut = line.rstrip().endswith(HYPHENS)
            if cut:
                words = words[:-1]
            self._counts.update(words)

    def keeps_hyphen(self, head: str, tail: str) -> bool:
        """Whether ``head-`` at a line's end and ``tail`` on the next are one word with a hyphen."""
        before, after = _LETTERS.search(head), _FIRST_LETTERS.match(tail)
        if before is None or after is None or not tail[:1].islower():
            return True
        one, other = before[0].lower(), after[0].lower()
        whole, compound = self._counts[one + other], self._counts[f"{one}-{other}"]
        if whole or compound:
            return compound > whole
        if one in _OWN:
            return True
        return len(one) > 3 and len(other) > 3 and self._counts[one] > 0 and self._counts[other] > 0
