"""The list of references, and where it ends: appendices after it are text again."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby

from paperchat.ingest.pdf.layout import Body, Line, Paragraph
from paperchat.ingest.pdf.patterns import AFTER_REFERENCES, HEADING_NUMBER, REFERENCES

_ENTRY = re.compile(r"\s*(?:\[[\w+&.,\- ]{1,30}\]|\(?\d{1,3}[.)]|\d{1,3}(?=\s+[A-Z]))\s*\S")
_YEAR = re.compile(r"\b(?:1[6-9]|20)\d\d[a-z]?\b")
_FEWEST_ENTRIES = 5


def mark_references(paragraphs: Sequence[Paragraph]) -> None:
    """Paragraphs from a heading ``References`` to the next heading that is not one of the list's own."""
    inside = False
    for paragraph in paragraphs:
        if paragraph.kind == "heading":
            inside = bool(REFERENCES.fullmatch(paragraph.text)) or (inside and not _ends_list(paragraph))
            if inside and not REFERENCES.fullmatch(paragraph.text):
                paragraph.kind = "references"
        elif inside and paragraph.kind in ("text", "footnote", "table"):
            paragraph.kind = "references"
    if not any(paragraph.kind == "references" for paragraph in paragraphs):
        _mark_unheaded(paragraphs)


def _ends_list(heading: Paragraph) -> bool:
    """A heading, and no part of an entry that happens to be set like one."""
    text = heading.text
    if AFTER_REFERENCES.match(HEADING_NUMBER.sub("", text, count=1)):
        return True
    return not _YEAR.search(text) and not text.endswith((".", ","))


def _mark_unheaded(paragraphs: Sequence[Paragraph]) -> None:
    """A run of numbered entries with years, towards the end, that no heading announces."""
    texts = [paragraph for paragraph in paragraphs if paragraph.kind in ("text", "footnote")]
    for is_entry, group in groupby(texts[len(texts) // 3 :], key=_is_entry):
        run = list(group)
        if is_entry and len(run) >= _FEWEST_ENTRIES:
            for entry in run:
                entry.kind = "references"


def _is_entry(paragraph: Paragraph) -> bool:
    return bool(_ENTRY.match(paragraph.text)) and bool(_YEAR.search(paragraph.text))


def entries_of(lines: Sequence[Line], body: Body) -> list[list[Line]]:
    """The lines of a list of references, parted into entries where numbers or hanging indents show them."""
    numbered = sum(bool(_ENTRY.match(line.text)) and line.text.startswith("[") for line in lines) >= 3
    entries: list[list[Line]] = []
    for line in lines:
        indent = line.left - line.column_left
        opens = line.text.startswith("[") and bool(_ENTRY.match(line.text))
        begins = opens if numbered else indent < 0.4 * body.size
        if entries and not begins:
            entries[-1].append(line)
        else:
            entries.append([line])
    return entries
