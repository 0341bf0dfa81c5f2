"""What is shown beside a room when a citation in it is chosen, or its page turned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from paperchat.types import Citation
from paperchat.ui.chat_state import Talk
from paperchat.ui.pdf_page import page_html, page_view
from paperchat.ui.source import NOTHING, source
from paperchat.ui.told import whole, word

if TYPE_CHECKING:
    from paperchat.assistant import PaperChat

_WHERE = ("room", "turn", "number")


def cited(
    pc: PaperChat, talk: Talk, told: Mapping[str, Any], *, rooms: Mapping[str, Sequence[Citation]] | None = None
) -> str:
    """The source for what a mark or a page's button tells: its ``number``, maybe a ``page``, and where it stands.

    That is a ``turn`` of the talk, or one of the ``rooms``, each of which has citations.
    """
    turn, number, page = (whole(told, name) for name in ("turn", "number", "page"))
    room = word(told, "room")
    if room:
        citation = next((one for one in (rooms or {}).get(room, ()) if one.number == number), None)
    else:
        citation = talk.citation(turn, number) if turn is not None and number is not None else None
    if citation is None:
        return NOTHING
    view = page_view(pc, citation.quote, page)
    where = {name: value for name in _WHERE if (value := word(told, name))}
    return source(citation, page_html(view, **where) if view else "")
