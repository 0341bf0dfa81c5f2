"""What is shown beside the talk when a citation is chosen, or its page turned."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from paperchat.ui.pages import page_html, page_view
from paperchat.ui.source import NOTHING, source
from paperchat.ui.talk import Talk
from paperchat.ui.told import whole

if TYPE_CHECKING:
    from paperchat.assistant import PaperChat


def cited(pc: PaperChat, talk: Talk, told: Mapping[str, Any]) -> str:
    """The source for what a mark or a page's button tells: ``turn`` (of the talk), ``number``, maybe ``page``."""
    turn, number, page = (whole(told, name) for name in ("turn", "number", "page"))
    citation = talk.citation(turn, number) if turn is not None and number is not None else None
    if citation is None:
        return NOTHING
    view = page_view(pc, citation.quote, page)
    return source(citation, page_html(view, turn=turn, number=number) if view else "")
