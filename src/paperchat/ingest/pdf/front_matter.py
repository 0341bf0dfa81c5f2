"""Parses the front matter: title, authors, abstract."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from paperchat import lexicon
from paperchat.ingest.pdf.authors import extract_authors
from paperchat.ingest.pdf.layout import BodyStyle, Line, Paragraph, join_spans
from paperchat.ingest.pdf.patterns import HEADING_NUMBER, KEYWORDS, KNOWN_HEADING, drop_note_markers
from paperchat.ingest.pdf.title import find_title_lines, is_plausible_title

_LEXICON = lexicon.load("pdf_structure")
_ABSTRACT_LABEL_PATTERN = re.compile(
    rf"(?:{_LEXICON.regex('abstract_labels')})\b\s*(?P<after>[.:—–-]+)?\s*", re.IGNORECASE
)
_INTRODUCTION_PATTERN = re.compile(rf"(?:(?:1|I|A)[.:]?\s+)?{_LEXICON.regex('introduction_headings')}\b", re.IGNORECASE)
_STRUCTURED_ABSTRACT_PATTERN = re.compile(rf"(?:{_LEXICON.regex('structured_abstract_headings')})\b", re.IGNORECASE)
_COMPOUND_PREFIX_PATTERN = re.compile(rf"(?:{_LEXICON.regex('title_compound_prefixes')})-$", re.IGNORECASE)
_MAX_WORDS, _MIN_WORDS = 700, 40
_FIRST_PAGES = 3
_MIN_LARGER = 0.8  # points


@dataclass(frozen=True, kw_only=True)
class FrontMatter:
    """Title and authors of a paper."""

    title: str
    authors: tuple[str, ...]


def parse_front_matter(
    paragraphs: list[Paragraph], body: BodyStyle, metadata_title: str, metadata_authors: str
) -> FrontMatter:
    """Find title and authors; mark paragraphs as ``front``, ``abstract`` and ``heading`` (the abstract's)."""
    page = paragraphs[0].page if paragraphs else 1
    first = [paragraph for paragraph in paragraphs if paragraph.page == page]
    lines = sorted((line for paragraph in first for line in paragraph.lines), key=lambda line: line.baseline)
    title = _find_title(first, body, metadata_title)
    title_end = max((line.bottom for line in title), default=0.0)
    label = _find_abstract_label(paragraphs)
    if label is None:
        body_start = _find_body_start(first, title_end, body)
        end = body_start.top if body_start is not None else title_end
    else:
        body_start = None
        end = label.top if label.page == page else float("inf")
    names = [line for line in lines if title_end - 2 < line.baseline < end and line not in title]
    for paragraph in first:
        if paragraph.lines[0].baseline < end and paragraph.kind in ("text", "dropped", "table", "footnote"):
            paragraph.kind = "front"
    if label is not None:
        _mark_abstract(paragraphs, label)
    elif body_start is not None and _is_abstract(first, body_start, body):
        body_start.kind = "abstract"
    text = " ".join(_join_lines(title).split()) or (metadata_title if is_plausible_title(metadata_title) else "")
    return FrontMatter(title=text, authors=extract_authors(names, metadata_authors))


def _find_title(first: Sequence[Paragraph], body: BodyStyle, metadata_title: str) -> list[Line]:
    """The title's lines, above the first heading; in the size of the text, they must be whole paragraphs."""
    end = min((paragraph.top for paragraph in first if paragraph.kind == "heading"), default=float("inf"))
    lines = sorted((line for paragraph in first for line in paragraph.lines), key=lambda line: line.baseline)
    title = find_title_lines([line for line in lines if line.baseline < end], body, metadata_title)
    owners = [paragraph for paragraph in first if any(line in title for line in paragraph.lines)]
    whole = all(line in title for paragraph in owners for line in paragraph.lines)
    return title if whole or title[0].size > body.size + _MIN_LARGER else []


def _join_lines(lines: Sequence[Line]) -> str:
    text = ""
    for line in lines:
        words = join_spans(drop_note_markers(line))
        words = re.sub(r"\s*[*∗†‡]+$", "", words)
        if text.endswith("-") and words[:1].islower() and len(text.rsplit(None, 1)[-1]) > 1:
            text = text[:-1] + words if _is_hyphenation(text) else text + words
        else:
            text = f"{text} {words}"
    return text


def _is_hyphenation(text: str) -> bool:
    """Whether the hyphen breaks a word, which is rare in titles."""
    return len(text.rsplit(None, 1)[-1]) > 3 and not _COMPOUND_PREFIX_PATTERN.search(text)


def _find_abstract_label(paragraphs: Sequence[Paragraph]) -> Paragraph | None:
    for paragraph in paragraphs:
        if paragraph.page > _FIRST_PAGES:
            return None
        match = _ABSTRACT_LABEL_PATTERN.match(paragraph.text)
        if match is None or paragraph.kind == "caption":
            continue
        alone = match.end() == len(paragraph.text)
        if alone or match["after"] or paragraph.lines[0].spans[0].font != paragraph.lines[-1].spans[-1].font:
            return paragraph
    return None


def _mark_abstract(paragraphs: list[Paragraph], label: Paragraph) -> None:
    at = paragraphs.index(label)
    match = _ABSTRACT_LABEL_PATTERN.match(label.text)
    assert match is not None
    if match.end() == len(label.text):
        label.kind, label.level = "heading", 1
        following = paragraphs[at + 1 :]
    else:
        _strip_label(label, match.end())
        following = paragraphs[at:]
    first: Paragraph | None = None
    words = 0
    for paragraph in following:
        if paragraph.kind == "heading":
            break
        if paragraph.kind != "text" and paragraph is not label:
            continue
        if first is not None and (_ends_abstract(first, paragraph) or words > _MAX_WORDS):
            break
        first = first or paragraph
        paragraph.kind = "abstract"
        words += paragraph.text.count(" ") + 1


def _ends_abstract(first: Paragraph, paragraph: Paragraph) -> bool:
    """Whether a paragraph after the first one of the abstract no longer belongs to it."""
    text = paragraph.text
    if KEYWORDS.match(text) or _INTRODUCTION_PATTERN.match(text):
        return True
    if KNOWN_HEADING.fullmatch(text):
        return not (_STRUCTURED_ABSTRACT_PATTERN.match(text) and paragraph.size <= first.size + 0.2)
    if abs(paragraph.size - first.size) > 0.35 or (
        HEADING_NUMBER.match(text) and len(text) < 100 and paragraph.is_bold
    ):
        return True
    if paragraph.is_bold and not first.is_bold:
        return not _STRUCTURED_ABSTRACT_PATTERN.match(text)
    opens_bold = paragraph.lines[0].spans[0].font.is_bold and not first.lines[0].spans[0].font.is_bold
    return opens_bold and not _STRUCTURED_ABSTRACT_PATTERN.match(text)


def _strip_label(paragraph: Paragraph, count: int) -> None:
    """Remove the first ``count`` characters, a label, from the paragraph."""
    line = paragraph.lines[0]
    spans = list(line.spans)
    while spans and count > 0:
        span = spans.pop(0)
        length = len(span.text)
        if length > count:
            left = span.left + (span.right - span.left) * count / length
            spans.insert(0, replace(span, text=span.text[count:], left=left, joins_previous=False))
            break
        count -= length
        if spans and not spans[0].joins_previous:
            count -= 1
    if spans:
        spans[0] = replace(spans[0], joins_previous=False)
        stripped = Line(spans, line.page, line.column, line.band, line.column_left, line.column_right)
        paragraph.lines[0] = stripped
    else:
        del paragraph.lines[0]
    paragraph.extend(Paragraph([]))


def _find_body_start(first: Sequence[Paragraph], title_end: float, body: BodyStyle) -> Paragraph | None:
    """The first running text or heading below the title, in a paper without a label "Abstract"."""
    for paragraph in first:
        if paragraph.top < title_end or paragraph.kind not in ("text", "heading"):
            continue
        if paragraph.kind == "heading" or _INTRODUCTION_PATTERN.match(paragraph.text):
            return paragraph
        if (
            paragraph.text.count(" ") >= _MIN_WORDS
            and len(paragraph.lines) > 2
            and not _looks_like_names(paragraph, body)
        ):
            return paragraph
    return None


def _looks_like_names(paragraph: Paragraph, body: BodyStyle) -> bool:
    text = paragraph.text
    return "@" in text or text.count(",") > text.count(" ") / 3 or paragraph.size > body.size + 1.5


def _is_abstract(first: Sequence[Paragraph], body_start: Paragraph, body: BodyStyle) -> bool:
    """Whether an unlabelled first paragraph has its own style, or an introduction follows it."""
    if body_start.kind == "heading" or _INTRODUCTION_PATTERN.match(body_start.text):
        return False
    line = body_start.lines[0]
    has_own_style = body_start.is_bold or abs(body_start.size - body.size) > 0.4 or line.column == 0
    at = first.index(body_start)
    return has_own_style or any(_INTRODUCTION_PATTERN.match(paragraph.text) for paragraph in first[at + 1 : at + 4])
