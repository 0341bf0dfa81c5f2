"""A talk taken up where it was left, and turned back."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from paperchat.types import Answer
from paperchat.ui.chat_state import Exchange, Talk

if TYPE_CHECKING:
    from paperchat.assistant import PaperChat


def resumed(pc: PaperChat, owner: str, conversation_id: str) -> Talk:
    """The owner's conversation of this id, with its filters; an empty talk where there is none."""
    kept = pc.conversations.find(conversation_id, owner=owner) if conversation_id else None
    if kept is None:
        return Talk(owner=owner)
    answers = [turn.answer for turn in pc.turns(kept)]
    thumbs = pc.library.visitors.thumbs(owner, (answer.id for answer in answers))
    exchanges = tuple(_exchange(answer, thumbs.get(answer.id)) for answer in answers)
    return Talk(owner=owner, conversation=kept, exchanges=exchanges, filters=kept.filters)


def turned_back(pc: PaperChat, talk: Talk, exchange: int) -> Talk:
    """What came before the exchange at this index; that one and the later ones are forgotten."""
    gone = [one.answer.id for one in talk.exchanges[exchange:] if one.answer]
    if talk.conversation and gone:
        pc.conversations.drop_turns(talk.conversation, gone)
    return replace(talk, exchanges=talk.exchanges[:exchange])


def thumbed(pc: PaperChat, talk: Talk, exchange: int, *, up: bool) -> Talk:
    """With the owner's thumb on the answer at this index, which is kept; the same thumb again takes it back."""
    if not 0 <= exchange < len(talk.exchanges):
        return talk
    given = talk.exchanges[exchange]
    if given.answer is None:
        return talk
    thumb = None if given.thumb is up else up
    pc.library.visitors.thumb(talk.owner, given.answer.id, thumb)
    before, after = talk.exchanges[:exchange], talk.exchanges[exchange + 1 :]
    return replace(talk, exchanges=(*before, replace(given, thumb=thumb), *after))


def _exchange(answer: Answer, thumb: bool | None) -> Exchange:
    return Exchange(
        question=answer.question,
        filters=answer.filters,
        stage="done",
        text=answer.text,
        citations=answer.citations,
        answer=answer,
        thumb=thumb,
    )
