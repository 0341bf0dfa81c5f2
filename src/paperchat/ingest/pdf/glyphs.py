"""Reads a page's characters with pdfium and joins them into text spans.

Left out, and counted as hidden: text that is not painted, nearly transparent, tiny, or outside the page. Spans in a
light colour are listed separately, as only the rendered page shows whether they are visible.
"""

from __future__ import annotations

import ctypes
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import replace

import pypdfium2
import pypdfium2.raw as pdfium

from paperchat.ingest.pdf.figures import find_pictures
from paperchat.ingest.pdf.layout import Frame, PageLayout, TextSpan
from paperchat.ingest.pdf.text_style import TextStyle, TextStyleReader

_ACCENTS = {
    "´": "\u0301", "`": "\u0300", "ˆ": "\u0302", "˜": "\u0303", "¨": "\u0308", "¯": "\u0304", "˘": "\u0306",
    "˙": "\u0307", "˚": "\u030a", "ˇ": "\u030c", "˝": "\u030b", "¸": "\u0327", "˛": "\u0328",
}  # fmt: skip
_DOTLESS = {"ı": "i", "ȷ": "j"}

Glyph = tuple[str, float, float]
"""A character with its left and right edge."""
MAX_CHARACTERS = 60_000  # of one page
_WORD_GAP = 0.22  # this and the next three in font sizes
_MAX_BACKWARDS, _SAME_BASELINE, _MAX_TOUCHING_GAP = 0.6, 0.08, 0.06
_MAX_INDEX_SIZE, _MAX_INDEX_SHIFT = 0.86, 0.6  # in sizes of what the index belongs to
_MIN_ROTATED = 200  # characters, for a page to be turned
_SAMPLE_SIZE = 60
_MAX_ACCENTS = 500
_HYPHENS = {0xFFFE: "-", 0x2: "-", 0xAD: "-"}
_BULLETS = (0xF0B7, 0xF0A7)
_SPACES = frozenset((0, 9, 10, 13, 32, 0xA0, 0x3000, *range(0x2000, 0x200B), 0x202F, 0x205F))
_HIGH_SURROGATES, _LOW_SURROGATES = range(0xD800, 0xDC00), range(0xDC00, 0xE000)
_REPLACEMENT = 0xFFFD
_CLOSING_PATTERN = re.compile(r"[.,;:!?)\]}’”]")
_TEXT_OBJECT = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int)


def is_accent(text: str) -> bool:
    """Whether the text is an accent alone, as many fonts draw them."""
    return text in _ACCENTS


def compose_accents(glyphs: Sequence[Glyph]) -> str:
    """The text of the glyphs, with each separate accent put on the letter below it."""
    if all(character not in _ACCENTS for character, _, _ in glyphs):
        return "".join(character for character, _, _ in glyphs)
    characters: list[str] = []
    pending = ""
    for at, (character, left, right) in enumerate(glyphs):
        accent = _ACCENTS.get(character)
        if accent is None:
            characters.append(_add_accent(character, pending) if pending else character)
            pending = ""
            continue
        middle = (left + right) / 2
        if at + 1 < len(glyphs) and glyphs[at + 1][0].isalpha() and _is_above(middle, glyphs[at + 1]):
            pending = accent
        elif at > 0 and glyphs[at - 1][0].isalpha() and _is_above(middle, glyphs[at - 1]):
            characters[-1] = _add_accent(characters[-1], accent)
        else:
            characters.append(character)
    return "".join(characters)


def apply_accent(glyphs: Sequence[Glyph], accent: Glyph) -> list[Glyph] | None:
    """The glyphs with a separately drawn accent applied; ``None`` if it is above none of them."""
    middle = (accent[1] + accent[2]) / 2
    for at, (character, left, right) in enumerate(glyphs):
        if character.isalpha() and left <= middle <= right:
            accented = _add_accent(character, _ACCENTS[accent[0]])
            return [*glyphs[:at], (accented, left, right), *glyphs[at + 1 :]]
    return None


def _is_above(middle: float, glyph: Glyph) -> bool:
    return glyph[1] <= middle <= glyph[2]


def _add_accent(letter: str, accent: str) -> str:
    return unicodedata.normalize("NFC", _DOTLESS.get(letter, letter) + accent)


