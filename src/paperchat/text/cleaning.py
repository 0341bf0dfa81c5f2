"""Clean-up of text from outside, so that what is kept is what is seen.

``clean`` does these things and no others:

- the Latin presentation-form ligatures U+FB00 to U+FB06 become their letters (``ﬁ`` to ``fi``);
- what shows nothing is removed: soft hyphens, zero-width characters, control characters, direction marks,
  overrides and isolates, tags, noncharacters. Right-to-left letters stay;
- a lone surrogate, which cannot be stored, becomes U+FFFD;
- Unicode NFC (not NFKC, which would turn ``x²`` into ``x2``);
- in a word of more than 250 characters, of a run of combining marks the first 30 are kept (UAX #15's limit
  for stream-safe text; putting a long run in order takes quadratic time);
- every run of white space becomes one space, and none is left at the ends.

HTML and LaTeX stay as they are: the text is what the source says. ``clean(clean(x)) == clean(x)``.
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
# C0 and C1 controls that str.split() takes for white space (tab to CR, FS to US, NEL) are left for it.
_UNSEEN = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff"
    "\ufdd0-\ufdef\ufff9-\ufffb\ufffe\uffff\U000e0000-\U000e007f]"
)
_LONG_WORD, _MOST_MARKS = 250, 30
_SURROGATE = re.compile("[\ud800-\udfff]")


def clean(text: str) -> str:
    """``text`` as it is kept: see the module's docstring for what is changed."""
    shown = _UNSEEN.sub("", text)
    if shown.isascii():
        return " ".join(shown.split())
    words = _SURROGATE.sub("\ufffd", shown).translate(_LIGATURES).split()
    composed = unicodedata.normalize("NFC", " ".join(map(_with_few_marks, words)))
    return " ".join(map(_with_few_marks, composed.split()))


def _with_few_marks(word: str) -> str:
    if len(word) <= _LONG_WORD:
        return word
    kept, run = [], 0
    for character in word:
        run = run + 1 if unicodedata.combining(character) else 0
        if run <= _MOST_MARKS:
            kept.append(character)
    return "".join(kept)


def printable(text: str) -> str:
    """``text`` on one line and safe to print, otherwise unchanged: for file names and the like."""
    return re.sub(r"[\t-\r\x1c-\x1f\x85\u2028\u2029]", " ", _SURROGATE.sub("\ufffd", _UNSEEN.sub("", text)))


def shorten(text: str, limit: int) -> str:
    """``text`` cleaned and cut to at most ``limit`` characters, the last an ellipsis where it was cut."""
    shown = clean(text)
    return shown if len(shown) <= limit else shown[: limit - 1].rstrip() + "…"
