"""Normalises text from outside, so that the stored text is the visible text.

``clean`` does exactly this:

- replaces the Latin ligatures U+FB00 to U+FB06 by their letters (``ﬁ`` by ``fi``);
- removes invisible characters: all that Unicode calls default-ignorable (soft hyphens, zero-width characters, fillers,
  variation selectors, direction marks, overrides and isolates, tags), control characters, blank Braille, noncharacters.
  Right-to-left letters stay;
- replaces lone surrogates, which cannot be stored, by U+FFFD;
- applies Unicode NFC (not NFKC, which would turn ``x²`` into ``x2``);
- keeps the first 30 of a run of combining marks in a word of more than 250 characters (UAX #15's limit for
  stream-safe text; ordering a long run takes quadratic time);
- collapses white space into single spaces and strips the ends.

HTML and LaTeX stay as the source has them. ``clean(clean(x)) == clean(x)``.
"""

from __future__ import annotations

import re
import unicodedata

_LIGATURES = str.maketrans(
    {
        "\ufb00": "ff",
        "\ufb01": "fi",
        "\ufb02": "fl",
        "\ufb03": "ffi",
        "\ufb04": "ffl",
        "\ufb05": "st",
        "\ufb06": "st",
    }
)
# Without the C0 and C1 controls that str.split() treats as white space (tab to CR, FS to US, NEL).
INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    "\u202a-\u202e\u2060-\u206f\u2800\u3164\ufdd0-\ufdef\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_LONG_WORD, _MAX_COMBINING_MARKS = 250, 30
_SURROGATE = re.compile("[\ud800-\udfff]")


def clean(text: str) -> str:
    """Normalise ``text`` as the module's docstring lists."""
    visible = INVISIBLE.sub("", text)
    if visible.isascii():
        return " ".join(visible.split())
    words = _SURROGATE.sub("\ufffd", visible).translate(_LIGATURES).split()
    composed = unicodedata.normalize("NFC", " ".join(map(_limit_combining_marks, words)))
    return " ".join(map(_limit_combining_marks, composed.split()))


def _limit_combining_marks(word: str) -> str:
    if len(word) <= _LONG_WORD:
        return word
    characters, run = [], 0
    for character in word:
        run = run + 1 if unicodedata.combining(character) else 0
        if run <= _MAX_COMBINING_MARKS:
            characters.append(character)
    return "".join(characters)


def printable(text: str) -> str:
    """Make ``text`` safe to print on one line, otherwise unchanged: for file names and the like."""
    return re.sub(r"[\t-\r\x1c-\x1f\x85\u2028\u2029]", " ", _SURROGATE.sub("\ufffd", INVISIBLE.sub("", text)))


def shorten(text: str, limit: int) -> str:
    """Clean ``text`` and cut it to at most ``limit`` characters, ending in an ellipsis if it was cut."""
    cleaned = clean(text)
    return cleaned if len(cleaned) <= limit else cleaned[: limit - 1].rstrip() + "…"
