"""What rows that belong to an owner have in common: names of one line, and a limit to their number."""

from __future__ import annotations

from sqlalchemy import Connection, Table, func, select

from paperchat.errors import UsageError


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


def check_number(connection: Connection, table: Table, owner: str, *, noun: str, limit: int) -> None:
    """Check that the owner may have another row.

    Raises:
        UsageError: the owner has ``limit`` already.
    """
    query = select(func.count()).select_from(table).where(table.c.owner == owner)
    if (connection.execute(query).scalar() or 0) >= limit:
        raise UsageError(f"at most {limit} {noun} are kept: remove one first")
