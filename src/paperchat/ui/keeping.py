"""A visitor's conversations: begun, listed, renamed and deleted. Nobody is shown another's."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

from paperchat.errors import PaperchatError
from paperchat.render.html import attributes, line
from paperchat.storage.conversations import Conversation
from paperchat.text.describe import one_line
from paperchat.ui.components import button

if TYPE_CHECKING:
    from paperchat.assistant import PaperChat

_LONGEST_NAME = 80
_LISTED = 200


def begun(pc: PaperChat, owner: str, question: str) -> Conversation:
    """A new conversation of the owner, named after its first question; it is kept with its first answer."""
    name = one_line(question)
    short = name if len(name) <= _LONGEST_NAME else name[: _LONGEST_NAME - 1].rstrip() + "…"
    free = (f"{short} ({number})" if number > 1 else short or "?" for number in count(1))
    return pc.conversations.new(next(one for one in free if not pc.conversations.find(one, owner=owner)), owner=owner)


def renamed(pc: PaperChat, owner: str, conversation_id: str, name: str) -> str:
    """What is wrong with the name; empty where it was taken."""
    try:
        pc.conversations.rename(pc.conversations.get(conversation_id, owner=owner), name)
    except PaperchatError as error:
        return str(error)
    return ""


def deleted(pc: PaperChat, owner: str, conversation_id: str) -> None:
    found = pc.conversations.find(conversation_id, owner=owner)
    if found:
        pc.conversations.delete(found)


def sidebar(pc: PaperChat, owner: str, *, current: str = "", matching: str = "", problem: str = "") -> str:
    """The owner's conversations, the latest first, that have the words of ``matching``."""
    kept = pc.conversations.all(owner=owner, matching=matching)[:_LISTED]
    items = "".join(_item(one, current=one.conversation_id == current) for one in kept)
    nothing = f'<p class="quiet">{"None is like that." if matching else "What you ask is kept here."}</p>'
    wrong = f'<p class="verdict" role="alert">{line(problem)}</p>' if problem else ""
    return wrong + (f'<ul class="kept">{items}</ul>' if kept else nothing)


def _item(kept: Conversation, *, current: bool) -> str:
    number, name = kept.conversation_id, kept.name
    here = ' aria-current="true"' if current else ""
    resume = f'<button type="button" class="resume"{here}{attributes(do="resume", id=number)}>{line(name)}</button>'
    rename = button("✎", "rename", kind="small", described=f"Rename {name}", id=number, prompt="Its name", given=name)
    question = f"Delete “{one_line(name)}” with its questions and answers?"
    delete = button("×", "delete", kind="small", described=f"Delete {name}", id=number, confirm=question)
    return f"<li>{resume}{rename}{delete}</li>"
