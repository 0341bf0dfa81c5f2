"""The pages of a PDF on which a quote is printed, with the quote's boxes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from markupsafe import Markup

from paperchat.ingest.pdf.highlight import highlight_boxes
from paperchat.types import Box, Page, Quote
from paperchat.ui.components import render
from paperchat.ui.page_drawings import PAGE_IMAGE_ROUTE

if TYPE_CHECKING:
    from paperchat.assistant import PaperChat

_BOX_MARGIN = 0.002  # of the page


@dataclass(frozen=True, slots=True, kw_only=True)
class PageView:
    """A page of a paper's PDF, and the boxes of a quote on it."""

    paper_id: str
    page: Page
    page_count: int
    boxes: tuple[Box, ...]


def find_pages(pc: PaperChat, quote: Quote, number: int | None = None) -> list[PageView]:
    """Find page ``number``, or all those on which the quote is printed; none where no page can be shown.

    The quote has boxes only where the PDF's stored text still contains it at its position.
    """
    passage = quote.passage
    stored = pc.library.full_texts.get(passage.paper_id) if passage.basis == "full_text" else None
    if stored is None or pc.components.page_images.pdf_path(stored) is None:
        return []
    full_text = stored.full_text
    start, end = passage.start + quote.start, passage.start + quote.end
    boxes = highlight_boxes(full_text, start, end) if full_text.text[start:end] == quote.text else []
    shown: set[int | None] = {number} if number else {box.page for box in boxes} or {quote.page}
    return [
        PageView(
            paper_id=passage.paper_id,
            page=page,
            page_count=len(full_text.pages),
            boxes=tuple(box for box in boxes if box.page == page.number),
        )
        for page in full_text.pages
        if page.number in shown
    ]


def pages_html(views: Sequence[PageView], **values: object) -> Markup:
    """Render the pages as images with the quote marked; ``values`` are sent along by the page buttons."""
    return render("pdf_page.html", views=views, image=_image, percentages=_percentages, values=values)


def _image(view: PageView) -> str:
    return f"{PAGE_IMAGE_ROUTE}?{urlencode({'paper': view.paper_id, 'number': view.page.number})}"


def _percentages(box: Box, page: Page) -> tuple[float, float, float, float]:
    """Left, top, width and height in percent of the page."""
    left, right = box.left / page.width - _BOX_MARGIN, box.right / page.width + _BOX_MARGIN
    top, bottom = box.top / page.height - _BOX_MARGIN, box.bottom / page.height + _BOX_MARGIN
    return 100 * left, 100 * top, 100 * (right - left), 100 * (bottom - top)
