"""Classifies what is not running text: captions, tables, figure labels, footnotes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import groupby

from paperchat import lexicon
from paperchat.ingest.pdf.layout import BodyStyle, Line, PageLayout, Paragraph
from paperchat.ingest.pdf.patterns import CAPTION, FLOAT_LABEL, is_superscript

_MAX_SMALL_SIZE = 0.95  # of the running text's size
_LEXICON = lexicon.load("pdf_structure")
_FOOTNOTE_START_PATTERN = re.compile(
    r"\d{1,2}[.)]?\s?[A-Z\w]|[*∗†‡§¶‖#⋆★♠♣]|(?:©|\(c\)|c )\s?(?:19|20)\d\d|" + _LEXICON.regex("footnote_openings"),
    re.IGNORECASE,
)
_FOOTNOTE_TOP = 0.45  # of the page's height: footnotes are below that
_WORD_PATTERN = re.compile(r"[^\W\d_]{2,}")
_FOOTER_TOP = 0.915  # of the page's height
_FUNCTION_WORD_PATTERN = re.compile(rf"\b(?:{_LEXICON.regex('function_words')})\b")
_FORMULA_NUMBER_PATTERN = re.compile(r"\(\w{1,6}\)")
_MIN_ROWS = 3
_AXIS_MARGIN = 14.0  # points: the labels of an axis are this near
_MAX_RARE_SHARE = 0.03  # of a document's characters
_MAX_LABEL_SIZE = 0.93  # of the running text's size
_MAX_LABEL_WORDS, _MAX_LABEL_LENGTH = 4, 30


def mark_floats(paragraphs: Sequence[Paragraph], layouts: Sequence[PageLayout], body: BodyStyle) -> None:
    """Set the kind of every paragraph that is not running text; figure labels become ``dropped``."""
    by_page: dict[int, list[Paragraph]] = {}
    for paragraph in paragraphs:
        by_page.setdefault(paragraph.page, []).append(paragraph)
    for layout in layouts:
        here = by_page.get(layout.number, [])
        for at, paragraph in enumerate(here):
            if _is_caption(here, at, body):
                paragraph.kind = "caption"
        _mark_footnotes(here, layout, body)
        _mark_footers(here, layout, body)
        _mark_captioned_tables(here, body)
        _mark_figure_labels(here, layout, body)
        _mark_uncaptioned_tables(here)


def _is_caption(here: Sequence[Paragraph], at: int, body: BodyStyle) -> bool:
    paragraph = here[at]
    label = FLOAT_LABEL.match(paragraph.text)
    if label is None:
        return False
    if CAPTION.match(paragraph.text):
        return True
    # "Figure 3 A title": the label is bold, or the whole caption is short and bold
    first = paragraph.lines[0].spans[0]
    bold_label = first.font.is_bold and not paragraph.lines[-1].spans[-1].font.is_bold
    return bold_label or (first.font.is_bold and not body.font.is_bold and len(paragraph.text) < 300)


def _mark_footnotes(here: Sequence[Paragraph], layout: PageLayout, body: BodyStyle) -> None:
    """Mark small text at the bottom of a column, from the first paragraph that starts like a footnote."""
    columns: dict[tuple[int, int], list[Paragraph]] = {}
    for paragraph in here:
        line = paragraph.lines[0]
        columns.setdefault((line.column, line.band), []).append(paragraph)
    for column in columns.values():
        low: list[Paragraph] = []
        for paragraph in reversed(column):
            small = paragraph.size < _MAX_SMALL_SIZE * body.size
            if paragraph.kind != "text" or not small or paragraph.top < _FOOTNOTE_TOP * layout.reading_height:
                break
            low.append(paragraph)
        marked = [at for at, paragraph in enumerate(low) if _starts_footnote(paragraph)]
        for paragraph in low[: marked[-1] + 1] if marked else []:
            paragraph.kind = "footnote"


def _mark_footers(here: Sequence[Paragraph], layout: PageLayout, body: BodyStyle) -> None:
    """Mark a line or two in the bottom margin, away from the text, such as the name of the conference."""
    for paragraph in here:
        if paragraph.kind != "text" or len(paragraph.lines) > 2 or paragraph.top < _FOOTER_TOP * layout.reading_height:
            continue
        above = [line.baseline for other in here if other is not paragraph for line in other.lines]
        nearest = max((base for base in above if base < paragraph.lines[0].baseline - 1), default=0.0)
        if paragraph.lines[0].baseline - nearest > 1.5 * body.line_spacing:
            paragraph.kind = "footnote"


def _starts_footnote(paragraph: Paragraph) -> bool:
    line = paragraph.lines[0]
    return bool(_FOOTNOTE_START_PATTERN.match(paragraph.text)) or is_superscript(line, line.spans[0])


def _mark_figure_labels(here: Sequence[Paragraph], layout: PageLayout, body: BodyStyle) -> None:
    """Drop text inside pictures, and fragments between a figure's caption and the text."""
    for paragraph in here:
        if paragraph.kind in ("text", "footnote") and _is_in_picture(paragraph, layout) and not _is_prose(paragraph):
            paragraph.kind = "dropped"
    for at, caption in enumerate(here):
        label = FLOAT_LABEL.match(caption.text) if caption.kind == "caption" else None
        if label is None or not label["type"].lower().startswith(("fig", "chart", "scheme", "plate")):
            continue
        for paragraph in reversed(here[:at]):
            if paragraph.kind == "dropped":
                continue
            if paragraph.kind != "text" or not _is_figure_fragment(paragraph, body):
                break
            paragraph.kind = "dropped"


