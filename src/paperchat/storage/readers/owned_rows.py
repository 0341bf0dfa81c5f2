"""What rows that belong to an owner have in common: names of one line, texts of several, limits to their number."""

from __future__ import annotations

import re

from sqlalchemy import Connection, Table, func, select

from paperchat.errors import UsageError
from paperchat.text.cleaning import printable

_BLANK_LINES_PATTERN = re.compile(r"\n{3,}")


def validated_line(text: str, *, noun: str, limit: int = 200) -> str:
    """``text`` without white space at its ends.

    Raises:
        UsageError: it is blank, not a single line of text, or longer than ``limit`` characters.
    """
    line = " ".join(text.split())
    if not line or not line.isprintable():
        raise UsageError(f"the {noun} must be one line of text: write another")
    if len(line) > limit:
        raise UsageError(f"the {noun} must be at most {limit} characters: shorten it")
    return line


def validated_lines(text: str, *, noun: str, limit: int) -> str:
    """``text`` of one or more lines, without characters that cannot be seen and without more than one blank line.

    Raises:
        UsageError: it is blank, or longer than ``limit`` characters.
    """
    lines = "\n".join(printable(line).rstrip() for line in text.splitlines())
    cleaned = _BLANK_LINES_PATTERN.sub("\n\n", lines).strip()
    if not cleaned:
        raise UsageError(f"the {noun} is empty: write something")
    if len(cleaned) > limit:
        raise UsageError(f"a {noun} has at most {limit:,} characters: shorten it")
    return cleaned


def check_number(connection: Connection, table: Table, owner: str, *, noun: str, limit: int) -> None:
    """Check that the owner may have another row.

    Raises:
        UsageError: the owner has ``limit`` already.
    """
    query = select(func.count()).select_from(table).where(table.c.owner == owner)
    if (connection.execute(query).scalar() or 0) >= limit:
        raise UsageError(f"at most {limit} {noun} are kept: remove one first")
