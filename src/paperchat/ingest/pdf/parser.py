"""Parses a PDF to a paper and its full text: the pipeline of the parsing steps."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from paperchat.errors import SourceError
from paperchat.ingest.items import ParsedPdf
from paperchat.ingest.pdf.captions_and_tables import drop_figure_labels, mark_floats
from paperchat.ingest.pdf.document_info import DocumentInfo, read_document_info
from paperchat.ingest.pdf.front_matter import FrontMatter, parse_front_matter
from paperchat.ingest.pdf.full_text_builder import DocumentVocabulary, FullTextBuilder
from paperchat.ingest.pdf.headers_footers import drop_running_heads
from paperchat.ingest.pdf.headings import assign_sections, mark_explicit_headings, mark_headings, normalise_heading
from paperchat.ingest.pdf.identity import PaperIdentifiers, find_identifiers
from paperchat.ingest.pdf.layout import BodyStyle, Line, PageLayout, Paragraph, detect_body_style, join_spans
from paperchat.ingest.pdf.lines import build_lines
from paperchat.ingest.pdf.loader import open_pdf
from paperchat.ingest.pdf.pages import read_pages, require_text
from paperchat.ingest.pdf.paragraphs import build_paragraphs, merge_paragraphs
from paperchat.ingest.pdf.patterns import HEADING_NUMBER
from paperchat.ingest.pdf.reading_order import sort_in_reading_order
from paperchat.ingest.pdf.reference_list import mark_references
from paperchat.ingest.sources.record_fields import arxiv_links
from paperchat.text.cleaning import clean
from paperchat.types import FullText, Page, Paper

_DOI_LINE_PATTERN = re.compile(r"(?:https?://(?:dx\.)?doi\.org/|doi\s*:?\s*)10\.\S+$", re.IGNORECASE)


def read_pdf(source: Path | bytes) -> ParsedPdf:
    """Read the paper in a PDF, given as its path or content, and its full text.

    Section headings are in the blocks' ``section``, not in the text. Left out of the text: running heads, page
    and line numbers, stamps, figure labels, note markers and invisible text.

    Raises:
        SourceError: the file cannot be read; the message is a reason of one line.
    """
    with open_pdf(source) as pdf:
        warnings: list[str] = []
        info = read_document_info(pdf.reader)
        layouts = list(read_pages(pdf, warnings))
        require_text(layouts, info, warnings)
    margin = join_spans(layouts[0].rotated_spans)
    pages = [build_lines(layout) for layout in layouts]
    first_page = [line.text for line in pages[0]] if pages else []
    pages = sort_in_reading_order(layouts, drop_running_heads(layouts, pages))
    lines = [line for page in pages for line in page]
    body = detect_body_style(lines)
    paragraphs, front = _parse_paragraphs(lines, layouts, body, info)
    identifiers = find_identifiers(margin, _lines_outside_text(first_page, paragraphs), info)
    full_text = _build_full_text(paragraphs, lines, layouts, body, info, pdf.sha256)
    if not full_text.text:
        raise SourceError("has no text")
    return ParsedPdf(paper=_paper(front, identifiers, full_text), full_text=full_text, warnings=tuple(warnings))


def _parse_paragraphs(
    lines: list[Line], layouts: Sequence[PageLayout], body: BodyStyle, info: DocumentInfo
) -> tuple[list[Paragraph], FrontMatter]:
    paragraphs = build_paragraphs(drop_figure_labels(lines, body), body)
    outline = {normalise_heading(title): level for level, title in reversed(info.outline) if normalise_heading(title)}
    mark_explicit_headings(
        [paragraph for paragraph in paragraphs if HEADING_NUMBER.match(paragraph.text)], body, outline
    )
    mark_floats(paragraphs, layouts, body)
    front = parse_front_matter(paragraphs, body, info.title, info.authors)
    mark_headings(paragraphs, body, outline)
    mark_references(paragraphs)
    assign_sections(paragraphs)
    return merge_paragraphs(paragraphs), front


def _lines_outside_text(first_page: Sequence[str], paragraphs: Sequence[Paragraph]) -> list[str]:
    """The lines of the first page outside the running text: identifiers there are those of the paper itself."""
    running = {
        line.text
        for paragraph in paragraphs
        if paragraph.page == 1 and paragraph.kind in ("text", "abstract", "references", "caption")
        for line in paragraph.lines
        if not _DOI_LINE_PATTERN.match(line.text)
    }
    return [line for line in first_page if line not in running]


def _build_full_text(
    paragraphs: Sequence[Paragraph],
    lines: Sequence[Line],
    layouts: Sequence[PageLayout],
    body: BodyStyle,
    info: DocumentInfo,
    sha256: str,
) -> FullText:
    vocabulary = DocumentVocabulary(line.text for line in lines)
    builder = FullTextBuilder({layout.number: layout for layout in layouts}, vocabulary, body)
    for paragraph in paragraphs:
        if paragraph.kind != "heading":
            builder.add(paragraph)
    labels = info.labels
    return FullText(
        text=builder.text,
        blocks=tuple(builder.blocks),
        pages=tuple(
            Page(
                number=layout.number,
                label=labels[layout.number - 1] if layout.number <= len(labels) else str(layout.number),
                width=round(layout.width, 2),
                height=round(layout.height, 2),
            )
            for layout in layouts
        ),
        words=tuple(builder.words),
        sha256=sha256,
    )


def _paper(front: FrontMatter, identifiers: PaperIdentifiers, full_text: FullText) -> Paper:
    blocks = [block for block in full_text.blocks if block.kind == "abstract"]
    abstract = " ".join(full_text.text[block.start : block.end] for block in blocks)
    url, pdf_url = arxiv_links(identifiers.arxiv_id, identifiers.version)
    return Paper(
        title=clean(front.title),
        abstract=clean(abstract),
        authors=tuple(clean(name) for name in front.authors),
        arxiv_id=identifiers.arxiv_id,
        version=identifiers.version,
        doi=identifiers.doi,
        date=identifiers.date,
        categories=identifiers.categories,
        url=url,
        pdf_url=pdf_url,
    )
