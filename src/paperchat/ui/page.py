"""The page: what its components tell goes to plain functions, and what these make of it is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gradio as gr

from paperchat.ui import looks, rooms
from paperchat.ui.asking import Desk
from paperchat.ui.beside import cited
from paperchat.ui.browsing import Shelf
from paperchat.ui.listing import Listing
from paperchat.ui.talk import Talk

if TYPE_CHECKING:
    from paperchat.assistant import PaperChat

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
        rooms.html(rooms.NAVIGATION, name="top", tells=looks.ENTERING)
        with gr.Row(elem_id="desk"):
            kept, asking, papers, beside = rooms.kept(), rooms.asking(), rooms.papers(), rooms.beside()
        _wire_asking(pc, desk, asking, kept, beside, talk=talk)
        _wire_kept(blocks, desk, kept, asking, talk=talk)
        _wire_papers(blocks, pc, papers, beside, listing=listing)
        beside.about(desk.about, talk, [talk, asking.narrowing], **_QUICK)
    return blocks


def _wire_asking(
    pc: PaperChat, desk: Desk, room: rooms.Asking, kept: rooms.Kept, beside: gr.HTML, *, talk: gr.State
) -> None:
    grown = [talk, room.shown]
    sent = [room.question.submit, room.send.click]
    # What is sent while an answer is under way waits for its end, and by then the field may be empty.
    answered = gr.on(
        sent, desk.answer, [talk, room.question], [room.question, *grown], trigger_mode="always_last", **_SLOW
    )
    again = room.shown.ask(desk.answer_again, talk, grown, **_SLOW)
    for ended in (answered, again):
        ended.then(desk.after, talk, [room.narrowing, kept.shown], **_QUICK)
    room.stop.click(desk.stop, talk, grown, cancels=[answered, again], **_QUICK)
    room.shown.sample(desk.sample, talk, room.shown, **_QUIET)
    room.narrowing.unfold(desk.unfold, talk, room.narrowing, **_QUICK)
    room.narrowing.narrow(desk.narrow, talk, [talk, room.narrowing], **_QUICK)
    room.shown.thumb(desk.thumb, talk, grown, **_QUICK)
    room.shown.take(desk.take_away, talk, room.taken, **_QUICK)

    def cite(talk: Talk, told: gr.EventData) -> str:
        return cited(pc, talk, told._data)

    room.shown.cite(cite, talk, beside, **_QUICK)
    beside.turn(cite, talk, beside, **_QUICK)


def _wire_kept(blocks: gr.Blocks, desk: Desk, kept: rooms.Kept, room: rooms.Asking, *, talk: gr.State) -> None:
    turned = [talk, room.shown, room.narrowing, kept.shown]
    blocks.load(desk.opened, None, turned, **_QUICK)
    kept.new.click(desk.new, talk, turned, **_QUICK)
    kept.shown.resume(desk.resume, talk, turned, **_QUICK)
    kept.shown.delete(desk.delete, talk, turned, **_QUICK)
    kept.shown.rename(desk.rename, talk, kept.shown, **_QUICK)
    kept.query.change(desk.kept, [talk, kept.query], kept.shown, trigger_mode="always_last", **_QUICK)


def _wire_papers(blocks: gr.Blocks, pc: PaperChat, room: rooms.Papers, beside: gr.HTML, *, listing: gr.State) -> None:
    shelf = Shelf(pc)
    listed = [listing, room.shown]
    blocks.load(shelf.opened, listing, [*listed, room.narrowing], **_QUICK)
    room.query.change(shelf.search, [listing, room.query], listed, trigger_mode="always_last", **_QUICK)
    room.shown.order(shelf.order, listing, listed, **_QUICK)
    room.shown.more(shelf.more, listing, listed, **_QUICK)
    room.narrowing.unfold(shelf.unfold, listing, room.narrowing, **_QUICK)
    room.narrowing.narrow(shelf.narrow, listing, [*listed, room.narrowing], **_QUICK)
    for told in (room.shown.paper, beside.paper):
        told(shelf.paper, None, beside, **_QUICK)
    beside.remove(shelf.remove, listing, [beside, room.shown], **_QUIET)
    added = gr.on(
        [room.add.click, room.names.submit, room.files.upload],
        shelf.add,
        [room.files, room.names],
        room.report,
        **_QUIET,
    )
    added.then(shelf.added, listing, [room.files, room.names, room.shown], **_QUICK)
