"""Resolves follow-ups across all kinds of questions: what they change, continue, or ask of earlier papers."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from paperchat import lexicon
from paperchat.conversation.conversation_thread import (
    ConversationThread,
    find_named_list,
    is_listing,
    kind_of,
    papers_of,
)
from paperchat.conversation.filter_phrases import extract_filters
from paperchat.conversation.focus import EarlierTurn, find_names, paper_stems
from paperchat.conversation.follow_up_message import FollowUpMessage, without_new_topic
from paperchat.conversation.follow_ups import FollowUpResolver
from paperchat.conversation.list_changes import ListChanges
from paperchat.conversation.paper_follow_ups import PaperFollowUps, PaperRequest
from paperchat.conversation.paper_references import PaperReferenceFinder
from paperchat.conversation.resolved_questions import (
    FOLLOW_UP_THRESHOLD,
    ResolvedQuestion,
    ResolvedRequest,
    RetrievalAttempt,
    as_standalone,
)
from paperchat.models.minilm import is_common_word
from paperchat.retrieval.search import Searcher
from paperchat.storage.library import Library
from paperchat.storage.name_normalization import fold
from paperchat.text.paper_title import short_title
from paperchat.types import AnswerKind, Filters
from paperchat.understanding.request import Mention, Request
from paperchat.understanding.request_parser import RequestParser

LISTED_THRESHOLD = 0.1
"""Papers listed last are on the topic, so a lower score is enough for an answer from one of them."""

_WORDS_OF_A_THING = 2
"""So few words may take the place of those in the question before: "and company policies?"."""
_READINGS_OF_SMALL_TALK = 5
"""So many of the readings also take what is small talk elsewhere: "more please"."""
_KINDS_OF_PAPERS: frozenset[AnswerKind] = frozenset({"list", "record", "summary", "comparison"})
"""Kinds that a question with the title of the paper in focus may be of."""
_DEFINITE = re.compile(rf"\b{lexicon.load('request_follow_ups').regex('definite')}", re.IGNORECASE)


class RequestFollowUpResolver:
    """Reads the questions of conversations, as follow-ups to earlier turns; safe to share between threads."""

    def __init__(self, *, library: Library, searcher: Searcher, parser: RequestParser) -> None:
        self._library = library
        self._parser = parser
        self._finder = PaperReferenceFinder(library=library, searcher=searcher)
        self._questions = FollowUpResolver(library=library, searcher=searcher)

    def resolve(
        self, question: str, *, history: Sequence[EarlierTurn], filters: Filters, kind: AnswerKind | None = None
    ) -> ResolvedRequest:
        """What the question asks for after the ``history``, the latest turn last, under the ``filters`` in force.

        A follow-up that asks for a fact of the papers cited last is completed by the rules for such questions.
        """
        thread = ConversationThread(history)
        if fresh := without_new_topic(question):
            question, thread = fresh, ConversationThread(())
        if thread.turns:
            message = FollowUpMessage(question, filters=filters, parser=self._parser)
            if named := find_named_list(message.text, thread):
                thread = ConversationThread(history, list_meant=named.turn)
                message = FollowUpMessage(named.rest, filters=filters, parser=self._parser)
            if found := self._find(message, thread):
                return _resolved(found, message, kind)
            if message.is_small_talk or message.may_be_small_talk:
                request = self._parser.parse(question, filters, kind=kind or "help")
                return ResolvedRequest(request=request, question=as_standalone(question, filters))
            asks_for_others = message.has_topic or message.parsed.kind == "record"
            if kind is None and kind_of(thread.latest) == "library" and not asks_for_others:
                kind = "library"
            if kind == "library" or (kind is None and self._stands_alone(message, thread)):
                request = self._parser.parse(message.text, filters, kind=kind)
                return ResolvedRequest(request=request, question=as_standalone(message.text, filters))
            if listed := self._ask_listed(message, thread):
                return listed
            text = message.text if message.is_rephrased or thread.list_meant else question
            asked = self._questions.resolve(text, history=thread.turns, filters=filters)
            if message.only_sets_filters and (earlier := thread.latest.request):
                return ResolvedRequest(request=replace(earlier, filters=asked.question_filters), question=asked)
            asked = _asked_of_listed(asked, thread)
            kind = kind or (None if message.parsed.kind in _KINDS_OF_PAPERS else "fact")
            return self._read(asked.question, asked, kind)
        parsed = self._parser.parse(question, filters, kind=kind)
        marked_only = parsed.kind not in ("fact", "help")
        filtered = extract_filters(question, filters, marked_only=marked_only)
        text = filtered.question or question
        return self._read(text, as_standalone(text, filtered.filters), kind)

    def _read(self, question: str, asked: ResolvedQuestion, kind: AnswerKind | None) -> ResolvedRequest:
        request = self._parser.parse(question, asked.question_filters, kind=kind)
        return ResolvedRequest(request=request, question=asked)

    def _ask_listed(self, message: FollowUpMessage, thread: ConversationThread) -> ResolvedRequest | None:
        """A fact right after a list: asked of the papers listed, and then of the library."""
        papers = papers_of(thread.latest)
        if message.parsed.kind != "fact" or any(self._is_in_title(one) for one in message.parsed.mentions):
            return None
        if len(papers) < len("ab") or not is_listing(thread.latest.request):
            return None
        within = replace(message.filters, papers=tuple(paper.paper_id for paper in papers))
        attempts = (
            RetrievalAttempt(question=message.text, filters=within, threshold=LISTED_THRESHOLD),
            RetrievalAttempt(question=message.text, filters=message.filters),
        )
        question = replace(as_standalone(message.text, message.filters), attempts=attempts)
        return ResolvedRequest(request=replace(message.parsed, mentions=()), question=question)

    def _stands_alone(self, message: FollowUpMessage, thread: ConversationThread) -> bool:
        """Whether the message asks for papers, of the library, or of a topic, in words that need no context."""
        if message.parsed.kind != "summary":
            return _asks_of_library(message, thread)
        topic = message.parsed.topic
        if not topic or message.refers_to_paper or _DEFINITE.search(message.text[: message.text.find(topic)]):
            return False
        known = paper_stems(self._library, thread.paper) if thread.paper else frozenset()
        return len(topic.split()) > 1 and not frozenset(self._library.analyse(topic)) <= known

    def _is_in_title(self, mention: Mention) -> bool:
        """Whether a paper has the name in its title, and not only fits it by what it is about."""
        entries = self._library.directory.get(mention.papers)
        titles = [entries[paper_id].title for paper_id in mention.papers if paper_id in entries]
        return any(f" {fold(mention.text)} " in f" {fold(title)} " for title in titles)

    def _find(self, message: FollowUpMessage, thread: ConversationThread) -> PaperRequest | None:
        lists = ListChanges(message, thread, self._library.names.current())
        papers = PaperFollowUps(message, thread, self._finder)
        if message.only_sets_filters and not thread.listing:
            return None
        readings: tuple[Callable[[], PaperRequest | Request | None], ...] = (
            papers.about_neighbour,
            papers.alike,
            lists.continued,
            papers.by_the_author,
            papers.resized,
            lists.reordered,
            lists.again,
            lists.other_period,
            lists.unconditional,
            papers.about_more,
            papers.about_places,
            lists.selected,
            papers.about_named,
            papers.about_both,
            papers.about_the_one,
            papers.about_one_of_those,
            lists.on_the_topic,
        )
        asks_of_paper = thread.paper and message.fields_asked(short_title(thread.paper.paper.title))
        is_small_talk = message.is_small_talk and not asks_of_paper
        for reading in readings[:_READINGS_OF_SMALL_TALK] if is_small_talk else readings:
            if found := reading():
                return PaperRequest(request=found) if isinstance(found, Request) else found
        return None


def _asks_of_library(message: FollowUpMessage, thread: ConversationThread) -> bool:
    """Whether the message asks for papers, or of the library, in words that need no context."""
    kind, parsed = message.parsed.kind, message.parsed
    if message.refers_to_one or message.only_sets_filters or (message.is_phrase and not message.names_papers):
        return False
    if kind == "list":
        is_phrase = not message.is_question and len(parsed.topic.split()) > _WORDS_OF_A_THING
        is_of_papers = message.names_papers or is_listing(thread.latest.request) or is_phrase
        return message.has_topic and is_of_papers
    if kind == "comparison":
        return parsed.compares_listed and message.has_topic
    if kind == "record":
        return bool(parsed.constraints) or any(map(_is_name, parsed.unknown))
    if kind == "library" == kind_of(thread.latest):
        return True
    if kind not in ("feed", "overview", "library"):
        return False
    if message.refers_to_paper and not (message.names_papers or parsed.constraints.period):
        return False
    orders = bool(parsed.constraints) or parsed.order != "relevance" or parsed.asks_for_count
    return orders or message.names_papers or message.is_of_library or is_listing(thread.latest.request)


def _is_name(mention: Mention) -> bool:
    is_coined = mention.text.isalpha() and not is_common_word(mention.text.lower())
    return is_coined or bool(find_names(mention.text))


def _asked_of_listed(asked: ResolvedQuestion, thread: ConversationThread) -> ResolvedQuestion:
    """The question with the papers listed last tried again where the library has no certain answer."""
    last, listed = asked.attempts[-1], papers_of(thread.lists[0]) if thread.lists else ()
    if len(listed) < len("ab") or any(one.filters.papers for one in asked.attempts):
        return asked
    within = replace(last.filters, papers=tuple(paper.paper_id for paper in listed))
    attempt = replace(last, filters=within, threshold=LISTED_THRESHOLD)
    return replace(asked, attempts=(*asked.attempts, attempt))


def _resolved(found: PaperRequest, message: FollowUpMessage, kind: AnswerKind | None) -> ResolvedRequest:
    filters = message.filters
    request = replace(found.request, kind=kind) if kind else found.request
    names_them = set(request.papers) <= set(message.parsed.papers)
    papers = request.papers or request.constraints.papers or ()
    within = replace(filters, papers=papers) if papers else filters
    attempt = RetrievalAttempt(
        question=found.query or request.question,
        filters=within,
        threshold=FOLLOW_UP_THRESHOLD if request.papers else LISTED_THRESHOLD if papers else None,
    )
    question = ResolvedQuestion(
        question=request.question,
        filters=filters,
        question_filters=within if request.kind == "fact" and not names_them else filters,
        attempts=(attempt,),
    )
    return ResolvedRequest(request=request, question=question)
