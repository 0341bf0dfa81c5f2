"""Detects section headings by number, name, style and the PDF's outline, and assigns sections to paragraphs."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise

from paperchat import lexicon
from paperchat.ingest.pdf.layout import BodyStyle, Paragraph
from paperchat.ingest.pdf.patterns import CAPTION, FLOAT_LABEL, HEADING_NUMBER, KNOWN_HEADING, REFERENCES, STATEMENT

_MAX_LENGTH, _MAX_LINES = 160, 3
_MIN_LARGER = 0.7  # points above the running text
_PLAIN_HEADING_PATTERN = re.compile(
    rf"(?:{lexicon.load('pdf_structure').regex('headings_in_plain_type')})", re.IGNORECASE
)
_BARE_LETTER_PATTERN = re.compile(r"A\s")
_Style = tuple[float, bool, bool, str, bool]


def mark_explicit_headings(paragraphs: Sequence[Paragraph], body: BodyStyle, outline: Mapping[str, int]) -> None:
    """Mark headings known by their number, their name or the outline.

    ``outline`` has the levels, from 1, by title in the form of `normalise_heading`.
    """
    after_references = False  # appendices have letters and follow the references; elsewhere "A" is an article
    for paragraph in paragraphs:
        after_references = after_references or bool(REFERENCES.fullmatch(paragraph.text))
        if paragraph.kind != "text" or not _can_be_heading(paragraph) or not _is_explicit(paragraph, body, outline):
            continue
        if (
            after_references
            or not _BARE_LETTER_PATTERN.match(paragraph.text)
            or normalise_heading(paragraph.text) in outline
        ):
            paragraph.kind = "heading"


def mark_headings(paragraphs: Sequence[Paragraph], body: BodyStyle, outline: Mapping[str, int]) -> None:
    """Mark the remaining headings, by their style; then set the levels of all."""
    mark_explicit_headings(paragraphs, body, outline)
    explicit = [paragraph for paragraph in paragraphs if paragraph.kind == "heading"]
    unnumbered = {_style(paragraph) for paragraph in explicit if not HEADING_NUMBER.match(paragraph.text)}
    numbered = len(unnumbered) < len({_style(paragraph) for paragraph in explicit}) or bool(outline)
    run_in = {id(before) for before, after in pairwise(paragraphs) if _is_run_in(before, after)}
    candidates = [
        paragraph
        for paragraph in paragraphs
        if paragraph.kind == "text"
        and id(paragraph) not in run_in
        and _can_be_heading(paragraph)
        and _stands_out(paragraph, body)
        and _is_title_like(paragraph.text)
    ]
    styles = Counter(_style(paragraph) for paragraph in candidates)
    for paragraph in candidates:
        style = _style(paragraph)
        recurs = not numbered and styles[style] > 1 and _is_strong(paragraph, body)
        if style in unnumbered or recurs:
            paragraph.kind = "heading"
    _set_levels([paragraph for paragraph in paragraphs if paragraph.kind == "heading"], outline)


def normalise_heading(title: str) -> str:
    """The letters of a heading without its number (or article, which may be one: ``A method``), case-folded."""
    bare = HEADING_NUMBER.sub("", HEADING_NUMBER.sub("", title))
    return re.sub(r"[\W_]+", "", bare).casefold()


def is_references(heading: str) -> bool:
    """Whether it is the heading of the list of references."""
    return bool(REFERENCES.fullmatch(heading))


def assign_sections(paragraphs: Sequence[Paragraph]) -> None:
    """Set each paragraph's ``section``: the headings above it, outermost first.

    A figure or table may stand anywhere: it belongs to the section whose text refers to it, of several to the nearest.
    """
    above: list[tuple[int, str]] = []
    for paragraph in paragraphs:
        if paragraph.kind == "heading":
            # What follows the references is no part of them, whatever the level of its heading.
            above = [(level, title) for level, title in above if level < paragraph.level and not is_references(title)]
            above.append((paragraph.level, paragraph.text))
        titles = [title for _, title in above]
        if paragraph.kind == "abstract" and not titles:
            titles = ["Abstract"]  # its label was part of the line
        paragraph.section = " › ".join(titles)
    _assign_floats(paragraphs)


def _assign_floats(paragraphs: Sequence[Paragraph]) -> None:
    mentions: dict[tuple[str, str], list[int]] = {}
    for at, paragraph in enumerate(paragraphs):
        if paragraph.kind == "text":
            for match in FLOAT_LABEL.finditer(paragraph.text):
                mentions.setdefault(_float_key(match), []).append(at)
    owner: tuple[int, str, str] | None = None  # the page of the last caption, and its section before and after
    for at, paragraph in enumerate(paragraphs):
        label = FLOAT_LABEL.match(paragraph.text) if paragraph.kind == "caption" else None
        if label is not None:
            places = mentions.get(_float_key(label), [])
            sections = [paragraphs[place].section for place in sorted(places, key=lambda place: abs(place - at))]
            stands_in = paragraph.section
            if sections and stands_in not in sections:
                paragraph.section = sections[0]
            elif not sections and is_references(stands_in):
                paragraph.section = ""
            owner = (paragraph.page, stands_in, paragraph.section)
        elif paragraph.kind == "table" and owner and owner[:2] == (paragraph.page, paragraph.section):
            paragraph.section = owner[2]


def _float_key(label: re.Match[str]) -> tuple[str, str]:
    return label["type"][:3].lower(), label["number"]


def _can_be_heading(paragraph: Paragraph) -> bool:
    text = paragraph.text
    if len(paragraph.lines) > _MAX_LINES or len(text) > _MAX_LENGTH or not re.search(r"[^\W\d_]{3}", text):
        return False
    if CAPTION.match(text) or STATEMENT.match(text) or paragraph.lines[0].math_share > 0.5:
        return False
    return not any(len(line.cells) > 2 for line in paragraph.lines)


def _is_explicit(paragraph: Paragraph, body: BodyStyle, outline: Mapping[str, int]) -> bool:
    text = paragraph.text
    if normalise_heading(text) in outline and (_stands_out(paragraph, body) or HEADING_NUMBER.match(text)):
        return True
    if not _stands_out(paragraph, body):
        return bool(_PLAIN_HEADING_PATTERN.fullmatch(text))
    number = HEADING_NUMBER.match(text)
    if number is not None:
        if not (_is_strong(paragraph, body) or _is_title_like(text[number.end() :])):
            return False
        return text[number.end()].isupper() or text[number.end()].isdigit()
    return bool(KNOWN_HEADING.fullmatch(text) or REFERENCES.fullmatch(text))


def _stands_out(paragraph: Paragraph, body: BodyStyle) -> bool:
    line = paragraph.lines[0]
    if _is_strong(paragraph, body):
        return True
    capitals = paragraph.text.upper() == paragraph.text
    set_apart = (line.is_italic and not body.font.is_italic) or capitals or _is_small_capitals(paragraph)
    return set_apart and paragraph.size >= 0.88 * body.size


def _is_strong(paragraph: Paragraph, body: BodyStyle) -> bool:
    """Larger than the running text, or bold."""
    if paragraph.size > body.size + _MIN_LARGER:
        return True
    return paragraph.is_bold and not body.font.is_bold and paragraph.size >= 0.88 * body.size


def _is_small_capitals(paragraph: Paragraph) -> bool:
    return bool(re.search(r"csc|smallcap|caps", paragraph.lines[0].font.name, re.IGNORECASE))


def _is_run_in(before: Paragraph, after: Paragraph) -> bool:
    """Whether an apparent heading is the bold start of the paragraph after it."""
    last, first = before.lines[-1], after.lines[0]
    beneath = (last.page, last.column) == (
        first.page,
        first.column,
    ) and first.baseline - last.baseline < 1.3 * first.size
    return beneath and (first.spans[0].font == last.spans[-1].font or first.text[:1].islower())


def _style(paragraph: Paragraph) -> _Style:
    line = paragraph.lines[0]
    capitals = paragraph.text.upper() == paragraph.text
    return (round(paragraph.size, 0), line.is_bold, line.is_italic, line.font.name, capitals)


def _is_title_like(text: str) -> bool:
    return text[:1].isupper() and not text.endswith((".", ",", ";", ":")) and len(text) < 110


def _set_levels(headings: Sequence[Paragraph], outline: Mapping[str, int]) -> None:
    romans = any(_has_roman_number(paragraph.text) for paragraph in headings)
    by_style: dict[_Style, int] = {}
    for paragraph in headings:
        level = _numbered_level(paragraph.text, romans=romans)
        if level:
            by_style.setdefault(_style(paragraph), level)
    for paragraph in headings:
        text = paragraph.text
        level = _numbered_level(text, romans=romans)
        if not level and (KNOWN_HEADING.fullmatch(text) or REFERENCES.fullmatch(text)):
            level = min(outline.get(normalise_heading(text), 1), by_style.get(_style(paragraph), 1))
        paragraph.level = level or by_style.get(_style(paragraph), 0) or outline.get(normalise_heading(text), 0)
    sizes = sorted({round(paragraph.size) for paragraph in headings if not paragraph.level}, reverse=True)
    for paragraph in headings:
        if not paragraph.level:
            paragraph.level = 1 + sizes.index(round(paragraph.size))


def _has_roman_number(text: str) -> bool:
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
