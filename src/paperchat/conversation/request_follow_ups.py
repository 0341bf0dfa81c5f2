"""Resolves follow-ups that change or continue an earlier request: "more", "the second one", "and in July?"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from paperchat import lexicon
from paperchat.conversation import request_changes, rewriting
from paperchat.conversation.conversation_thread import (
    CHANGEABLE_KINDS,
    ConversationThread,
    is_listing,
    kind_of,
    papers_of,
    unique,
)
from paperchat.conversation.focus import EarlierTurn, short_title
from paperchat.conversation.follow_ups import (
    FOLLOW_UP_THRESHOLD,
    FollowUpResolver,
    ResolvedQuestion,
    RetrievalAttempt,
    as_standalone,
)
from paperchat.conversation.paper_references import PaperReference, PaperReferenceFinder
from paperchat.retrieval.query_analysis import content_words
from paperchat.retrieval.search import Searcher
from paperchat.storage.library import Library
from paperchat.types import AnswerKind, Filters, StoredPaper
from paperchat.understanding.request import Constraints, Mention, RecordField, Request
from paperchat.understanding.request_parser import RequestParser

_LEXICON = lexicon.load("request_follow_ups")


def _compile(key: str) -> re.Pattern[str]:
    return re.compile(_LEXICON.regex(key), re.IGNORECASE)


_LEAD_IN, _CORRECTION, _CORRECTION_END, _TOPIC_RETURN, _MORE, _SHORTER, _LONGER = map(
    _compile, ("lead_in", "correction", "correction_end", "topic_return", "more", "shorter", "longer")
)
_SELECTION, _OF_THOSE, _NARROWING, _ANY_TIME, _EVERYTHING = map(
    _compile, ("selection", "of_those", "narrowing", "any_time", "everything")
)
_PERIOD_BEFORE, _PERIOD_AFTER, _SAME, _TOPIC_REFERENCE, _BY_THE_AUTHOR, _COMPARATIVE, _COMPARE, _ALIKE = map(
    _compile,
    (
        "period_before",
        "period_after",
        "same",
        "topic_reference",
        "by_the_author",
        "comparative",
        "comparison_of_both",
        "alike",
    ),
)
_SELECTION_WORDS, _BARE_WORDS = _LEXICON.words("selection_words"), _LEXICON.words("bare_reference")
_FIELDS = tuple(
    (one.text("field"), re.compile(one.regex("pattern"), re.IGNORECASE)) for one in _LEXICON.tables("fields")
)
_PAPER_KINDS = frozenset({"fact", "summary", "comparison", "record"})
_EDGE = " \t\n,.;:!?…–—-\"'"
_PLACEHOLDER = "this paper"
_MOST_COMPARED = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolvedRequest:
    """What a question asks for, and how it is searched for where it asks for a fact."""

    request: Request
    question: ResolvedQuestion


class RequestFollowUpResolver:
    """Reads questions, as follow-ups where there are earlier turns; safe to share between threads."""

    def __init__(self, *, library: Library, searcher: Searcher, parser: RequestParser) -> None:
        self._library = library
        self._parser = parser
        self._references = PaperReferenceFinder(library=library, searcher=searcher)
        self._questions = FollowUpResolver(library=library, searcher=searcher)

    def resolve(
        self, question: str, *, history: Sequence[EarlierTurn], filters: Filters, kind: AnswerKind | None = None
    ) -> ResolvedRequest:
        """What the question asks for after the ``history``, the latest turn last, under the ``filters`` in force."""
        thread = ConversationThread(history)
        if thread.turns:
            resolved = _FollowUp(question, thread, filters, kind, self._parser, self._references).resolve()
            if resolved is not None:
                return resolved
        asked = self._questions.resolve(question, history=thread.turns, filters=filters) if thread.turns else None
        asked = asked or as_standalone(question, filters)
        request = self._parser.parse(asked.question, asked.question_filters, kind=kind)
        return ResolvedRequest(request=request, question=asked)


class _FollowUp:
    """One message, and what it may refer to."""

    def __init__(
        self,
        question: str,
        thread: ConversationThread,
        filters: Filters,
        kind: AnswerKind | None,
        parser: RequestParser,
        references: PaperReferenceFinder,
    ) -> None:
        self._thread = thread
        self._filters = filters
        self._kind = kind
        self._parser = parser
        self._finder = references
        text = question.strip()
        corrected = _CORRECTION_END.sub("", text)
        text = _LEAD_IN.sub("", corrected, count=1) if _LEAD_IN.match(corrected) else corrected
        correction = _CORRECTION.match(text)
        rest = text[correction.end() :] if correction else text
        self._is_correction = bool(rest and correction) or corrected != question.strip()
        text = rest or text
        returned = _TOPIC_RETURN.match(text)
        self._returns = bool(returned)
        self._text = (text[returned.end() :] if returned else text).strip() or text
        self._bare = self._text.strip(_EDGE)
        self._parsed = parser.parse(self._text, filters)

    def resolve(self) -> ResolvedRequest | None:
        """The request, where the message changes an earlier one or refers to papers of the conversation."""
        return (
            self._more()
            or self._resized()
            or self._other_period()
            or self._all_again()
            or self._by_the_author()
            or self._about_referenced_papers()
            or self._about_both()
            or self._selection()
            or self._about_the_paper()
            or self._on_the_topic()
        )

    # Changes of an earlier request

    def _more(self) -> ResolvedRequest | None:
        turn = self._thread.listing
        match = _MORE.match(self._bare)
        if turn is None or turn.request is None or match is None:
            return None
        rest = self._bare[match.end() :].strip(_EDGE)
        if not rest:
            return self._changed(request_changes.next_papers(turn.request, len(papers_of(turn))), turn, "more")
        if self._is_selecting(rest) and (self._parsed.constraints or _ANY_TIME.search(rest)):
            wider = self._widened(rest, self._narrowed(turn.request, ""))
            before = [one for one in self._thread.turns if one.request and _same_search(one.request, wider)]
            shown = sum(len(papers_of(one)) for one in before)
            return self._changed(request_changes.next_papers(wider, shown), turn, f"more, {rest}")
        return None

    def _resized(self) -> ResolvedRequest | None:
        length = "short" if _SHORTER.fullmatch(self._bare) else "long" if _LONGER.fullmatch(self._bare) else None
        if length is None:
            return None
        turn = self._thread.latest_of(("summary", "overview", "comparison"))
        if turn is not None and turn.request is not None:
            request = request_changes.with_length(
                turn.request, "short" if length == "short" else "long", self._parsed.sentences
            )
            return self._changed(request, turn, "shorter" if length == "short" else "in more detail")
        if self._thread.paper is None:
            return None
        summary = self._about([self._thread.paper], kind="summary", rest="")
        request = request_changes.with_length(summary.request, "short" if length == "short" else "long")
        return replace(summary, request=request)

    def _other_period(self) -> ResolvedRequest | None:
        later = bool(_PERIOD_AFTER.search(self._bare))
        if not later and not _PERIOD_BEFORE.search(self._bare):
            return None
        turn = next(
            (one for one in reversed(self._thread.turns) if one.request and one.request.constraints.period), None
        )
        if turn is None or turn.request is None or turn.request.constraints.period is None or self._has_topic():
            return None
        period = request_changes.neighbouring(turn.request.constraints.period, later=later)
        if period is None:
            return None
        constraints = replace(turn.request.constraints, period=period)
        request = replace(turn.request, constraints=constraints, offset=0)
        return self._changed(request, turn, f"now for {period.label}")

    def _all_again(self) -> ResolvedRequest | None:
        turn = self._thread.listing
        if turn is None or turn.request is None or not _EVERYTHING.fullmatch(self._bare):
            return None
        request = replace(turn.request, constraints=Constraints(), offset=0)
        return self._changed(request, turn, "without conditions")

    def _selection(self) -> ResolvedRequest | None:
        """Papers of the list before that satisfy more conditions, or the same list under other ones."""
        turn = self._changeable()
        if turn is None or turn.request is None or self._parsed.papers or self._parsed.unknown:
            return None
        is_same = bool(_SAME.search(self._bare))
        if not (_SELECTION.match(self._bare) or is_same or _OF_THOSE.search(self._bare)):
            return None
        if self._refers_to_one():
            return None
        topic = self._added_topic(turn.request)
        if topic is None:
            return None
        wanted = self._parsed.constraints or self._parsed.order != "relevance" or self._parsed.count
        if not (wanted or topic or _ANY_TIME.search(self._bare)):
            return None
        request = self._widened(self._bare, self._narrowed(turn.request, topic))
        if _OF_THOSE.search(self._bare) and topic and papers_of(turn):
            ids = tuple(paper.paper_id for paper in papers_of(turn))
            request = replace(
                request, topic=topic, constraints=replace(request.constraints, papers=ids), kind="list"
            )
        return self._changed(request, turn, self._bare)

    def _changeable(self) -> EarlierTurn | None:
        """The turn whose request the message may change: the latest that listed or counted papers."""
        for turn in reversed(self._thread.turns):
            if turn.request and (is_listing(turn.request) or turn.request.kind in CHANGEABLE_KINDS):
                return turn
        return None

    def _narrowed(self, previous: Request, topic: str) -> Request:
        request = request_changes.narrowed(previous, self._parsed, topic)
        if previous.kind != "library" and self._parsed.asks_for_count:
            return replace(request, kind="list" if previous.kind == "overview" else previous.kind)
        return request

    @staticmethod
    def _widened(text: str, request: Request) -> Request:
        if not _ANY_TIME.search(text):
            return request
        return replace(request, constraints=replace(request.constraints, period=None), filters=request.filters)

    def _added_topic(self, previous: Request) -> str | None:
        """What the message adds to the topic, empty for nothing; ``None`` where it is about something else."""
        parsed = self._parsed
        left = self._words_besides_conditions(parsed.topic if parsed.topic else "")
        narrowing = _NARROWING.match(self._bare)
        if narrowing and not left and not parsed.constraints:
            left = self._words_besides_conditions(narrowing["topic"])
        if not left:
            return ""
        if narrowing:
            return left
        return None if previous.kind != "library" or len(left.split()) > 1 else None

    @staticmethod
    def _words_besides_conditions(text: str) -> str:
        words = text.strip(_EDGE).split()
        return "" if all(word.lower().strip(_EDGE) in _SELECTION_WORDS for word in words) else " ".join(words)

    def _is_selecting(self, text: str) -> bool:
        return bool(_SELECTION.match(text) or _ANY_TIME.search(text))

    def _refers_to_one(self) -> bool:
        return bool(re.match(r"(?:which|the|that|any)(?: \w+)? one\b(?!s)", self._bare, re.IGNORECASE))

    def _changed(self, request: Request, turn: EarlierTurn, change: str) -> ResolvedRequest:
        question = f"{turn.question.rstrip(' ?.!')}, {change.strip(_EDGE)}"
        return self._resolved(replace(request, question=question))

    # Papers of the conversation

    def _about_referenced_papers(self) -> ResolvedRequest | None:
        references = self._finder.find(self._text, self._thread)
        if not references:
            return self._about_named_papers()
        papers = list(unique(paper for one in references for paper in one.papers))
        rest = self._without(references)
        if self._parsed.kind == "comparison" or _COMPARE.search(self._bare):
            if len(papers) == 1:
                papers = self._with_counterpart(papers)
            if len(papers) > 1:
                return self._about(papers[:_MOST_COMPARED], kind="comparison", rest=rest, references=references)
        if _ALIKE.search(rest) and self._parsed.kind == "list":
            return None
        return self._about(papers, kind=None, rest=rest, references=references)

    def _about_named_papers(self) -> ResolvedRequest | None:
        """A paper that only the library has is named, with nothing else, or in comparison with the one before."""
        parsed = self._parsed
        if not parsed.papers:
            return None
        papers = list(self._finder.stored(parsed.papers))
        compares = parsed.kind == "comparison" or bool(_COMPARE.search(self._bare))
        if compares and len(papers) == 1:
            papers = self._with_counterpart(papers)
            return self._about(papers, kind="comparison", rest="") if len(papers) > 1 else None
        rest = self._bare
        for mention in parsed.mentions:
            rest = rest.replace(mention.text, " ")
        if len(papers) == 1 and not self._has_words(rest):
            return self._about(papers, kind=None, rest="")
        return None

    def _with_counterpart(self, papers: list[StoredPaper]) -> list[StoredPaper]:
        """The paper with the one that it is compared with: what "it" stands for, or the one before."""
        others = [one for one in (self._thread.paper, *self._thread.papers) if one and one != papers[0]]
        return [others[0], papers[0]] if others else papers

    def _about_both(self) -> ResolvedRequest | None:
        """A comparison of the papers before, or which of them has more of something."""
        pair = self._thread.recent_pair
        if not 1 < len(pair) or self._parsed.papers:
            return None
        if _COMPARE.search(self._bare) and not self._has_topic():
            return self._about(list(pair[:_MOST_COMPARED]), kind="comparison", rest="")
        if _COMPARATIVE.search(self._bare) and len(pair) <= _MOST_COMPARED:
            return self._about(list(pair), kind="comparison", rest=self._text)
        return None

    def _about_the_paper(self) -> ResolvedRequest | None:
        """What the catalogue says of the paper in focus, or its summary, where no other paper is named."""
        paper = self._thread.paper
        parsed = self._parsed
        if paper is None or parsed.papers or parsed.unknown:
            return None
        fields = _fields_in(self._bare)
        refers = self._has_reference_to_paper()
        if not fields and parsed.kind == "record" and not parsed.constraints and (refers or not self._has_topic()):
            fields = parsed.fields
        if fields:
            return self._about([paper], kind="record", rest=self._text, fields=fields)
        if parsed.kind == "summary" and (refers or not self._has_topic()):
            return self._about([paper], kind="summary", rest=self._text)
        if not self._has_words(self._bare) and refers:
            return self._about([paper], kind=None, rest="")
        return None

    def _by_the_author(self) -> ResolvedRequest | None:
        match = _BY_THE_AUTHOR.search(self._bare)
        paper = self._thread.paper
        if match is None:
            return None
        authors = self._parsed.constraints.authors
        if not authors:
            turn = self._thread.latest
            earlier = turn.request
            if earlier and earlier.constraints.authors and match["pronoun"]:
                authors = earlier.constraints.authors
            elif paper and paper.paper.authors:
                fields = earlier.fields if earlier and match["pronoun"] else ()
                is_last = (match["place"] or "").lower() in ("last", "senior") or "last_author" in fields
                authors = (paper.paper.authors[-1 if is_last else 0],)
        if not authors:
            return None
        request = Request(
            question=f"Papers by {' or '.join(authors)}",
            kind="record",
            constraints=replace(self._parsed.constraints, authors=authors),
            filters=self._filters,
        )
        return self._resolved(request)

    def _on_the_topic(self) -> ResolvedRequest | None:
        """Papers on the topic before: "are there surveys on this?"."""
        match = _TOPIC_REFERENCE.search(self._text)
        turn = next((one for one in reversed(self._thread.turns) if one.request and one.request.topic), None)
        if match is None or turn is None or turn.request is None or self._parsed.kind not in ("list", "overview", "feed"):
            return None
        preposition = match[0].split()[0] if match[0].split()[0].lower() not in ("this", "that", "the") else ""
        topic = f"{preposition} {turn.request.topic}".strip()
        question = self._text[: match.start()] + topic + self._text[match.end() :]
        return self._resolved(self._parser.parse(question, self._filters, kind=self._kind))

    # Putting it together

    def _about(
        self,
        papers: Sequence[StoredPaper],
        *,
        kind: AnswerKind | None,
        rest: str,
        references: Sequence[PaperReference] = (),
        fields: tuple[RecordField, ...] = (),
    ) -> ResolvedRequest:
        """A request about these papers: what the rest of the message asks, or else what was asked before."""
        read = self._parser.parse(self._with_placeholder(references) if references else self._text, self._filters)
        fields = fields or _fields_in(rest) or read.fields
        if kind is None:
            kind, fields, repeated = self._kind_of_rest(read, rest, fields, len(papers))
        else:
            repeated = ""
        kind = self._kind or kind
        question = self._wording(papers, kind, references, repeated, fields, rest)
        request = replace(
            read,
            question=question,
            kind=kind,
            alternatives=tuple(one for one in read.alternatives if one in _PAPER_KINDS and one != kind),
            topic="",
            mentions=tuple(Mention(text=short_title(one), papers=(one.paper_id,)) for one in papers),
            constraints=Constraints(),
            fields=fields if kind == "record" else (),
        )
        if kind not in ("fact", "comparison", "summary", "record"):
            request = replace(request, kind="summary")
        return self._resolved(request, query=repeated or rest.strip(_EDGE) or question)

    def _kind_of_rest(
        self, read: Request, rest: str, fields: tuple[RecordField, ...], papers: int
    ) -> tuple[AnswerKind, tuple[RecordField, ...], str]:
        """What is asked of the papers: its kind and fields, and the question before where that is asked again."""
        if not self._has_words(rest):
            earlier = self._thread.latest.request
            if read.kind == "summary" and rest:
                return "summary", (), ""
            if earlier and earlier.kind == "record" and earlier.fields:
                return "record", earlier.fields, ""
            if earlier and earlier.kind == "fact" and papers == 1:
                return "fact", (), self._question_without_papers(self._thread.latest)
            return "summary", (), ""
        if fields and (read.kind == "record" or _fields_in(rest)):
            return "record", fields, ""
        return (read.kind if read.kind in _PAPER_KINDS else "fact" if _is_question(rest) else "summary"), fields, ""

    def _question_without_papers(self, turn: EarlierTurn) -> str:
        question = rewriting.strip_paper_title(turn.question)
        for mention in turn.request.mentions if turn.request else ():
            question = re.sub(rf"“?{re.escape(mention.text)}”?", "it", question, flags=re.IGNORECASE)
        for paper in papers_of(turn)[:1]:
            question = re.sub(rf"“?{re.escape(short_title(paper))}”?", "it", question, flags=re.IGNORECASE)
        return question

    def _wording(
        self,
        papers: Sequence[StoredPaper],
        kind: AnswerKind,
        references: Sequence[PaperReference],
        repeated: str,
        fields: Sequence[RecordField],
        rest: str,
    ) -> str:
        """The question in words that need no context."""
        titles = " and ".join(f"“{short_title(one)}”" for one in papers)
        if repeated:
            return f"{repeated.rstrip(' ?.!')}, in {titles}?"
        if kind == "comparison":
            asked = f": {rest.strip(_EDGE)}" if self._has_words(rest) and _COMPARATIVE.search(rest) else ""
            return f"Compare {titles}{asked}"
        if references and len(references) == 1 and len(papers) == 1 and self._has_words(rest):
            one = references[0]
            text = self._text[: one.start] + titles + self._text[one.end :]
            return text[:1].upper() + text[1:]
        if kind == "record" and fields:
            return f"{', '.join(name.replace('_', ' ') for name in fields).capitalize()} of {titles}?"
        if kind == "summary":
            return f"Summarize {titles}"
        return f"{self._text.rstrip(' ?.!')}, in {titles}?"

    def _resolved(self, request: Request, query: str = "") -> ResolvedRequest:
        if self._kind:
            request = replace(request, kind=self._kind)
        papers = request.papers
        filters = replace(self._filters, papers=papers) if papers else self._filters
        attempt = RetrievalAttempt(
            question=query or request.question, filters=filters, threshold=FOLLOW_UP_THRESHOLD if papers else None
        )
        question = ResolvedQuestion(
            question=request.question,
            filters=self._filters,
            question_filters=filters if papers and request.kind == "fact" else self._filters,
            attempts=(attempt,),
        )
        return ResolvedRequest(request=request, question=question)

    # Words

    def _with_placeholder(self, references: Sequence[PaperReference]) -> str:
        text = self._text
        for one in sorted(references, key=lambda one: -one.start):
            text = text[: one.start] + _PLACEHOLDER + text[one.end :]
        return text

    def _without(self, references: Sequence[PaperReference]) -> str:
        text = self._text
        for one in sorted(references, key=lambda one: -one.start):
            text = f"{text[: one.start]} {text[one.end :]}"
        return " ".join(text.split()).strip(_EDGE)

    @staticmethod
    def _has_words(text: str) -> bool:
        """Whether the text says something besides referring to a paper."""
        return any(word.lower() not in _BARE_WORDS for word in re.findall(r"\w+", text))

    def _has_topic(self) -> bool:
        return bool(self._words_besides_conditions(self._parsed.topic))

    def _has_reference_to_paper(self) -> bool:
        return bool(re.search(r"\b(?:it|its|that|this|they|their|the (?:paper|article|study|authors?))\b", self._bare, re.I))


def _fields_in(text: str) -> tuple[RecordField, ...]:
    """The fields of the catalogue that a message consists of."""
    parts = [part.strip(_EDGE) for part in re.split(r"\band\b|\bund\b|\bet\b|,|&|;", text) if part.strip(_EDGE)]
    found: list[RecordField] = []
    for part in parts:
        field = next((field for field, pattern in _FIELDS if pattern.fullmatch(part)), None)
        if field is None:
            return ()
        found.append(field)  # type: ignore[arg-type]
    return tuple(found)


def _is_question(text: str) -> bool:
    return len(content_words(text)) > 0


def _same_search(earlier: Request, now: Request) -> bool:
    return (earlier.topic, earlier.kind) == (now.topic, now.kind)
