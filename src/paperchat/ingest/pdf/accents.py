"""Letters with the accents that old TeX fonts draw as characters of their own, before or after the letter."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

_MARKS = {
    "´": "\u0301", "`": "\u0300", "ˆ": "\u0302", "˜": "\u0303", "¨": "\u0308", "¯": "\u0304", "˘": "\u0306",
    "˙": "\u0307", "˚": "\u030a", "ˇ": "\u030c", "˝": "\u030b", "¸": "\u0327", "˛": "\u0328",
}  # fmt: skip
_DOTLESS = {"ı": "i", "ȷ": "j"}


def with_accents(letters: Sequence[tuple[str, float, float]]) -> str:
    """The word that ``(character, left, right)`` spell, in NFC: an accent goes to the letter that it stands over."""
    if all(letter not in _MARKS for letter, _, _ in letters):
        return "".join(letter for letter, _, _ in letters)
    spelled: list[str] = []
    waiting = ""
    for at, (letter, left, right) in enumerate(letters):
        mark = _MARKS.get(letter)
        if mark is None:
            spelled.append(unicodedata.normalize("NFC", _DOTLESS.get(letter, letter) + waiting) if waiting else letter)
            waiting = ""
            continue
        middle = (left + right) / 2
        over_next = at + 1 < len(letters) and letters[at + 1][1] <= middle <= letters[at + 1][2]
        over_last = at > 0 and letters[at - 1][1] <= middle <= letters[at - 1][2]
        if over_next and letters[at + 1][0].isalpha():
            waiting = mark
        elif over_last and letters[at - 1][0].isalpha():
            spelled[-1] = unicodedata.normalize("NFC", _DOTLESS.get(spelled[-1], spelled[-1]) + mark)
        else:
            spelled.append(letter)
    return "".join(spelled)
