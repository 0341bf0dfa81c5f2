"""Abstentions on papers, and papers by people, that the library does not have: one line, and the nearest titles."""

from __future__ import annotations

from collections.abc import Sequence

from paperchat.kinds.draft import CitationList, Draft
from paperchat.storage.library import Library
from paperchat.types import Quote
from paperchat.understanding.request import Mention

_MAX_NEAREST = 3
_MAX_NAME_LENGTH = 80


def unknown_paper_draft(library: Library, unknown: Sequence[Mention]) -> Draft:
    """The abstention on the named papers, which the library does not have."""
    names = [f"“{_shorten(one.text)}”" for one in unknown]
    reason = f"The library has no paper called {' or '.join(dict.fromkeys(names))}."
    ids = list(dict.fromkeys(paper_id for one in unknown for paper_id in one.nearest))[:_MAX_NEAREST]
    papers = library.papers(ids)
    citations = CitationList()
    nearest = tuple(
        citations.cite(papers[one], Quote.of_record(one, "title", papers[one].paper.own_title))
        for one in ids
        if one in papers and papers[one].paper.own_title
    )
    suggestions = tuple(f"Summarize {one.paper.paper.title}" for one in nearest)
    return Draft(text="", reason=reason, nearest=nearest, suggestions=suggestions)


def unknown_names_reason(names: Sequence[str]) -> str:
    """Why there are no papers by people or organisations of whom the library has none."""
    who = " or ".join(f"“{_shorten(name)}”" for name in names)
    return f"The library has no paper by {who}: no author and no organisation of its catalogue has that name."


def _shorten(name: str) -> str:
    name = " ".join(name.split())
    return name if len(name) <= _MAX_NAME_LENGTH else f"{name[: _MAX_NAME_LENGTH - 1]}…"
