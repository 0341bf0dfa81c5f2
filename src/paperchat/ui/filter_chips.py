"""Filters as chips: those in force, which can be taken off, and those that the papers found would go by."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Any

from paperchat.errors import NotFoundError, PaperchatError
from paperchat.render.html import line
from paperchat.retrieval.facets import Facets, facets_of
from paperchat.types import Basis, Filters
from paperchat.ui.components import button

if TYPE_CHECKING:
    from paperchat.assistant import PaperChat

_BASES = {"abstract": "Abstracts only", "full_text": "Full texts only"}
_LONGEST_TITLE, _OFFERED, _LOOKED_AT = 48, 6, 500


def narrowed(filters: Filters, told: Mapping[str, Any]) -> Filters:
    """The filters with what a chip or the dates tell: a value that is in force goes, another comes."""
    kind, value = str(told.get("sort", "")), str(told.get("value", "")).strip()
    match kind:
        case "none":
            return Filters()
        case "dates":
            return replace(filters, since=str(told.get("since", "")), until=str(told.get("until", "")))
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
        case "paper" if value:
            return replace(filters, papers=_toggled(filters.papers, value))
        case _:
            return filters


def _toggled(values: tuple[str, ...], value: str) -> tuple[str, ...]:
    return tuple(one for one in values if one != value) if value in values else (*values, value)


def chips(pc: PaperChat, filters: Filters, question: str = "", *, opened: bool = False) -> str:
    """The filters in force, and when ``opened`` what could be filtered by, counted among the papers found."""
    on = "".join(_chip(kind, value, label) for kind, value, label in _in_force(pc, filters))
    every = button("Clear", "narrow", kind="tool", sort="none") if filters else ""
    more = button("Close filters" if opened else "Filter", "unfold", kind="tool", opened="" if opened else "yes")
    panel = _panel(pc, filters, question) if opened else ""
    return f'<div class="chips" role="group" aria-label="Filters">{on}{every}{more}</div>{panel}'


def _chip(kind: str, value: str, label: str) -> str:
    return button(
        f"{line(label)} <span aria-hidden='true'>×</span>",
        "narrow",
        kind="chip on",
        described=f"Remove the filter {label}",
        sort=kind,
        value=value,
    )


def _in_force(pc: PaperChat, filters: Filters) -> Iterator[tuple[str, str, str]]:
    if filters.since and filters.since == filters.until:
        yield "year", filters.since, filters.since
    else:
        yield from [("since", filters.since, f"From {filters.since}")] if filters.since else []
        yield from [("until", filters.until, f"Until {filters.until}")] if filters.until else []
    yield from (("category", name, name) for name in filters.categories)
    yield from (("author", name, name) for name in filters.authors)
    if filters.basis:
        yield "basis", filters.basis, _BASES[filters.basis]
    yield from (("paper", paper_id, _title(pc, paper_id)) for paper_id in filters.papers)


def _title(pc: PaperChat, paper_id: str) -> str:
    try:
        title = pc.library.paper(paper_id).paper.title or paper_id
    except NotFoundError:
        return paper_id
    return title if len(title) <= _LONGEST_TITLE else title[: _LONGEST_TITLE - 1].rstrip() + "…"


def _panel(pc: PaperChat, filters: Filters, question: str) -> str:
    found = _facets(pc, question)
    groups = (
        ("Year", "year", [(year, year, count) for year, count in found.years]),
        ("Category", "category", [(name, name, count) for name, count in found.categories]),
        ("Author", "author", [(name, name, count) for name, count in found.authors]),
        ("Read", "basis", [(kind, label, 0) for kind, label in _BASES.items()]),
    )
    shown = "".join(_group(name, kind, values[:_OFFERED]) for name, kind, values in groups if values)
    return f'<div class="panel">{_dates(filters)}{shown}</div>'


def _group(name: str, kind: str, values: list[tuple[str, str, int]]) -> str:
    offered = "".join(
        button(
            f"{line(label)}{f' <small>{count}</small>' if count else ''}",
            "narrow",
            kind="chip",
            sort=kind,
            value=value,
        )
        for value, label, count in values
    )
    return f'<div class="facet" role="group" aria-label="{name}"><span>{name}</span>{offered}</div>'


def _dates(filters: Filters) -> str:
    fields = "".join(
        f'<label>{label} <input name="{name}" value="{line(value)}" placeholder="YYYY-MM-DD" size="10" '
        'pattern="[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?" title="YYYY, YYYY-MM or YYYY-MM-DD"></label>'
        for label, name, value in (("From", "since", filters.since), ("Until", "until", filters.until))
    )
    return (
        f'<form class="facet" data-do="narrow" data-sort="dates"><span>Dates</span>{fields}'
        '<button type="submit" class="chip">Set</button></form>'
    )


def _facets(pc: PaperChat, question: str) -> Facets:
    try:
        return pc.facets(question)
    except PaperchatError:  # nothing has been asked yet
        return facets_of(islice(pc.papers(), _LOOKED_AT))
