"""The page of a PDF that a quote stands on, and where on it the quote is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from paperchat.ingest.pdf.highlight import boxes
from paperchat.render.html import line
from paperchat.types import Box, Page, Quote
from paperchat.ui.components import button

if TYPE_CHECKING:
    from paperchat.assistant import PaperChat

ROUTE = "/page.png"
_ROOM = 0.002  # of the page, around what is marked


@dataclass(frozen=True, slots=True, kw_only=True)
class PageView:
    """A page of ``paper_id``'s PDF of ``pages``, and the boxes of a quote that are on it."""

    paper_id: str
    page: Page
    pages: int
    marked: tuple[Box, ...]


def page_view(pc: PaperChat, quote: Quote, number: int | None = None) -> PageView | None:
    """Page ``number``, or the one on which the quote begins; ``None`` where there is no page to show.

    A quote is marked only where the PDF's text, as it is kept now, is the quote's.
    """
    passage = quote.passage
    kept = pc.library.full_texts.of(passage.paper_id) if passage.basis == "full_text" else None
    if kept is None or pc.page_images.file(kept) is None:
        return None
    start, end = passage.start + quote.start, passage.start + quote.end
    found = boxes(kept.full_text, start, end) if kept.full_text.text[start:end] == quote.text else []
    wanted = number or (found[0].page if found else quote.page)
    page = next((one for one in kept.full_text.pages if one.number == wanted), None)
    if page is None:
        return None
    marked = tuple(box for box in found if box.page == page.number)
    return PageView(paper_id=passage.paper_id, page=page, pages=len(kept.full_text.pages), marked=marked)


def page_html(view: PageView, **values: object) -> str:
    """The page as a picture with the quote marked on it; ``values`` go with the buttons that turn the page."""
    number = view.page.number
    address = f"{ROUTE}?{urlencode({'paper': view.paper_id, 'number': number})}"
    marks = "".join(_mark(box, view.page) for box in view.marked)
    spoken = f"Page {number} of the PDF" + (", with the quote marked" if view.marked else "")
    label = f" (printed as {line(view.page.label)})" if view.page.label not in ("", str(number)) else ""
    return (
        f'<figure class="page"><div class="sheet" style="aspect-ratio: {view.page.width:.1f} / {view.page.height:.1f}">'
        f'<img src="{line(address)}" alt="{spoken}">{marks}</div>'
        f"<figcaption>{_turn(view, -1, 'Previous page', '‹', values)}<span>Page {number} of {view.pages}{label}</span>"
        f"{_turn(view, 1, 'Next page', '›', values)}</figcaption></figure>"
    )


def _mark(box: Box, page: Page) -> str:
    left, right = box.left / page.width - _ROOM, box.right / page.width + _ROOM
    top, bottom = box.top / page.height - _ROOM, box.bottom / page.height + _ROOM
    place = f"left: {left:.2%}; top: {top:.2%}; width: {right - left:.2%}; height: {bottom - top:.2%}"
    return f'<span class="spot" style="{place}"></span>'


def _turn(view: PageView, by: int, name: str, shown: str, values: dict[str, object]) -> str:
    to = view.page.number + by
    if not 1 <= to <= view.pages:
        return '<span class="turner"></span>'
    return button(shown, "turn", kind="turner", described=name, page=to, **values)
