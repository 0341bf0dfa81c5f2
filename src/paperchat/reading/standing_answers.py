"""Answers to standing questions: asked again when papers have arrived, with what is new in them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from paperchat.answering.answer_events import final_answer
from paperchat.conversation.memory import restore_answers
from paperchat.conversation.session import Session
from paperchat.kinds.paper_lines import MAX_COUNT
from paperchat.storage.library import Library
from paperchat.storage.readers.standing_questions import StandingQuestion
from paperchat.text.question_limits import validate_question
from paperchat.types import Answer, Citation, Filters

CheckState = Literal["first", "changed", "unchanged", "not_asked"]
"""``not_asked``: no paper has arrived since the question was asked last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerChange:
    """How an answer to a standing question differs from the earlier ones.

    Attributes:
        found: when the answer was given, ISO 8601 in UTC.
        new: citations whose quote no earlier answer has.
        gone: citations of the answer before whose quote the library no longer has.
        was_abstained: whether the answer before was an abstention.
    """

    question: StandingQuestion
    found: str
    answer: Answer
    new: tuple[Citation, ...]
    gone: tuple[Citation, ...] = ()
    was_abstained: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingCheck:
    """What came of asking a standing question; ``change`` is there where the answer is the first one or changed."""

    question: StandingQuestion
    state: CheckState
    change: AnswerChange | None = None


class StandingQuestionChecker:
    """Asks standing questions and compares their answers; safe to share between threads."""

    def __init__(self, *, library: Library, session: Session) -> None:
        self._library = library
        self._kept = library.standing_questions
        self._session = session

    def add(self, question: str, *, owner: str = "") -> StandingCheck:
        """Keep a question, and ask it if it is new; later answers are compared with this one.

        Raises:
            UsageError: the question is blank or too long, or the owner has too many.
        """
        validate_question(question)
        return self._check(self._kept.add(question, owner=owner), self._kept.library_state())

    def check(self, *, owner: str = "", again: bool = False) -> list[StandingCheck]:
        """Ask each of the owner's questions again if papers have arrived since; with ``again``, in any case."""
        state = self._kept.library_state()
        return [self._check(one, state, again=again) for one in self._kept.all(owner=owner)]

    def changes(self, *, owner: str = "", after: datetime) -> list[AnswerChange]:
        """How answers have changed after a time, the latest change of each question."""
        latest = [change for one in self._kept.all(owner=owner) if (change := self.latest_change(one)) is not None]
        return [one for one in latest if datetime.fromisoformat(one.found) > after]

    def latest_change(self, question: StandingQuestion) -> AnswerChange | None:
        """The latest change of a question's answer; ``None`` while it has the first one."""
        history = self.history(question)
        return history[-1] if len(history) > 1 else None

    def history(self, question: StandingQuestion) -> list[AnswerChange]:
        """The first answer to a question, and how it changed since, oldest first."""
        stored = self._kept.answers(question)
        answers = restore_answers(self._library, [one.body for one in stored])
        return [self._change(question, answers[: at + 1], found=one.found) for at, one in enumerate(stored)]

    def _check(self, question: StandingQuestion, state: str, *, again: bool = False) -> StandingCheck:
        if question.library_state == state and not again:
            return StandingCheck(question=question, state="not_asked")
        stored = self._kept.answers(question)
        earlier = restore_answers(self._library, [one.body for one in stored])
        answer = self._ask(question.question)
        change = self._change(question, [*earlier, answer], found="")
        is_new = not earlier or self._differs(change, earlier[-1])
        last = stored[-1].ordinal if stored else 0
        is_kept = self._kept.record(question, answer_id=answer.id, library_state=state, after=last if is_new else None)
        asked = self._kept.get(question.question_id, owner=question.owner)
        if not is_kept:
            return StandingCheck(question=asked, state="unchanged")
        return StandingCheck(
            question=asked,
            state="changed" if earlier else "first",
            change=replace(change, question=asked, found=asked.asked),
        )

    def _ask(self, question: str) -> Answer:
        """The answer of today; a list has all papers that match, so that those that come lower are compared, too."""
        resolved = self._session.resolve(question, history=None, filters=Filters())
        if resolved.request.kind == "list" and resolved.request.count is None:
            resolved = replace(resolved, request=replace(resolved.request, count=MAX_COUNT))
        return final_answer(self._session.stream_resolved(question, resolved))

    def _change(self, question: StandingQuestion, answers: Sequence[Answer], *, found: str) -> AnswerChange:
        """How the last of the answers, oldest first, differs from the others."""
        *earlier, answer = answers
        shown = {_key(citation) for one in earlier for citation in one.citations}
        now = {_key(citation) for citation in answer.citations}
        before = earlier[-1] if earlier else None
        gone = [one for one in before.citations if _key(one) not in now] if before else []
        return AnswerChange(
            question=question,
            found=found,
            answer=answer,
            new=tuple(one for one in answer.citations if _key(one) not in shown),
            gone=tuple(self._missing(gone)),
            was_abstained=before.abstained if before else False,
        )

    def _missing(self, citations: Collection[Citation]) -> list[Citation]:
        """Those whose quote the library no longer has."""
        passages = self._library.passages(one.quote.passage.passage_id for one in citations)
        papers = self._library.papers(one.paper.paper_id for one in citations)
        missing = []
        for one in citations:
            quote = one.quote
            if quote.passage.basis == "record":
                is_there = one.paper.paper_id in papers
            else:
                stored = passages.get(quote.passage.passage_id)
                is_there = stored is not None and quote.text in stored.text
            if not is_there:
                missing.append(one)
        return missing

    def _differs(self, change: AnswerChange, before: Answer) -> bool:
        """Whether an answer says anything new: what alone ranks otherwise than before is no news."""
        answer = change.answer
        if change.new or change.gone or answer.abstained != before.abstained:
            return True
        return not (answer.citations or before.citations) and answer.text != before.text


def _key(citation: Citation) -> tuple[str, str]:
    return citation.paper.paper_id, citation.quote.text
