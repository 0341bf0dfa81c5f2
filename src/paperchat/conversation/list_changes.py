"""Follow-ups that change an earlier request for papers: more of them, fewer of them, those of another time."""

from __future__ import annotations

import re
from dataclasses import replace

from paperchat import lexicon
from paperchat.conversation import request_changes
from paperchat.conversation.conversation_thread import (
    CHANGEABLE_KINDS,
    LISTING_KINDS,
    ConversationThread,
    is_listing,
    papers_of,
)
from paperchat.conversation.coreference import find_back_reference
from paperchat.conversation.focus import EarlierTurn
from paperchat.conversation.follow_up_message import EDGE, FollowUpMessage, words_besides_conditions
from paperchat.conversation.rewriting import find_explained_subject, replace_pronoun
from paperchat.storage.name_normalization import fold
from paperchat.storage.names.name_index import NameIndex
from paperchat.types import AnswerKind
from paperchat.understanding.request import Constraints, Order, Period, Request

_LEXICON = lexicon.load("request_follow_ups")
_NAMES = (
    "more",
    "reordering",
    "by_day",
    "by_age",
    "list_again",
    "all",
    "selection",
    "of_those",
    "one_of_those",
    "narrowing",
    "condition",
    "only",
    "any_time",
    "everything",
    "newest_day",
    "period_before",
    "period_after",
    "same",
    "topic_reference",
    "whose",
)
_LONGEST_CONDITION = 5
_PATTERNS = {name: re.compile(_LEXICON.regex(name), re.IGNORECASE) for name in _NAMES}


