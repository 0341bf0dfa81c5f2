"""The rooms of the page as Gradio components: where one asks, where the papers are, and what is beside both."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr

from paperchat.survey.types import MOST_READ, MOST_WEIGHED
from paperchat.ui import theme
from paperchat.ui.paper_panel import NOTHING
from paperchat.ui.upload import ENDINGS

NAVIGATION = (
    '<div class="bar"><button type="button" id="show-kept" aria-label="Conversations">☰</button>'
    '<span class="brand">paperchat</span><nav aria-label="Rooms">'
    '<a href="#ask">Ask</a><a href="#survey">Survey</a><a href="#claim">Claim</a><a href="#papers">Papers</a>'
    "</nav></div>"
)


@dataclass(frozen=True, kw_only=True)
class Asking:
    shown: gr.HTML
    taken: gr.HTML
    narrowing: gr.HTML
    question: gr.Textbox
    send: gr.Button
    stop: gr.Button


@dataclass(frozen=True, kw_only=True)
class Kept:
    new: gr.Button
    query: gr.Textbox
    shown: gr.HTML


@dataclass(frozen=True, kw_only=True)
class Papers:
    query: gr.Textbox
    narrowing: gr.HTML
    shown: gr.HTML
    files: gr.File
    names: gr.Textbox
    add: gr.Button
    report: gr.HTML


@dataclass(frozen=True, kw_only=True)
class Inquiring:
    """A room in which a text is worked on for a while; ``most`` says how many papers are read for it."""

    text: gr.Textbox
    most: gr.Number
    go: gr.Button
    stop: gr.Button
    narrowing: gr.HTML
    shown: gr.HTML
    taken: gr.HTML


def html(value: str = "", *, name: str, tells: str = "") -> gr.HTML:
    """HTML of our own; ``tells`` is the script by which its buttons tell Python."""
    return gr.HTML(value, elem_id=name, js_on_load=tells or None, apply_default_css=False)


def field(label: str, *, name: str, placeholder: str, **options: Any) -> gr.Textbox:
    return gr.Textbox(
        label=label, placeholder=placeholder, show_label=False, container=False, elem_id=name, lines=1, **options
    )


def asking() -> Asking:
    with gr.Column(elem_id="talk"):
        shown = html(name="transcript", tells=theme.TALKING)
        taken = html(name="taken", tells=theme.SAVING)
        with gr.Column(elem_id="foot"):
            narrowing = html(name="narrowing", tells=theme.NARROWING)
            with gr.Row(elem_id="composer"):
                question = field(
                    "Your question", name="question", placeholder="Ask your papers", max_lines=8, max_length=10_000
                )
                send = gr.Button("Ask", variant="primary", elem_id="send", min_width=80, scale=0)
                stop = gr.Button("Stop", elem_id="stop", min_width=80, scale=0)
    return Asking(shown=shown, taken=taken, narrowing=narrowing, question=question, send=send, stop=stop)


def papers() -> Papers:
    with gr.Column(elem_id="papers"):
        query = field("Search the papers", name="query", placeholder="Search the papers", max_lines=1)
        narrowing = html(name="narrowing-papers", tells=theme.NARROWING)
        with gr.Accordion("Add papers", open=False, elem_id="adding"):
            files = gr.File(
                label="PDFs, saved pages, BibTeX and the like", file_count="multiple", file_types=[*ENDINGS], height=130
            )
            with gr.Row(elem_id="naming"):
                names = field(
                    "arXiv ids, DOIs or addresses",
                    name="names",
                    placeholder="or arXiv ids, DOIs, addresses",
                    max_lines=4,
                )
                add = gr.Button("Add", variant="primary", elem_id="add", min_width=80, scale=0)
            report = html(name="report")
        shown = html(name="listing", tells=theme.LISTING)
    return Papers(query=query, narrowing=narrowing, shown=shown, files=files, names=names, add=add, report=report)


def surveying() -> Inquiring:
    return _inquiring("survey", field_name="topic", label="A topic", go="Survey", most=MOST_READ)


def weighing() -> Inquiring:
    return _inquiring("claim", field_name="statement", label="A claim", go="Weigh", most=MOST_WEIGHED)


def _inquiring(name: str, *, field_name: str, label: str, go: str, most: int) -> Inquiring:
    with gr.Column(elem_id=name, elem_classes="room"):
        with gr.Row(elem_classes="asked-for"):
            text = field(label, name=field_name, placeholder=label, max_lines=4, max_length=10_000)
            begin = gr.Button(go, variant="primary", elem_classes="go", min_width=90, scale=0)
            stop = gr.Button("Stop", elem_classes="stop", min_width=90, scale=0)
        with gr.Row(elem_classes="narrowed"):
            narrowing = html(name=f"narrowing-{name}", tells=theme.NARROWING)
            number = gr.Number(
                most, label="Papers at most", precision=0, step=10, elem_classes="most", scale=0, min_width=170
            )
        shown = html(name=f"{name}-shown", tells=theme.INQUIRING)
        taken = html(name=f"{name}-taken", tells=theme.SAVING)
    return Inquiring(text=text, most=number, go=begin, stop=stop, narrowing=narrowing, shown=shown, taken=taken)


def kept() -> Kept:
    with gr.Column(elem_id="kept"):
        new = gr.Button("New conversation", elem_id="new")
        query = field("Search the conversations", name="seek", placeholder="Search", max_lines=1)
        return Kept(new=new, query=query, shown=html(name="conversations", tells=theme.KEEPING))


def beside() -> gr.HTML:
    with gr.Column(elem_id="beside"):
        return html(NOTHING, name="source", tells=theme.SHOWING)
