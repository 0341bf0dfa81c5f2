"""The page of a PDF on which a quote is printed, with the quote's boxes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from markupsafe import Markup

from paperchat.ingest.pdf.highlight import highlight_boxes
from paperchat.types import Box, Page, Quote
from paperchat.ui.components import render

if TYPE_CHECKING:
    from paperchat.assistant import PaperChat

PAGE_IMAGE_ROUTE = "/page.png"
_BOX_MARGIN = 0.002  # of the page


@dataclass(frozen=True, slots=True, kw_only=True)
class PageView:
    """A page of a paper's PDF, and the boxes of a quote on it."""

    paper_id: str
    page: Page
    page_count: int
    boxes: tuple[Box, ...]


def find_page(pc: PaperChat, quote: Quote, number: int | None = None) -> PageView | None:
    """Find page ``number``, or the one on which the quote begins; ``None`` where no page can be shown.

    The quote has boxes only where the PDF's stored text still contains it at its position.
    """
    passage = quote.passage
    stored = pc.library.full_texts.get(passage.paper_id) if passage.basis == "full_text" else None
    if stored is None or pc.components.page_images.pdf_path(stored) is None:
        return None
    full_text = stored.full_text
    start, end = passage.start + quote.start, passage.start + quote.end
    boxes = highlight_boxes(full_text, start, end) if full_text.text[start:end] == quote.text else []
    shown = number or (boxes[0].page if boxes else quote.page)
    page = next((page for page in full_text.pages if page.number == shown), None)
    if page is None:
        return None
    return PageView(
        paper_id=passage.paper_id,
        page=page,
        page_count=len(full_text.pages),
        boxes=tuple(box for box in boxes if box.page == page.number),
    )


def page_html(view: PageView, **values: object) -> Markup:
    """Render the page as an image with the quote marked; ``values`` are sent along by the page buttons."""
    return render(
        "pdf_page.html",
        view=view,
        image=f"{PAGE_IMAGE_ROUTE}?{urlencode({'paper': view.paper_id, 'number': view.page.number})}",
        boxes=[_percentages(box, view.page) for box in view.boxes],
        values=values,
    )


def _percentages(box: Box, page: Page) -> tuple[float, float, float, float]:
    """Left, top, width and height in percent of the page."""
    left, right = box.left / page.width - _BOX_MARGIN, box.right / page.width + _BOX_MARGIN
    top, bottom = box.top / page.height - _BOX_MARGIN, box.bottom / page.height + _BOX_MARGIN
    return 100 * left, 100 * top, 100 * (right - left), 100 * (bottom - top)
