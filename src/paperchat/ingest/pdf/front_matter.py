"""The first page's head: title, authors, abstract."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from paperchat.ingest.pdf.authors import authors_of
from paperchat.ingest.pdf.layout import Body, Line, Paragraph, joined_text
from paperchat.ingest.pdf.patterns import HEADING_NUMBER, KEYWORDS, KNOWN_HEADING, without_marks
from paperchat.ingest.pdf.title import is_title, title_lines

_LABEL = re.compile(r"(?:a\s?b\s?s\s?t\s?r\s?a\s?c\s?t|summary|synopsis)\b\s*(?P<after>[.:—–-]+)?\s*", re.IGNORECASE)
_INTRODUCTION = re.compile(r"(?:(?:1|I|A)[.:]?\s+)?introduction\b", re.IGNORECASE)
_STRUCTURED = re.compile(
    r"(?:background|objectives?|aims?|purpose|methods?|results?|findings|conclusions?|significance|design|"
    r"setting|participants|interpretation|introduction|motivation|availability|contact)\b",
    re.IGNORECASE,
)
_MOST_WORDS, _FEWEST_WORDS = 700, 40
_FIRST_PAGES = 3
_LARGER = 0.8  # points


@dataclass(frozen=True, kw_only=True)
class FrontMatter:
    title: str
    authors: tuple[str, ...]


def read_front(paragraphs: list[Paragraph], body: Body, stated_title: str, stated_authors: str) -> FrontMatter:
    """Title and authors; sets the kinds ``front`` and ``abstract`` (and ``heading`` for the abstract's)."""
    page = paragraphs[0].page if paragraphs else 1
    first = [paragraph for paragraph in paragraphs if paragraph.page == page]
    lines = sorted((line for paragraph in first for line in paragraph.lines), key=lambda line: line.base)
    title = _title(first, body, stated_title)
    title_end = max((line.bottom for line in title), default=0.0)
    label = _label(paragraphs)
    if label is None:
        begin = _unlabelled(first, title_end, body)
        end = begin.top if begin is not None else title_end
    else:
        begin = None
        end = label.top if label.page == page else float("inf")
    names = [line for line in lines if title_end - 2 < line.base < end and line not in title]
    for paragraph in first:
        if paragraph.lines[0].base < end and paragraph.kind in ("text", "dropped", "table", "footnote"):
            paragraph.kind = "front"
    if label is not None:
        _mark_abstract(paragraphs, label)
    elif begin is not None and _is_abstract(first, begin, body):
        begin.kind = "abstract"
    text = " ".join(_joined(title).split()) or (stated_title if is_title(stated_title) else "")
    return FrontMatter(title=text, authors=authors_of(names, stated_authors))


def _title(first: Sequence[Paragraph], body: Body, stated: str) -> list[Line]:
    """The title's lines, above the first heading; unless they are larger than the text, no part of a paragraph."""
    end = min((paragraph.top for paragraph in first if paragraph.kind == "heading"), default=float("inf"))
    lines = sorted((line for paragraph in first for line in paragraph.lines), key=lambda line: line.base)
    title = title_lines([line for line in lines if line.base < end], body, stated)
    owners = [paragraph for paragraph in first if any(line in title for line in paragraph.lines)]
    whole = all(line in title for paragraph in owners for line in paragraph.lines)
    return title if whole or title[0].size > body.size + _LARGER else []


def _joined(lines: Sequence[Line]) -> str:
    text = ""
    for line in lines:
        words = joined_text(without_marks(line))
        words = re.sub(r"\s*[*∗†‡]+$", "", words)
        if text.endswith("-") and words[:1].islower() and len(text.rsplit(None, 1)[-1]) > 1:
            text = text[:-1] + words if _is_cut(text) else text + words
        else:
            text = f"{text} {words}"
    return text


def _is_cut(text: str) -> bool:
    """A title breaks words rarely: only a short first part is taken for one."""
    return len(text.rsplit(None, 1)[-1]) > 3 and not re.search(r"(?:self|non|pre|multi|semi|cross|co)-$", text, re.I)


def _label(paragraphs: Sequence[Paragraph]) -> Paragraph | None:
    for paragraph in paragraphs:
        if paragraph.page > _FIRST_PAGES:
            return None
        found = _LABEL.match(paragraph.text)
        if found is None or paragraph.kind == "caption":
            continue
        alone = found.end() == len(paragraph.text)
        if alone or found["after"] or paragraph.lines[0].pieces[0].font != paragraph.lines[-1].pieces[-1].font:
            return paragraph
    return None


def _mark_abstract(paragraphs: list[Paragraph], label: Paragraph) -> None:
    at = paragraphs.index(label)
    found = _LABEL.match(label.text)
    assert found is not None
    if found.end() == len(label.text):
        label.kind, label.level = "heading", 1
        following = paragraphs[at + 1 :]
    else:
        _strip(label, found.end())
        following = paragraphs[at:]
    first: Paragraph | None = None
    words = 0
    for paragraph in following:
        if paragraph.kind == "heading":
            break
        if paragraph.kind != "text" and paragraph is not label:
            continue
        if first is not None and (_is_over(first, paragraph) or words > _MOST_WORDS):
            break
        first = first or paragraph
        paragraph.kind = "abstract"
        words += paragraph.text.count(" ") + 1


def _is_over(first: Paragraph, paragraph: Paragraph) -> bool:
    """Whether a paragraph after the abstract's first is no longer of it."""
    text = paragraph.text
    if KEYWORDS.match(text) or _INTRODUCTION.match(text):
        return True
    if KNOWN_HEADING.fullmatch(text):
        return not (_STRUCTURED.match(text) and paragraph.size <= first.size + 0.2)
    if abs(paragraph.size - first.size) > 0.35 or (HEADING_NUMBER.match(text) and len(text) < 100 and paragraph.bold):
        return True
    if paragraph.bold and not first.bold:
        return not _STRUCTURED.match(text)
    opens_bold = paragraph.lines[0].pieces[0].font.bold and not first.lines[0].pieces[0].font.bold
    return opens_bold and not _STRUCTURED.match(text)


def _strip(paragraph: Paragraph, count: int) -> None:
    """Takes the first ``count`` characters of its text, a label, off its first line."""
    line = paragraph.lines[0]
    pieces = list(line.pieces)
    while pieces and count > 0:
        piece = pieces.pop(0)
        length = len(piece.text)
        if length > count:
            left = piece.left + (piece.right - piece.left) * count / length
            pieces.insert(0, replace(piece, text=piece.text[count:], left=left, glued=False))
            break
        count -= length
        if pieces and not pieces[0].glued:
            count -= 1
    if pieces:
        pieces[0] = replace(pieces[0], glued=False)
        stripped = Line(pieces, line.page, line.column, line.band, line.column_left, line.column_right)
        paragraph.lines[0] = stripped
    else:
        del paragraph.lines[0]
    paragraph.extend(Paragraph([]))


def _unlabelled(first: Sequence[Paragraph], title_end: float, body: Body) -> Paragraph | None:
    """The first prose, or the first heading, below the title."""
    for paragraph in first:
        if paragraph.top < title_end or paragraph.kind not in ("text", "heading"):
            continue
        if paragraph.kind == "heading" or _INTRODUCTION.match(paragraph.text):
            return paragraph
        if paragraph.text.count(" ") >= _FEWEST_WORDS and len(paragraph.lines) > 2 and not _is_names(paragraph, body):
            return paragraph
    return None


def _is_names(paragraph: Paragraph, body: Body) -> bool:
    text = paragraph.text
    return "@" in text or text.count(",") > text.count(" ") / 3 or paragraph.size > body.size + 1.5


def _is_abstract(first: Sequence[Paragraph], begin: Paragraph, body: Body) -> bool:
    """An unlabelled first paragraph that is set apart, or that an introduction follows."""
    if begin.kind == "heading" or _INTRODUCTION.match(begin.text):
        return False
    line = begin.lines[0]
    apart = begin.bold or abs(begin.size - body.size) > 0.4 or line.column == 0
    at = first.index(begin)
    return apart or any(_INTRODUCTION.match(paragraph.text) for paragraph in first[at + 1 : at + 4])
