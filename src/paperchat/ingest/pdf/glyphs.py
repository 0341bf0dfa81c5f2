"""The text of a page as pdfium gives it, as pieces with their places.

Left out, and counted as hidden: text that is not painted, is all but transparent, is smaller than
``SMALLEST`` points, or stands off the page. Light text is for ``visible`` to judge.
"""

from __future__ import annotations

import ctypes
import math
import re
from dataclasses import dataclass, replace

import pypdfium2
import pypdfium2.raw as pdfium

from paperchat.ingest.pdf.accents import with_accents
from paperchat.ingest.pdf.layout import Font, Piece, Region, Sheet

SMALLEST = 2.0
MOST_CHARACTERS = 60_000  # of one page
_MOST_OBJECTS = 20_000
_LIGHT, _TRANSPARENT = 200, 25
_WORD_GAP = 0.22  # of the font size
_BOLD = re.compile(r"bold|black|heavy|demi|medi(?:um)?(?!a)|cmbx|bx\d|cmssbx|sfbx|[-,]bd", re.IGNORECASE)
_ITALIC = re.compile(r"ital|obli|slanted|cmti|cmsl|sfti|[-,]it\b", re.IGNORECASE)
_MATH = re.compile(
    r"cmmi|cmsy|cmex|cmbsy|cmmib|msam|msbm|eufm|eurm|math|symbol|stmary|rsfs|bbold|wasy|txsy|txmi|txex|pxsy|pxmi|"
    r"ntxmi|newtxmi|mtsy|mtmi|mtex|lasy|dsrom|esint|ltmia|nxtmi",
    re.IGNORECASE,
)
_HYPHENS = {0xFFFE: "-", 0x2: "-", 0xAD: "-"}
_SPACES = frozenset((0, 9, 10, 13, 32, 0xA0, 0x3000, *range(0x2000, 0x200B), 0x202F, 0x205F))
_TEXT_OBJECT = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int)


@dataclass(frozen=True, slots=True)
class _Paint:
    """How a text object is painted. ``direction`` is that of its base line, as quarter turns; -1: askew."""

    font: Font
    size: float
    direction: int
    hidden: bool
    unpainted: bool
    light: bool


@dataclass(slots=True)
class _Frame:
    """From user space to the page as shown: the visible box, and quarter turns clockwise."""

    left: float
    bottom: float
    right: float
    top: float
    turn: int

    def place(self, x: float, y: float) -> tuple[float, float]:
        match self.turn:
            case 0:
                return x - self.left, self.top - y
            case 1:
                return y - self.bottom, x - self.left
            case 2:
                return self.right - x, y - self.bottom
            case _:
                return self.top - y, self.right - x

    def span(self) -> tuple[float, float]:
        width, height = self.right - self.left, self.top - self.bottom
        return (height, width) if self.turn % 2 else (width, height)


