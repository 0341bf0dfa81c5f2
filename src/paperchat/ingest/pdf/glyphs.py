"""The text of a page as pdfium gives it, as pieces with their places.

Left out, and counted as hidden: text that is not painted, is all but transparent, is tiny, or stands off the page.
Light text is for ``visible`` to judge.
"""

from __future__ import annotations

import ctypes
import unicodedata
from collections.abc import Sequence
from dataclasses import replace

import pypdfium2
import pypdfium2.raw as pdfium

from paperchat.ingest.pdf.figures import pictures_of
from paperchat.ingest.pdf.layout import Frame, Piece, Sheet
from paperchat.ingest.pdf.text_style import Paint, PaintReader

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


MOST_CHARACTERS = 60_000  # of one page
_WORD_GAP = 0.22  # this and the next in font sizes
_BACKWARDS, _SAME_BASE, _TOUCHES = 0.6, 0.08, 0.06
_FEWEST_SIDEWAYS = 200  # characters, for a page to be turned
_SAMPLE = 60
_MOST_ACCENTS = 500
_HYPHENS = {0xFFFE: "-", 0x2: "-", 0xAD: "-"}
_BULLETS = (0xF0B7, 0xF0A7)
_SPACES = frozenset((0, 9, 10, 13, 32, 0xA0, 0x3000, *range(0x2000, 0x200B), 0x202F, 0x205F))
_TEXT_OBJECT = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int)


def read_sheet(page: pypdfium2.PdfPage, number: int) -> tuple[Sheet, list[Piece]]:
    """The page's text, and those of its pieces that are painted in a light colour.

    A page most of whose text is sideways, as a wide table may be, is turned to be read.
    """
    rotation = page.get_rotation() // 90 % 4
    left, bottom, right, top = page.get_bbox()
    shown = Frame(left, bottom, right, top, rotation)
    width, height = shown.span()
    blank = Sheet(number=number, width=width, height=height)
    blank.pictures, blank.filled = pictures_of(page, shown)
    textpage = page.get_textpage()
    try:
        best = _read(textpage, shown, blank)
        if best.sheet.hidden and blank.filled and not best.sheet.pieces:
            best = _read(textpage, shown, replace(blank, scanned=True))
        sideways = _weight(best.sheet.sideways)
        if sideways > max(_FEWEST_SIDEWAYS, 1.5 * _weight(best.sheet.pieces)):
            for turn in (1, 3):
                frame = replace(shown, turn=(rotation + turn) % 4)
                turned = _read(textpage, frame, replace(blank, turn=turn, pictures=pictures_of(page, frame)[0]))
                if _weight(turned.sheet.pieces) > 0.8 * sideways:
                    best = turned
        best.sheet.unmapped = _unmapped(textpage)
    finally:
        textpage.close()
    return best.sheet, best.light


def _unmapped(textpage: pypdfium2.PdfTextPage) -> float:
    """Of a sample of the page's characters, the share whose font does not say which letters they are."""
    sample = range(min(textpage.count_chars(), _SAMPLE))
    errors = sum(bool(pdfium.FPDFText_HasUnicodeMapError(textpage.raw, at) == 1) for at in sample)
    return errors / max(1, len(sample))


def _weight(pieces: list[Piece]) -> int:
    return sum(len(piece.text) for piece in pieces)


def _read(textpage: pypdfium2.PdfTextPage, frame: Frame, blank: Sheet) -> _Collector:
    """The loop runs once a character, so it is written for speed."""
    raw = textpage.raw
    handle = ctypes.cast(raw, ctypes.c_void_p).value
    text_object = ctypes.cast(pdfium.FPDFText_GetTextObject, _TEXT_OBJECT)
    unicode_of, box_of = pdfium.FPDFText_GetUnicode, pdfium.FPDFText_GetLooseCharBox
    origin_of, upright = pdfium.FPDFText_GetCharOrigin, frame.turn == 0
    turned = [replace(frame, turn=(frame.turn + direction) % 4) for direction in range(4)]
    box, x, y = pdfium.FS_RECTF(), ctypes.c_double(), ctypes.c_double()
    box_at, x_at, y_at = ctypes.byref(box), ctypes.byref(x), ctypes.byref(y)
    width, height = frame.span()
    reader = PaintReader(raw, frame.turn)
    out = _Collector(replace(blank, pieces=[], sideways=[], hidden=0))
    paints: dict[int | None, Paint] = {}
    paint: Paint | None = None
    last: int | None = None
    foot = 0.0
    for index in range(min(textpage.count_chars(), MOST_CHARACTERS)):
        code = unicode_of(raw, index)
        if code in _SPACES:
            out.space()
            continue
        found = text_object(handle, index)
        changed = found != last or paint is None
        if changed:
            last = found
            if found not in paints:
                paints[found] = reader.paint(index, found)
            paint = paints[found]
        assert paint is not None
        if paint.hidden and not (blank.scanned and paint.unpainted):
            out.sheet.hidden += 1
            continue
        if paint.direction < 0:
            continue
        box_of(raw, index, box_at)
        level = paint.direction == 0 and upright
        # The base line is asked for only where it may have changed: it costs as much as the box.
        if changed or box.bottom != foot or not level:
            foot = box.bottom
            origin_of(raw, index, x_at, y_at)
        if level:
            base, left, right = frame.top - y.value, box.left - frame.left, box.right - frame.left
        else:
            place = turned[paint.direction].place
            base = place(x.value, y.value)[1]
            one, other = place(box.left, box.top)[0], place(box.right, box.bottom)[0]
            left, right = (one, other) if one <= other else (other, one)
        if paint.direction == 0 and not (-1 <= base <= height + 1 and right > -1 and left < width + 1):
            out.sheet.hidden += 1
            continue
        out.add(_HYPHENS.get(code) or _character(code), left, right, base, paint)
    out.close()
    return out


