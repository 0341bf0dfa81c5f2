"""The aspects in which papers are compared: the rows of a comparison."""

from __future__ import annotations

from collections.abc import Sequence

from paperchat.types import TableRow

WHAT_IT_IS, ASKED, SIZE = "what it is", "asked", "size"
ASPECTS: tuple[str, ...] = (ASKED, WHAT_IT_IS, "method", "data", SIZE, "result", "limits")
"""The aspects in their order; the first only where the question asks for something in particular."""


def aspects_of(rows: Sequence[TableRow], added: Sequence[str] = ()) -> list[str]:
    """The aspects that any of the papers fills, in their order; those that were ``added`` come last, in theirs."""
    order = [*ASPECTS, *added]
    filled = dict.fromkeys(aspect for row in rows for aspect in row.cells)
    return sorted(filled, key=lambda aspect: order.index(aspect) if aspect in order else len(order))