def _is_in_picture(paragraph: Paragraph, layout: PageLayout) -> bool:
    """Whether each of its spans is in a picture, or next to one like the numbers of an axis."""
    return bool(layout.pictures) and all(
        any(picture.contains((span.left + span.right) / 2, span.baseline, _AXIS_MARGIN) for picture in layout.pictures)
        for line in paragraph.lines
        for span in line.spans
    )


def _is_prose(paragraph: Paragraph) -> bool:
    """Whether it is a sentence or part of one rather than names and numbers."""
    return len(_WORD_PATTERN.findall(paragraph.text)) >= 8 and len(_FUNCTION_WORD_PATTERN.findall(paragraph.text)) >= 2


def _is_figure_fragment(paragraph: Paragraph, body: BodyStyle) -> bool:
    """Whether it is short, and not the end of a paragraph of the running text."""
    same = abs(paragraph.size - body.size) < 0.3 and paragraph.lines[0].font == body.font
    if paragraph.is_bold and abs(paragraph.size - body.size) > 0.3 and paragraph.size > body.size:
        return False
    narrow = all(_fill_share(line) < 0.55 or len(line.cells) > 2 for line in paragraph.lines)
    return narrow and not same and len(_WORD_PATTERN.findall(paragraph.text)) < 40


def _fill_share(line: Line) -> float:
    """The share of its column's width that a line fills."""
    return (line.right - line.left) / max(1.0, line.column_right - line.column_left)


def _mark_captioned_tables(here: Sequence[Paragraph], body: BodyStyle) -> None:
    """Mark the rows above or below the caption of a table or listing, whichever are more."""
    for at, caption in enumerate(here):
        label = FLOAT_LABEL.match(caption.text) if caption.kind == "caption" else None
        if label is None or not label["type"].lower().startswith(("tab", "alg", "listing", "program", "code", "box")):
            continue
        is_table = label["type"].lower().startswith("tab")
        after = _table_rows(here[at + 1 :], body, is_table=is_table)
        before = _table_rows(list(reversed(here[:at])), body, is_table=is_table)
        for paragraph in max((after, before), key=lambda rows: sum(len(row.lines) for row in rows)):
            paragraph.kind = "table"


def _mark_uncaptioned_tables(here: Sequence[Paragraph]) -> None:
    """Mark several consecutive rows of cells without a caption."""
    grids = groupby(here, key=lambda paragraph: paragraph.kind == "text" and _is_grid(paragraph.lines))
    for is_grid, group in grids:
        rows = list(group)
        if is_grid and sum(len(row.lines) for row in rows) >= _MIN_ROWS:
            for row in rows:
                row.kind = "table"


def _table_rows(candidates: Sequence[Paragraph], body: BodyStyle, *, is_table: bool) -> list[Paragraph]:
    rows: list[Paragraph] = []
    for paragraph in candidates:
        if paragraph.kind not in ("text", "footnote", "dropped"):
            break
        grid = _is_grid(paragraph.lines)
        is_fragment = is_table and paragraph.kind != "footnote" and _is_table_fragment(paragraph, body)
        if not grid and not is_fragment:
            break
        rows.append(paragraph)
    while rows and not _is_grid(rows[-1].lines):
        rows.pop()
    return rows


def _is_grid(lines: Sequence[Line]) -> bool:
    """Whether most lines have gaps that running text does not have."""
    return sum(_is_row(line) for line in lines) >= max(1, 0.6 * len(lines))


def _is_row(line: Line) -> bool:
    """Whether a line has cells, and is neither a numbered formula nor a stretched justified line."""
    if len(line.cells) < 2 or line.math_share >= 0.5:
        return False
    if len(line.cells) > 3:
        return True
    stretched = _fill_share(line) > 0.9 and len(_FUNCTION_WORD_PATTERN.findall(line.text)) >= 2
    return not stretched and (len(line.cells) > 2 or not _FORMULA_NUMBER_PATTERN.fullmatch(line.text.split()[-1]))


def _is_table_fragment(paragraph: Paragraph, body: BodyStyle) -> bool:
    if len(_WORD_PATTERN.findall(paragraph.text)) > 25 and abs(paragraph.size - body.size) < 0.3:
        return False
    narrow = all(_fill_share(line) < 0.6 for line in paragraph.lines)
    return (narrow or paragraph.size < _MAX_SMALL_SIZE * body.size) and not (
        paragraph.is_bold and paragraph.size > body.size + 0.5
    )


def drop_figure_labels(lines: Sequence[Line], body: BodyStyle) -> list[Line]:
    """The lines without figure labels: short lines on pages with a figure, in a small font that is rare."""
    counts: Counter[str] = Counter()
    for line in lines:
        for span in line.spans:
            counts[span.font.name] += len(span.text)
    min_count = _MAX_RARE_SHARE * counts.total()
    rare = {name for name, count in counts.items() if count < min_count}
    pages = {
        line.page
        for line in lines
        if (label := FLOAT_LABEL.match(line.text)) and label["type"].lower().startswith("fig")
    }
    return [line for line in lines if line.page not in pages or not _is_figure_label(line, body, rare)]


def _is_figure_label(line: Line, body: BodyStyle, rare: set[str]) -> bool:
    short = len(line.text) <= _MAX_LABEL_LENGTH and len(line.text.split()) <= _MAX_LABEL_WORDS
    return (
        short
        and line.size < _MAX_LABEL_SIZE * body.size
        and not line.is_bold
        and all(span.font.name in rare and not span.font.is_math for span in line.spans)
    )
