"""Patterns of the parts of a paper: captions, headings, references, keywords, statements, note markers."""

from __future__ import annotations

import re

from paperchat.ingest.pdf.layout import Line, TextSpan

PUNCTUATION_END = re.compile(r"[.!?:;…][\"'”’»)\]]*(?:\s?\[[\d,; –-]+\])?$")
SENTENCE_END = re.compile(r"[.!?…][\"'”’»)\]]*(?:\s?\[[\d,; –-]+\])?$")
ITEM = re.compile(r"(?:[•‣◦▪●■◆∙·➢✓►–—-]|\(?(?:\d{1,2}|[ivx]{1,4}|[a-hA-H])[.)])\s+\S")
CAPTION_LABEL = (
    r"(?:(?:extended data|supplementary|supplemental|suppl?\.?|appendix)\s+)?"
    r"(?P<type>fig(?:ure)?s?|tab(?:le)?|algorithm|alg|listing|scheme|chart|plate|box|program|code|exhibit)\b\.?\s*"
    r"(?P<number>[SA-H]?\.?-?\d{1,3}(?:[.-]\d{1,3})*[a-z]?|[IVXL]{1,6}|[A-H])\b"
)
# The label with what follows it only in a caption; "Figure 3 shows" is running text.
CAPTION = re.compile(CAPTION_LABEL + r"(?:\s*[:.|–—](?=\s|$)|\s*$|\s*\((?:a|continued)\b)", re.IGNORECASE)
FLOAT_LABEL = re.compile(CAPTION_LABEL, re.IGNORECASE)
HEADING_NUMBER = re.compile(
    r"^(?:(?P<arabic>\d{1,2}(?:\.\d{1,2}){0,4})[.)]?"
    r"|(?P<letter>[A-Z](?:\.\d{1,2}){1,3}|[A-Z])[.:)]?"
    r"|(?P<roman>[IVX]{1,5})\."
    r"|(?i:appendix|annex|supplement)\s+(?P<appendix>[A-Z]|\d{1,2})\b[.:)]?)\s+(?=\S)"
)
REFERENCES = re.compile(
    r"(?:(?:\d{1,2}|[A-Z]|[IVX]{1,5})[.:)]?\s+)?(?:list of )?(?:references?|bibliography|works cited|literature cited|"
    r"references and notes|references? list|cited literature|literature|citations|sources|referencias|références|"
    r"literatur(?:verzeichnis)?)\s*:?",
    re.IGNORECASE,
)
KNOWN_HEADING = re.compile(
    r"(?:abstract|introduction|background|related works?|prior work|methods?|methodology|materials and methods|"
    r"methods and materials|experiments?|experimental (?:setup|settings?|results|evaluation)|evaluation|results?|"
    r"results and discussions?|discussions?|discussion and conclusions?|conclusions?|conclusions? and future works?|"
    r"concluding remarks|summary|limitations?|future works?|acknowledge?ments?|funding|ethics statement|"
    r"ethical considerations|broader impacts?|impact statement|reproducibility statement|"
    r"author contributions?|contributions|conflicts? of interest|competing interests|"
    r"data availability(?: statement)?|code availability|"
    r"preliminaries|problem (?:statement|formulation|setup)|notation|appendix|appendices|supplementary materials?|"
    r"supplementary information|supporting information|checklist|neurips paper checklist|proofs?)\s*:?",
    re.IGNORECASE,
)
AFTER_REFERENCES = re.compile(
    r"(?:appendix|appendices|annex|supplement(?:ary|al)?|supporting information|(?:neurips )?paper checklist|checklist|"
    r"acknowledge?ments?|author contributions?|biograph(?:y|ies)|funding|about the authors?|methods|"
    r"data availability|code availability|competing interests|extended data|additional information|ethics|"
    r"reproducibility|limitations|broader impact)\b",
    re.IGNORECASE,
)
KEYWORDS = re.compile(
    r"(?:key\s?-?words?(?: and phrases)?|index terms|ccs concepts|categories and subject descriptors|general terms|"
    r"acm reference format|additional key|subject areas?|mathematics subject classification|msc codes?|pacs numbers?|"
    r"jel (?:codes?|classification))\b",
    re.IGNORECASE,
)
STATEMENT = re.compile(
    r"(?:theorem|lemma|proposition|corollary|definition|remark|example|assumption|claim|proof|conjecture|property|"
    r"observation|fact|condition|step|case|problem|question|hypothesis|finding)s?\b\s*[\d(.:]",
    re.IGNORECASE,
)

_NOTE_MARKER_PATTERN = re.compile(r"[\d,;\-–—*∗†‡§¶‖#⋆★✉♠♣♥♦☨⊥a-h()\[\]\s]+")
_MARKER_SIGN_PATTERN = re.compile(r"[\d*∗†‡§¶‖#⋆★✉♠♣♥♦]")
_WORD_END_PATTERN = re.compile(r"[^\W\d_]{2,}[.,;:!?)\]\"'”’]*$|[\])][.,;:!?]*$")
_AFFILIATION_MARK_PATTERN = re.compile(r"[\d*∗†‡§¶‖#⋆★✉♠♣♥♦☨][\d,*∗†‡§¶‖#⋆★✉♠♣♥♦☨]*")
_UNIT_PATTERN = re.compile(r"(?:^|[\d\s(])[kcmdnµμ]?(?:m|s|Hz|kg|g)$")


def is_superscript(line: Line, span: TextSpan) -> bool:
    """Whether the span is raised above the baseline, in small type."""
    return span.size <= 0.86 * line.size and span.baseline < line.baseline - 0.12 * line.size


def drop_note_markers(line: Line) -> list[TextSpan]:
    """The line's spans without superscripts that mark a note, after a word or at the start; exponents stay."""
    spans: list[TextSpan] = []
    before = ""
    for span in line.spans:
        if is_superscript(line, span) and _is_note_marker(span.text, before):
            continue
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