def _character(code: int) -> str:
    """The character, unless it is a control or of a private area, which says nothing of what is seen."""
    if code < 32 or 0xE000 <= code <= 0xF8FF or code > 0x10FFFF:
        return "•" if code in _BULLETS else ""
    return chr(code)


class _Collector:
    """Makes pieces of the characters that come in the order of the page's content."""

    def __init__(self, sheet: Sheet) -> None:
        self.sheet = sheet
        self.light: list[Piece] = []
        self._letters: list[Letter] = []
        self._spelled: dict[int, list[Letter]] = {}
        self._accents: list[Piece] = []
        self._paint: Paint | None = None
        self._base = self._reach = 0.0
        self._spaced = True
        self._order = 0

    def space(self) -> None:
        self._finish()
        self._spaced = True

    def add(self, character: str, left: float, right: float, base: float, paint: Paint) -> None:
        size, gap, down = paint.size, left - self._reach, abs(base - self._base)
        if self._letters:
            level = down <= _SAME_BASE * size
            # Right-to-left script runs backwards, and is one word all the same.
            backwards = level and "\u0590" <= self._letters[-1][0] <= "\u08ff"
            onwards = backwards or (level and -_BACKWARDS * size <= gap <= _WORD_GAP * size)
            if not onwards or (paint is not self._paint and paint != self._paint):
                self._break(gap > _WORD_GAP * size or gap < -size or down > size)
        elif not self._spaced:
            self._spaced = gap > _WORD_GAP * size or gap < -1.5 * size or down > size
        self._paint, self._base, self._reach = paint, base, right
        if character:
            self._letters.append((character, left, right))

    def close(self) -> None:
        self._finish()
        self._letters = []
        if self._accents:
            self._place_accents()
        self.sheet.pieces = _glued(self.sheet.pieces)

    def _break(self, apart: bool) -> None:
        self._finish()
        self._spaced = self._spaced or apart

    def _finish(self) -> None:
        letters, paint = self._letters, self._paint
        if not letters or paint is None:
            return
        right = letters[-1][2] if len(letters) == 1 else max(letter[2] for letter in letters)
        left = letters[0][1] if len(letters) == 1 else min(letter[1] for letter in letters)
        text = _whole(with_accents(letters))
        piece = Piece(text, left, right, self._base, paint.size, paint.font, not self._spaced, self._order)
        self._letters = []
        if is_accent(text) and paint.direction == 0:
            self._accents.append(piece)
            return
        (self.sheet.pieces if paint.direction == 0 else self.sheet.sideways).append(piece)
        if paint.light:
            self.light.append(piece)
        self._spelled[self._order] = letters
        self._order += 1
        self._spaced = False

    def _place_accents(self) -> None:
        """Accents that were drawn at another height than their letters came as words of their own."""
        pieces = self.sheet.pieces
        for accent in self._accents[:_MOST_ACCENTS]:
            for at, piece in enumerate(pieces):
                if abs(piece.base - accent.base) > piece.size or not piece.left <= accent.right <= piece.right + 2:
                    continue
                letters = accented(self._spelled[piece.order], (accent.text, accent.left, accent.right))
                if letters is not None:
                    self._spelled[piece.order] = letters
                    pieces[at] = replace(piece, text=_whole("".join(letter for letter, _, _ in letters)))
                    break


def _glued(pieces: list[Piece]) -> list[Piece]:
    """Pieces that touch are one word: pdfium puts a space where an accent between them had led it away."""
    out: list[Piece] = []
    for piece in pieces:
        if out and not piece.glued:
            last = out[-1]
            level = abs(piece.base - last.base) <= _SAME_BASE * piece.size
            alike = abs(piece.size - last.size) <= _TOUCHES * piece.size
            if level and alike and abs(piece.left - last.right) <= _TOUCHES * piece.size:
                piece = replace(piece, glued=True)
        out.append(piece)
    return out


def _whole(text: str) -> str:
    """``text`` with surrogate pairs, as pdfium gives characters beyond the first plane, made characters."""
    if text.isascii() or not any("\ud800" <= character <= "\udfff" for character in text):
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