class ListChanges:
    """What a message changes of the lists, feeds, overviews and counts before it."""

    def __init__(self, message: FollowUpMessage, thread: ConversationThread, names: NameIndex) -> None:
        self._message = message
        self._names = names
        self._newest_day = names.days()[1]
        self._bare = message.bare
        self._parsed = message.parsed
        self._thread = thread

    def continued(self) -> Request | None:
        """The request for the next papers of the list: "more", "more of them, of all months"."""
        turn = self._thread.listing
        match = _PATTERNS["more"].match(self._bare)
        if turn is None or turn.request is None or match is None:
            return None
        rest = self._bare[match.end() :].strip(EDGE)
        if not rest:
            return _described(request_changes.next_papers(turn.request, len(papers_of(turn))), turn, "the next papers")
        selects = _PATTERNS["selection"].match(rest) and self._parsed.constraints
        if not (self._is_any_time(rest) or (selects and self._has_organizations(self._parsed))):
            return None
        wider = self._changed(turn.request, "")
        shown = sum(
            len(papers_of(one))
            for one in self._thread.turns
            if one.request and (one.request.kind, one.request.topic) == (wider.kind, wider.topic)
        )
        return _described(request_changes.next_papers(wider, shown), turn, f"the next papers, {rest}")

    def other_period(self) -> Request | None:
        """The request for the time before or after: "and the week before?"."""
        after = _PATTERNS["period_after"].search(self._bare)
        match = after or _PATTERNS["period_before"].search(self._bare)
        if match is None or words_besides_conditions(self._bare[: match.start()] + self._bare[match.end() :]):
            return None
        for turn in reversed(self._thread.turns):
            request = turn.request
            if request and request.constraints.period:
                period = request_changes.neighbouring(request.constraints.period, later=bool(after))
                if period is None:
                    return None
                constraints = replace(request.constraints, period=period)
                return _described(replace(request, constraints=constraints, offset=0), turn, f"now {period.label}")
        return None

    def reordered(self) -> Request | None:
        """The list in another order: "newest first", "sort them by upvotes"."""
        turn = self._thread.listing
        if turn is None or turn.request is None or not _PATTERNS["reordering"].fullmatch(self._bare):
            return None
        order: Order = (
            "oldest"
            if _PATTERNS["by_age"].search(self._bare)
            else "newest"
            if _PATTERNS["by_day"].search(self._bare)
            else "upvotes"
        )
        return _described(replace(turn.request, order=order, offset=0), turn, self._bare)

    def again(self) -> Request | None:
        """The list once more, or that of the papers that were counted: "back to the list", "list them"."""
        counted = self._thread.latest.request
        if counted and counted.kind == "library" and counted.asks_for_count and _PATTERNS["all"].fullmatch(self._bare):
            kind: AnswerKind = "list" if counted.topic else "feed"
            return _described(replace(counted, kind=kind, asks_for_count=False), self._thread.latest, self._bare)
        turn = self._thread.listing
        if turn is None or turn.request is None or not _PATTERNS["list_again"].fullmatch(self._bare):
            return None
        return _described(turn.request, turn, "again")

    def unconditional(self) -> Request | None:
        """The request without its conditions: "show all of them"."""
        turn = self._thread.listing
        if turn is None or turn.request is None or not _PATTERNS["everything"].fullmatch(self._bare):
            return None
        return _described(replace(turn.request, constraints=Constraints(), offset=0), turn, "without conditions")

    def selected(self) -> Request | None:
        """The request with other conditions: "only the ones with code", "and in June?", "same for May"."""
        turn = self._changeable
        if turn is None or turn.request is None:
            return None
        of_those = bool(_PATTERNS["of_those"].search(self._bare))
        if turn.request.kind == self._parsed.kind == "library" and not of_those:
            return None
        if not of_those and self._asks_for_somebodys_papers(turn):
            return None
        if condition := self._condition(turn):
            if self._names_others(turn, condition):
                return condition
            request = self._changed(self._without_nobody(turn, condition), "", condition)
            if request.kind == "overview" and (of_those or self._thread.list_meant):
                ids = tuple(paper.paper_id for paper in papers_of(turn))
                constraints = replace(request.constraints, papers=ids)
                request = replace(request, kind="list", topic="", constraints=constraints)
            return _described(request, turn, self._bare)
        if self._parsed.mentions or not self._selects or (self._parsed.fields and not self._is_after_list):
            return None
        topic = self._added_topic(turn.request)
        is_of_list = self._is_after_list or of_those or self._message.names_papers
        if topic and self._parsed.kind == "fact" and not is_of_list:
            return None
        conditions = bool(self._parsed.constraints) or self._parsed.order != "relevance" or bool(self._parsed.count)
        if topic is None or not (conditions or topic or self._is_any_time(self._bare)):
            return None
        request = self._changed(self._without_nobody(turn, self._parsed), topic)
        if topic and request.kind == "record":
            request = replace(request, kind="list")
        if _PATTERNS["one_of_those"].match(self._bare):
            request = replace(request, count=1)
        if topic and not conditions and of_those and papers_of(turn):
            ids = tuple(paper.paper_id for paper in papers_of(turn))
            constraints = replace(request.constraints, papers=ids)
            request = replace(request, kind="list", topic=topic, constraints=constraints)
            if self._message.asks_which:
                request = replace(request, alternatives=("fact",))
        return _described(request, turn, self._bare)

    def on_the_topic(self) -> Request | None:
        """Papers on the topic before: "are there surveys on this?", "papers improving it"."""
        if self._parsed.kind not in LISTING_KINDS:
            return None
        match = _PATTERNS["topic_reference"].search(self._message.text)
        if match is None:
            subject = find_explained_subject(self._thread.latest.question)
            reference = find_back_reference(self._parsed.topic)
            named = replace_pronoun(self._message.text, subject) if subject and reference else ""
            return self._message.read(named) if named else None
        topic = next(
            (
                one.request.topic
                for one in reversed(self._thread.turns)
                if one.request and one.request.topic and is_listing(one.request)
            ),
            "",
        )
        if not topic:
            return None
        preposition = match["preposition"] or ""
        text = self._message.text
        return self._message.read(f"{text[: match.start()]}{preposition} {topic}{text[match.end() :]}".strip())

    def _condition(self, turn: EarlierTurn) -> Request | None:
        """The message read as nothing but a condition on the papers before: "December?", "and Apple?", "March only"."""
        match = _PATTERNS["condition"].fullmatch(self._bare)
        words = match["condition"].strip(EDGE) if match else ""
        if match is None or not words or len(words.split()) > _LONGEST_CONDITION:
            return None
        is_marked = _PATTERNS["only"].search(self._bare) or _PATTERNS["of_those"].search(self._bare)
        if self._message.names_papers and not is_marked:
            return None
        is_open = turn is self._thread.latest or self._thread.list_meant is not None or words != self._bare
        for text in (f"papers {words}", f"papers from {words}"):
            read = self._message.read(text)
            seeks = bool(is_marked and read.sought and turn.request and not turn.request.sought)
            says = bool(read.constraints) or seeks
            is_plain = not read.mentions and not words_besides_conditions(read.topic)
            is_plain = is_plain and self._has_organizations(read)
            if says and is_plain and (is_open or self._names_others(turn, read)):
                return read
        return self._offering(words) if match["of_several"] else None

    def _has_organizations(self, read: Request) -> bool:
        """Whether papers of the library come from all organisations that are named."""
        known = [f" {fold(name)} " for name in self._names.organizations()]
        return all(any(f" {fold(name)} " in one for one in known) for name in read.constraints.organizations)

    def _names_others(self, turn: EarlierTurn, read: Request) -> bool:
        """Whether it names people or organisations in place of those before, not right after a fact of a paper."""
        before = turn.request.constraints if turn.request else Constraints()
        latest = self._thread.latest.request
        if latest is None or latest.kind in ("fact", "library") or self._message.is_rephrased:
            return False
        both_people = bool(before.authors and read.constraints.authors)
        return both_people or bool(before.organizations and read.constraints.organizations)

    def _asks_for_somebodys_papers(self, turn: EarlierTurn) -> bool:
        """Whether it asks for somebody's papers on whatever topic: "papers by …", or after one that has no papers."""
        names_somebody = bool(self._parsed.constraints.authors or self._parsed.constraints.organizations)
        is_plain = bool(_PATTERNS["whose"].match(self._bare)) or not papers_of(turn)
        return names_somebody and self._message.names_papers and is_plain

    @staticmethod
    def _without_nobody(turn: EarlierTurn, read: Request) -> Request:
        """The earlier request without whom it named, where that gave no papers and the message names somebody else."""
        assert turn.request
        constraints = turn.request.constraints
        if not papers_of(turn) and (read.constraints.authors or read.constraints.organizations):
            constraints = replace(constraints, authors=(), organizations=())
        return replace(turn.request, constraints=constraints)

    def _offering(self, words: str) -> Request | None:
        """Values of the catalogue that papers are to have: "which ship code", "any on github"."""
        fields = self._message.parser.parse(words, self._message.filters, kind="record").fields
        rest = self._message.parser.parse(words, self._message.filters, kind="summary").topic
        if not fields or not set(fields) <= {"code", "project"} or words_besides_conditions(rest):
            return None
        constraints = Constraints(with_code="code" in fields, with_project="project" in fields)
        return replace(self._parsed, constraints=constraints, order="relevance", count=None, sought="", problem="")

    @property
    def _changeable(self) -> EarlierTurn | None:
        if self._thread.list_meant:
            return self._thread.list_meant
        for turn in reversed(self._thread.turns):
            if turn.request and (is_listing(turn.request) or turn.request.kind in CHANGEABLE_KINDS):
                return turn
        return None

    @property
    def _selects(self) -> bool:
        if _PATTERNS["one_of_those"].match(self._bare):
            return self._parsed.order != "relevance"
        return bool(
            _PATTERNS["selection"].match(self._bare)
            or _PATTERNS["same"].search(self._bare)
            or _PATTERNS["of_those"].search(self._bare)
        )

    @property
    def _is_after_list(self) -> bool:
        return is_listing(self._thread.latest.request)

    def _changed(self, previous: Request, topic: str, read: Request | None = None) -> Request:
        request = request_changes.narrowed(previous, read or self._parsed, topic)
        if _PATTERNS["newest_day"].search(self._bare) and not self._parsed.constraints.period:
            period = Period(since=self._newest_day, until=self._newest_day, label=self._newest_day)
            request = replace(request, constraints=replace(request.constraints, period=period), order=previous.order)
        if self._is_any_time(self._bare):
            request = replace(request, constraints=replace(request.constraints, period=None))
        if request.kind == "overview" and (topic or request.asks_for_count):
            return replace(request, kind="list")
        return request

    @staticmethod
    def _is_any_time(text: str) -> bool:
        return bool(_PATTERNS["any_time"].search(text))

    def _added_topic(self, previous: Request) -> str | None:
        """What the message adds to the topic, empty for nothing; ``None`` where it is about something else."""
        text = _PATTERNS["newest_day"].sub("", _PATTERNS["same"].sub("", self._bare))
        narrowing = _PATTERNS["narrowing"].match(text)
        read = self._message.read(f"papers on {narrowing['topic']}" if narrowing else text)
        left = words_besides_conditions(read.topic)
        if not left:
            return ""
        return left if narrowing and previous.kind != "library" else None


def _described(request: Request, turn: EarlierTurn, change: str) -> Request:
    """The request with the earlier question and what is changed as its question."""
    return replace(request, question=f"{turn.question.rstrip(' ?.!')}, {change.strip(EDGE)}")
