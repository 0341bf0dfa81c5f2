"""Numbers and names that are written in and about a figure, told by their type from the text and its captions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from paperchat.ingest.pdf.layout import Body, Line
from paperchat.ingest.pdf.patterns import LABEL

_RARE = 0.03  # of a document's characters
_SMALL = 0.93  # of the running text's size
_MOST_WORDS, _LONGEST = 4, 30


def without_scraps(lines: Sequence[Line], body: Body) -> list[Line]:
    """The lines without scraps, on pages with a figure, in a small type that the text is not set in."""
    counts: Counter[str] = Counter()
    for line in lines:
        for piece in line.pieces:
            counts[piece.font.name] += len(piece.text)
    enough = _RARE * counts.total()
    rare = {name for name, count in counts.items() if count < enough}
    pages = {
        line.page for line in lines if (label := LABEL.match(line.text)) and label["what"].lower().startswith("fig")
    }
    return [line for line in lines if line.page not in pages or not _is_scrap(line, body, rare)]


def _is_scrap(line: Line, body: Body, rare: set[str]) -> bool:
    short = len(line.text) <= _LONGEST and len(line.text.split()) <= _MOST_WORDS
    return (
        short
        and line.size < _SMALL * body.size
        and not line.bold
        and all(piece.font.name in rare and not piece.font.math for piece in line.pieces)
    )
