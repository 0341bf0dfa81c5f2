"""Patterns of the parts of a paper: captions, headings, references, keywords, statements, note markers."""

from __future__ import annotations

import re
from dataclasses import replace

from paperchat import lexicon
from paperchat.ingest.pdf.layout import Line, TextSpan

_LEXICON = lexicon.load("pdf_structure")
PUNCTUATION_END = re.compile(r"[.!?:;…][\"'”’»)\]]*(?:\s?\[[\d,; –-]+\])?$")
SENTENCE_END = re.compile(r"[.!?…][\"'”’»)\]]*(?:\s?\[[\d,; –-]+\])?$")
ITEM = re.compile(r"(?:[•‣◦▪●■◆∙·➢✓►–—-]|\(?(?:\d{1,2}|[ivx]{1,4}|[a-hA-H])[.)])\s+\S")
CAPTION_LABEL = (
    rf"(?:(?:{_LEXICON.regex('float_prefixes')})\s+)?(?P<type>{_LEXICON.regex('float_names')})\b\.?\s*"
    r"(?P<number>[SA-H]?\.?-?\d{1,3}(?:[.-]\d{1,3})*[a-z]?|[IVXL]{1,6}|[A-H])\b"
)
# The label with what follows it only in a caption; "Figure 3 shows" is running text.
CAPTION = re.compile(CAPTION_LABEL + r"(?:\s*[:.|–—](?=\s|$)|\s*$|\s*\((?:a|continued)\b)", re.IGNORECASE)
FLOAT_LABEL = re.compile(CAPTION_LABEL, re.IGNORECASE)
HEADING_NUMBER = re.compile(
    r"^(?:(?P<arabic>\d{1,2}(?:\.\d{1,2}){0,4})[.)]?"
    r"|(?P<letter>[A-Z](?:\.\d{1,2}){1,3}|[A-Z])[.:)]?"
    r"|(?P<roman>[IVX]{1,5})\."
    rf"|(?i:{_LEXICON.regex('appendix_names')})\s+(?P<appendix>[A-Z]|\d{{1,2}})\b[.:)]?)\s+(?=\S)"
)
REFERENCES = re.compile(
    rf"(?:(?:\d{{1,2}}|[A-Z]|[IVX]{{1,5}})[.:)]?\s+)?(?:list of )?(?:{_LEXICON.regex('reference_headings')})\s*:?",
    re.IGNORECASE,
)
KNOWN_HEADING = re.compile(rf"(?:{_LEXICON.regex('section_headings')})\s*:?", re.IGNORECASE)
AFTER_REFERENCES = re.compile(rf"(?:{_LEXICON.regex('after_references')})\b", re.IGNORECASE)
KEYWORDS = re.compile(rf"(?:{_LEXICON.regex('keyword_labels')})\b", re.IGNORECASE)
STATEMENT = re.compile(rf"(?:{_LEXICON.regex('statements')})s?\b\s*[\d(.:]", re.IGNORECASE)

_CLOSING_PATTERN = re.compile(r"[.,;:!?)\]”’]+(?!\w)")
_NOTE_MARKER_PATTERN = re.compile(r"[\d,;\-–—*∗†‡§¶‖#⋆★✉♠♣♥♦☨⊥a-h()\[\]\s]+")
_MARKER_SIGN_PATTERN = re.compile(r"[\d*∗†‡§¶‖#⋆★✉♠♣♥♦]")
_WORD_END_PATTERN = re.compile(r"[^\W\d_]{2,}[.,;:!?)\]\"'”’]*$|[\])][.,;:!?]*$")
_AFFILIATION_MARK_PATTERN = re.compile(r"[\d*∗†‡§¶‖#⋆★✉♠♣♥♦☨][\d,*∗†‡§¶‖#⋆★✉♠♣♥♦☨]*")
_UNIT_PATTERN = re.compile(r"(?:^|[\d\s(])[kcmdnµμ]?(?:m|s|Hz|kg|g)$")


def is_superscript(line: Line, span: TextSpan) -> bool:
    """Whether the span is raised above the baseline, in small type."""
    return span.size <= 0.86 * line.size and span.baseline < line.baseline - 0.12 * line.size


def drop_note_markers(line: Line) -> list[TextSpan]:
    """The line's spans without superscripts that mark a note, after a word or at the start; exponents stay.

    Punctuation after a marker follows the word that has it.
    """
    spans: list[TextSpan] = []
    before = ""
    was_marked = False
    for span in line.spans:
        if is_superscript(line, span) and _is_note_marker(span.text, before):
            was_marked = bool(spans)
            continue
        if was_marked and _CLOSING_PATTERN.match(span.text):
            span = replace(span, joins_previous=True)
        was_marked = False
        spans.append(span)
        before = before + span.text if span.joins_previous else span.text
    return spans


def is_affiliation_mark(line: Line, span: TextSpan) -> bool:
    """Whether a span in a line of names is a superscript, or signs that point to an affiliation."""
    return is_superscript(line, span) or bool(_AFFILIATION_MARK_PATTERN.fullmatch(span.text))


def _is_note_marker(text: str, before: str) -> bool:
    if not _NOTE_MARKER_PATTERN.fullmatch(text) or not _MARKER_SIGN_PATTERN.search(text):
        return False
    if not before:
        return True
    return bool(_WORD_END_PATTERN.search(before)) and not _UNIT_PATTERN.search(before)
