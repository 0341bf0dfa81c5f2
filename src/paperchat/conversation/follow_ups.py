"""Resolves follow-ups to standalone questions, with their filters and the papers that they refer to.

By rules, without a model: references are completed from the previous question and the papers cited last; a question
on another topic is left as it is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from paperchat import lexicon
from paperchat.conversation import rewriting
from paperchat.conversation.coreference import (
    describes_cited_paper,
    find_back_reference,
    find_numbered_paper,
    find_paper_mention,
    refers_to_several,
)
from paperchat.conversation.filter_phrases import extract_filters
from paperchat.conversation.focus import EarlierTurn, Focus, has_content_words
from paperchat.conversation.resolved_questions import (
    FOLLOW_UP_THRESHOLD,
    ResolvedQuestion,
    RetrievalAttempt,
    as_standalone,
)
from paperchat.retrieval.search import Searcher
from paperchat.storage.library import Library
from paperchat.types import Filters, StoredPaper

ELSEWHERE_THRESHOLD = 0.6
"""The rest of the library is asked what the paper in focus does not say, and has to be surer than usual, …"""
ELSEWHERE_SHARE = 0.25
"""… or is asked first where this share of its score is above that of the paper in focus; …"""
CHANGED_TOPIC_SHARE = 0.6
"""… and this one where the words of the question are rather those of another paper, …"""
CHANGED_TOPIC_THRESHOLD = 0.5
"""… which then takes this score; what it names takes no more than usual."""
LEFT_FOCUS_THRESHOLD = 0.2
"""The score that such a question takes in the paper in focus."""

_LEXICON = lexicon.load("follow_ups")
_LEAD_IN_PATTERN = re.compile(_LEXICON.regex("lead_in"), re.IGNORECASE)
_QUESTION_START_PATTERN = re.compile(_LEXICON.regex("question_start"), re.IGNORECASE)
_PREPOSITION_PATTERN = re.compile(_LEXICON.regex("preposition_start"), re.IGNORECASE)
_TOPIC_PREPOSITION_PATTERN = re.compile(rf"^(?:{_LEXICON.regex('topic_prepositions')}) ")
_PRO_FORM_PATTERN = re.compile(_LEXICON.regex("pro_form"), re.IGNORECASE)
_TOPIC_FIRST_PATTERN = re.compile(r"(?P<topic>[^,:]{2,80})[,:]\s+(?P<question>.+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class _CompletedQuestion:
    """A completed follow-up: ``paper_query`` is searched in ``papers``, ``library_query`` in the whole library.

    ``is_explicit``: the question names its papers, so the rest of the library is not searched, and they are a filter of
    the answer; ``is_of_paper``: it refers to one paper, so the rest is not searched, either. ``share`` is that of
    the search in the library, ``changes_topic`` says that the question is rather about another paper, which
    ``library_query`` says in full, ``is_named`` that it names what that paper does not.
    """

    question: str
    paper_query: str = ""
    papers: tuple[str, ...] = ()
    library_query: str = ""
    is_explicit: bool = False
    is_of_paper: bool = False
    share: float = 0.0
    changes_topic: bool = False
    is_named: bool = False


class FollowUpResolver:
    """Resolves follow-ups; safe to share between threads."""

    def __init__(self, *, library: Library, searcher: Searcher) -> None:
        self._library = library
        self._searcher = searcher

    def resolve(self, question: str, *, history: Sequence[EarlierTurn], filters: Filters) -> ResolvedQuestion:
        """Resolve ``question`` against the ``history``, the latest turn last, and the ``filters`` in force."""
        filtered = extract_filters(question, filters)
        if not history or not filtered.question:
            text = filtered.question or (history[-1].question if history else question)
            return as_standalone(text, filtered.filters)
        completed = self._complete(filtered.question, history)
        paper_filters = replace(filtered.filters, papers=completed.papers)
        attempts = []
        if completed.papers and (completed.is_explicit or not filtered.filters.papers):
            attempts.append(
                RetrievalAttempt(
                    question=completed.paper_query,
                    filters=paper_filters,
                    threshold=_focus_threshold(completed),
                    wording=_capitalized(completed.question),
                )
            )
        if not attempts or not (completed.is_explicit or completed.is_of_paper):
            query = completed.library_query or completed.question
            attempts.append(
                RetrievalAttempt(
                    question=query,
                    filters=filtered.filters,
                    threshold=_elsewhere_threshold(completed) if attempts else None,
                    share=completed.share if attempts else 0.0,
                    wording=_capitalized(query),
                )
            )
        return ResolvedQuestion(
            question=_capitalized(completed.library_query if completed.changes_topic else completed.question),
            filters=filtered.filters,
            question_filters=paper_filters if completed.is_explicit else filtered.filters,
            attempts=tuple(attempts),
        )

    def _complete(self, question: str, history: Sequence[EarlierTurn]) -> _CompletedQuestion:
        previous = history[-1].question
        focus = Focus.find(question, history, library=self._library, searcher=self._searcher)
        if focus is None:
            return _complete_without_focus(question, previous)
        cited = {paper.paper_id: paper for paper in focus.cited}
        if numbered := find_numbered_paper(question, cited=[*cited], marks=focus.marks):
            return _ask_one_paper(question, numbered[1], cited[numbered[0]], previous)
        if describes_cited_paper(question) and len(cited) > 1:
            text = rewriting.add_paper_title(question, focus.paper)
            return _CompletedQuestion(
                question=text, paper_query=question, papers=(focus.paper.paper_id,), is_explicit=True
            )
        if mention := find_paper_mention(question):
            return _ask_one_paper(question, mention, focus.paper, previous)
        return self._complete_from_focus(question, previous, focus)

    def _complete_from_focus(self, question: str, previous: str, focus: Focus) -> _CompletedQuestion:
        lead_in = _LEAD_IN_PATTERN.match(question)
        rest = question[lead_in.end() :] if lead_in else question
        reference = find_back_reference(rest)
        if _QUESTION_START_PATTERN.match(rest):
            if reference and not focus.has_foreign_name(rest[: reference[1][0]]):
                return _resolve_reference(rest, previous, focus)
            asked = _ask_paper_in_focus(rest, rest, previous, focus)
            if _PRO_FORM_PATTERN.search(rest):
                return asked
            if focus.is_topic_change(rest):
                named = focus.has_foreign_name(rest)
                return replace(
                    asked, library_query=question, share=CHANGED_TOPIC_SHARE, changes_topic=True, is_named=named
                )
            return replace(asked, share=ELSEWHERE_SHARE)
        topic_first = _TOPIC_FIRST_PATTERN.fullmatch(rest)
        if topic_first and _QUESTION_START_PATTERN.match(topic_first["question"]):
            if not focus.is_topic_change(topic_first["topic"]):
                return _ask_paper_in_focus(rest, rest, previous, focus)
            topic = _TOPIC_PREPOSITION_PATTERN.sub("", topic_first["topic"])
            return _CompletedQuestion(question=rewriting.replace_pronoun(topic_first["question"], topic))
        if _PREPOSITION_PATTERN.match(rest):
            return _CompletedQuestion(question=rewriting.append_phrase(rewriting.strip_paper_title(previous), rest))
        if reference:
            return _resolve_reference(rest, previous, focus)
        if focus.is_topic_change(rest):
            return _CompletedQuestion(question=rest)
        text = rewriting.replace_subject(rewriting.strip_paper_title(previous), rest)
        return _ask_paper_in_focus(text, text, previous, focus)


def _focus_threshold(completed: _CompletedQuestion) -> float | None:
    if completed.is_named:
        return None
    return LEFT_FOCUS_THRESHOLD if completed.changes_topic else FOLLOW_UP_THRESHOLD


def _elsewhere_threshold(completed: _CompletedQuestion) -> float | None:
    if completed.is_named:
        return None
    return CHANGED_TOPIC_THRESHOLD if completed.changes_topic else ELSEWHERE_THRESHOLD


def _capitalized(question: str) -> str:
    return question[:1].upper() + question[1:]


def _ask_paper_in_focus(text: str, query: str, previous: str, focus: Focus) -> _CompletedQuestion:
    """Search the paper in focus first; the previous question is added to a query without content words."""
    paper_query = query if has_content_words(query) else rewriting.append_to_previous(previous, query)
    return _CompletedQuestion(
        question=rewriting.add_paper_title(text, focus.paper),
        paper_query=paper_query,
        papers=(focus.paper.paper_id,),
        library_query=query,
    )


def _resolve_reference(rest: str, previous: str, focus: Focus) -> _CompletedQuestion:
    """Replace "it" and the like, and search the paper in focus, or all cited papers for "they" and the like."""
    reference = find_back_reference(rest)
    text = rewriting.replace_reference(rest, reference, previous, focus.paper) if reference else rest
    if len(focus.cited) > 1 and refers_to_several(rest):
        return _CompletedQuestion(
            question=f"{rest.rstrip(' ?.!')}, in the papers cited before?",
            paper_query=rest,
            papers=tuple(paper.paper_id for paper in focus.cited),
        )
    refers_to_whole_answer = reference and reference[0] in ("this", "that") and text == rest
    query = rewriting.append_to_previous(previous, rest) if refers_to_whole_answer else rest
    asked = replace(_ask_paper_in_focus(text, query, previous, focus), library_query=rest)
    is_of_one = reference is not None and reference[0] in ("it", "they") and len(focus.cited) == 1
    return replace(asked, is_of_paper=is_of_one)


def _ask_one_paper(question: str, span: tuple[int, int], paper: StoredPaper, previous: str) -> _CompletedQuestion:
    """Search only the paper that the span refers to; repeat the previous question where nothing else is asked."""
    rest = _LEAD_IN_PATTERN.sub("", (question[: span[0]] + question[span[1] :]).strip()).strip(" ?.!,")
    repeated = rewriting.strip_paper_title(previous)
    text = rewriting.insert_title(question, span, paper) if rest else rewriting.add_paper_title(repeated, paper)
    return _CompletedQuestion(question=text, paper_query=rest or repeated, papers=(paper.paper_id,), is_explicit=True)


def _complete_without_focus(question: str, previous: str) -> _CompletedQuestion:
    """Complete from the previous question alone."""
    rest = _LEAD_IN_PATTERN.sub("", question, count=1)
    if _PREPOSITION_PATTERN.match(rest) and not _QUESTION_START_PATTERN.match(rest):
        return _CompletedQuestion(question=rewriting.append_phrase(previous, rest))
    subject = rewriting.find_explained_subject(previous)
    return _CompletedQuestion(
        question=rewriting.replace_pronoun(rest, subject) if subject and find_back_reference(rest) else question
    )
