"""The Papers tab: the library as a list, by day or as search results, and its handlers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import groupby
from typing import TYPE_CHECKING, Any, get_args

from gradio import EventData, Request, update
from markupsafe import Markup

from paperchat.errors import PaperchatError
from paperchat.storage.recent_papers import ListedPaper, ListingOrder
from paperchat.types import Filters
from paperchat.ui.components import render, visitor_of
from paperchat.ui.filter_chips import changed_filters, chips_html
from paperchat.ui.incoming import IncomingFiles
from paperchat.ui.paper_panel import EMPTY_PANEL, paper_html
from paperchat.ui.permissions import Permissions
from paperchat.ui.quotas import QuotaExceededError, RunningUploads
from paperchat.ui.upload import delete_unused, error_html, ingest_uploads, uploads_of

if TYPE_CHECKING:
    from paperchat.assistant import PaperChat

_PAGE_SIZE = 50
_ORDER_NAMES: Mapping[str, str] = {"newest": "Newest", "upvotes": "Most upvoted", "title": "Title"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What a visitor lists of the library: at most ``limit`` papers; those added after ``since`` are new.

    Without an ``order``, search results are in order of relevance and other papers newest first.
    """

    query: str = ""
    order: ListingOrder | None = None
    filters: Filters = field(default_factory=Filters)
    limit: int = _PAGE_SIZE
    since: datetime | None = None

    @property
    def is_search(self) -> bool:
        """Whether there is a query."""
        return bool(self.query.strip())

    def with_query(self, query: str) -> Listing:
        """Return the first page of the results for another query."""
        return replace(self, query=query, order=None, limit=_PAGE_SIZE)

    def more(self) -> Listing:
        """Return the listing with one page more."""
        return replace(self, limit=self.limit + _PAGE_SIZE)


def set_order(listing: Listing, data: Mapping[str, Any]) -> Listing:
    """Apply the event of an order button; an unknown order is the default one."""
    order: ListingOrder | None = next((order for order in get_args(ListingOrder) if order == data.get("order")), None)
    return replace(listing, order=order, limit=_PAGE_SIZE)


def find_papers(pc: PaperChat, listing: Listing) -> list[ListedPaper]:
    """Find the papers of a listing.

    Raises:
        UsageError: a date among the filters is malformed, or the query is invalid.
    """
    recent = pc.library.recent
    if not listing.is_search:
        return recent.list_papers(listing.filters, order=listing.order or "newest", limit=listing.limit)
    ids = [hit.paper.paper_id for hit in pc.search(listing.query, listing.limit, filters=listing.filters)]
    if listing.order is None:
        return recent.get(ids)
    filters = replace(listing.filters, papers=tuple(ids))
    return recent.list_papers(filters, order=listing.order, limit=listing.limit) if ids else []


def listing_html(pc: PaperChat, listing: Listing) -> Markup:
    """Render the papers of a listing with the buttons for their order."""
    try:
        papers, error = find_papers(pc, listing), ""
    except PaperchatError as raised:
        papers, error = [], str(raised)
    default = "" if listing.is_search else "newest"
    orders = {"": "Best match", **_ORDER_NAMES} if listing.is_search else _ORDER_NAMES
    by_day = not listing.is_search and listing.order in (None, "newest")
    days = {day: list(papers_of_day) for day, papers_of_day in groupby(papers, key=lambda paper: paper.day)}
    return render(
        "listing.html",
        papers=papers,
        days=days if by_day else {},
        error=error,
        orders=orders,
        order=listing.order or default,
        since=listing.since,
        has_more=len(papers) == listing.limit,
    )


ShownListing = tuple[Listing, str]
"""The new listing with its HTML."""


class LibraryHandlers:
    """Gradio handlers: each takes the visitor's own listing and returns the new listing with the HTML to show."""

    def __init__(self, pc: PaperChat, *, permissions: Permissions, incoming: IncomingFiles) -> None:
        self._pc = pc
        self._permissions = permissions
        self._incoming = incoming
        self._running = RunningUploads()

    def load(self, listing: Listing, request: Request) -> tuple[Listing, str, str, dict[str, Any]]:
        """List the library, with what is new since the visitor's last visit, and show who may add papers how."""
        visitor = visitor_of(request)
        listing = replace(listing, since=self._pc.library.visitors.record_visit(visitor))
        upload = update(visible=self._permissions.role_of(visitor).may_ingest)
        return listing, self._html(listing), chips_html(self._pc, listing.filters), upload

    def search(self, listing: Listing, query: str) -> ShownListing:
        """Search the library."""
        return self._shown(listing.with_query(query))

    def order(self, listing: Listing, event: EventData) -> ShownListing:
        """Change the order."""
        return self._shown(set_order(listing, event._data))

    def more(self, listing: Listing) -> ShownListing:
        """Show one page more."""
        return self._shown(listing.more())

    def toggle_filters(self, listing: Listing, event: EventData) -> str:
        """Open or close the filter panel."""
        return chips_html(self._pc, listing.filters, listing.query, opened=bool(event.opened))

    def filter(self, listing: Listing, event: EventData) -> tuple[Listing, str, str]:
        """Change a filter."""
        filters, error = changed_filters(listing.filters, event._data)
        listing, opened = replace(listing, filters=filters), "panel" in event._data
        chips = chips_html(self._pc, filters, listing.query, opened=opened, error=error)
        return listing, self._html(listing), chips

    def paper(self, event: EventData, request: Request) -> str:
        """Show a paper in the source panel."""
        role = self._permissions.role_of(visitor_of(request))
        return paper_html(self._pc, str(event.paper), may_remove=role.may_remove)

    def remove(self, listing: Listing, event: EventData, request: Request) -> tuple[str, str]:
        """Remove a paper from the library, with the files that were uploaded for it."""
        try:
            self._permissions.require_remove(visitor_of(request))
            files = uploads_of(self._pc, str(event.paper))
            self._pc.remove([str(event.paper)])
            delete_unused(self._pc, files)
        except PaperchatError as error:
            return error_html(str(error)), self._html(listing)
        return EMPTY_PANEL, self._html(listing)

    def ingest(self, files: list[str] | None, locations: str, request: Request) -> Iterator[str]:
        """Ingest uploaded files and named papers; the uploads that wait are then deleted."""
        visitor = visitor_of(request)
        try:
            self._permissions.require_ingest(visitor)
            uploads = self._incoming.take(visitor, files or [])
        except PaperchatError as error:
            yield error_html(str(error))
            return
        try:
            with self._running.running(visitor):
                yield from ingest_uploads(self._pc, uploads, locations, visitor=visitor)
        except QuotaExceededError as error:
            yield error_html(str(error))
        finally:
            self._incoming.discard(uploads)

    def after_ingest(self, listing: Listing) -> tuple[None, str, str]:
        """Clear the upload fields and redraw the list."""
        return None, "", self._html(listing)

    def _shown(self, listing: Listing) -> ShownListing:
        return listing, self._html(listing)

    def _html(self, listing: Listing) -> str:
        return listing_html(self._pc, listing)
