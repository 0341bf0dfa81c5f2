"""Groups lines into paragraphs, and merges paragraphs that columns, pages or floats interrupt."""

from __future__ import annotations

import re
from collections.abc import Sequence

from paperchat import lexicon
from paperchat.ingest.pdf.layout import BodyStyle, Line, Paragraph
from paperchat.ingest.pdf.patterns import CAPTION, HEADING_NUMBER, ITEM, PUNCTUATION_END, SENTENCE_END

_MAX_LINE_GAP = 1.32  # of the usual line spacing: more is a break
_MIN_INDENT, _MAX_INDENT = 0.6, 4.5  # of the font size
_WORD_PATTERN = re.compile(r"[^\W\d_]{4,}")
_FIRST_LETTER_PATTERN = re.compile(r"[^\W\d_]")
_FORMULA_NUMBER_PATTERN = re.compile(r"\(\w{1,6}\)$")
_OPEN_END_PATTERN = re.compile(rf"\b(?:{lexicon.load('pdf_structure').regex('open_ends')})$")
_MAX_INSERTS, _MIN_INSERT = 6, 10  # paragraphs that may interrupt one, and characters of such
_BEFORE_ITEM, _JOINING = (",", ";", ":", "and", "or"), (" and", " or")
_OPERATOR_PATTERN = re.compile(r"[=<>≤≥≈∑∏∫√∈∀∂∇±×∞→]")


def build_paragraphs(lines: Sequence[Line], body: BodyStyle) -> list[Paragraph]:
    """Group the lines, in reading order, into paragraphs that stay within one column."""
    paragraphs: list[Paragraph] = []
    for at, line in enumerate(lines):
        if at and not _begins_paragraph(lines[at - 1], line, body, paragraphs[-1]):
            paragraphs[-1].lines.append(line)
        else:
            paragraphs.append(Paragraph([line]))
    return paragraphs


def _begins_paragraph(before: Line, line: Line, body: BodyStyle, paragraph: Paragraph) -> bool:
    if (before.page, before.column, before.band) != (line.page, line.column, line.band):
        return True
    size = max(before.size, line.size)
    step = line.baseline - before.baseline
    line_spacing = body.line_spacing * size / body.size
    if step > max(_MAX_LINE_GAP * line_spacing, line_spacing + 2) or step < -size:
        return True
    if before.is_bold and line.is_bold and before.shares_size(line):
        return bool(HEADING_NUMBER.match(line.text))
    if _is_style_change(before, line) or _is_numbered_title(before) or _is_numbered_title(line):
        return True
    ended = bool(PUNCTUATION_END.search(before.text))
    is_set_off = ended or len(before.cells) > 2 or step > 1.12 * line_spacing or line.size < 0.95 * body.size
    if is_set_off and CAPTION.match(line.text):
        return True
    if ITEM.match(line.text) and (ended or (before.text.endswith(_BEFORE_ITEM) and not _is_full(before))):
        return True
    indent, indent_before = _indent(line), _indent(before)
    if _is_indented(indent, size) and indent_before < _MIN_INDENT * size and (ended or _has_room(before, line)):
        return True
    if len(paragraph.lines) > 1 and _is_indented(indent_before, size) and indent < _MIN_INDENT * size and ended:
        return True
    return ended and _has_room(before, line)


def _indent(line: Line) -> float:
    return line.left - line.edges[0] if line.edges else 0.0


def _free_width(line: Line) -> float:
    """The width that is free to the right of a line."""
    return line.edges[1] - line.right if line.edges else 0.0


def _is_indented(indent: float, size: float) -> bool:
    return _MIN_INDENT * size < indent < _MAX_INDENT * size


def _is_style_change(before: Line, line: Line) -> bool:
    words = _WORD_PATTERN.search(before.text) and _WORD_PATTERN.search(line.text)
    differ = 0.0 if before.shares_size(line) else abs(before.size - line.size) / max(before.size, line.size)
    is_separate = before.right < line.left or line.right < before.left
    if differ > 0.06 and (words or (differ > 0.3 and is_separate)):
        return True
    if before.is_bold != line.is_bold and words:
        return _free_width(before) > 2 * before.size or (line.is_bold and bool(PUNCTUATION_END.search(before.text)))
    return False


def _is_numbered_title(line: Line) -> bool:
    """A numbered heading in capitals, which may be close to other headings and to the text."""
    if line.text.upper() != line.text or len(line.cells) > 2 or line.math_share > 0.2:
        return False
    return bool(HEADING_NUMBER.match(line.text)) and bool(_WORD_PATTERN.search(line.text))


