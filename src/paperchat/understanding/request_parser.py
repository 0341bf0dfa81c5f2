"""Reads a question: its kind, and the papers, people, dates and constraints that it names."""

from __future__ import annotations

from paperchat.types import AnswerKind, Filters
from paperchat.understanding.request import Request


class RequestParser:
    """Reads questions; safe to share between threads."""

    def parse(self, question: str, filters: Filters | None = None, *, kind: AnswerKind | None = None) -> Request:
        """What the question asks for; its kind is ``kind`` where that is given."""
        return Request(question=question, kind=kind or "fact", filters=filters or Filters())