def read_page(page: pypdfium2.PdfPage, number: int) -> tuple[PageLayout, list[TextSpan]]:
    """Read a page; also list those of its spans that have a light colour.

    A page with mostly rotated text, such as a wide table, is turned before it is read.
    """
    rotation = page.get_rotation() // 90 % 4
    left, bottom, right, top = page.get_bbox()
    shown = Frame(left, bottom, right, top, rotation)
    width, height = shown.dimensions()
    blank = PageLayout(number=number, width=width, height=height)
    blank.pictures, blank.has_full_page_image = find_pictures(page, shown)
    textpage = page.get_textpage()
    try:
        best = _collect_spans(textpage, shown, blank)
        if best.layout.hidden_characters and blank.has_full_page_image and not best.layout.spans:
            best = _collect_spans(textpage, shown, replace(blank, is_scanned=True))
        rotated = _count_characters(best.layout.rotated_spans)
        if rotated > max(_MIN_ROTATED, 1.5 * _count_characters(best.layout.spans)):
            for turn in (1, 3):
                frame = replace(shown, turn=(rotation + turn) % 4)
                turned = _collect_spans(
                    textpage, frame, replace(blank, turn=turn, pictures=find_pictures(page, frame)[0])
                )
                if _count_characters(turned.layout.spans) > 0.8 * rotated:
                    best = turned
        best.layout.unmapped_share = _unmapped_share(textpage)
    finally:
        textpage.close()
    return best.layout, best.light


def _unmapped_share(textpage: pypdfium2.PdfTextPage) -> float:
    """Share, in a sample of characters, of those whose font does not map them to Unicode."""
    sample = range(min(textpage.count_chars(), _SAMPLE_SIZE))
    errors = sum(bool(pdfium.FPDFText_HasUnicodeMapError(textpage.raw, at) == 1) for at in sample)
    return errors / max(1, len(sample))


def _count_characters(spans: list[TextSpan]) -> int:
    return sum(len(span.text) for span in spans)


def _collect_spans(textpage: pypdfium2.PdfTextPage, frame: Frame, blank: PageLayout) -> _SpanCollector:
    """Collect the page's spans. The loop runs once per character, so it is written for speed."""
    raw = textpage.raw
    handle = ctypes.cast(raw, ctypes.c_void_p).value
    text_object = ctypes.cast(pdfium.FPDFText_GetTextObject, _TEXT_OBJECT)
    unicode_of, box_of = pdfium.FPDFText_GetUnicode, pdfium.FPDFText_GetLooseCharBox
    origin_of, is_upright = pdfium.FPDFText_GetCharOrigin, frame.turn == 0
    turned = [replace(frame, turn=(frame.turn + direction) % 4) for direction in range(4)]
    box, x, y = pdfium.FS_RECTF(), ctypes.c_double(), ctypes.c_double()
    box_at, x_at, y_at = ctypes.byref(box), ctypes.byref(x), ctypes.byref(y)
    width, height = frame.dimensions()
    reader = TextStyleReader(raw, frame.turn)
    out = _SpanCollector(replace(blank, spans=[], rotated_spans=[], hidden_characters=0))
    styles: dict[int | None, TextStyle] = {}
    style: TextStyle | None = None
    last: int | None = None
    box_bottom = 0.0
    for index in range(min(textpage.count_chars(), MAX_CHARACTERS)):
        code = unicode_of(raw, index)
        if code in _LOW_SURROGATES:
            continue
        if code in _HIGH_SURROGATES:
            code = _join_surrogates(code, unicode_of(raw, index + 1))
        if code in _SPACES:
            out.space()
            continue
        text_handle = text_object(handle, index)
        changed = text_handle != last or style is None
        if changed:
            last = text_handle
            if text_handle not in styles:
                styles[text_handle] = reader.style_at(index, text_handle)
            style = styles[text_handle]
        assert style is not None
        if style.is_hidden and not (blank.is_scanned and style.is_unpainted):
            out.layout.hidden_characters += 1
            continue
        if style.direction < 0:
            continue
        box_of(raw, index, box_at)
        level = style.direction == 0 and is_upright
        # The baseline is read only where it may have changed: it costs as much as the box.
        if changed or box.bottom != box_bottom or not level:
            box_bottom = box.bottom
            origin_of(raw, index, x_at, y_at)
        if level:
            baseline, left, right = frame.top - y.value, box.left - frame.left, box.right - frame.left
        else:
            place = turned[style.direction].place
            baseline = place(x.value, y.value)[1]
            one, other = place(box.left, box.top)[0], place(box.right, box.bottom)[0]
            left, right = (one, other) if one <= other else (other, one)
        if style.direction == 0 and not (-1 <= baseline <= height + 1 and right > -1 and left < width + 1):
            out.layout.hidden_characters += 1
            continue
        out.add(_HYPHENS.get(code) or _character(code), left, right, baseline, style)
    out.close()
    return out


def _character(code: int) -> str:
    """The character; empty for control and private-use characters and the like, which do not tell what is drawn."""
    if code < 32 or 0xD800 <= code <= 0xF8FF or code == _REPLACEMENT or code > 0x10FFFF:
        return "•" if code in _BULLETS else ""
    return chr(code)


