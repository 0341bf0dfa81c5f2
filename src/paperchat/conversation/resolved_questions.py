"""What a question asks for, with the attempts to answer it, as it stands alone or as a follow-up."""

from __future__ import annotations

from dataclasses import dataclass

from paperchat.types import Filters
from paperchat.understanding.request import Request

FOLLOW_UP_THRESHOLD = 0.01
"""Follow-ups are short and searched in papers known to be relevant, so a lower score is enough for an answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RetrievalAttempt:
    """A query to try; ``threshold`` is the score that counts as an answer, ``None`` for the default.

    ``share``: it is tried before the first attempt where this share of its score is above the score of that one.
    ``wording`` is the standalone question that it answers, where that is not the one of all attempts.
    """

    question: str
    filters: Filters
    threshold: float | None = None
    share: float = 0.0
    wording: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolvedQuestion:
    """A standalone question, and the attempts to answer it, in order: the first with evidence is used.

    ``filters`` are in force from now on, ``question_filters`` apply to this question.
    """

    question: str
    filters: Filters
    question_filters: Filters
    attempts: tuple[RetrievalAttempt, ...]


def as_standalone(question: str, filters: Filters) -> ResolvedQuestion:
    """A question that needs no context."""
    attempt = RetrievalAttempt(question=question, filters=filters)
    return ResolvedQuestion(question=question, filters=filters, question_filters=filters, attempts=(attempt,))


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolvedRequest:
    """What a question asks for, and how it is searched for where it asks for a fact.

    ``parts`` are those of a question that asks several things; none where it asks one.
    """

    request: Request
    question: ResolvedQuestion
    parts: tuple[str, ...] = ()

    @property
    def filters(self) -> Filters:
        """Those in force for the next question, too."""
        return self.question.filters
