"""What can be meant as a question."""

from __future__ import annotations

from typing import Literal

from paperchat.errors import UsageError

LONGEST_QUESTION = 10_000
"""In characters."""


def check_question(
    question: str,
    *,
    kind: Literal["question", "topic", "claim"] = "question",
    advice: str = "what you want to know",
    longest: int = LONGEST_QUESTION,
) -> None:
    """``kind`` and ``advice`` say in the error what it is, and what is to be written.

    Raises:
        UsageError: it is blank, or has more than ``longest`` characters.
    """
    if not question.strip():
        raise UsageError(f"the {kind} is empty: write {advice}")
    if len(question) > longest:
        raise UsageError(f"the {kind} has {len(question):,} characters, and at most {longest:,} are read: shorten it")