class _SpanCollector:
    """Joins characters, in the order of the page's content, into spans."""

    def __init__(self, layout: PageLayout) -> None:
        self.layout = layout
        self.light: list[TextSpan] = []
        self._glyphs: list[Glyph] = []
        self._glyphs_by_order: dict[int, list[Glyph]] = {}
        self._accents: list[TextSpan] = []
        self._style: TextStyle | None = None
        self._baseline = self._right = 0.0
        self._is_new_word = True
        self._order = 0

    def space(self) -> None:
        """End the current span: white space follows."""
        self._finish()
        self._is_new_word = True

    def add(self, character: str, left: float, right: float, baseline: float, style: TextStyle) -> None:
        size, gap, down = style.size, left - self._right, abs(baseline - self._baseline)
        if self._glyphs:
            level = down <= _SAME_BASELINE * size
            # Right-to-left script runs backwards, and is one word all the same.
            backwards = level and "\u0590" <= self._glyphs[-1][0] <= "\u08ff"
            onwards = backwards or (level and -_MAX_BACKWARDS * size <= gap <= _WORD_GAP * size)
            if not onwards or (style is not self._style and style != self._style):
                self._break(gap > _WORD_GAP * size or gap < -size or down > size)
        elif not self._is_new_word:
            self._is_new_word = gap > _WORD_GAP * size or gap < -1.5 * size or down > size
        self._style, self._baseline, self._right = style, baseline, right
        if character:
            self._glyphs.append((character, left, right))

    def close(self) -> None:
        """End the last span, and finish the page."""
        self._finish()
        self._glyphs = []
        if self._accents:
            self._apply_accents()
        self.layout.spans = _join_touching(self.layout.spans)

    def _break(self, is_new_word: bool) -> None:
        self._finish()
        self._is_new_word = self._is_new_word or is_new_word

    def _finish(self) -> None:
        glyphs, style = self._glyphs, self._style
        if not glyphs or style is None:
            return
        right = glyphs[-1][2] if len(glyphs) == 1 else max(glyph[2] for glyph in glyphs)
        left = glyphs[0][1] if len(glyphs) == 1 else min(glyph[1] for glyph in glyphs)
        text = compose_accents(glyphs)
        span = TextSpan(text, left, right, self._baseline, style.size, style.font, not self._is_new_word, self._order)
        self._glyphs = []
        if is_accent(text) and style.direction == 0:
            self._accents.append(span)
            return
        (self.layout.spans if style.direction == 0 else self.layout.rotated_spans).append(span)
        if style.is_light:
            self.light.append(span)
        self._glyphs_by_order[self._order] = glyphs
        self._order += 1
        self._is_new_word = False

    def _apply_accents(self) -> None:
        """Apply accents that became spans of their own because they were drawn at another height."""
        spans = self.layout.spans
        for accent in self._accents[:_MAX_ACCENTS]:
            for at, span in enumerate(spans):
                if abs(span.baseline - accent.baseline) > span.size or not span.left <= accent.right <= span.right + 2:
                    continue
                glyphs = apply_accent(self._glyphs_by_order[span.order], (accent.text, accent.left, accent.right))
                if glyphs is not None:
                    self._glyphs_by_order[span.order] = glyphs
                    spans[at] = replace(span, text="".join(character for character, _, _ in glyphs))
                    break


def _join_touching(spans: list[TextSpan]) -> list[TextSpan]:
    """Pieces that touch are one word: pdfium puts a space where an accent or an index had led it away.

    So are a word and the punctuation that closes it, which TeX sets a little apart from an index.
    """
    out: list[TextSpan] = []
    for span in spans:
        if out and not span.joins_previous:
            last = out[-1]
            size = max(span.size, last.size)
            gap, down = span.left - last.right, abs(span.baseline - last.baseline)
            level = down <= _SAME_BASELINE * span.size and abs(span.size - last.size) <= _MAX_TOUCHING_GAP * span.size
            is_index = min(span.size, last.size) <= _MAX_INDEX_SIZE * size and down <= _MAX_INDEX_SHIFT * size
            touches = abs(gap) <= _MAX_TOUCHING_GAP * size
            if (level or is_index) and (touches or _closes(span, out[-2:])):
                span = replace(span, joins_previous=True)
        out.append(span)
    return out


def _closes(span: TextSpan, before: Sequence[TextSpan]) -> bool:
    """Whether it is punctuation right behind the one of the spans that reaches further, as an upper and lower index."""
    level = [other.right for other in before if abs(other.baseline - span.baseline) <= span.size]
    is_behind = bool(level) and -_MAX_TOUCHING_GAP * span.size <= span.left - max(level) <= _WORD_GAP * span.size
    return is_behind and bool(_CLOSING_PATTERN.match(span.text))


def _join_surrogates(high: int, low: int) -> int:
    """The character of a surrogate pair, as which pdfium gives those beyond the basic plane."""
    return 0x10000 + ((high - 0xD800) << 10) + low - 0xDC00 if low in _LOW_SURROGATES else _REPLACEMENT
