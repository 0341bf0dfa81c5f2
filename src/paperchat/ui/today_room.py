"""The room Today: a day's papers, its days and calendar, filters and topics, and questions about a selection."""

from __future__ import annotations

import calendar
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any, get_args
from urllib.parse import urlencode

from gradio import EventData, Request
from markupsafe import Markup

from paperchat import lexicon
from paperchat.access.permissions import Permissions
from paperchat.kinds.day_listing import (
    FIRST_DAY,
    LAST_DAY,
    DayListing,
    DayOrder,
    DaySelection,
    Span,
    list_day,
)
from paperchat.kinds.paper_comparison import MAX_COMPARED
from paperchat.render.digest_wording import listing_reasons
from paperchat.storage.paper_directory import DirectoryEntry
from paperchat.storage.readers.follows import FollowKind
from paperchat.storage.recent_papers import ListedPaper
from paperchat.text.describe import one_line
from paperchat.text.paper_title import short_title
from paperchat.types import AnswerKind, Filters
from paperchat.ui.chat_handlers import ChatHandlers, ShownChat
from paperchat.ui.chat_state import ChatState
from paperchat.ui.components import render, text_value, visitor_of
from paperchat.ui.paper_panel import code_links
from paperchat.ui.reader.first_run import empty_library_html
from paperchat.ui.reader.paper_states import FollowChoice, PaperState, PaperTools
from paperchat.understanding.calendar_days import month_end

if TYPE_CHECKING:
    from paperchat.assistant import PaperChat

"""How many papers a question may compare or summarise."""
FOR_YOU_DAYS = 30
"""The order ``for-you`` has papers of so many days to the end of the period."""
_MAX_FOR_YOU = 48
_PAGE_SIZE = 24
_MAX_SELECTED = 50
_LONGEST_FILTER = 200
_DAYS_IN_STRIP = 16
_TALLEST_BAR, _LOWEST_BAR = 24, 4  # pixels
_MAX_SUGGESTED = 40  # organisations, and authors, of a period
_ORDER_NAMES: Mapping[DayOrder, str] = {"new": "New", "trending": "Trending", "top": "Top", "for-you": "For you"}
_SPAN_NAMES: Mapping[Span, str] = {"day": "Day", "week": "Week", "month": "Month"}
_ACTIONS: Mapping[str, tuple[str, AnswerKind]] = {
    "compare": ("Compare", "comparison"),
    "summary": ("Summarise", "summary"),
}
_DEFAULT_DRAWING = "sheet"


@dataclass(frozen=True, slots=True, kw_only=True)
class DayView:
    """What a visitor sees of the room: a selection of papers, of which at most ``limit`` are shown."""

    selection: DaySelection = field(default_factory=DaySelection)
    limit: int = _PAGE_SIZE


@dataclass(frozen=True, slots=True, kw_only=True)
class DayBar:
    """A day of the strip: its height in pixels, and whether a new week begins with it."""

    day: date
    papers: int
    height: int
    is_current: bool
    begins_week: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperTile:
    """A paper as a card of the room."""

    listed: ListedPaper
    organization: str
    code: str
    project: str
    drawing: str
    is_new: bool
    state: PaperState
    reason: str
    """Why it is there, in the order ``for-you``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownDay:
    """The papers that are listed, and why each is there, where that is told."""

    listing: DayListing | None
    reasons: Mapping[str, str]


class TodayHandlers:
    """Gradio handlers: each takes what the visitor sees and returns it anew with the HTML to show."""

    def __init__(self, pc: PaperChat, chat: ChatHandlers, *, permissions: Permissions) -> None:
        self._pc = pc
        self._chat = chat
        self._permissions = permissions
        self._tools = PaperTools(pc, permissions)

    def load(self, request: Request) -> tuple[DayView, str, str]:
        """Show the day that the page's address names, else the newest one."""
        since = self._pc.library.visitors.record_visit(visitor_of(request))
        selection = replace(selection_of(request.query_params), since=since)
        return self._shown(DayView(selection=selection), request)

    def show(self, view: DayView, event: EventData, request: Request) -> tuple[DayView, str, str]:
        """Show another day, order or part of it."""
        selection = replace(selection_of(event._data), since=view.selection.since)
        return self._shown(DayView(selection=selection), request)

    def renew(self, view: DayView, request: Request) -> tuple[DayView, str, str]:
        """Show the same again, after papers were added or removed."""
        return self._shown(view, request)

    def more(self, view: DayView, request: Request) -> tuple[DayView, str, str]:
        """Show the next papers, too."""
        return self._shown(replace(view, limit=view.limit + _PAGE_SIZE), request)

    async def ask(
        self, state: ChatState, view: DayView, event: EventData, request: Request
    ) -> AsyncIterator[ShownChat]:
        """Ask about the chosen papers, or all that are listed, in a new conversation about them."""
        known = self._pc.library.directory.entries()
        ids = [one for one in text_value(event._data, "papers").split()[:_MAX_SELECTED] if one in known]
        listing = listed_day_of(self._pc, view.selection, visitor_of(request)).listing
        chosen = ids or [entry.paper_id for entry in (listing.papers if listing else ())]
        question, kind = self._question(text_value(event._data, "action"), ids)
        question = question or text_value(event._data, "question")
        filters = Filters(papers=tuple(chosen))
        async for shown in self._chat.answer_about(state, question, filters, kind, request):
            yield shown

    def _question(self, action: str, ids: Sequence[str]) -> tuple[str, AnswerKind | None]:
        """The question that a button stands for."""
        entries = self._pc.library.directory.entries()
        names = [f"“{short_title(entries[one].title)}”" for one in ids[:MAX_COMPARED] if one in entries]
        if action not in _ACTIONS or not names:
            return "", None
        verb, kind = _ACTIONS[action]
        listed = " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
        return f"{verb} {listed}", kind

    def _shown(self, view: DayView, request: Request) -> tuple[DayView, str, str]:
        visitor = visitor_of(request)
        may_ingest = self._permissions.role_of(visitor).may_ingest
        shown = listed_day_of(self._pc, view.selection, visitor)
        html = day_html(self._pc, view, shown, self._tools, visitor=visitor, may_ingest=may_ingest)
        return view, html, day_composer_html(shown.listing)


