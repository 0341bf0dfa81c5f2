"""The thread of a conversation: the lists that were given, which of them is meant, and the papers that it is about."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from paperchat import lexicon
from paperchat.conversation.focus import EarlierTurn
from paperchat.types import StoredPaper
from paperchat.understanding.request import Request

LISTING_KINDS = frozenset({"list", "feed", "overview"})
CHANGEABLE_KINDS = LISTING_KINDS | {"library"}

_LEXICON = lexicon.load("paper_references")
_LIST = re.compile(_LEXICON.regex("lists.named"), re.IGNORECASE)
_BY_TOPIC = re.compile(_LEXICON.regex("lists.by_topic"), re.IGNORECASE)
_OLDEST, _BEFORE = (_LEXICON.words(f"lists.{name}") for name in ("oldest", "before"))


class ConversationThread:
    """The earlier turns of a conversation, the latest last; greetings, thanks and help are left out.

    ``list_meant`` is the turn whose list a message names: "the first one in your december list".
    """

    def __init__(self, history: Sequence[EarlierTurn], *, list_meant: EarlierTurn | None = None) -> None:
        self.turns = tuple(turn for turn in history if turn.request is None or turn.request.kind != "help")
        self.list_meant = list_meant

    @property
    def latest(self) -> EarlierTurn:
        """The latest turn."""
        return self.turns[-1]

    @property
    def lists(self) -> tuple[EarlierTurn, ...]:
        """The turns that a place in a list may refer to, the latest first.

        Earlier answers to facts that cite several papers come last.
        """
        several = [turn for turn in reversed(self.turns) if len(papers_of(turn)) > 1 or is_listing(turn.request)]
        facts = [turn for turn in several if kind_of(turn) == "fact" and turn is not self.latest]
        lists = tuple(turn for turn in (*(one for one in several if one not in facts), *facts) if papers_of(turn))
        return (self.list_meant, *lists) if self.list_meant else lists

    @property
    def paper(self) -> StoredPaper | None:
        """The paper that "it" stands for: the first of the latest turn that has one, or asked for one in vain."""
        known = {paper.paper_id: paper for paper in self.papers}
        for turn in reversed(self.turns):
            asked = [known[one] for one in (turn.request.papers if turn.request else ()) if one in known]
            if papers := papers_of(turn) or asked:
                return papers[0]
        return None

    @property
    def papers(self) -> tuple[StoredPaper, ...]:
        """All papers of the conversation, the latest first."""
        return unique(paper for turn in reversed(self.turns) for paper in papers_of(turn))

    @property
    def recent_pair(self) -> tuple[StoredPaper, ...]:
        """The papers of the latest comparison or list, or the two that were spoken of last, or a list of two."""
        latest = papers_of(self.latest)
        if len(latest) > 1:
            return latest
        spoken_of = unique(papers_of(turn)[0] for turn in reversed(self.turns) if _is_about_one(turn))
        listed = papers_of(self.lists[0]) if self.lists else ()
        if len(spoken_of) < len("ab") == len(listed):
            return listed
        return spoken_of[:2][::-1]

    def latest_of(self, kinds: Iterable[str]) -> EarlierTurn | None:
        """The latest turn with an answer of one of these kinds."""
        wanted = frozenset(kinds)
        return next((turn for turn in reversed(self.turns) if kind_of(turn) in wanted), None)

    @property
    def listing(self) -> EarlierTurn | None:
        """The turn whose list is meant, else the latest that asked for papers by what they have in common."""
        return self.list_meant or next((turn for turn in reversed(self.turns) if is_listing(turn.request)), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedList:
    """The turn that gave the list, and the message without the words that name it."""

    turn: EarlierTurn
    rest: str


def find_named_list(message: str, thread: ConversationThread) -> NamedList | None:
    """The list that the message names besides what it asks; ``None`` for none."""
    turns = [turn for turn in reversed(thread.turns) if is_listing(turn.request) and papers_of(turn)]
    match = _LIST.search(message)
    if match is None and (found := _BY_TOPIC.match(message)):
        words = found["about"].lower().split()
        turns = [turn for turn in turns if turn.request and set(words) <= set(turn.request.topic.lower().split())]
        match = found
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
        turn = next((one for one in turns if words and _has_words_of(one, words)), turns[0])
    return NamedList(turn=turn, rest=rest)


def is_listing(request: Request | None) -> bool:
    """Whether papers are asked for by what they have in common, and not by their names."""
    if request is None or request.papers:
        return False
    return request.kind in LISTING_KINDS or (request.kind == "record" and bool(request.constraints))


def kind_of(turn: EarlierTurn) -> str:
    """The kind of the turn's answer."""
    return turn.request.kind if turn.request else "fact"


def papers_of(turn: EarlierTurn) -> tuple[StoredPaper, ...]:
    """The papers that a turn's answer lists or cites."""
    return turn.listed or turn.papers


def unique(papers: Iterable[StoredPaper]) -> tuple[StoredPaper, ...]:
    """Each paper once, in order."""
    return tuple({paper.paper_id: paper for paper in papers}.values())


def _is_about_one(turn: EarlierTurn) -> bool:
    papers = papers_of(turn)
    return bool(papers) and (len(papers) == 1 or kind_of(turn) == "fact")


def _has_words_of(turn: EarlierTurn, words: list[str]) -> bool:
    period = turn.request.constraints.period if turn.request else None
    said = f"{turn.question} {period.label if period else ''}".lower()
    return any(word in said for word in words)
