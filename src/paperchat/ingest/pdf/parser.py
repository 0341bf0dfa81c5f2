"""From a PDF to the paper and its full text: the steps in their order."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from paperchat.errors import SourceError
from paperchat.ingest.items import PdfReading
from paperchat.ingest.pdf.assembly import Assembly, Vocabulary
from paperchat.ingest.pdf.document_info import About, about
from paperchat.ingest.pdf.floats import mark_floats, without_scraps
from paperchat.ingest.pdf.front_matter import FrontMatter, read_front
from paperchat.ingest.pdf.headers_footers import without_running_heads
from paperchat.ingest.pdf.headings import mark_headings, mark_sure_headings, plain, set_sections
from paperchat.ingest.pdf.identity import Identity, identity_of
from paperchat.ingest.pdf.layout import Body, Line, Paragraph, Sheet, body_of, joined_text
from paperchat.ingest.pdf.lines import lines_of
from paperchat.ingest.pdf.loader import open_pdf
from paperchat.ingest.pdf.pages import read_sheets, refuse_empty
from paperchat.ingest.pdf.paragraphs import joined, paragraphs_of
from paperchat.ingest.pdf.patterns import HEADING_NUMBER
from paperchat.ingest.pdf.reading_order import in_reading_order
from paperchat.ingest.pdf.reference_list import mark_references
from paperchat.ingest.sources.fields import arxiv_links
from paperchat.text.cleaning import clean
from paperchat.types import FullText, Page, Paper

_DOI_ALONE = re.compile(r"(?:https?://(?:dx\.)?doi\.org/|doi\s*:?\s*)10\.\S+$", re.IGNORECASE)


def read_pdf(path: Path) -> PdfReading:
    """The paper that a PDF holds, and its full text.

    Section headings are in the blocks' ``section``, not in the text. Left out of the text: running heads, page
    and line numbers, stamps, the lettering of figures, raised marks that point to notes, text that does not show.
    Raises `SourceError` with a reason of one line for what cannot be read.
    """
    with open_pdf(path) as opened:
        warnings: list[str] = []
        facts = about(opened.reader)
        sheets = list(read_sheets(opened, warnings))
        refuse_empty(sheets, facts, warnings)
    margin = joined_text(sheets[0].sideways)
    pages = [lines_of(sheet) for sheet in sheets]
    first = [line.text for line in pages[0]] if pages else []
    pages = in_reading_order(sheets, without_running_heads(sheets, pages))
    lines = [line for page in pages for line in page]
    body = body_of(lines)
    paragraphs, front = _paragraphs(lines, sheets, body, facts)
    identity = identity_of(margin, _head(first, paragraphs), facts)
    full_text = _full_text(paragraphs, lines, sheets, body, facts, opened.sha256)
    if not full_text.text:
        raise SourceError("has no text")
    return PdfReading(paper=_paper(front, identity, full_text), full_text=full_text, warnings=tuple(warnings))


def _paragraphs(
    lines: list[Line], sheets: Sequence[Sheet], body: Body, facts: About
) -> tuple[list[Paragraph], FrontMatter]:
    paragraphs = paragraphs_of(without_scraps(lines, body), body)
    outline = {plain(title): level for level, title in reversed(facts.outline) if plain(title)}
    mark_sure_headings([one for one in paragraphs if HEADING_NUMBER.match(one.text)], body, outline)
    mark_floats(paragraphs, sheets, body)
    front = read_front(paragraphs, body, facts.title, facts.authors)
    mark_headings(paragraphs, body, outline)
    mark_references(paragraphs)
    set_sections(paragraphs)
    return joined(paragraphs), front


def _head(first: Sequence[str], paragraphs: Sequence[Paragraph]) -> list[str]:
    """The lines of the first page that are no running text: those name the paper itself."""
    running = {
        line.text
        for paragraph in paragraphs
        if paragraph.page == 1 and paragraph.kind in ("text", "abstract", "references", "caption")
        for line in paragraph.lines
        if not _DOI_ALONE.match(line.text)
    }
    return [line for line in first if line not in running]


def _full_text(
    paragraphs: Sequence[Paragraph],
    lines: Sequence[Line],
    sheets: Sequence[Sheet],
    body: Body,
    facts: About,
    sha256: str,
) -> FullText:
    vocabulary = Vocabulary(line.text for line in lines)
    assembly = Assembly({sheet.number: sheet for sheet in sheets}, vocabulary, body)
    for paragraph in paragraphs:
        if paragraph.kind != "heading":
            assembly.add(paragraph)
    labels = facts.labels
    return FullText(
        text=assembly.text,
        blocks=tuple(assembly.blocks),
        pages=tuple(
            Page(
                number=sheet.number,
                label=labels[sheet.number - 1] if sheet.number <= len(labels) else str(sheet.number),
                width=round(sheet.width, 2),
                height=round(sheet.height, 2),
            )
            for sheet in sheets
        ),
        words=tuple(assembly.words),
        sha256=sha256,
    )


def _paper(front: FrontMatter, identity: Identity, full_text: FullText) -> Paper:
    blocks = [block for block in full_text.blocks if block.kind == "abstract"]
    abstract = " ".join(full_text.text[block.start : block.end] for block in blocks)
    url, pdf_url = arxiv_links(identity.arxiv_id, identity.version)
    return Paper(
        title=clean(front.title),
        abstract=clean(abstract),
        authors=tuple(clean(name) for name in front.authors),
        arxiv_id=identity.arxiv_id,
        version=identity.version,
        doi=identity.doi,
        date=identity.date,
        categories=identity.categories,
        url=url,
        pdf_url=pdf_url,
    )
