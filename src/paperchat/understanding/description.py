"""How a question was read, in one line of plain words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from paperchat.understanding.request import Request


def describe_request(request: Request, *, titles: Mapping[str, str], notes: Sequence[str] = ()) -> str:
    """``list of papers on agent memory, featured in June 2026, with code``.

    Args:
        titles: of papers that the request names, by id.
        notes: what is to be said besides.
    """
    about = [f"on {request.topic}"] if request.topic else []
    return ", ".join([" ".join([request.kind, *about]), *notes])
