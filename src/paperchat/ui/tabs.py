"""The parts of the page as Gradio components: navigation, sidebar, tabs and source panel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr

from paperchat.access.incoming import EXTENSIONS
from paperchat.access.quotas import MAX_QUESTION_LENGTH
from paperchat.survey.paper_limits import DEFAULT_CLAIM_PAPERS, DEFAULT_SURVEY_PAPERS
from paperchat.ui import theme
from paperchat.ui.components import render
from paperchat.ui.paper_panel import EMPTY_PANEL

_OUTLINE = render("outline.html")


@dataclass(frozen=True, kw_only=True)
class TodayTab:
    """The room Today: the day's papers, and the field for questions about them."""

    feed: gr.HTML
    composer: gr.HTML


@dataclass(frozen=True, kw_only=True)
class ChatTab:
    """The Ask tab. ``download`` holds a file for the page's script to save."""

    transcript: gr.HTML
    download: gr.HTML
    filters: gr.HTML
    question: gr.Textbox
    send: gr.Button
    stop: gr.Button


@dataclass(frozen=True, kw_only=True)
class Sidebar:
    """The list of conversations."""

    new: gr.Button
    query: gr.Textbox
    conversations: gr.HTML


@dataclass(frozen=True, kw_only=True)
class LibraryTab:
    """The room Library. ``locations`` are arXiv ids, DOIs or URLs to ingest; ``upload`` is hidden from readers."""

    query: gr.Textbox
    filters: gr.HTML
    listing: gr.HTML
    upload: gr.Accordion
    files: gr.File
    locations: gr.Textbox
    add: gr.Button
    report: gr.HTML


@dataclass(frozen=True, kw_only=True)
class JobTab:
    """The Survey or the Claim tab, where a job runs on a ``text`` and at most ``max_papers`` papers."""

    text: gr.Textbox
    max_papers: gr.Number
    start: gr.Button
    stop: gr.Button
    filters: gr.HTML
    result: gr.HTML
    download: gr.HTML


@dataclass(frozen=True, kw_only=True)
class ResultsTab:
    """The room Results."""

    room: gr.HTML
    download: gr.HTML


def build_navigation(*, has_log_out: bool, model: str) -> None:
    """Build the bar with the links to the tabs, the help, and the button that ends the session.

    ``model`` names the language model, if there is one.
    """
    html = render("navigation.html", has_log_out=has_log_out, model=model)
    _html(html, elem_id="top", script=theme.NAVIGATION_JS)


def build_today_tab() -> TodayTab:
    """Build the room Today."""
    with gr.Column(elem_id="today"):
        feed = _html(_OUTLINE, elem_id="day-feed", script=theme.TODAY_JS)
        return TodayTab(feed=feed, composer=_html(elem_id="day-composer", script=theme.DAY_COMPOSER_JS))


def build_chat_tab() -> ChatTab:
    """Build the Ask tab."""
    with gr.Column(elem_id="chat"):
        transcript = _html(elem_id="transcript", script=theme.TRANSCRIPT_JS)
        download = _html(elem_id="download", script=theme.DOWNLOAD_JS)
        with gr.Column(elem_id="foot"):
            filters = _html(elem_id="filters", script=theme.FILTERS_JS)
            with gr.Row(elem_id="composer"):
                question = _text_field(
                    "Your question",
                    elem_id="question",
                    placeholder="Ask your papers",
                    max_lines=8,
                    max_length=MAX_QUESTION_LENGTH,
                )
                send = gr.Button("Ask", variant="primary", elem_id="send", elem_classes="send", min_width=40, scale=0)
                stop = gr.Button("Stop", elem_id="stop", elem_classes=["send", "stop"], min_width=40, scale=0)
    return ChatTab(transcript=transcript, download=download, filters=filters, question=question, send=send, stop=stop)


def build_sidebar() -> Sidebar:
    """Build the list of conversations."""
    with gr.Column(elem_id="sidebar"):
        new = gr.Button("New conversation", elem_id="new")
        query = _text_field("Search the conversations", elem_id="conversation-query", placeholder="Search", max_lines=1)
        return Sidebar(new=new, query=query, conversations=_html(elem_id="conversations", script=theme.SIDEBAR_JS))


