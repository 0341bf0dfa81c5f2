"""Numbered lines of a stream, of which none is loaded that is longer than a limit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TextIO

LONGEST_LINE = 16 * 2**20


def numbered_lines(stream: TextIO, longest: int = LONGEST_LINE) -> Iterator[tuple[int, str | None]]:
    """Lines numbered from 1, without their line ends; ``None`` for one beyond ``longest`` characters."""
    number = 0
    while line := stream.readline(longest + 1):
        number += 1
        if len(line) <= longest or line.endswith("\n"):
            yield number, line.removesuffix("\n")
            continue
        while line and not line.endswith("\n"):
            line = stream.readline(longest)
        yield number, None
