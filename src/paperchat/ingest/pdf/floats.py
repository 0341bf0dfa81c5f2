"""Captions, tables, the lettering of figures, and footnotes: told from the running text."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import groupby

from paperchat.ingest.pdf.layout import Body, Line, Paragraph, Sheet
from paperchat.ingest.pdf.patterns import CAPTION, LABEL, raised

_SMALL = 0.95  # of the running text's size
_FOOTNOTE_MARK = re.compile(
    r"\d{1,2}[.)]?\s?[A-Z\w]|[*∗†‡§¶‖#⋆★♠♣]|(?:©|\(c\)|c )\s?(?:19|20)\d\d|copyright|permission to make|"
    r"correspond|e-?mail|proceedings of|in proceedings|preprint|preliminary work|work done|equal contribution|"
    r"manuscript|this work (?:was|is|has)|digital object|received|(?:the )?authors? (?:is|are|was|were) with|"
    r"(?:[A-Z]\. ?)+[\w-]+ (?:is|was) with",
    re.IGNORECASE,
)
_BOTTOM = 0.45  # of the page's height: footnotes stand below that
_WORD = re.compile(r"[^\W\d_]{2,}")
_FOOT = 0.915
_FUNCTION_WORD = re.compile(r"\b(?:the|of|is|are|an?|and|to|in|with|for|that|we|by|on|as|it|be|from)\b")
_FORMULA_NUMBER = re.compile(r"\(\w{1,6}\)")
_FEWEST_ROWS = 3
_AXIS = 14.0  # points


def mark_floats(paragraphs: Sequence[Paragraph], sheets: Sequence[Sheet], body: Body) -> None:
    """Sets the kind of every paragraph that is not running text; lettering becomes ``dropped``."""
    by_page: dict[int, list[Paragraph]] = {}
    for paragraph in paragraphs:
        by_page.setdefault(paragraph.page, []).append(paragraph)
    for sheet in sheets:
        here = by_page.get(sheet.number, [])
        for at, paragraph in enumerate(here):
            if _is_caption(here, at, body):
                paragraph.kind = "caption"
        _mark_footnotes(here, sheet, body)
        _mark_foot(here, sheet, body)
        _mark_captioned_tables(here, body)
        _mark_lettering(here, sheet, body)
        _mark_grids(here)


def _is_caption(here: Sequence[Paragraph], at: int, body: Body) -> bool:
    paragraph = here[at]
    label = LABEL.match(paragraph.text)
    if label is None:
        return False
    if CAPTION.match(paragraph.text):
        return True
    # "Figure 3 A title": the label is set off by its weight, or it is all small
    first = paragraph.lines[0].pieces[0]
    bold_label = first.font.bold and not paragraph.lines[-1].pieces[-1].font.bold
    return bold_label or (first.font.bold and not body.font.bold and len(paragraph.text) < 300)


def _mark_footnotes(here: Sequence[Paragraph], sheet: Sheet, body: Body) -> None:
    """Small text at the foot of a column, from the first paragraph of it that a mark begins."""
    columns: dict[tuple[int, int], list[Paragraph]] = {}
    for paragraph in here:
        line = paragraph.lines[0]
        columns.setdefault((line.column, line.band), []).append(paragraph)
    for column in columns.values():
        low: list[Paragraph] = []
        for paragraph in reversed(column):
            small = paragraph.size < _SMALL * body.size
            if paragraph.kind != "text" or not small or paragraph.top < _BOTTOM * sheet.reading_height:
                break
            low.append(paragraph)
        marked = [at for at, paragraph in enumerate(low) if _opens_note(paragraph)]
        for paragraph in low[: marked[-1] + 1] if marked else []:
            paragraph.kind = "footnote"


def _mark_foot(here: Sequence[Paragraph], sheet: Sheet, body: Body) -> None:
    """A line or two in the bottom margin, clear of the text, such as the name of the conference."""
    for paragraph in here:
        if paragraph.kind != "text" or len(paragraph.lines) > 2 or paragraph.top < _FOOT * sheet.reading_height:
            continue
        above = [line.base for other in here if other is not paragraph for line in other.lines]
        nearest = max((base for base in above if base < paragraph.lines[0].base - 1), default=0.0)
        if paragraph.lines[0].base - nearest > 1.5 * body.pitch:
            paragraph.kind = "footnote"


def _opens_note(paragraph: Paragraph) -> bool:
    line = paragraph.lines[0]
    return bool(_FOOTNOTE_MARK.match(paragraph.text)) or raised(line, line.pieces[0])


def _mark_lettering(here: Sequence[Paragraph], sheet: Sheet, body: Body) -> None:
    """What is written inside pictures, and scraps about them between a figure's caption and the text."""
    for paragraph in here:
        if paragraph.kind in ("text", "footnote") and _in_picture(paragraph, sheet) and not _is_prose(paragraph):
            paragraph.kind = "dropped"
    for at, caption in enumerate(here):
        label = LABEL.match(caption.text) if caption.kind == "caption" else None
        if label is None or not label["what"].lower().startswith(("fig", "chart", "scheme", "plate")):
            continue
        for paragraph in reversed(here[:at]):
            if paragraph.kind == "dropped":
                continue
            if paragraph.kind != "text" or not _is_scrap(paragraph, body):
                break
            paragraph.kind = "dropped"


