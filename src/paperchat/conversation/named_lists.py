"""Finds the list of a conversation that a message names: "in your first list", "of the December list"."""

from __future__ import annotations

import re
from dataclasses import dataclass

from paperchat import lexicon
from paperchat.conversation.conversation_thread import ConversationThread, is_listing, papers_of
from paperchat.conversation.focus import EarlierTurn

_LEXICON = lexicon.load("paper_references")
_LIST = re.compile(_LEXICON.regex("lists.named"), re.IGNORECASE)
_OLDEST, _BEFORE = (_LEXICON.words(f"lists.{name}") for name in ("oldest", "before"))


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedList:
    """The turn that gave the list, and the message without the words that name it."""

    turn: EarlierTurn
    rest: str


def find_named_list(message: str, thread: ConversationThread) -> NamedList | None:
    """The list that the message names besides what it asks; ``None`` for none."""
    turns = [turn for turn in reversed(thread.turns) if is_listing(turn.request) and papers_of(turn)]
    match = _LIST.search(message)
    if match is None or not turns:
        return None
    rest = f"{message[: match.start()].rstrip()}{message[match.end() :]}".strip(" ,:;.–—-")
    if not re.search(r"\w", rest):
        return None
    words = (match["about"] or "").lower().split()
    if _OLDEST.intersection(words):
        turn = turns[-1]
    elif _BEFORE.intersection(words):
        turn = turns[min(1, len(turns) - 1)]
    else:
        turn = next((one for one in turns if words and _is_about(one, words)), turns[0])
    return NamedList(turn=turn, rest=rest)


def _is_about(turn: EarlierTurn, words: list[str]) -> bool:
    period = turn.request.constraints.period if turn.request else None
    said = f"{turn.question} {period.label if period else ''}".lower()
    return any(word in said for word in words)
