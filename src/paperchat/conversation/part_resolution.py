"""Resolves the parts of a question that asks several things: each with the papers that the whole names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from paperchat.conversation.named_papers import NamedPapers
from paperchat.conversation.resolved_questions import (
    FOLLOW_UP_THRESHOLD,
    ResolvedRequest,
    RetrievalAttempt,
    as_standalone,
)
from paperchat.storage.name_normalization import fold
from paperchat.text.paper_title import short_title
from paperchat.types import AnswerKind, StoredPaper
from paperchat.understanding.multi_part import complete_part, refers_back, split_question
from paperchat.understanding.request import Mention, Request
from paperchat.understanding.request_parser import RequestParser

_KINDS: frozenset[AnswerKind] = frozenset({"fact", "record"})
"""Kinds of questions that are split; what lists or sums up says it all in one answer."""


PART_THRESHOLD = 0.04
"""Where another part of a question is answered, a lower score is enough for one about the same paper."""


def asked_again(part: ResolvedRequest) -> ResolvedRequest:
    """A part that has no certain answer, tried again with what its papers say after all."""
    attempts = tuple(
        replace(one, threshold=PART_THRESHOLD) if one.filters.papers else one for one in part.question.attempts
    )
    return replace(part, question=replace(part.question, attempts=attempts))


class PartResolver:
    """Resolves parts of questions; safe to share between threads."""

    def __init__(self, *, parser: RequestParser, named_papers: NamedPapers) -> None:
        self._parser = parser
        self._named_papers = named_papers

    def parts(self, resolved: ResolvedRequest) -> tuple[str, ...]:
        """The parts of a question that asks several things; none where it asks one."""
        if resolved.request.kind not in _KINDS:
            return ()
        question = resolved.question.question
        topic, colon, _ = question.partition(":")
        names_first = bool(colon) and any(one.papers and _names(topic, one) for one in resolved.request.mentions)
        parts = split_question(question, names_paper_first=names_first)
        is_one_record = resolved.request.kind == "record" and len(resolved.request.fields) >= len(parts)
        return parts if len(parts) > 1 and not is_one_record else ()

    def resolve(self, part: str, whole: ResolvedRequest, cited: Sequence[StoredPaper]) -> ResolvedRequest:
        """One part, after those before it, whose answers cite these papers."""
        named = [one for one in whole.request.mentions if one.papers]
        own = [one for one in named if _names(part, one)]
        goes_back = refers_back(part)
        if named and (goes_back or not own):
            return self._resolved(complete_part(part, named[0].text), named[:1] + own, whole)
        if not named and goes_back and cited:
            return self._about(part, cited[0], whole)
        return self._resolved(part, own, whole)

    def _resolved(self, part: str, mentions: Sequence[Mention], whole: ResolvedRequest) -> ResolvedRequest:
        filters = whole.question.question_filters
        request = self._parse(part, whole)
        if not request.papers:
            request = replace(request, mentions=tuple(mentions))
        question = self._named_papers.restrict(as_standalone(part, filters), request, whole.question.question)
        return ResolvedRequest(request=request, question=question)

    def _parse(self, part: str, whole: ResolvedRequest) -> Request:
        """What a part asks for: a fact where it is not of a kind that is split, and counts no papers."""
        request = self._parser.parse(part, whole.question.question_filters)
        counts_papers = request.kind == "library" and not whole.request.papers
        return request if request.kind in _KINDS or counts_papers else replace(request, kind="fact", alternatives=())

    def _about(self, part: str, paper: StoredPaper, whole: ResolvedRequest) -> ResolvedRequest:
        """A part that refers to the paper that the part before was answered from."""
        filters = whole.question.question_filters
        mention = Mention(text=short_title(paper.paper.title), papers=(paper.paper_id,))
        request = replace(self._parse(complete_part(part, mention.text), whole), mentions=(mention,))
        attempt = RetrievalAttempt(
            question=part, filters=replace(filters, papers=(paper.paper_id,)), threshold=FOLLOW_UP_THRESHOLD
        )
        return ResolvedRequest(request=request, question=replace(as_standalone(part, filters), attempts=(attempt,)))


def _names(part: str, mention: Mention) -> bool:
    return f" {fold(mention.text)} " in f" {fold(part)} "
