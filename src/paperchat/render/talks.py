"""Conversations for a terminal."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from paperchat.render import terminal
from paperchat.storage.conversations import Conversation, Turn
from paperchat.text.describe import counted, one_line, restriction
from paperchat.types import Answer


def listed(found: Iterable[Conversation]) -> RenderableType:
    table = Table.grid(padding=(0, 2))
    for one in found:
        day = one.updated[:16].replace("T", " ")
        table.add_row(
            Text(one_line(one.name), style="bold"),
            Text(counted(one.turns, "question")),
            Text(f"{day} UTC", style="dim"),
        )
    if not table.row_count:
        return Text("No conversation: `paperchat ask --conversation NAME QUESTION` starts one.", style="yellow")
    return table


def conversation(turns: Iterable[Turn]) -> RenderableType:
    """Each question with its answer."""
    parts: list[RenderableType] = []
    for turn in turns:
        asked = Text(f"{turn.ordinal}. {one_line(turn.question)}", style="bold")
        parts += [*([Text()] if parts else []), asked, *understood(turn.answer), Text(), terminal.answer(turn.answer)]
    return Group(*parts)


def understood(answer: Answer) -> list[RenderableType]:
    """How a follow-up was read, and what it is restricted to; nothing where that is plain."""
    lines: list[RenderableType] = []
    if answer.standalone_question != answer.question:
        lines.append(Text(f"understood as: {one_line(answer.standalone_question)}", style="dim"))
    if answer.filters:
        lines.append(Text(f"filters: {restriction(answer.filters)}", style="dim"))
    return lines
