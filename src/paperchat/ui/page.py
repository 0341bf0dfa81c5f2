"""The page: what its components tell goes to plain functions, and what these make of it is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import gradio as gr

from paperchat.survey.types import Survey, WeighedClaim
from paperchat.types import Filters
from paperchat.ui import tabs, theme
from paperchat.ui.chat_state import Talk
from paperchat.ui.chat_tab import Desk
from paperchat.ui.claim_tab import ClaimRoom
from paperchat.ui.jobs import Inquiry, InquiryRoom
from paperchat.ui.library_tab import Listing, Shelf
from paperchat.ui.paper_panel import cited
from paperchat.ui.survey_tab import SurveyRoom

if TYPE_CHECKING:
    from paperchat.assistant import PaperChat

T = TypeVar("T")
_AT_ONCE = 16  # visitors whose answers are made at the same time
_QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
_QUICK: dict[str, Any] = {"queue": False, **_QUIET}
_SLOW: dict[str, Any] = {"concurrency_limit": _AT_ONCE, **_QUIET}


def create(pc: PaperChat, *, model: str = "") -> gr.Blocks:
    """The page around an open library; it is not served yet. ``model`` names the language model, if there is one."""
    desk = Desk(pc, model=model)
    blocks: gr.Blocks
    with gr.Blocks(title="paperchat", analytics_enabled=False, fill_width=True) as blocks:
        talk, listing = gr.State(Talk()), gr.State(Listing())
        survey, claim = gr.State(Inquiry[Survey]()), gr.State(Inquiry[WeighedClaim]())
        tabs.html(tabs.NAVIGATION, name="top", tells=theme.ENTERING)
        with gr.Row(elem_id="desk"):
            kept, asking, papers = tabs.kept(), tabs.asking(), tabs.papers()
            surveying, weighing, beside = tabs.surveying(), tabs.weighing(), tabs.beside()
        _wire_asking(desk, asking, kept, talk=talk)
        _wire_kept(blocks, desk, kept, asking, talk=talk)
        shelf = Shelf(pc)
        _wire_papers(blocks, shelf, papers, beside, listing=listing)
        _wire_inquiry(blocks, SurveyRoom(pc), surveying, inquiry=survey)
        _wire_inquiry(blocks, ClaimRoom(pc), weighing, inquiry=claim)
        shown = (asking.shown, papers.shown, surveying.shown, weighing.shown)
        _wire_beside(pc, shelf, beside, *shown, talk=talk, survey=survey, claim=claim)
        beside.about(desk.about, talk, [talk, asking.narrowing], **_QUICK)
    return blocks


def _wire_asking(desk: Desk, room: tabs.Asking, kept: tabs.Kept, *, talk: gr.State) -> None:
    grown = [talk, room.shown]
    sent = [room.question.submit, room.send.click]
    # What is sent while an answer is under way waits for its end, and by then the field may be empty.
    answered = gr.on(
        sent, desk.answer, [talk, room.question], [room.question, *grown], trigger_mode="always_last", **_SLOW
    )
    again = room.shown.ask(desk.answer_again, talk, grown, **_SLOW)
    for ended in (answered, again):
        ended.then(desk.after, talk, [room.narrowing, kept.shown], **_QUICK)
    room.stop.click(desk.stop, None, None, **_QUICK)
    room.shown.sample(desk.sample, talk, room.shown, **_QUIET)
    room.narrowing.unfold(desk.unfold, talk, room.narrowing, **_QUICK)
    room.narrowing.narrow(desk.narrow, talk, [talk, room.narrowing], **_QUICK)
    room.shown.thumb(desk.thumb, talk, grown, **_QUICK)
    room.shown.take(desk.take_away, talk, room.taken, **_QUICK)


def _wire_kept(blocks: gr.Blocks, desk: Desk, kept: tabs.Kept, room: tabs.Asking, *, talk: gr.State) -> None:
    turned = [talk, room.shown, room.narrowing, kept.shown]
    blocks.load(desk.opened, None, turned, **_QUICK)
    kept.new.click(desk.new, talk, turned, **_QUICK)
    kept.shown.resume(desk.resume, talk, turned, **_QUICK)
    kept.shown.delete(desk.delete, talk, turned, **_QUICK)
    kept.shown.rename(desk.rename, talk, kept.shown, **_QUICK)
    kept.query.change(desk.kept, [talk, kept.query], kept.shown, trigger_mode="always_last", **_QUICK)


def _wire_papers(blocks: gr.Blocks, shelf: Shelf, room: tabs.Papers, beside: gr.HTML, *, listing: gr.State) -> None:
    listed = [listing, room.shown]
    blocks.load(shelf.opened, listing, [*listed, room.narrowing], **_QUICK)
    room.query.change(shelf.search, [listing, room.query], listed, trigger_mode="always_last", **_QUICK)
    room.shown.order(shelf.order, listing, listed, **_QUICK)
    room.shown.more(shelf.more, listing, listed, **_QUICK)
    room.narrowing.unfold(shelf.unfold, listing, room.narrowing, **_QUICK)
    room.narrowing.narrow(shelf.narrow, listing, [*listed, room.narrowing], **_QUICK)
    beside.remove(shelf.remove, listing, [beside, room.shown], **_QUIET)
    added = gr.on(
        [room.add.click, room.names.submit, room.files.upload],
        shelf.add,
        [room.files, room.names],
        room.report,
        **_QUIET,
    )
    added.then(shelf.added, listing, [room.files, room.names, room.shown], **_QUICK)


def _wire_inquiry(blocks: gr.Blocks, handlers: InquiryRoom[T], room: tabs.Inquiring, *, inquiry: gr.State) -> None:
    filters = gr.State(Filters())
    blocks.load(handlers.opened, [inquiry, filters], [room.shown, room.narrowing], **_QUICK)
    asked = [room.text.submit, room.go.click]
    gr.on(asked, handlers.begin, [inquiry, filters, room.text, room.most], [inquiry, room.shown], **_SLOW)
    room.stop.click(handlers.stop, None, None, **_QUICK)
    room.narrowing.unfold(handlers.unfold, [filters, room.text], room.narrowing, **_QUICK)
    room.narrowing.narrow(handlers.narrow, [filters, room.text], [filters, room.narrowing], **_QUICK)
    room.shown.take(handlers.take_away, inquiry, room.taken, **_QUICK)


def _wire_beside(
    pc: PaperChat, shelf: Shelf, beside: gr.HTML, *shown: gr.HTML, talk: gr.State, survey: gr.State, claim: gr.State
) -> None:
    """What is chosen in one of the rooms is ``shown`` beside."""

    def cite(talk: Talk, survey: Inquiry[Survey], claim: Inquiry[WeighedClaim], told: gr.EventData) -> str:
        results = {"survey": survey.result, "claim": claim.result}
        return cited(pc, talk, told._data, rooms={name: one.citations for name, one in results.items() if one})

    for told in (*(one.cite for one in shown), beside.turn):
        told(cite, [talk, survey, claim], beside, **_QUICK)
    for told in (*(one.paper for one in shown), beside.paper):
        told(shelf.paper, None, beside, **_QUICK)