def _has_room(before: Line, line: Line) -> bool:
    """Whether the next line's first word would have fitted on the line before."""
    first = line.spans[0]
    width = first.right - first.left
    for span in line.spans[1:]:
        if not span.joins_previous:
            break
        width += span.right - span.left
    return _free_width(before) > width + 0.6 * line.size


def merge_paragraphs(paragraphs: Sequence[Paragraph]) -> list[Paragraph]:
    """Merge is_interrupted paragraphs; floats and footnotes follow the paragraph that they interrupt."""
    out: list[Paragraph] = []
    pending: list[Paragraph] = []
    kept = [paragraph for paragraph in paragraphs if paragraph.kind != "dropped"]
    for at, paragraph in enumerate(kept):
        last = next((other for other in reversed(out) if other.kind not in ("caption", "table", "footnote")), None)
        if paragraph.kind in ("caption", "table", "footnote"):
            _add_float(pending, paragraph)
        elif last is not None and _is_inserted(last, kept[at : at + _MAX_INSERTS]):
            pending.append(paragraph)
        elif (
            last is not None
            and paragraph.kind == last.kind
            and _are_one_paragraph(last, paragraph, is_interrupted=bool(pending))
        ):
            last.extend(paragraph)
        else:
            out.extend(pending)
            pending = []
            out.append(paragraph)
    return [*out, *pending]


def _is_inserted(last: Paragraph, following: Sequence[Paragraph]) -> bool:
    """Whether the first of the following paragraphs, in another size, stands where the last one goes on further down.

    Such are the words in a figure and the notes under a table.
    """
    first = following[0]
    if first.kind != "text" or last.kind != "text" or last.page == first.page or PUNCTUATION_END.search(last.text):
        return False
    if not _is_size_change(last.size, first.size) or len(first.text) < _MIN_INSERT or _is_formula(first.lines[0]):
        return False
    resumed = next((one for one in following if one.kind == "heading" or _is_same_text(last, one)), None)
    return resumed is not None and resumed.kind == "text" and _starts_lower(resumed.text)


def _is_same_text(last: Paragraph, paragraph: Paragraph) -> bool:
    return paragraph.kind == "text" and not _is_size_change(last.size, paragraph.size)


def _starts_lower(text: str) -> bool:
    first = _FIRST_LETTER_PATTERN.search(text)
    return first is not None and first[0].islower() and first.start() < 3


def _add_float(pending: list[Paragraph], paragraph: Paragraph) -> None:
    """Add table rows to the table before them; captions and footnotes stay separate."""
    if pending and paragraph.kind == "table" and pending[-1].kind == "table" and pending[-1].page == paragraph.page:
        pending[-1].extend(paragraph)
    else:
        pending.append(paragraph)


def _are_one_paragraph(last: Paragraph, paragraph: Paragraph, *, is_interrupted: bool) -> bool:
    """A list of references counts as one paragraph; its entries are split later."""
    if paragraph.kind == "references":
        return True
    return paragraph.kind in ("text", "abstract") and _continues(last, paragraph, is_interrupted=is_interrupted)


def _continues(last: Paragraph, paragraph: Paragraph, *, is_interrupted: bool) -> bool:
    before, after = last.lines[-1], paragraph.lines[0]
    text, following = last.text.rstrip(), paragraph.text
    is_elsewhere = is_interrupted or (before.page, before.column, before.band) != (after.page, after.column, after.band)
    formula_before, formula_after = _is_formula(before), _is_formula(after)
    starts_lower = _starts_lower(following)
    ends_open = not PUNCTUATION_END.search(text)
    if ITEM.match(following) and not (ends_open and _is_full(before) and (is_elsewhere or text.endswith(_JOINING))):
        return False
    if formula_after:
        return not SENTENCE_END.search(text)
    if formula_before:
        return starts_lower or not SENTENCE_END.search(_FORMULA_NUMBER_PATTERN.sub("", text).rstrip())
    if text.endswith("-") or starts_lower:
        return True
    if not ends_open or _is_size_change(before.size, after.size):
        return False
    is_unbroken = _is_full(before) and not _is_indented(_indent(after), after.size) and before.font == after.font
    return is_elsewhere or is_unbroken or bool(_OPEN_END_PATTERN.search(text))


def _is_full(line: Line) -> bool:
    return line.edges is None or line.edges[1] - line.right < 1.5 * line.size


def _is_size_change(one: float, other: float) -> bool:
    return abs(one - other) > 0.08 * max(one, other)


def _is_formula(line: Line) -> bool:
    text = line.text
    return line.math_share > 0.35 or (
        not _WORD_PATTERN.search(text) and len(text) < 80 and bool(_OPERATOR_PATTERN.search(text))
    )
