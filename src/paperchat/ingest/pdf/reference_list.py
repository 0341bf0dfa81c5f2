"""Marks the list of references, which appendices may follow, and splits it into entries."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby

from paperchat.ingest.pdf.layout import BodyStyle, Line, Paragraph
from paperchat.ingest.pdf.patterns import AFTER_REFERENCES, HEADING_NUMBER, REFERENCES

_ENTRY_PATTERN = re.compile(r"\s*(?:\[[\w+&.,\- ]{1,30}\]|\(?\d{1,3}[.)]|\d{1,3}(?=\s+[A-Z]))\s*\S")
_YEAR_PATTERN = re.compile(r"\b(?:1[6-9]|20)\d\d[a-z]?\b")
_CITED_PATTERN = re.compile(_YEAR_PATTERN.pattern + r"|https?:|\bdoi\b|\bet al\b|\barxiv\b|\bpp\.", re.IGNORECASE)
_MIN_PROSE_WORDS = 60
_MIN_ENTRIES = 5


def mark_references(paragraphs: Sequence[Paragraph]) -> None:
    """Mark the paragraphs between a heading such as ``References`` and the next section."""
    inside = False
    for paragraph in paragraphs:
        if paragraph.kind == "heading":
            inside = bool(REFERENCES.fullmatch(paragraph.text)) or (inside and not _ends_list(paragraph))
            if inside and not REFERENCES.fullmatch(paragraph.text):
                paragraph.kind = "references"
        elif inside and paragraph.kind in ("text", "footnote", "table"):
            inside = not _is_prose(paragraph)
            paragraph.kind = "references" if inside else paragraph.kind
    if not any(paragraph.kind == "references" for paragraph in paragraphs):
        _mark_without_heading(paragraphs)


def _is_prose(paragraph: Paragraph) -> bool:
    """Whether it is a paragraph of an appendix without a heading: long, and no work is cited in it."""
    text = paragraph.text
    return paragraph.kind == "text" and text.count(" ") >= _MIN_PROSE_WORDS and not _CITED_PATTERN.search(text)


def _ends_list(heading: Paragraph) -> bool:
    """Whether the heading is a real one, and not part of an entry in the style of headings."""
    text = heading.text
    if AFTER_REFERENCES.match(HEADING_NUMBER.sub("", text, count=1)):
        return True
    return not _YEAR_PATTERN.search(text) and not text.endswith((".", ","))


def _mark_without_heading(paragraphs: Sequence[Paragraph]) -> None:
    """Mark a run of numbered entries with years towards the end that has no heading."""
    texts = [paragraph for paragraph in paragraphs if paragraph.kind in ("text", "footnote")]
    for is_entry, group in groupby(texts[len(texts) // 3 :], key=_is_entry):
        run = list(group)
        if is_entry and len(run) >= _MIN_ENTRIES:
            for entry in run:
                entry.kind = "references"


def _is_entry(paragraph: Paragraph) -> bool:
    return bool(_ENTRY_PATTERN.match(paragraph.text)) and bool(_YEAR_PATTERN.search(paragraph.text))


def split_entries(lines: Sequence[Line], body: BodyStyle) -> list[list[Line]]:
    """Split the lines of a reference list into entries, by their numbers or hanging indents."""
    is_numbered = sum(bool(_ENTRY_PATTERN.match(line.text)) and line.text.startswith("[") for line in lines) >= 3
    entries: list[list[Line]] = []
    for line in lines:
        indent = line.left - line.column_left
        has_number = line.text.startswith("[") and bool(_ENTRY_PATTERN.match(line.text))
        begins = has_number if is_numbered else indent < 0.4 * body.size
        if entries and not begins:
            entries[-1].append(line)
        else:
            entries.append([line])
    return entries
