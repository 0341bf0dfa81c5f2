"""Rows of tables in a passage of a full text: which of its lines are rows, and what stands above them."""

from __future__ import annotations

import re
from collections.abc import Sequence

Span = tuple[int, int]

MAX_QUOTE = 420
"""A row is quoted together with the header above it where both have no more characters."""
_SENTENCE_END = re.compile(r"[.!?:;…][\"'”’»)\]]*$")
_CAPTION = re.compile(r"(?:table|tab\.)\s", re.IGNORECASE)
_ROWS_SHARE = 0.6


def is_row(line: str) -> bool:
    """Whether a line of a passage is a row of a table, or a heading, rather than a sentence."""
    return not _SENTENCE_END.search(line)


def is_table(text: str, spans: Sequence[Span]) -> bool:
    """Whether most lines of a passage are rows."""
    rows = sum(is_row(text[start:end]) for start, end in spans)
    return len(spans) > 1 and rows >= _ROWS_SHARE * len(spans) and not is_table_caption(text)


def is_table_caption(text: str) -> bool:
    """Whether a passage begins with the caption of a table."""
    return bool(_CAPTION.match(text))


def with_header(text: str, spans: Sequence[Span], number: int) -> Span:
    """The span of a row and of all above it in its table, from the header on; the row alone where that is too long."""
    start, end = spans[number]
    if is_row(text[start:end]) and is_table(text, spans) and end - spans[0][0] <= MAX_QUOTE:
        return spans[0][0], end
    return start, end
