"""The handlers of the room where the papers are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from gradio import EventData, Request

from paperchat.ui.filter_chips import chips, narrowed
from paperchat.ui.library_tab import Listing, listing_html, ordered
from paperchat.ui.paper_panel import paper_page
from paperchat.ui.requests import visitor_of
from paperchat.ui.source import NOTHING
from paperchat.ui.upload import take_in

if TYPE_CHECKING:
    from paperchat.assistant import PaperChat

Listed = tuple[Listing, str]


class Shelf:
    """Each takes the visitor's own listing, and gives it as it becomes, with what is to be shown."""

    def __init__(self, pc: PaperChat) -> None:
        self._pc = pc

    def opened(self, listing: Listing, request: Request) -> tuple[Listing, str, str]:
        listing = replace(listing, since=self._pc.library.visitors.visit(visitor_of(request)))
        return listing, self._shown(listing), chips(self._pc, listing.filters)

    def search(self, listing: Listing, query: str) -> Listed:
        return self._become(listing.searched(query))

    def order(self, listing: Listing, told: EventData) -> Listed:
        return self._become(ordered(listing, told._data))

    def more(self, listing: Listing) -> Listed:
        return self._become(listing.more())

    def unfold(self, listing: Listing, told: EventData) -> str:
        return chips(self._pc, listing.filters, listing.query, opened=bool(told.opened))

    def narrow(self, listing: Listing, told: EventData) -> tuple[Listing, str, str]:
        listing = replace(listing, filters=narrowed(listing.filters, told._data))
        opened = "panel" in told._data
        return listing, self._shown(listing), chips(self._pc, listing.filters, listing.query, opened=opened)

    def paper(self, told: EventData) -> str:
        return paper_page(self._pc, str(told.paper))

    def remove(self, listing: Listing, told: EventData) -> tuple[str, str]:
        self._pc.remove([str(told.paper)])
        return NOTHING, self._shown(listing)

    def add(self, files: list[str] | None, names: str) -> Iterator[str]:
        yield from take_in(self._pc, files or [], names)

    def added(self, listing: Listing) -> tuple[None, str, str]:
        """The fields are emptied, and the list is made anew."""
        return None, "", self._shown(listing)

    def _become(self, listing: Listing) -> Listed:
        return listing, self._shown(listing)

    def _shown(self, listing: Listing) -> str:
        return listing_html(self._pc, listing)
