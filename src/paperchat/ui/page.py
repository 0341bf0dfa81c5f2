"""The page: builds the tabs and connects the events of their components to handlers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import gradio as gr
from gradio.events import Dependency

from paperchat.access.incoming import IncomingFiles
from paperchat.access.permissions import Permissions
from paperchat.access.quotas import QuestionQuota, RunningTasks
from paperchat.survey.types import Survey, WeighedClaim
from paperchat.types import Citation, Filters
from paperchat.ui import tabs
from paperchat.ui.chat_handlers import ChatHandlers, own_state
from paperchat.ui.chat_state import ChatState
from paperchat.ui.components import text_value
from paperchat.ui.library_tab import LibraryHandlers, Listing
from paperchat.ui.paper_panel import citation_html, cited_in, sources_html
from paperchat.ui.reader.first_run import FirstRunHandlers
from paperchat.ui.reader.reading_room import ReadingHandlers
from paperchat.ui.reports.claim_tab import ClaimHandlers
from paperchat.ui.reports.jobs import Job, JobHandlers
from paperchat.ui.reports.results_room import ResultsHandlers, ResultsView
from paperchat.ui.reports.room_examples import ExampleFinder
from paperchat.ui.reports.survey_tab import SurveyHandlers
from paperchat.ui.today_room import DayView, TodayHandlers

if TYPE_CHECKING:
    from paperchat.assistant import PaperChat

T = TypeVar("T")
_MAX_CONCURRENT_ANSWERS = 16
_MAX_CONCURRENT_UPLOADS = 8  # a visitor has at most two, one of which waits
_HIDDEN: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
_IMMEDIATE: dict[str, Any] = {"queue": False, **_HIDDEN}
_ADDING: dict[str, Any] = {"concurrency_limit": _MAX_CONCURRENT_UPLOADS, "concurrency_id": "adding", **_HIDDEN}
_QUEUED: dict[str, Any] = {"concurrency_limit": _MAX_CONCURRENT_ANSWERS, **_HIDDEN}


def create_page(
    pc: PaperChat,
    *,
    permissions: Permissions,
    questions: QuestionQuota,
    incoming: IncomingFiles,
    has_log_out: bool = False,
    has_mail: bool = False,
    model: str = "",
) -> gr.Blocks:
    """Build the page around an open library, not yet served.

    ``model`` names the language model, if there is one. With ``has_log_out`` the server has the route for it,
    with ``has_mail`` digests can be subscribed to.
    """
    examples = ExampleFinder(pc)
    chat = ChatHandlers(pc, permissions=permissions, questions=questions, examples=examples, model=model)
    adding = RunningTasks("your last papers are still being added, and others wait: add these when that is done")
    library = LibraryHandlers(pc, permissions=permissions, incoming=incoming, adding=adding)
    first_run = FirstRunHandlers(pc, permissions=permissions, adding=adding)
    blocks: gr.Blocks
    with gr.Blocks(title="paperchat", analytics_enabled=False, fill_width=True) as blocks:
        state, listing = gr.State(ChatState()), gr.State(Listing())
        survey, claim = gr.State(Job[Survey]()), gr.State(Job[WeighedClaim]())
        tabs.build_navigation(has_log_out=has_log_out, model=model)
        with gr.Row(elem_id="layout"):
            today_tab, sidebar = tabs.build_today_tab(), tabs.build_sidebar()
            chat_tab, library_tab = tabs.build_chat_tab(), tabs.build_library_tab()
            reading_room, results_tab = tabs.build_reading_room(), tabs.build_results_room()
            survey_tab, claim_tab, panel = tabs.build_survey_tab(), tabs.build_claim_tab(), tabs.build_source_panel()
        _connect_chat(chat, chat_tab, sidebar, state=state)
        _connect_sidebar(blocks, chat, sidebar, chat_tab, state=state)
        first = _connect_today(blocks, pc, chat, today_tab, sidebar, chat_tab, state=state, permissions=permissions)
        _connect_library(first, library, library_tab, panel, listing=listing)
        _connect_job(first, SurveyHandlers(pc, questions, examples), survey_tab, job=survey)
        _connect_job(first, ClaimHandlers(pc, questions, examples), claim_tab, job=claim)
        for begun in (today_tab.feed, chat_tab.transcript):
            begun.begin(first_run.begin, None, [begun, library_tab.report], **_ADDING)
            begun.stop_adding(library.stop_adding, None, None, **_IMMEDIATE)
        _connect_reading(first, ReadingHandlers(pc, permissions=permissions, has_mail=has_mail), reading_room)
        _connect_results(first, ResultsHandlers(pc, questions, examples), results_tab)
        listings = (today_tab.feed, library_tab.listing, reading_room)
        outputs = (*listings, chat_tab.transcript, survey_tab.result, claim_tab.result)
        _connect_panel(blocks, pc, library, panel, *outputs, state=state, survey=survey, claim=claim)
        results_tab.room.paper(library.paper, None, panel, **_IMMEDIATE)
        panel.about(chat.ask_about, state, [state, chat_tab.filters], **_IMMEDIATE)
    return blocks


def _connect_chat(chat: ChatHandlers, tab: tabs.ChatTab, sidebar: tabs.Sidebar, *, state: gr.State) -> None:
    updated = [state, tab.transcript]
    sent = [tab.question.submit, tab.send.click]
    # A question sent during an answer waits for its end, and by then the field may be empty.
    answered = gr.on(
        sent, chat.answer, [state, tab.question], [tab.question, *updated], trigger_mode="always_last", **_QUEUED
    )
    answered_again = tab.transcript.ask(chat.answer_again, state, updated, **_QUEUED)
    for ended in (answered, answered_again):
        ended.then(chat.refresh, state, [tab.filters, sidebar.conversations], **_IMMEDIATE)
    tab.stop.click(chat.stop, None, None, **_IMMEDIATE)
    tab.filters.toggle_filters(chat.toggle_filters, state, tab.filters, **_IMMEDIATE)
    tab.filters.filter(chat.filter, state, [state, tab.filters], **_IMMEDIATE)
    tab.transcript.renew(chat.renew, state, tab.transcript, **_IMMEDIATE)
    tab.transcript.branch(chat.branch, state, updated, **_IMMEDIATE)
    tab.transcript.rate(chat.rate, state, updated, **_IMMEDIATE)
    tab.transcript.download(chat.download, state, tab.download, **_IMMEDIATE)


def _connect_sidebar(
    blocks: gr.Blocks, chat: ChatHandlers, sidebar: tabs.Sidebar, tab: tabs.ChatTab, *, state: gr.State
) -> None:
    opened = [state, tab.transcript, tab.filters, sidebar.conversations]
    blocks.load(chat.load, None, opened, **_IMMEDIATE)
    sidebar.new.click(chat.new, None, opened, **_IMMEDIATE)
    sidebar.conversations.resume(chat.resume, None, opened, **_IMMEDIATE)
    sidebar.conversations.delete(chat.delete, state, opened, **_IMMEDIATE)
    sidebar.conversations.rename(chat.rename, state, sidebar.conversations, **_IMMEDIATE)
    sidebar.query.change(
        chat.search_conversations,
        [state, sidebar.query],
        sidebar.conversations,
        trigger_mode="always_last",
        **_IMMEDIATE,
    )


def _connect_today(
    blocks: gr.Blocks,
    pc: PaperChat,
    chat: ChatHandlers,
    tab: tabs.TodayTab,
    sidebar: tabs.Sidebar,
    chat_tab: tabs.ChatTab,
    *,
    state: gr.State,
    permissions: Permissions,
) -> Dependency:
    """The event that draws Today, which those that draw other rooms follow: it is the first that is seen."""
    today, view = TodayHandlers(pc, chat, permissions=permissions), gr.State(DayView())
    shown = [view, tab.feed, tab.composer]
    first = blocks.load(today.load, None, shown, **_IMMEDIATE)
    # Not "always_last", with which Gradio repeats the first of several events in place of the last.
    tab.feed.show(today.show, view, shown, trigger_mode="multiple", **_IMMEDIATE)
    tab.feed.renew(today.renew, view, shown, **_IMMEDIATE)
    tab.feed.more(today.more, view, shown, **_IMMEDIATE)
    tab.feed.about(chat.ask_about, state, [state, chat_tab.filters], **_IMMEDIATE)
    asked = tab.composer.ask_papers(today.ask, [state, view], [state, chat_tab.transcript], **_QUEUED)
    asked.then(chat.refresh, state, [chat_tab.filters, sidebar.conversations], **_IMMEDIATE)
    return first


def _connect_reading(first: Dependency, reading: ReadingHandlers, room: gr.HTML) -> None:
    opened = gr.State("")
    first.then(reading.load, None, [opened, room], **_IMMEDIATE)
    room.open(reading.open, None, [opened, room], **_IMMEDIATE)
    room.renew(reading.renew, opened, [opened, room], **_IMMEDIATE)


def _connect_results(first: Dependency, results: ResultsHandlers, tab: tabs.ResultsTab) -> None:
    view = gr.State(ResultsView())
    first.then(results.load, None, [view, tab.room], **_IMMEDIATE)
    tab.room.find(results.find, None, [view, tab.room], **_QUEUED)
    tab.room.board(results.board, view, [view, tab.room], **_IMMEDIATE)
    tab.room.renew(results.renew, view, [view, tab.room], **_QUEUED)
    tab.room.download(results.download, view, tab.download, **_IMMEDIATE)


def _connect_library(
    first: Dependency, library: LibraryHandlers, tab: tabs.LibraryTab, panel: gr.HTML, *, listing: gr.State
) -> None:
    listed = [listing, tab.listing]
    first.then(library.load, listing, [*listed, tab.filters, tab.upload], **_IMMEDIATE)
    tab.query.change(library.search, [listing, tab.query], listed, trigger_mode="always_last", **_IMMEDIATE)
    tab.listing.order(library.order, listing, listed, **_IMMEDIATE)
    tab.listing.renew(library.renew, listing, tab.listing, **_IMMEDIATE)
    tab.listing.more(library.more, listing, listed, **_IMMEDIATE)
    tab.filters.toggle_filters(library.toggle_filters, listing, tab.filters, **_IMMEDIATE)
    tab.filters.filter(library.filter, listing, [*listed, tab.filters], **_IMMEDIATE)
    panel.remove(library.remove, listing, [panel, tab.listing], **_HIDDEN)
    uploaded = gr.on(
        [tab.add.click, tab.locations.submit, tab.files.upload],
        library.ingest,
        [tab.files, tab.locations],
        [tab.report, tab.files, tab.locations],
        **_ADDING,
    )
    tab.report.stop_adding(library.stop_adding, None, None, **_IMMEDIATE)
    uploaded.then(library.renew, listing, tab.listing, **_IMMEDIATE)


def _connect_job(first: Dependency, handlers: JobHandlers[T], tab: tabs.JobTab, *, job: gr.State) -> None:
    filters = gr.State(Filters())
    first.then(handlers.load, filters, [job, tab.result, tab.filters], **_IMMEDIATE)
    tab.result.open(handlers.open, None, [job, tab.result], **_IMMEDIATE)
    tab.result.renew(handlers.renew, job, tab.result, **_IMMEDIATE)
    tab.result.forget(handlers.forget, job, [job, tab.result], **_IMMEDIATE)
    gr.on(
        [tab.text.submit, tab.start.click],
        handlers.start,
        [job, filters, tab.text, tab.max_papers],
        [job, tab.result],
        **_QUEUED,
    )
    tab.stop.click(handlers.stop, None, None, **_IMMEDIATE)
    tab.filters.toggle_filters(handlers.toggle_filters, [filters, tab.text], tab.filters, **_IMMEDIATE)
    tab.filters.filter(handlers.filter, [filters, tab.text], [filters, tab.filters], **_IMMEDIATE)
    tab.result.download(handlers.download, job, tab.download, **_IMMEDIATE)


def _connect_panel(
    blocks: gr.Blocks,
    pc: PaperChat,
    library: LibraryHandlers,
    panel: gr.HTML,
    *outputs: gr.HTML,
    state: gr.State,
    survey: gr.State,
    claim: gr.State,
) -> None:
    """Show the citation or paper that is chosen in one of the ``outputs`` in the source panel."""

    def cite(
        state: ChatState, survey: Job[Survey], claim: Job[WeighedClaim], event: gr.EventData, request: gr.Request
    ) -> str:
        own = own_state(state, request)
        return citation_html(pc, own, event._data, tab_citations=_tab_citations(survey, claim))

    def list_sources(
        state: ChatState, survey: Job[Survey], claim: Job[WeighedClaim], event: gr.EventData, request: gr.Request
    ) -> str:
        tab, own = text_value(event._data, "tab"), own_state(state, request)
        return sources_html(cited_in(own, _tab_citations(survey, claim), tab))

    blocks.load(library.load_paper, None, panel, **_IMMEDIATE)
    panel.sources(list_sources, [state, survey, claim], panel, **_IMMEDIATE)
    panel.saved(library.saved, None, panel, **_IMMEDIATE)
    panel.notes(library.notes, None, panel, **_IMMEDIATE)
    for cited in (*(output.cite for output in outputs), panel.cite, panel.turn_page):
        cited(cite, [state, survey, claim], panel, **_IMMEDIATE)
    for opened in (*(output.paper for output in outputs), panel.paper):
        opened(library.paper, None, panel, **_IMMEDIATE)


def _tab_citations(survey: Job[Survey], claim: Job[WeighedClaim]) -> dict[str, tuple[Citation, ...]]:
    results = {"survey": survey.result, "claim": claim.result}
    return {tab: result.citations for tab, result in results.items() if result}