def listed_day_of(pc: PaperChat, selection: DaySelection, visitor: str) -> ShownDay:
    """The papers of a selection; those for the visitor are looked for in a month's."""
    reasons: dict[str, str] = {}

    def for_you(last: date) -> Iterator[DirectoryEntry]:
        ranked = pc.reading(visitor).ranked_for_you(until=last.isoformat(), days=FOR_YOU_DAYS, most=_MAX_FOR_YOU)
        for one in ranked:
            reasons[one.entry.paper_id] = listing_reasons(one.reasons)
            yield one.entry

    return ShownDay(listing=list_day(pc.library, selection, for_you=for_you), reasons=reasons)


def selection_of(data: Mapping[str, Any]) -> DaySelection:
    """Read a selection from an address or an event; what is malformed is left out."""
    span: Span = next((one for one in get_args(Span) if one == text_value(data, "span")), "day")
    order: DayOrder = next((one for one in get_args(DayOrder) if one == text_value(data, "order")), "top")
    try:
        day = date.fromisoformat(text_value(data, "day"))
    except ValueError:
        day = None
    if day and not FIRST_DAY <= day <= LAST_DAY:
        day = None
    return DaySelection(
        day=day,
        span=span,
        order=order,
        topic=_filter(data, "topic"),
        author=_filter(data, "author"),
        organization=_filter(data, "organization"),
        with_code=bool(text_value(data, "code")),
    )


def _filter(data: Mapping[str, Any], name: str) -> str:
    return one_line(text_value(data, name)[:_LONGEST_FILTER])


def day_address(selection: DaySelection, **changes: Any) -> str:
    """The address of the room with this selection, changed; what is a default is left out."""
    selection = replace(selection, **changes)
    values = {
        "day": selection.day.isoformat() if selection.day else "",
        "span": selection.span if selection.span != "day" else "",
        "order": selection.order if selection.order != "top" else "",
        "topic": selection.topic,
        "author": selection.author,
        "organization": selection.organization,
        "code": "yes" if selection.with_code else "",
    }
    query = urlencode({name: value for name, value in values.items() if value})
    return f"/?{query}#today" if query else "/#today"


