"""Section headings: told by number, name, setting and the PDF's outline; the section each paragraph stands under."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise

from paperchat.ingest.pdf.layout import Body, Paragraph
from paperchat.ingest.pdf.patterns import CAPTION, HEADING_NUMBER, KNOWN_HEADING, REFERENCES, STATEMENT

_LONGEST, _MOST_LINES = 160, 3
_LARGER = 0.7  # points above the running text
_BARE_LETTER = re.compile(r"A\s")
Style = tuple[float, bool, bool, str, bool]


def mark_sure_headings(paragraphs: Sequence[Paragraph], body: Body, outline: Mapping[str, int]) -> None:
    """Those that number, name or the outline tell. ``outline``: levels, from 1, by title as `plain` gives it."""
    listed = False  # appendices have letters, and follow the references; elsewhere "A" is an article
    for paragraph in paragraphs:
        listed = listed or bool(REFERENCES.fullmatch(paragraph.text))
        if paragraph.kind != "text" or not _may_be(paragraph) or not _is_sure(paragraph, body, outline):
            continue
        if listed or not _BARE_LETTER.match(paragraph.text) or plain(paragraph.text) in outline:
            paragraph.kind = "heading"


def mark_headings(paragraphs: Sequence[Paragraph], body: Body, outline: Mapping[str, int]) -> None:
    """The others, which are set as sure ones without a number are; then the levels of all."""
    mark_sure_headings(paragraphs, body, outline)
    sure = [paragraph for paragraph in paragraphs if paragraph.kind == "heading"]
    unnumbered = {_style(paragraph) for paragraph in sure if not HEADING_NUMBER.match(paragraph.text)}
    numbered = len(unnumbered) < len({_style(paragraph) for paragraph in sure}) or bool(outline)
    begun = {id(before) for before, after in pairwise(paragraphs) if _runs_in(before, after)}
    others = [
        paragraph
        for paragraph in paragraphs
        if paragraph.kind == "text"
        and id(paragraph) not in begun
        and _may_be(paragraph)
        and _stands_out(paragraph, body)
        and _is_title_like(paragraph.text)
    ]
    styles = Counter(_style(paragraph) for paragraph in others)
    for paragraph in others:
        style = _style(paragraph)
        recurs = not numbered and styles[style] > 1 and _is_strong(paragraph, body)
        if style in unnumbered or recurs:
            paragraph.kind = "heading"
    _set_levels([paragraph for paragraph in paragraphs if paragraph.kind == "heading"], outline)


def plain(title: str) -> str:
    """A heading's letters alone, its number left out (and an article, which may be one: ``A method``)."""
    bare = HEADING_NUMBER.sub("", HEADING_NUMBER.sub("", title))
    return re.sub(r"[\W_]+", "", bare).casefold()


def set_sections(paragraphs: Sequence[Paragraph]) -> None:
    """Each paragraph's ``section``: the headings above it, outermost first."""
    above: list[tuple[int, str]] = []
    for paragraph in paragraphs:
        if paragraph.kind == "heading":
            above = [(level, title) for level, title in above if level < paragraph.level]
            above.append((paragraph.level, paragraph.text))
        titles = [title for _, title in above]
        if paragraph.kind == "abstract" and not titles:
            titles = ["Abstract"]  # its label was part of the line
        paragraph.section = " › ".join(titles)


def _may_be(paragraph: Paragraph) -> bool:
    text = paragraph.text
    if len(paragraph.lines) > _MOST_LINES or len(text) > _LONGEST or not re.search(r"[^\W\d_]{3}", text):
        return False
    if CAPTION.match(text) or STATEMENT.match(text) or paragraph.lines[0].math > 0.5:
        return False
    return not any(len(line.cells) > 2 for line in paragraph.lines)


def _is_sure(paragraph: Paragraph, body: Body, outline: Mapping[str, int]) -> bool:
    text = paragraph.text
    if plain(text) in outline and (_stands_out(paragraph, body) or HEADING_NUMBER.match(text)):
        return True
    if not _stands_out(paragraph, body):
        return bool(re.fullmatch(r"(?:abstract|references|bibliography)", text, re.IGNORECASE))
    number = HEADING_NUMBER.match(text)
    if number is not None:
        if not (_is_strong(paragraph, body) or _is_title_like(text[number.end() :])):
            return False
        return text[number.end()].isupper() or text[number.end()].isdigit()
    return bool(KNOWN_HEADING.fullmatch(text) or REFERENCES.fullmatch(text))


def _stands_out(paragraph: Paragraph, body: Body) -> bool:
    line = paragraph.lines[0]
    if _is_strong(paragraph, body):
        return True
    capitals = paragraph.text.upper() == paragraph.text
    set_apart = (line.italic and not body.font.italic) or capitals or _small_capitals(paragraph)
    return set_apart and paragraph.size >= 0.88 * body.size


def _is_strong(paragraph: Paragraph, body: Body) -> bool:
    """Larger than the running text, or bold."""
    if paragraph.size > body.size + _LARGER:
        return True
    return paragraph.bold and not body.font.bold and paragraph.size >= 0.88 * body.size


def _small_capitals(paragraph: Paragraph) -> bool:
    return bool(re.search(r"csc|smallcap|caps", paragraph.lines[0].font.name, re.IGNORECASE))


def _runs_in(before: Paragraph, after: Paragraph) -> bool:
    """Whether what looks like a heading is the bold beginning of the paragraph after it."""
    last, first = before.lines[-1], after.lines[0]
    beneath = (last.page, last.column) == (first.page, first.column) and first.base - last.base < 1.3 * first.size
    return beneath and (first.pieces[0].font == last.pieces[-1].font or first.text[:1].islower())


def _style(paragraph: Paragraph) -> Style:
    line = paragraph.lines[0]
    capitals = paragraph.text.upper() == paragraph.text
    return (round(paragraph.size, 0), line.bold, line.italic, line.font.name, capitals)


def _is_title_like(text: str) -> bool:
    return text[:1].isupper() and not text.endswith((".", ",", ";", ":")) and len(text) < 110


def _set_levels(headings: Sequence[Paragraph], outline: Mapping[str, int]) -> None:
    romans = any(_roman(paragraph.text) for paragraph in headings)
    by_style: dict[Style, int] = {}
    for paragraph in headings:
        level = _numbered_level(paragraph.text, romans=romans)
        if level:
            by_style.setdefault(_style(paragraph), level)
    for paragraph in headings:
        text = paragraph.text
        level = _numbered_level(text, romans=romans)
        if not level and (KNOWN_HEADING.fullmatch(text) or REFERENCES.fullmatch(text)):
            level = min(outline.get(plain(text), 1), by_style.get(_style(paragraph), 1))
        paragraph.level = level or by_style.get(_style(paragraph), 0) or outline.get(plain(text), 0)
    sizes = sorted({round(paragraph.size) for paragraph in headings if not paragraph.level}, reverse=True)
    for paragraph in headings:
        if not paragraph.level:
            paragraph.level = 1 + sizes.index(round(paragraph.size))


def _roman(text: str) -> bool:
    return bool(re.match(r"(?:I|II|III|IV|V|VI)\.\s", text))


def _numbered_level(text: str, *, romans: bool) -> int:
    number = HEADING_NUMBER.match(text)
    if number is None:
        return 0
    if romans:
        if re.match(r"[IVX]+\.\s", text):
            return 1
        if re.match(r"[A-Z]\.\s", text):
            return 2
    if number["arabic"]:
        return number["arabic"].count(".") + 1
    if number["letter"]:
        return number["letter"].count(".") + 1
    return 1
