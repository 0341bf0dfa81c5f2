"""The library as a list: by day, or as found by what is typed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import groupby
from typing import TYPE_CHECKING, Any, get_args

from gradio import EventData, Request

from paperchat.errors import PaperchatError
from paperchat.render.html import attributes, line
from paperchat.storage.recent import Listed, Order
from paperchat.text.describe import byline, title_of
from paperchat.types import Filters
from paperchat.ui.components import button, visitor_of
from paperchat.ui.filter_chips import chips, narrowed
from paperchat.ui.paper_panel import NOTHING, paper_page
from paperchat.ui.upload import take_in

if TYPE_CHECKING:
    from paperchat.assistant import PaperChat

_PAGE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What a visitor wants to see of the library, at most ``shown`` papers; what came in after ``since`` is new."""

    query: str = ""
    order: Order | None = None
    filters: Filters = field(default_factory=Filters)
    shown: int = _PAGE
    since: datetime | None = None

    def searched(self, query: str) -> Listing:
        return replace(self, query=query, order=None, shown=_PAGE)

    def more(self) -> Listing:
        return replace(self, shown=self.shown + _PAGE)


def ordered(listing: Listing, told: Mapping[str, Any]) -> Listing:
    """In the order that a button tells, or the one that fits: the best first of what was searched, else the newest."""
    order: Order | None = next((one for one in get_args(Order) if one == told.get("order")), None)
    return replace(listing, order=order, shown=_PAGE)


def found(pc: PaperChat, listing: Listing) -> list[Listed]:
    """
    Raises:
        UsageError: a malformed date among the filters, or a query that cannot be meant.
    """
    if not listing.query.strip():
        return pc.library.feed.papers(listing.filters, order=listing.order or "newest", limit=listing.shown)
    hits = pc.search(listing.query, listing.shown, filters=listing.filters)
    ids = [hit.paper.paper_id for hit in hits]
    if listing.order is None:
        return pc.library.feed.of(ids)
    within = replace(listing.filters, papers=tuple(ids))
    return pc.library.feed.papers(within, order=listing.order, limit=listing.shown) if ids else []


def listing_html(pc: PaperChat, listing: Listing) -> str:
    try:
        papers = found(pc, listing)
    except PaperchatError as error:
        return f'{_orders(listing)}<p class="quiet" role="alert">{line(str(error))}</p>'
    if not papers:
        return f'{_orders(listing)}<p class="quiet" role="status">No paper is like that.</p>'
    by_day = not listing.query.strip() and listing.order in (None, "newest")
    shown = _days(papers, listing) if by_day else _entries(papers, listing)
    more = button("Show more", "more", kind="example") if len(papers) == listing.shown else ""
    return f"{_orders(listing)}{shown}{more}"


def _orders(listing: Listing) -> str:
    """Which order there is, and the others to choose from."""
    searched = bool(listing.query.strip())
    names = [("", "Best match")] if searched else []
    names += [("newest", "Newest"), ("upvotes", "Most upvoted"), ("title", "Title")]
    in_force = listing.order or ("" if searched else "newest")
    buttons = "".join(
        f'<button type="button" class="tool" aria-pressed="{str(order == in_force).lower()}"'
        f"{attributes(do='order', order=order)}>{label}</button>"
        for order, label in names
    )
    return f'<div class="orders" role="group" aria-label="Order">{buttons}</div>'


def _days(papers: Sequence[Listed], listing: Listing) -> str:
    return "".join(
        f'<section class="day"><h2>{line(day) or "No date"}</h2>{_entries(of_day, listing)}</section>'
        for day, of_day in groupby(papers, key=lambda one: one.day)
    )


def _entries(papers: Iterable[Listed], listing: Listing) -> str:
    return f'<ul class="papers">{"".join(_entry(one, listing.since) for one in papers)}</ul>'


def _entry(listed: Listed, since: datetime | None) -> str:
    paper = listed.stored.paper
    votes = f'<span class="votes" title="Upvotes">▲ {listed.upvotes}</span>' if listed.upvotes else ""
    about = " · ".join(filter(None, (line(byline(paper)), line(paper.date))))
    title = button(line(title_of(paper)), "paper", kind="title", paper=listed.stored.paper_id)
    new = '<span class="new">New</span>' if since and listed.added_at > since else ""
    return f'<li>{title}<p class="about">{new}{votes}{about}</p></li>'


ShownListing = tuple[Listing, str]


class Shelf:
    """Each takes the visitor's own listing, and gives it as it becomes, with what is to be shown."""

    def __init__(self, pc: PaperChat) -> None:
        self._pc = pc

    def opened(self, listing: Listing, request: Request) -> tuple[Listing, str, str]:
        listing = replace(listing, since=self._pc.library.visitors.visit(visitor_of(request)))
        return listing, self._shown(listing), chips(self._pc, listing.filters)

    def search(self, listing: Listing, query: str) -> ShownListing:
        return self._become(listing.searched(query))

    def order(self, listing: Listing, told: EventData) -> ShownListing:
        return self._become(ordered(listing, told._data))

    def more(self, listing: Listing) -> ShownListing:
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

    def _become(self, listing: Listing) -> ShownListing:
        return listing, self._shown(listing)

    def _shown(self, listing: Listing) -> str:
        return listing_html(self._pc, listing)
