"""What a follow-up means: the question as it would be asked on its own, its filters, and the papers it refers to.

By rules, without a model: what refers back is completed from the question before and the papers cited last, and a
question on something else is left alone.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from paperchat.conversation import rewriting
from paperchat.conversation.coreference import (
    back_reference,
    describes_a_cited_paper,
    names_that_paper,
    numbered_paper,
    speaks_of_several,
)
from paperchat.conversation.filter_phrases import restricted
from paperchat.conversation.focus import Focus, Said, says_something
from paperchat.retrieval.search import Searcher
from paperchat.storage.library import Library
from paperchat.types import Filters, StoredPaper

FOLLOW_UP_THRESHOLD = 0.02
"""A follow-up is asked of papers that are known to be meant, in few words: less certainty is enough for an answer."""

_LEAD = re.compile(
    r"(?:(?:and|but|so|also|then|or|ok(?:ay)?|now|thanks|what about|how about|what of)\b[\s,]*)+", re.IGNORECASE
)
_ASKS = re.compile(
    r"(?:(?:in|on|at|by|to|for|of|with|from|against|under|until|since|per) )?"
    r"(?:what|which|who|whom|whose|when|where|why|how)\b"
    r"|(?:is|are|was|were|do|does|did|can|could|will|would|should|has|have|had|list|show|name|find|tell|explain"
    r"|describe|compare|summari[sz]e)\b",
    re.IGNORECASE,
)
_PREPOSITION = re.compile(r"(?:for|in|on|with|from|against|under|among|without|by|at|to)\b", re.IGNORECASE)
_INTRODUCED = re.compile(r"(?P<what>[^,]{2,80}),\s+(?P<question>.+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """A question to be answered; ``threshold`` is the certainty that it takes, the usual one where it is ``None``."""

    question: str
    filters: Filters
    threshold: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Understood:
    """A question as it would be asked on its own, and how to find its answer: by the first attempt that has one.

    ``filters`` are in force from now on, ``restricted_to`` is what this question is restricted to.
    """

    question: str
    filters: Filters
    restricted_to: Filters
    attempts: tuple[Attempt, ...]


def plainly(question: str, filters: Filters) -> Understood:
    """A question that is understood as it stands."""
    attempt = Attempt(question=question, filters=filters)
    return Understood(question=question, filters=filters, restricted_to=filters, attempts=(attempt,))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Completed:
    """A follow-up in full; the words to be looked for in ``papers``, and those for the whole library, if any."""

    question: str
    inside: str = ""
    papers: tuple[str, ...] = ()
    outside: str = ""
    is_explicit: bool = False


class Follower:
    """Reads follow-ups; safe to share between threads."""

    def __init__(self, *, library: Library, searcher: Searcher) -> None:
        self._library = library
        self._searcher = searcher

    def understand(self, question: str, *, said: Sequence[Said], filters: Filters) -> Understood:
        """What ``question`` means after what was ``said``, the latest last, under the ``filters`` in force."""
        asked = restricted(question, filters)
        if not said or not asked.rest:
            return plainly(asked.rest or (said[-1].question if said else question), asked.filters)
        full = self._completed(asked.rest, said)
        inside = replace(asked.filters, papers=full.papers)
        attempts = []
        if full.papers and (full.is_explicit or not asked.filters.papers):
            attempts.append(Attempt(question=full.inside, filters=inside, threshold=FOLLOW_UP_THRESHOLD))
        if not full.is_explicit:
            attempts.append(Attempt(question=full.outside or full.question, filters=asked.filters))
        return Understood(
            question=full.question[:1].upper() + full.question[1:],
            filters=asked.filters,
            restricted_to=inside if full.is_explicit else asked.filters,
            attempts=tuple(attempts),
        )

    def _completed(self, question: str, said: Sequence[Said]) -> _Completed:
        before = said[-1].question
        focus = Focus.of(question, said, library=self._library, searcher=self._searcher)
        if focus is None:
            return _after_no_answer(question, before)
        cited = {paper.paper_id: paper for paper in focus.cited}
        if numbered := numbered_paper(question, cited=[*cited], marks=focus.marks):
            return _of_one(question, numbered[1], cited[numbered[0]], before)
        if describes_a_cited_paper(question) and len(cited) > 1:
            text = rewriting.within(question, focus.paper)
            return _Completed(question=text, inside=question, papers=(focus.paper.paper_id,), is_explicit=True)
        if named := names_that_paper(question):
            return _of_one(question, named, focus.paper, before)
        return self._continued(question, before, focus)

    def _continued(self, question: str, before: str, focus: Focus) -> _Completed:
        lead = _LEAD.match(question)
        rest = question[lead.end() :] if lead else question
        reference = back_reference(rest)
        if _ASKS.match(rest):
            if reference and not focus.lacks_a_name_of(rest[: reference[1][0]]):
                return _referring(rest, before, focus)
            if focus.is_left_by(rest):
                return _Completed(question=question)
            return _inside(rest, rest, before, focus)
        introduced = _INTRODUCED.fullmatch(rest)
        if introduced and _ASKS.match(introduced["question"]):
            if not focus.is_left_by(introduced["what"]):
                return _inside(rest, rest, before, focus)
            what = re.sub(r"^(?:in|on|for|with) ", "", introduced["what"])
            return _Completed(question=rewriting.about(introduced["question"], what))
        if _PREPOSITION.match(rest):
            return _Completed(question=rewriting.appended(rewriting.without_context(before), rest))
        if reference:
            return _referring(rest, before, focus)
        if focus.is_left_by(rest):
            return _Completed(question=rest)
        text = rewriting.instead(rewriting.without_context(before), rest)
        return _inside(text, text, before, focus)


def _inside(text: str, words: str, before: str, focus: Focus) -> _Completed:
    """Asked of the paper in focus; with the question before where the words say nothing by themselves."""
    asked = words
    if not says_something(words):
        words = rewriting.after(before, words)
    return _Completed(
        question=rewriting.within(text, focus.paper), inside=words, papers=(focus.paper.paper_id,), outside=asked
    )


def _referring(rest: str, before: str, focus: Focus) -> _Completed:
    """With what "it" and the like stand for, asked of the paper in focus, or of all that were cited."""
    reference = back_reference(rest)
    text = rewriting.named(rest, reference, before, focus.paper) if reference else rest
    if len(focus.cited) > 1 and speaks_of_several(rest):
        papers = tuple(paper.paper_id for paper in focus.cited)
        return _Completed(question=f"{rest.rstrip(' ?.!')}, in the papers cited before?", inside=rest, papers=papers)
    is_about_all_of_it = reference and reference[0] in ("this", "that") and text == rest
    words = rewriting.after(before, rest) if is_about_all_of_it else rest
    return replace(_inside(text, words, before, focus), outside=rest)


def _of_one(question: str, span: tuple[int, int], paper: StoredPaper, before: str) -> _Completed:
    """Asked of the paper that is referred to; the question before where nothing else is said."""
    rest = _LEAD.sub("", (question[: span[0]] + question[span[1] :]).strip()).strip(" ?.!,")
    bare = rewriting.without_context(before)
    text = rewriting.titled(question, span, paper) if rest else rewriting.within(bare, paper)
    return _Completed(question=text, inside=rest if rest else bare, papers=(paper.paper_id,), is_explicit=True)


def _after_no_answer(question: str, before: str) -> _Completed:
    """Completed from the question before alone, since no paper is in focus."""
    rest = _LEAD.sub("", question, count=1)
    if _PREPOSITION.match(rest) and not _ASKS.match(rest):
        return _Completed(question=rewriting.appended(before, rest))
    subject = rewriting.explained(before)
    return _Completed(question=rewriting.about(rest, subject) if subject and back_reference(rest) else question)