def read_sheet(page: pypdfium2.PdfPage, number: int) -> tuple[Sheet, list[Piece]]:
    """The page's text, and those of its pieces that are painted in a light colour."""
    frame = _Frame(*page.get_bbox(), turn=page.get_rotation() // 90 % 4)
    width, height = frame.span()
    sheet = Sheet(number=number, width=width, height=height)
    textpage = page.get_textpage()
    try:
        light = _read(textpage, frame, sheet)
        sheet.pictures, sheet.filled = _pictures(page, frame)
        if sheet.filled and not sheet.pieces and sheet.hidden:
            sheet = replace(sheet, sideways=[], hidden=0, scanned=True)
            _read(textpage, frame, sheet)
        upright, turned = _weight(sheet.pieces), _weight(sheet.sideways)
        if turned > 200 and turned > 1.5 * upright:
            for turn in (1, 3):
                again = replace(sheet, turn=turn, pieces=[], sideways=[], hidden=0)
                frame.turn = (page.get_rotation() // 90 + turn) % 4
                light_again = _read(textpage, frame, again)
                if _weight(again.pieces) > 0.8 * turned:
                    sheet, light = again, light_again
                    break
    finally:
        textpage.close()
    frame.turn = (page.get_rotation() // 90 + sheet.turn) % 4
    if sheet.turn:
        sheet.pictures, _ = _pictures(page, frame)
    return sheet, light


def _weight(pieces: list[Piece]) -> int:
    return sum(len(piece.text) for piece in pieces)


def _read(textpage: pypdfium2.PdfTextPage, frame: _Frame, sheet: Sheet) -> list[Piece]:
    """Fills the sheet; the loop runs once a character, so it is written for speed."""
    raw = textpage.raw
    handle = ctypes.cast(raw, ctypes.c_void_p).value
    text_object = ctypes.cast(pdfium.FPDFText_GetTextObject, _TEXT_OBJECT)
    unicode_of, box_of, origin_of = (
        pdfium.FPDFText_GetUnicode,
        pdfium.FPDFText_GetLooseCharBox,
        pdfium.FPDFText_GetCharOrigin,
    )
    box, x, y = pdfium.FS_RECTF(), ctypes.c_double(), ctypes.c_double()
    box_at, x_at, y_at = ctypes.byref(box), ctypes.byref(x), ctypes.byref(y)
    width, height = frame.span()
    paints: dict[int, _Paint] = {}
    fonts: dict[int, Font] = {}
    light: list[Piece] = []
    letters: list[tuple[str, float, float]] = []
    paint: _Paint | None = None
    base = reach = 0.0
    spaced, order, last = True, 0, 0

    def finish() -> None:
        nonlocal spaced, order
        if letters and paint is not None:
            piece = Piece(
                with_accents(letters),
                letters[0][1],
                max(letter[2] for letter in letters),
                base,
                paint.size,
                paint.font,
                not spaced,
                order,
            )
            if piece.text:
                (sheet.pieces if paint.direction == 0 else sheet.sideways).append(piece)
                if paint.light:
                    light.append(piece)
                order += 1
                spaced = False
        letters.clear()

    for index in range(min(textpage.count_chars(), MOST_CHARACTERS)):
        code = unicode_of(raw, index)
        if code in _SPACES:
            finish()
            spaced = True
            continue
        found = text_object(handle, index)
        if found != last or paint is None:
            if found not in paints:
                paints[found] = _paint_of(raw, index, found, frame.turn, fonts)
            if paints[found] != paint:
                finish()
                paint = paints[found]
            last = found
        if paint.hidden and not (sheet.scanned and paint.unpainted):
            sheet.hidden += 1
            continue
        box_of(raw, index, box_at)
        origin_of(raw, index, x_at, y_at)
        start, line = frame.place(x.value, y.value)
        one, other = frame.place(box.left, box.top)[0], frame.place(box.right, box.bottom)[0]
        left, right = (one, other) if one <= other else (other, one)
        if not (-1 <= line <= height + 1 and right > -1 and left < width + 1) and paint.direction == 0:
            sheet.hidden += 1
            continue
        size = paint.size
        if letters and (
            abs(line - base) > 0.08 * size or not -0.6 * size <= left - reach <= _WORD_GAP * size
        ):
            # Right-to-left script runs backwards, and so do stacked indices: they are one word all the same.
            backwards = "\u0590" <= letters[-1][0] <= "\u08ff"
            if not (backwards and abs(line - base) <= 0.08 * size):
                apart = left - reach > _WORD_GAP * size or left - reach < -size or abs(line - base) > size
                finish()
                spaced = spaced or apart
        elif not letters and sheet.pieces and not spaced:
            spaced = left - reach > _WORD_GAP * size or left - reach < -1.5 * size or abs(line - base) > size
        letters.append((_HYPHENS.get(code) or _letter(code), left, right))
        base, reach = line, right
        del start
    finish()
    return light


def _letter(code: int) -> str:
    if code < 32 or 0xE000 <= code <= 0xF8FF or code > 0x10FFFF:
        return "•" if code in (0xF0B7, 0xF0A7) else ""
    return chr(code)


def _paint_of(raw: object, index: int, found: int | None, turn: int, fonts: dict[int, Font]) -> _Paint:
    matrix = pdfium.FS_MATRIX()
    pdfium.FPDFText_GetMatrix(raw, index, matrix)
    size = pdfium.FPDFText_GetFontSize(raw, index) * math.hypot(matrix.c, matrix.d)
    direction = (round(math.degrees(math.atan2(matrix.b, matrix.a)) / 90, 2) - turn) % 4
    direction = round(direction) % 4 if abs(direction - round(direction)) < 0.1 else -1
    hidden, unpainted, light = size < SMALLEST, False, False
    font = Font(name="")
    if found:
        text_object = ctypes.cast(found, pdfium.FPDF_PAGEOBJECT)
        mode = pdfium.FPDFTextObj_GetTextRenderMode(text_object)
        channels = [ctypes.c_uint() for _ in range(4)]
        colour = pdfium.FPDFPageObj_GetStrokeColor if mode == 1 else pdfium.FPDFPageObj_GetFillColor
        known = colour(text_object, *map(ctypes.byref, channels))
        red, green, blue, opacity = (channel.value for channel in channels)
        unpainted = mode in (3, 7) and not hidden
        hidden = hidden or unpainted or bool(known and opacity <= _TRANSPARENT)
        light = bool(known) and min(red, green, blue) >= _LIGHT
        font = _font_of(text_object, fonts)
    return _Paint(font, round(size, 2) or 1.0, direction, hidden, unpainted, light)


def _font_of(text_object: object, fonts: dict[int, Font]) -> Font:
    handle = pdfium.FPDFTextObj_GetFont(text_object)
    key = ctypes.cast(handle, ctypes.c_void_p).value or 0
    if key not in fonts:
        buffer = ctypes.create_string_buffer(200)
        pdfium.FPDFFont_GetBaseFontName(handle, buffer, 200)
        name = buffer.value.decode("utf-8", "replace")
        name = re.sub(r"^[A-Z]{6}\+", "", name)
        flags = pdfium.FPDFFont_GetFlags(handle)
        fonts[key] = Font(
            name=name,
            bold=bool(_BOLD.search(name)) or (flags > 0 and bool(flags & 1 << 18)),
            italic=bool(_ITALIC.search(name)) or (flags > 0 and bool(flags & 1 << 6)),
            math=bool(_MATH.search(name)),
        )
    return fonts[key]


def _pictures(page: pypdfium2.PdfPage, frame: _Frame) -> tuple[list[Region], bool]:
    """Where images and embedded drawings stand, and whether an image fills the page, which is not among them."""
    width, height = frame.span()
    found: list[Region] = []
    filled = False
    kinds = (pdfium.FPDF_PAGEOBJ_IMAGE, pdfium.FPDF_PAGEOBJ_FORM)
    left, bottom, right, top = (ctypes.c_float() for _ in range(4))
    edges = [ctypes.byref(edge) for edge in (left, bottom, right, top)]
    for index in range(min(pdfium.FPDFPage_CountObjects(page.raw), _MOST_OBJECTS)):
        item = pdfium.FPDFPage_GetObject(page.raw, index)
        if pdfium.FPDFPageObj_GetType(item) not in kinds or not pdfium.FPDFPageObj_GetBounds(item, *edges):
            continue
        one, other = frame.place(left.value, top.value), frame.place(right.value, bottom.value)
        region = Region(
            left=min(one[0], other[0]), top=min(one[1], other[1]), right=max(one[0], other[0]), bottom=max(one[1], other[1])
        )
        area = (region.right - region.left) * (region.bottom - region.top)
        if area >= 0.75 * width * height:
            filled = filled or pdfium.FPDFPageObj_GetType(item) == pdfium.FPDF_PAGEOBJ_IMAGE
        elif area > 0.002 * width * height:
            found.append(region)
    return found, filled
