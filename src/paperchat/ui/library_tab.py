"""The room Library: the library as a list, by day or as search results, and its handlers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from itertools import groupby
from typing import TYPE_CHECKING, Any, get_args

from gradio import EventData, Request, skip, update
from markupsafe import Markup

from paperchat.access.incoming import IncomingFiles
from paperchat.access.permissions import Permissions
from paperchat.access.quotas import RunningTasks
from paperchat.access.visitor_sources import delete_unused, parse_locations, uploads_of
from paperchat.errors import PaperchatError, UsageError
from paperchat.render.html import marked_html
from paperchat.retrieval.facets import Facets, count_facets
from paperchat.retrieval.word_search import SearchedWords
from paperchat.storage.recent_papers import ListedPaper, ListingOrder
from paperchat.text.cleaning import shorten
from paperchat.text.question_limits import validate_question
from paperchat.text.sentences import sentence_spans
from paperchat.types import Filters
from paperchat.ui.components import render, text_value, visitor_of
from paperchat.ui.filter_chips import changed_filters, chips_html
from paperchat.ui.paper_panel import EMPTY_PANEL, paper_html, saved_html
from paperchat.ui.reader.notes_panel import all_notes_html
from paperchat.ui.upload import Addition, addition_html, error_html, ingest_uploads

if TYPE_CHECKING:
    from paperchat.assistant import PaperChat

_PAGE_SIZE = 50
_RANKED = 200
"""So many papers of a search are in order of relevance; the others follow, newest first."""
_MAX_NEAR = 10
_MAX_EXCERPT_LENGTH = 240
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


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundPapers:
    """The papers of a listing that are shown, of ``total`` that match.

    ``words`` are those that were searched, ``excerpts`` have them. Where ``near``, no paper has all of the
    words, and the papers are the nearest in meaning.
    """

    papers: Sequence[ListedPaper] = ()
    total: int = 0
    words: SearchedWords | None = None
    excerpts: Mapping[str, str] = field(default_factory=dict)
    near: bool = False


def find_papers(pc: PaperChat, listing: Listing) -> FoundPapers:
    """Find the papers of a listing: all that match the filters or, in a search, those of them with all words.

    Raises:
        UsageError: a date among the filters is malformed, or the query is invalid.
    """
    recent, matching = pc.library.recent, pc.library.recent.matching(listing.filters)
    if not listing.is_search:
        listed = [paper_id for paper_id in pc.library.directory.entries() if paper_id in matching]
        ids = _in_order(pc, listed, (), listing.order or "newest")
        return FoundPapers(papers=recent.get(ids[: listing.limit]), total=len(ids))
    validate_question(listing.query)
    ranked = pc.components.searcher.ranked_ids(listing.query, _RANKED, listing.filters)
    matches = pc.components.word_search.find(listing.query)
    found = [paper_id for paper_id in matches.papers if paper_id in matching]
    near = ranked[:_MAX_NEAR] if matches.is_known and not found else []
    ids = near or _in_order(pc, found, ranked, listing.order)
    papers = recent.get(ids[: listing.limit])
    return FoundPapers(
        papers=papers,
        total=len(ids),
        words=matches.words,
        excerpts={
            one.stored.paper_id: excerpt(matches.passages.get(one.stored.paper_id) or paper.abstract, matches.words)
            for one in papers
            if (paper := one.stored.paper)
        },
        near=bool(near),
    )


def _in_order(pc: PaperChat, paper_ids: list[str], ranked: Sequence[str], order: ListingOrder | None) -> list[str]:
    """The papers, which come newest first, in this order; without one, those that rank best first."""
    entries = pc.library.directory.entries()
    if order is None:
        places = {paper_id: place for place, paper_id in enumerate(ranked)}
        return sorted(paper_ids, key=lambda one: places.get(one, len(places)))
    if order == "upvotes":
        return sorted(paper_ids, key=lambda one: -(entries[one].upvotes or 0))
    return sorted(paper_ids, key=lambda one: entries[one].title) if order == "title" else paper_ids


def excerpt(text: str, words: SearchedWords) -> str:
    """The sentence with the most of the words, or the part of it around the first; empty where none has any."""
    counted = [(words.count(one), one) for one in _sentences(text)]
    most, sentence = max(counted, key=lambda pair: pair[0], default=(0, ""))
    if not most:
        return ""
    first = words.spans(sentence)[0][0]
    start = sentence.rfind(" ", 0, max(0, first - _MAX_EXCERPT_LENGTH // 2)) + 1
    return ("…" if start else "") + shorten(sentence[start:], _MAX_EXCERPT_LENGTH)


@lru_cache(maxsize=512)
def _sentences(text: str) -> tuple[str, ...]:
    """A list that is typed for is drawn at each letter."""
    return tuple(text[start:end] for start, end in sentence_spans(text))


def listing_facets(pc: PaperChat, listing: Listing) -> Facets:
    """Count the values to filter by: each over the papers of the listing that its other filters select."""
    entries, recent, filters = pc.library.directory.entries(), pc.library.recent, listing.filters
    found = pc.components.word_search.find(listing.query).papers if listing.is_search else tuple(entries)

    def facets(**without: Any) -> Facets:
        selected = recent.matching(replace(filters, **without))
        return count_facets(entries[one] for one in found if one in selected)

    return Facets(
        papers=len(found),
        years=facets(since="", until="").years,
        categories=facets(categories=()).categories,
        authors=facets(authors=()).authors,
    )


def listing_html(pc: PaperChat, listing: Listing) -> Markup:
    """Render the papers of a listing with the buttons for their order."""
    try:
        found, error = find_papers(pc, listing), ""
    except PaperchatError as raised:
        found, error = FoundPapers(), str(raised)
    papers = found.papers
    default = "" if listing.is_search else "newest"
    orders = {"": "Best match", **_ORDER_NAMES} if listing.is_search else _ORDER_NAMES
    by_day = not listing.is_search and listing.order in (None, "newest")
    days = {day: list(papers_of_day) for day, papers_of_day in groupby(papers, key=lambda paper: paper.day)}
    return render(
        "listing.html",
        found=found,
        query=listing.query,
        days=days if by_day else {},
        error=error,
        orders=orders,
        order=listing.order or default,
        since=listing.since,
        has_more=len(papers) < found.total,
        marked=lambda text: marked_html(text, found.words.spans if found.words else None),
    )


ShownListing = tuple[Listing, str]
"""The new listing with its HTML."""


class LibraryHandlers:
    """Gradio handlers: each takes the visitor's own listing and returns the new listing with the HTML to show."""

    def __init__(
        self, pc: PaperChat, *, permissions: Permissions, incoming: IncomingFiles, adding: RunningTasks
    ) -> None:
        """``adding`` has the visitors for whom papers are being added, in this room or another."""
        self._pc = pc
        self._permissions = permissions
        self._incoming = incoming
        self._adding = adding

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

    def renew(self, listing: Listing) -> str:
        """Draw the list anew after papers were added or removed."""
        return self._html(listing)

    def toggle_filters(self, listing: Listing, event: EventData) -> str:
        """Open or close the filter panel."""
        return self._chips(listing, opened=bool(event.opened))

    def filter(self, listing: Listing, event: EventData) -> tuple[Listing, str, str]:
        """Change a filter."""
        filters, error = changed_filters(listing.filters, event._data)
        listing, opened = replace(listing, filters=filters), "panel" in event._data
        return listing, self._html(listing), self._chips(listing, opened=opened, error=error)

    def load_paper(self, request: Request) -> str:
        """Show the paper named in the page's URL in the source panel."""
        return self._paper(str(request.query_params.get("paper", "")), request)

    def paper(self, event: EventData, request: Request) -> str:
        """Show a paper in the source panel; for an empty id, none."""
        return self._paper(text_value(event._data, "paper"), request)

    def saved(self, request: Request) -> str:
        """Show the visitor's saved papers in the source panel."""
        return saved_html(self._pc, visitor_of(request))

    def notes(self, request: Request) -> str:
        """Show all of the visitor's notes in the source panel."""
        return all_notes_html(self._pc, visitor_of(request), self._permissions)

    def _paper(self, paper_id: str, request: Request) -> str:
        role = self._permissions.role_of(visitor_of(request))
        if not paper_id:
            return EMPTY_PANEL
        has_comments = self._permissions.has_people
        return paper_html(self._pc, paper_id, may_remove=role.may_remove, has_comments=has_comments)

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

    def ingest(self, files: list[str] | None, locations: str, request: Request) -> Iterator[tuple[str, Any, Any]]:
        """Ingest uploaded files and named papers, after those being added; the uploads that wait are then deleted.

        The fields are cleared at once and then left alone, as the visitor may be typing; what is refused stays in them.
        """
        visitor = visitor_of(request)
        kept = skip(), skip()
        try:
            self._permissions.require_ingest(visitor)
            named = parse_locations(locations)
            uploads = self._incoming.take(visitor, files or [])
            if not named and not uploads:
                raise UsageError("upload files, or enter arXiv ids, DOIs or URLs")
        except PaperchatError as error:
            yield error_html(str(error)), *kept
            return
        try:
            fields: tuple[Any, Any] = (None if files else skip(), "" if locations else skip())
            if self._adding.is_running(visitor):
                yield addition_html(Addition(is_waiting=True)), *fields
                fields = kept
            with self._adding.running(visitor, in_turn=True) as stopped:
                submitter = self._permissions.submitter_of(visitor)
                for shown in ingest_uploads(
                    self._pc, uploads, named, visitor=visitor, submitter=submitter, stopped=stopped
                ):
                    yield shown, *fields
                    fields = kept
        except PaperchatError as error:
            yield error_html(str(error)), *kept
        finally:
            self._incoming.discard(uploads)

    def stop_adding(self, request: Request) -> None:
        """Stop adding the visitor's papers; those that were read stay."""
        self._adding.stop(visitor_of(request))

    def _chips(self, listing: Listing, *, opened: bool, error: str = "") -> str:
        facets = listing_facets(self._pc, listing) if opened else None
        return chips_html(self._pc, listing.filters, facets=facets, opened=opened, error=error)

    def _shown(self, listing: Listing) -> ShownListing:
        return listing, self._html(listing)

    def _html(self, listing: Listing) -> str:
        return listing_html(self._pc, listing)