def build_library_tab() -> LibraryTab:
    """Build the room Library."""
    with gr.Column(elem_id="papers"):
        query = _text_field("Search the papers", elem_id="query", placeholder="Search the papers", max_lines=1)
        filters = _html(elem_id="papers-filters", script=theme.FILTERS_JS)
        with gr.Accordion("Add papers", open=False, visible=False, elem_id="upload") as upload:
            files = gr.File(
                label="PDFs, saved pages, BibTeX and the like",
                file_count="multiple",
                file_types=[*EXTENSIONS],
                height=130,
            )
            with gr.Row(elem_id="upload-locations"):
                locations = _text_field(
                    "arXiv ids, DOIs or URLs", elem_id="locations", placeholder="or arXiv ids, DOIs, URLs", max_lines=4
                )
                add = gr.Button("Add", variant="primary", elem_id="add", min_width=80, scale=0)
        report = _html(elem_id="report", script=theme.REPORT_JS)
        listing = _html(_OUTLINE, elem_id="listing", script=theme.LISTING_JS)
    return LibraryTab(
        query=query,
        filters=filters,
        listing=listing,
        upload=upload,
        files=files,
        locations=locations,
        add=add,
        report=report,
    )


def build_reading_room() -> gr.HTML:
    """Build the room Reading."""
    with gr.Column(elem_id="reading"):
        return _html(elem_id="reading-room", script=theme.READING_ROOM_JS)


def build_survey_tab() -> JobTab:
    """Build the Survey tab."""
    return _build_job_tab("survey", field_id="topic", label="A topic", start="Survey", max_papers=DEFAULT_SURVEY_PAPERS)


def build_claim_tab() -> JobTab:
    """Build the Claim tab."""
    return _build_job_tab(
        "claim", field_id="statement", label="A claim", start="Weigh", max_papers=DEFAULT_CLAIM_PAPERS
    )


def build_results_room() -> ResultsTab:
    """Build the room Results."""
    with gr.Column(elem_id="results"):
        room = _html(elem_id="results-room", script=theme.RESULTS_JS)
        return ResultsTab(room=room, download=_html(elem_id="results-download", script=theme.DOWNLOAD_JS))


def build_source_panel() -> gr.HTML:
    """Build the panel that shows a citation's source or a paper."""
    with gr.Column(elem_id="panel"):
        return _html(EMPTY_PANEL, elem_id="source", script=theme.PANEL_JS)


def _build_job_tab(name: str, *, field_id: str, label: str, start: str, max_papers: int) -> JobTab:
    with gr.Column(elem_id=name, elem_classes="job-tab"):
        result = _html(elem_id=f"{name}-result", elem_classes="job-result", script=theme.JOB_JS)
        with gr.Column(elem_classes="job-foot"):
            filters = _html(elem_id=f"{name}-filters", elem_classes="job-filters", script=theme.FILTERS_JS)
            with gr.Row(elem_classes="job-options"):
                number = gr.Number(
                    max_papers,
                    label="Papers at most",
                    precision=0,
                    step=10,
                    elem_classes="max-papers",
                    scale=0,
                    min_width=170,
                )
            with gr.Row(elem_classes="job-text"):
                text = _text_field(
                    label, elem_id=field_id, placeholder=label, max_lines=4, max_length=MAX_QUESTION_LENGTH
                )
                begin = gr.Button(start, variant="primary", elem_classes=["start", "send"], min_width=40, scale=0)
                stop = gr.Button("Stop", elem_classes=["stop", "send"], min_width=40, scale=0)
        download = _html(elem_id=f"{name}-download", script=theme.DOWNLOAD_JS)
    return JobTab(
        text=text, max_papers=number, start=begin, stop=stop, filters=filters, result=result, download=download
    )


def _html(value: str = "", *, elem_id: str, elem_classes: str = "", script: str = "") -> gr.HTML:
    """An HTML component; ``script`` sends its events to Python."""
    return gr.HTML(
        value, elem_id=elem_id, elem_classes=elem_classes or None, js_on_load=script or None, apply_default_css=False
    )


def _text_field(label: str, *, elem_id: str, placeholder: str, **options: Any) -> gr.Textbox:
    return gr.Textbox(
        label=label, placeholder=placeholder, show_label=False, container=False, elem_id=elem_id, lines=1, **options
    )
