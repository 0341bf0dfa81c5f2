"""What a survey rests on, said openly."""

from __future__ import annotations

from collections.abc import Collection

from paperchat.survey.scope import Scope
from paperchat.survey.types import Coverage, LeftOut

NOT_QUOTED = "read, but nothing of it is quoted"
ONLY_COMPARED = "read, but quoted in the comparison only"


def coverage_of(scope: Scope, *, cited: Collection[str] = (), compared: Collection[str] = ()) -> Coverage:
    """
    Args:
        cited: the ids of the papers that the text quotes.
        compared: of those that the comparison quotes.
    """
    dates = sorted(read.paper.paper.date for read in scope.read if read.paper.paper.date)
    full = sum(any(passage.basis == "full_text" for passage in read.passages) for read in scope.read)
    silent = [
        LeftOut(paper=read.paper, reason=ONLY_COMPARED if read.paper.paper_id in compared else NOT_QUOTED)
        for read in scope.read
        if read.paper.paper_id not in cited
    ]
    return Coverage(
        matched=scope.matched,
        read=len(scope.read),
        cited=len(cited),
        since=dates[0] if dates else "",
        until=dates[-1] if dates else "",
        abstracts=len(scope.read) - full,
        full_texts=full,
        left_out=(*silent, *scope.left_out),
    )


def told(coverage: Coverage, themes: int) -> str:
    """``60 of 214 matching papers read, from 2023-05 to 2026-02, in 6 themes.``"""
    if coverage.read < coverage.matched:
        parts = [f"{coverage.read} of {coverage.matched} matching papers read"]
    else:
        parts = ["1 matching paper read" if coverage.read == 1 else f"All {coverage.read} matching papers read"]
    if coverage.since:
        since, until = coverage.since[:7], coverage.until[:7]
        parts.append(f"of {since}" if since == until else f"from {since} to {until}")
    if themes > 1:
        parts.append(f"in {themes} themes")
    return ", ".join(parts) + "."
