"""From lines in reading order to paragraphs, none of which yet reaches beyond its column."""

from __future__ import annotations

import re
from collections.abc import Sequence

from paperchat.ingest.pdf.layout import Body, Line, Paragraph
from paperchat.ingest.pdf.patterns import CAPTION, ENDED, HEADING_NUMBER, ITEM, SENTENCE_ENDED

_GAP = 1.32  # of the usual distance between lines: more is a break
_INDENT, _DEEPEST_INDENT = 0.6, 4.5  # of the font size
_WORD = re.compile(r"[^\W\d_]{4,}")


def paragraphs_of(lines: Sequence[Line], body: Body) -> list[Paragraph]:
    paragraphs: list[Paragraph] = []
    for at, line in enumerate(lines):
        if at and not _begins(lines[at - 1], line, body, paragraphs[-1]):
            paragraphs[-1].lines.append(line)
        else:
            paragraphs.append(Paragraph([line]))
    return paragraphs


def _begins(before: Line, line: Line, body: Body, paragraph: Paragraph) -> bool:
    if (before.page, before.column, before.band) != (line.page, line.column, line.band):
        return True
    size = max(before.size, line.size)
    step = line.base - before.base
    pitch = body.pitch * size / body.size
    if step > max(_GAP * pitch, pitch + 2) or step < -size:
        return True
    if before.bold and line.bold and before.shares_size(line):
        return bool(HEADING_NUMBER.match(line.text))
    if _other_style(before, line) or _is_numbered_title(before) or _is_numbered_title(line):
        return True
    ended = bool(ENDED.search(before.text))
    set_off = ended or len(before.cells) > 2 or step > 1.12 * pitch or line.size < 0.95 * body.size
    if set_off and CAPTION.match(line.text):
        return True
    if ITEM.match(line.text) and (ended or before.text.endswith((",", ";", ":", "and", "or"))):
        return True
    indent, indent_before = _indent(line), _indent(before)
    if _indented(indent, size) and indent_before < _INDENT * size and (ended or _room(before, line)):
        return True
    if len(paragraph.lines) > 1 and _indented(indent_before, size) and indent < _INDENT * size and ended:
        return True
    return ended and _room(before, line)


def _indent(line: Line) -> float:
    return line.left - line.edges[0] if line.edges else 0.0


def _left_over(line: Line) -> float:
    """The width that a line leaves free at its right."""
    return line.edges[1] - line.right if line.edges else 0.0


def _indented(indent: float, size: float) -> bool:
    return _INDENT * size < indent < _DEEPEST_INDENT * size


def _other_style(before: Line, line: Line) -> bool:
    words = _WORD.search(before.text) and _WORD.search(line.text)
    differ = 0.0 if before.shares_size(line) else abs(before.size - line.size) / max(before.size, line.size)
    apart = before.right < line.left or line.right < before.left
    if differ > 0.06 and (words or (differ > 0.3 and apart)):
        return True
    if before.bold != line.bold and words:
        return _left_over(before) > 2 * before.size or (line.bold and bool(ENDED.search(before.text)))
    return False


def _is_numbered_title(line: Line) -> bool:
    """A numbered heading in capitals, which may stand close to others and to the text."""
    if line.text.upper() != line.text or len(line.cells) > 2 or line.math > 0.2:
        return False
    return bool(HEADING_NUMBER.match(line.text)) and bool(_WORD.search(line.text))


def _room(before: Line, line: Line) -> bool:
    """Whether the next line's first word would have fitted into the line before."""
    first = line.pieces[0]
    width = first.right - first.left
    for piece in line.pieces[1:]:
        if not piece.glued:
            break
        width += piece.right - piece.left
    return _left_over(before) > width + 0.6 * line.size


_FIRST_LETTER = re.compile(r"[^\W\d_]")
_NUMBER_OF_FORMULA = re.compile(r"\(\w{1,6}\)$")
_OPERATOR = re.compile(r"[=<>≤≥≈∑∏∫√∈∀∂∇±×∞→]")


def joined(paragraphs: Sequence[Paragraph]) -> list[Paragraph]:
    """The paragraphs in order, floats and notes after the paragraph that they had cut."""
    out: list[Paragraph] = []
    waiting: list[Paragraph] = []
    for paragraph in paragraphs:
        if paragraph.kind == "dropped":
            continue
        last = next((one for one in reversed(out) if one.kind not in ("caption", "table", "footnote")), None)
        if paragraph.kind in ("caption", "table", "footnote"):
            _add_float(waiting, paragraph)
        elif last is not None and paragraph.kind == last.kind and _is_one(last, paragraph, interrupted=bool(waiting)):
            last.extend(paragraph)
        else:
            out.extend(waiting)
            waiting = []
            out.append(paragraph)
    return [*out, *waiting]


def _add_float(waiting: list[Paragraph], paragraph: Paragraph) -> None:
    """Rows go to the table before them, and a caption's later paragraphs and a note's stay their own."""
    if waiting and paragraph.kind == "table" and waiting[-1].kind == "table" and waiting[-1].page == paragraph.page:
        waiting[-1].extend(paragraph)
    else:
        waiting.append(paragraph)


def _is_one(last: Paragraph, paragraph: Paragraph, *, interrupted: bool) -> bool:
    """A list of references is one paragraph, whose entries are told apart later."""
    if paragraph.kind == "references":
        return True
    return paragraph.kind in ("text", "abstract") and _goes_on(last, paragraph, interrupted=interrupted)


def _goes_on(last: Paragraph, paragraph: Paragraph, *, interrupted: bool) -> bool:
    before, after = last.lines[-1], paragraph.lines[0]
    text, following = last.text.rstrip(), paragraph.text
    elsewhere = interrupted or (before.page, before.column, before.band) != (after.page, after.column, after.band)
    formula_before, formula_after = _is_formula(before), _is_formula(after)
    first = _FIRST_LETTER.search(following)
    lower = first is not None and first[0].islower() and first.start() < 3
    if ITEM.match(following) and not (elsewhere and _is_full(before) and not ENDED.search(text)):
        return False
    if formula_after:
        return not SENTENCE_ENDED.search(text)
    if formula_before:
        return lower or not SENTENCE_ENDED.search(_NUMBER_OF_FORMULA.sub("", text).rstrip())
    if text.endswith("-") or lower:
        return True
    return elsewhere and not ENDED.search(text) and not _looks_apart(before.size, after.size)


def _is_full(line: Line) -> bool:
    return line.edges is None or line.edges[1] - line.right < 1.5 * line.size


def _looks_apart(one: float, other: float) -> bool:
    return abs(one - other) > 0.08 * max(one, other)


def _is_formula(line: Line) -> bool:
    text = line.text
    return line.math > 0.35 or (not _WORD.search(text) and len(text) < 80 and bool(_OPERATOR.search(text)))
