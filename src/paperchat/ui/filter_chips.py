"""Filters as chips: the active ones, which can be removed, and a panel with values to filter by."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from paperchat.errors import NotFoundError, PaperchatError, UsageError
from paperchat.retrieval.facets import Facets, count_facets
from paperchat.storage.filters import validate_filter_values
from paperchat.text.describe import pluralize
from paperchat.text.latex_residue import readable
from paperchat.types import Basis, Filters
from paperchat.ui.components import render

if TYPE_CHECKING:
    from paperchat.assistant import PaperChat

_BASES = {"abstract": "Abstracts only", "full_text": "Full texts only"}
_MAX_TITLE_LENGTH = 48
_MAX_VALUES = 6  # of a facet
_MAX_PAPER_CHIPS = 1  # more papers are one chip


@dataclass(frozen=True, slots=True, kw_only=True)
class FilterChip:
    """A value to filter by, with the number of papers that have it where it is known."""

    field: str
    value: str
    label: str
    count: int = 0


def changed_filters(filters: Filters, data: Mapping[str, Any]) -> tuple[Filters, str]:
    """Apply an event as `update_filters` does; where it is refused, return the filters as they are and the reason."""
    updated = update_filters(filters, data)
    papers = () if updated.papers == filters.papers else updated.papers  # those of a month may be many
    try:
        validate_filter_values(updated.since, updated.until, *updated.authors, *updated.categories, *papers)
    except UsageError as refused:
        return filters, str(refused)
    return updated, ""


def update_filters(filters: Filters, data: Mapping[str, Any]) -> Filters:
    """Apply the event of a chip or of the dates: an active value is removed, another one is added."""
    kind, value = str(data.get("field", "")), str(data.get("value", "")).strip()
    match kind:
        case "none":
            return Filters()
        case "dates":
            return replace(filters, since=str(data.get("since", "")), until=str(data.get("until", "")))
        case "year":
            own = (filters.since, filters.until) == (value, value)
            return replace(filters, since="" if own else value, until="" if own else value)
        case "since":
            return replace(filters, since="")
        case "until":
            return replace(filters, until="")
        case "basis" if value in _BASES:
            chosen: Basis = "abstract" if value == "abstract" else "full_text"
            return replace(filters, basis=None if filters.basis == chosen else chosen)
        case "category" if value:
            return replace(filters, categories=_toggled(filters.categories, value))
        case "author" if value:
            return replace(filters, authors=_toggled(filters.authors, value))
        case "papers":
            return replace(filters, papers=())
        case "paper" if value:
            return replace(filters, papers=_toggled(filters.papers, value))
        case _:
            return filters


def chips_html(
    pc: PaperChat,
    filters: Filters,
    question: str = "",
    *,
    facets: Facets | None = None,
    opened: bool = False,
    error: str = "",
) -> Markup:
    """Render the active filters, and when ``opened`` the panel, with the values of these ``facets``.

    By default they are those of the papers found for the question, or of all. ``error`` is why a change was refused.
    """
    panel = _panel(facets or _facets(pc, question)) if opened else None
    active = list(_active_chips(pc, filters))
    scope = "Filter" if active else "All papers"
    return render("filter_chips.html", active=active, filters=filters, panel=panel, error=error, scope=scope)


def _toggled(values: tuple[str, ...], value: str) -> tuple[str, ...]:
    return tuple(one for one in values if one != value) if value in values else (*values, value)


def _active_chips(pc: PaperChat, filters: Filters) -> Iterator[FilterChip]:
    if filters.since and filters.since == filters.until:
        yield FilterChip(field="year", value=filters.since, label=filters.since)
    else:
        if filters.since:
            yield FilterChip(field="since", value=filters.since, label=f"From {filters.since}")
        if filters.until:
            yield FilterChip(field="until", value=filters.until, label=f"Until {filters.until}")
    for category in filters.categories:
        yield FilterChip(field="category", value=category, label=category)
    for author in filters.authors:
        yield FilterChip(field="author", value=author, label=author)
    if filters.basis:
        yield FilterChip(field="basis", value=filters.basis, label=_BASES[filters.basis])
    if len(filters.papers) > _MAX_PAPER_CHIPS:
        yield FilterChip(field="papers", value="", label=pluralize(len(filters.papers), "paper"))
        return
    for paper_id in filters.papers:
        yield FilterChip(field="paper", value=paper_id, label=_title(pc, paper_id))


def _title(pc: PaperChat, paper_id: str) -> str:
    try:
        title = readable(pc.library.paper(paper_id).paper.title) or paper_id
    except NotFoundError:
        return paper_id
    return title if len(title) <= _MAX_TITLE_LENGTH else title[: _MAX_TITLE_LENGTH - 1].rstrip() + "…"


def _panel(facets: Facets) -> dict[str, list[FilterChip]]:
    return {
        "Year": _facet_chips("year", facets.years),
        "Category": _facet_chips("category", facets.categories),
        "Author": _facet_chips("author", facets.authors),
        "Text": [FilterChip(field="basis", value=basis, label=label) for basis, label in _BASES.items()],
    }


def _facet_chips(field: str, counts: Sequence[tuple[str, int]]) -> list[FilterChip]:
    return [FilterChip(field=field, value=value, label=value, count=count) for value, count in counts[:_MAX_VALUES]]


def _facets(pc: PaperChat, question: str) -> Facets:
    try:
        return pc.facets(question)
    except PaperchatError:  # nothing has been asked yet
        return count_facets(pc.library.directory.entries().values())
