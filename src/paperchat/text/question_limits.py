"""What may be asked: neither nothing, nor too much, nor what is no text."""

from __future__ import annotations

import re
from typing import Literal

from paperchat.errors import UsageError

LONGEST_QUESTION = 10_000
"""In characters."""
_SURROGATE_PATTERN = re.compile(r"[\ud800-\udfff]")
"""Half of a character, which can be neither stored nor sent."""


def validate_question(
    question: str,
    *,
    kind: Literal["question", "topic", "claim"] = "question",
    advice: str = "what you want to know",
    longest: int = LONGEST_QUESTION,
) -> None:
    """Check a question, topic or claim; ``kind`` and ``advice`` say in the error what it is and what to write.

    Raises:
        UsageError: it is blank, is no valid Unicode, has a NUL character, or has more than ``longest`` characters.
    """
    if not question.strip():
        raise UsageError(f"the {kind} is empty: write {advice}")
    if _SURROGATE_PATTERN.search(question):
        raise UsageError(f"the {kind} has a character that is no valid Unicode: remove it, or type it anew")
    if "\0" in question:
        raise UsageError(f"the {kind} has a NUL character, which no database can store: remove it")
    if len(question) > longest:
        raise UsageError(f"the {kind} has {len(question):,} characters, and at most {longest:,} are read: shorten it")
