"""A talk taken up where it was left, and turned back."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from paperchat.types import Answer
from paperchat.ui.talk import Exchange, Talk

if TYPE_CHECKING:
    from paperchat.assistant import PaperChat


def resumed(pc: PaperChat, owner: str, conversation_id: str) -> Talk:
    """The owner's conversation of this id, with its filters; an empty talk where there is none."""
    kept = pc.conversations.find(conversation_id, owner=owner) if conversation_id else None
    if kept is None:
        return Talk(owner=owner)
    exchanges = tuple(_exchange(turn.answer) for turn in pc.turns(kept))
    return Talk(owner=owner, conversation=kept, exchanges=exchanges, filters=kept.filters)


def turned_back(pc: PaperChat, talk: Talk, exchange: int) -> Talk:
    """What came before the exchange at this index; that one and the later ones are forgotten."""
    gone = [one.answer.id for one in talk.exchanges[exchange:] if one.answer]
    if talk.conversation and gone:
        pc.conversations.drop_turns(talk.conversation, gone)
    return replace(talk, exchanges=talk.exchanges[:exchange])


def _exchange(answer: Answer) -> Exchange:
    return Exchange(
        question=answer.question,
        filters=answer.filters,
        stage="done",
        text=answer.text,
        citations=answer.citations,
        answer=answer,
    )