def day_html(
    pc: PaperChat, view: DayView, day: ShownDay, tools: PaperTools, *, visitor: str, may_ingest: bool = True
) -> Markup:
    """Render the room for a visitor; without papers, what to do first."""
    listing = day.listing
    if listing is None:
        return empty_library_html(may_ingest=may_ingest)
    shown = listing.papers[: view.limit]
    organizations = Counter(one.organization for one in listing.period if one.organization)
    authors = Counter(name for one in listing.period for name in one.authors)
    return render(
        "today.html",
        listing=listing,
        selection=listing.selection,
        address=lambda **changes: day_address(listing.selection, **changes),
        days=list(_strip(listing)),
        months=_months(listing),
        tiles=list(_tiles(pc, day, listing, tools.states(visitor, [one.paper_id for one in shown]))),
        follows=list(_followed_filters(pc, listing.selection, visitor)),
        for_you_days=FOR_YOU_DAYS,
        rest=len(listing.papers) - len(shown),
        with_code=sum(bool(one.code) for one in listing.period),
        new_in_period=sum(one.paper_id in listing.new for one in listing.period),
        orders=_ORDER_NAMES,
        spans=_SPAN_NAMES,
        organizations=[name for name, _ in organizations.most_common(_MAX_SUGGESTED)],
        authors=[name for name, _ in authors.most_common(_MAX_SUGGESTED)],
    )


def day_composer_html(listing: DayListing | None) -> Markup:
    """Render the field for questions about the papers that are listed."""
    if listing is None:
        return Markup()
    return render("day_composer.html", listing=listing, scope=_scope(listing), most=MAX_COMPARED)


def _scope(listing: DayListing) -> str:
    """What a question is asked about, in a word or two: ``30 June``."""
    if listing.is_since_last_visit:
        return "New papers"
    words = listing.label.split()
    return " ".join(words[1:3]) if listing.first == listing.last else listing.label


def _strip(listing: DayListing) -> Iterator[DayBar]:
    """The days with papers around the one that is shown, the newest last."""
    days = sorted(listing.counts)
    after = sum(day > listing.last for day in days)
    end = len(days) - max(0, after - _DAYS_IN_STRIP // 2)
    shown = days[max(0, end - _DAYS_IN_STRIP) : end]
    most = max((listing.counts[day] for day in shown), default=1)
    for at, day in enumerate(shown):
        papers = listing.counts[day]
        yield DayBar(
            day=day,
            papers=papers,
            height=max(_LOWEST_BAR, round(_TALLEST_BAR * papers / most)),
            is_current=listing.first <= day <= listing.last,
            begins_week=at > 0 and day.isocalendar()[:2] != shown[at - 1].isocalendar()[:2],
        )


def _months(listing: DayListing) -> dict[str, Any]:
    """The month of the day that is shown, week by week, and the nearest days with papers before and after it."""
    day = listing.selection.day or listing.last
    first = day.replace(day=1)
    weeks = calendar.Calendar().monthdatescalendar(day.year, day.month)
    last = month_end(day.year, day.month)
    return {
        "name": f"{day:%B %Y}",
        "weeks": weeks,
        "number": day.month,
        "before": max((one for one in listing.counts if one < first), default=None),
        "after": min((one for one in listing.counts if one > last), default=None),
    }


def _followed_filters(pc: PaperChat, selection: DaySelection, visitor: str) -> Iterator[FollowChoice]:
    """What the papers are filtered by, which can be followed."""
    filters: dict[FollowKind, str] = {
        "topic": selection.topic,
        "author": selection.author,
        "organization": selection.organization,
    }
    for kind, name in filters.items():
        if name:
            yield FollowChoice(kind=kind, name=name, is_followed=pc.reading(visitor).is_followed(kind, name))


def _tiles(pc: PaperChat, day: ShownDay, listing: DayListing, states: Mapping[str, PaperState]) -> Iterator[PaperTile]:
    entries = pc.library.directory.entries()
    for listed in pc.library.recent.get(list(states)):
        paper_id = listed.stored.paper_id
        entry = entries.get(paper_id)
        links = code_links(listed.stored.paper)
        code = next((one for one in links if "git" in one), "")
        yield PaperTile(
            listed=listed,
            organization=entry.organization if entry else "",
            code=code,
            project=next((one for one in links if one != code and "arxiv.org" not in one), ""),
            drawing=drawing_of(entry.title, entry.keywords) if entry else _DEFAULT_DRAWING,
            is_new=paper_id in listing.new,
            state=states[paper_id],
            reason=day.reasons.get(paper_id, ""),
        )


def drawing_of(title: str, keywords: Sequence[str]) -> str:
    """The line drawing that stands for a paper: by its title, else by its keywords."""
    for text in (title, " ".join(keywords)):
        words = f" {one_line(text).lower()}".replace("-", " ")
        for name, stems in _drawings():
            if any(f" {stem.replace('-', ' ')}" in words for stem in stems):
                return name
    return _DEFAULT_DRAWING


@cache
def _drawings() -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple(
        (row.text("name"), tuple(sorted(row.words("words")))) for row in lexicon.load("drawings").tables("drawings")
    )
