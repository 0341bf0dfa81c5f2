"""What can be meant as a question."""

from __future__ import annotations

from paperchat.errors import UsageError

LONGEST_QUESTION = 10_000
"""In characters."""


def check_question(question: str) -> None:
    """
    Raises:
        UsageError: it is blank, or longer than ``LONGEST_QUESTION``.
    """
    if not question.strip():
        raise UsageError("the question is empty: write what you want to know")
    if len(question) > LONGEST_QUESTION:
        raise UsageError(
            f"the question has {len(question):,} characters, and at most {LONGEST_QUESTION:,} are read: shorten it"
        )
