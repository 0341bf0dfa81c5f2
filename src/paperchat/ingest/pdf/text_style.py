"""Reads the style of a text object: font, size, direction, and whether it is visible at all."""

from __future__ import annotations

import ctypes
import math
import re
from dataclasses import dataclass
from typing import Any

import pypdfium2.raw as pdfium

from paperchat.ingest.pdf.layout import Font

MIN_FONT_SIZE = 2.0  # points
_MIN_LIGHT, _MAX_TRANSPARENT = 200, 25  # of 255
_STROKED, _UNPAINTED = 1, (3, 7)  # text rendering modes: ISO 32000-1, table 106
_ITALIC_FLAG, _BOLD_FLAG = 1 << 6, 1 << 18  # font descriptor flags: ISO 32000-1, table 123
_MAX_NAME_LENGTH = 200
_BOLD_PATTERN = re.compile(
    r"bold|black|heavy|demi|medi(?:um)?(?!a)|cmbx|bx\d|cmssbx|sfbx|[-,]bd|libertinetz|libertinetb", re.I
)
_ITALIC_PATTERN = re.compile(r"ital|obli|slanted|cmti|cmsl|sfti|[-,]it\b", re.IGNORECASE)
_MATH_PATTERN = re.compile(
    r"cmmi|cmsy|cmex|cmbsy|cmmib|msam|msbm|eufm|eurm|math|symbol|stmary|rsfs|bbold|wasy|txsy|txmi|txex|pxsy|pxmi|"
    r"newtxmi|mtsy|mtmi|mtex|lasy|dsrom|esint|ltmia",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class TextStyle:
    """Style of a text object.

    ``direction`` of the baseline: 0 to the right, 1 to 3 quarter turns anticlockwise, -1 at another angle.
    ``is_hidden``: it cannot be seen. ``is_unpainted``: by its rendering mode, as the recognised text of a scan.
    ``is_light``: its colour is visible on a dark background only.
    """

    font: Font
    size: float
    direction: int
    is_hidden: bool
    is_unpainted: bool
    is_light: bool


class TextStyleReader:
    """Reads the text styles of one page; ``turn``: the quarter turns at which the page is read."""

    def __init__(self, textpage: Any, turn: int) -> None:
        self._textpage, self._turn = textpage, turn
        self._fonts: dict[int, Font] = {}
        self._matrix = pdfium.FS_MATRIX()
        self._channels = tuple(ctypes.c_uint() for _ in range(4))
        self._channels_at = tuple(map(ctypes.byref, self._channels))

    def style_at(self, index: int, handle: int | None) -> TextStyle:
        """The style of the character at ``index``, which belongs to the text object at ``handle``."""
        matrix = self._matrix
        pdfium.FPDFText_GetMatrix(self._textpage, index, matrix)
        size = pdfium.FPDFText_GetFontSize(self._textpage, index) * math.hypot(matrix.c, matrix.d)
        turned = math.degrees(math.atan2(matrix.b, matrix.a)) / 90 - self._turn
        direction = round(turned) % 4 if abs(turned - round(turned)) < 0.1 else -1
        hidden, unpainted, light = size < MIN_FONT_SIZE, False, False
        font = Font(name="")
        if handle:
            item = ctypes.cast(handle, pdfium.FPDF_PAGEOBJECT)
            mode = pdfium.FPDFTextObj_GetTextRenderMode(item)
            colour = pdfium.FPDFPageObj_GetStrokeColor if mode == _STROKED else pdfium.FPDFPageObj_GetFillColor
            if colour(item, *self._channels_at):
                red, green, blue, opacity = (channel.value for channel in self._channels)
                light = min(red, green, blue) >= _MIN_LIGHT
                hidden = hidden or opacity <= _MAX_TRANSPARENT
            unpainted = mode in _UNPAINTED and not hidden
            hidden = hidden or unpainted
            font = self._font(item)
        return TextStyle(font, round(size, 2) or 1.0, direction, hidden, unpainted, light)

    def _font(self, item: Any) -> Font:
        handle = pdfium.FPDFTextObj_GetFont(item)
        key = ctypes.cast(handle, ctypes.c_void_p).value or 0
        if key not in self._fonts:
            buffer = ctypes.create_string_buffer(_MAX_NAME_LENGTH)
            pdfium.FPDFFont_GetBaseFontName(handle, buffer, _MAX_NAME_LENGTH)
            name = re.sub(r"^[A-Z]{6}\+", "", buffer.value.decode("utf-8", "replace"))
            flags = max(0, pdfium.FPDFFont_GetFlags(handle))
            self._fonts[key] = Font(
                name=name,
                is_bold=bool(_BOLD_PATTERN.search(name)) or bool(flags & _BOLD_FLAG),
                is_italic=bool(_ITALIC_PATTERN.search(name)) or bool(flags & _ITALIC_FLAG),
                is_math=bool(_MATH_PATTERN.search(name)),
            )
        return self._fonts[key]