def _in_picture(paragraph: Paragraph, sheet: Sheet) -> bool:
    """Whether each piece of it stands in a picture, or by the side of one as the numbers of an axis do."""
    return bool(sheet.pictures) and all(
        any(picture.holds((piece.left + piece.right) / 2, piece.base, _AXIS) for picture in sheet.pictures)
        for line in paragraph.lines
        for piece in line.pieces
    )


def _is_prose(paragraph: Paragraph) -> bool:
    """Sentences, or a part of one, and not names and numbers."""
    return len(_WORD.findall(paragraph.text)) >= 8 and len(_FUNCTION_WORD.findall(paragraph.text)) >= 2


def _is_scrap(paragraph: Paragraph, body: Body) -> bool:
    """Short, and not the end of a paragraph of the running text."""
    same = abs(paragraph.size - body.size) < 0.3 and paragraph.lines[0].font == body.font
    if paragraph.bold and abs(paragraph.size - body.size) > 0.3 and paragraph.size > body.size:
        return False
    narrow = all(_filled(line) < 0.55 or len(line.cells) > 2 for line in paragraph.lines)
    return narrow and not same and len(_WORD.findall(paragraph.text)) < 40


def _filled(line: Line) -> float:
    """The share of its column's width that a line takes."""
    return (line.right - line.left) / max(1.0, line.column_right - line.column_left)


def _mark_captioned_tables(here: Sequence[Paragraph], body: Body) -> None:
    """Rows above or below a table's caption, whichever are more."""
    for at, caption in enumerate(here):
        label = LABEL.match(caption.text) if caption.kind == "caption" else None
        if label is None or not label["what"].lower().startswith(("tab", "alg", "listing", "program", "code", "box")):
            continue
        is_table = label["what"].lower().startswith("tab")
        after = _rows(here[at + 1 :], body, is_table=is_table)
        before = _rows(list(reversed(here[:at])), body, is_table=is_table)
        for paragraph in max((after, before), key=lambda rows: sum(len(row.lines) for row in rows)):
            paragraph.kind = "table"


def _mark_grids(here: Sequence[Paragraph]) -> None:
    """Several rows of cells, with no caption at hand."""
    grids = groupby(here, key=lambda paragraph: paragraph.kind == "text" and _is_grid(paragraph.lines))
    for is_grid, group in grids:
        rows = list(group)
        if is_grid and sum(len(row.lines) for row in rows) >= _FEWEST_ROWS:
            for row in rows:
                row.kind = "table"


def _rows(candidates: Sequence[Paragraph], body: Body, *, is_table: bool) -> list[Paragraph]:
    rows: list[Paragraph] = []
    for paragraph in candidates:
        if paragraph.kind not in ("text", "footnote", "dropped"):
            break
        grid = _is_grid(paragraph.lines)
        scrap = is_table and paragraph.kind != "footnote" and _is_table_scrap(paragraph, body)
        if not grid and not scrap:
            break
        rows.append(paragraph)
    while rows and not _is_grid(rows[-1].lines):
        rows.pop()
    return rows


def _is_grid(lines: Sequence[Line]) -> bool:
    """Whether most lines have gaps in them that no running text has."""
    return sum(_is_row(line) for line in lines) >= max(1, 0.6 * len(lines))


def _is_row(line: Line) -> bool:
    """Cells, and neither a formula with its number nor words of a line that had to be stretched."""
    if len(line.cells) < 2 or line.math >= 0.5:
        return False
    if len(line.cells) > 3:
        return True
    stretched = _filled(line) > 0.9 and len(_FUNCTION_WORD.findall(line.text)) >= 2
    return not stretched and (len(line.cells) > 2 or not _FORMULA_NUMBER.fullmatch(line.text.split()[-1]))


def _is_table_scrap(paragraph: Paragraph, body: Body) -> bool:
    if len(_WORD.findall(paragraph.text)) > 25 and abs(paragraph.size - body.size) < 0.3:
        return False
    narrow = all(_filled(line) < 0.6 for line in paragraph.lines)
    return (narrow or paragraph.size < _SMALL * body.size) and not (paragraph.bold and paragraph.size > body.size + 0.5)


_RARE = 0.03  # of a document's characters
_SMALL_LETTERING = 0.93  # of the running text's size
_MOST_WORDS, _LONGEST = 4, 30


def without_scraps(lines: Sequence[Line], body: Body) -> list[Line]:
    """The lines without scraps, on pages with a figure, in a small type that the text is not set in."""
    counts: Counter[str] = Counter()
    for line in lines:
        for piece in line.pieces:
            counts[piece.font.name] += len(piece.text)
    enough = _RARE * counts.total()
    rare = {name for name, count in counts.items() if count < enough}
    pages = {
        line.page for line in lines if (label := LABEL.match(line.text)) and label["what"].lower().startswith("fig")
    }
    return [line for line in lines if line.page not in pages or not _is_lettering(line, body, rare)]


def _is_lettering(line: Line, body: Body, rare: set[str]) -> bool:
    short = len(line.text) <= _LONGEST and len(line.text.split()) <= _MOST_WORDS
    return (
        short
        and line.size < _SMALL_LETTERING * body.size
        and not line.bold
        and all(piece.font.name in rare and not piece.font.math for piece in line.pieces)
    )
