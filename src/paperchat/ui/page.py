"""The page: Gradio components, and handlers that call plain functions and show what comes of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import gradio as gr

from paperchat.ui import looks
from paperchat.ui.beside import cited
from paperchat.ui.narrowing import chips, narrowed
from paperchat.ui.source import NOTHING
from paperchat.ui.talk import Talk, ask
from paperchat.ui.told import asked_by
from paperchat.ui.transcript import transcript
from paperchat.ui.welcome import welcome

if TYPE_CHECKING:
    from paperchat.assistant import PaperChat

_QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
_AT_ONCE = 16  # visitors whose answers are made at the same time


def create(pc: PaperChat) -> gr.Blocks:
    """The page around an open library; it is not served yet."""
    blocks: gr.Blocks
    with gr.Blocks(title="paperchat", analytics_enabled=False, fill_width=True) as blocks:
        talk, asked = gr.State(Talk()), gr.State("")
        with gr.Row(elem_id="desk"):
            with gr.Column(elem_id="talk"):
                shown = gr.HTML(elem_id="transcript", js_on_load=looks.TALKING, apply_default_css=False)
                with gr.Column(elem_id="foot"):
                    narrowing = gr.HTML(elem_id="narrowing", js_on_load=looks.NARROWING, apply_default_css=False)
                    with gr.Row(elem_id="composer"):
                        question = gr.Textbox(
                            label="Your question",
                            placeholder="Ask your papers",
                            show_label=False,
                            container=False,
                            lines=1,
                            max_lines=8,
                            max_length=10_000,
                            elem_id="question",
                        )
                        send = gr.Button("Ask", variant="primary", elem_id="send", min_width=80, scale=0)
                        stop = gr.Button("Stop", elem_id="stop", min_width=80, scale=0)
            with gr.Column(elem_id="beside"):
                beside = gr.HTML(NOTHING, elem_id="source", js_on_load=looks.SHOWING, apply_default_css=False)

        def show(talk: Talk) -> str:
            return transcript(talk) if talk.exchanges else welcome(pc)

        def answer(talk: Talk, text: str) -> Iterator[tuple[Talk, str]]:
            for grown in ask(pc, talk, text):
                yield grown, transcript(grown)

        def answer_again(talk: Talk, told: gr.EventData) -> Iterator[tuple[Talk, str]]:
            question, kept = asked_by(talk, told._data)
            if not pc.status().papers:
                pc.ingest_sample()
            yield from answer(kept, question)

        def take(talk: Talk, text: str) -> tuple[str, str]:
            return (text, "") if talk.is_busy else ("", text)

        def end(talk: Talk) -> tuple[Talk, str]:
            return talk.stopped(), show(talk.stopped())

        def cite(talk: Talk, told: gr.EventData) -> str:
            return cited(pc, talk, told._data)

        def unfold(talk: Talk, told: gr.EventData) -> str:
            return chips(pc, talk.filters, talk.last_question, opened=bool(told.opened))

        def narrow(talk: Talk, told: gr.EventData) -> tuple[Talk, str]:
            talk = replace(talk, filters=narrowed(talk.filters, told._data))
            return talk, chips(pc, talk.filters, talk.last_question, opened="panel" in told._data)

        def sample(talk: Talk) -> str:
            pc.ingest_sample()
            return show(talk)

        blocks.load(lambda talk: (show(talk), chips(pc, talk.filters)), talk, [shown, narrowing], queue=False, **_QUIET)
        narrowing.unfold(unfold, talk, narrowing, queue=False, **_QUIET)
        narrowing.narrow(narrow, talk, [talk, narrowing], queue=False, **_QUIET)
        taken = gr.on([question.submit, send.click], take, [talk, question], [question, asked], queue=False, **_QUIET)
        answered = taken.then(answer, [talk, asked], [talk, shown], concurrency_limit=_AT_ONCE, **_QUIET)
        again = shown.ask(answer_again, talk, [talk, shown], concurrency_limit=_AT_ONCE, **_QUIET)
        stop.click(end, talk, [talk, shown], cancels=[answered, again], queue=False, **_QUIET)
        shown.sample(sample, talk, shown, **_QUIET)
        shown.cite(cite, talk, beside, queue=False, **_QUIET)
        beside.turn(cite, talk, beside, queue=False, **_QUIET)
    return blocks
