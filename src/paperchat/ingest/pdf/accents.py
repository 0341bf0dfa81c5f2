"""Letters with the accents that old TeX fonts draw as characters of their own, before or after the letter."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

_MARKS = {
    "´": "\u0301", "`": "\u0300", "ˆ": "\u0302", "˜": "\u0303", "¨": "\u0308", "¯": "\u0304", "˘": "\u0306",
    "˙": "\u0307", "˚": "\u030a", "ˇ": "\u030c", "˝": "\u030b", "¸": "\u0327", "˛": "\u0328",
}  # fmt: skip
_DOTLESS = {"ı": "i", "ȷ": "j"}

Letter = tuple[str, float, float]
"""A character, and its left and right edge."""


def is_accent(text: str) -> bool:
    return text in _MARKS


def with_accents(letters: Sequence[Letter]) -> str:
    """The word that the letters spell, with every accent on the letter that it stands over."""
    if all(letter not in _MARKS for letter, _, _ in letters):
        return "".join(letter for letter, _, _ in letters)
    spelled: list[str] = []
    waiting = ""
    for at, (letter, left, right) in enumerate(letters):
        mark = _MARKS.get(letter)
        if mark is None:
            spelled.append(_accented(letter, waiting) if waiting else letter)
            waiting = ""
            continue
        middle = (left + right) / 2
        if at + 1 < len(letters) and letters[at + 1][0].isalpha() and _over(middle, letters[at + 1]):
            waiting = mark
        elif at > 0 and letters[at - 1][0].isalpha() and _over(middle, letters[at - 1]):
            spelled[-1] = _accented(spelled[-1], mark)
        else:
            spelled.append(letter)
    return "".join(spelled)


def accented(letters: Sequence[Letter], accent: Letter) -> list[Letter] | None:
    """The letters with an accent that was drawn apart from them; ``None`` if it stands over none of them."""
    middle = (accent[1] + accent[2]) / 2
    for at, letter in enumerate(letters):
        if letter[0].isalpha() and _over(middle, letter):
            whole = _accented(letter[0], _MARKS[accent[0]])
            return [*letters[:at], (whole, letter[1], letter[2]), *letters[at + 1 :]]
    return None


def _over(middle: float, letter: Letter) -> bool:
    return letter[1] <= middle <= letter[2]


def _accented(letter: str, mark: str) -> str:
    return unicodedata.normalize("NFC", _DOTLESS.get(letter, letter) + mark)
