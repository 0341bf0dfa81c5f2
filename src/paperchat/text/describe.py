"""Short plain-text descriptions of papers, passages and filters: on one line and safe to print."""

from __future__ import annotations

import re
from collections.abc import Iterable

from paperchat.text.cleaning import printable
from paperchat.types import Filters, InjectionFlag, Paper, Passage, StoredPaper

_WITHDRAWN = "withdrawn"
_UNTITLED = "untitled"
_MAX_AUTHORS = 3
_YEAR = re.compile(r"\d{4}")
_URL = re.compile(r"https?://[^\s<>\"{}|\\^`]+", re.IGNORECASE)


def one_line(text: str) -> str:
    """Put ``text`` on one line, without invisible, control or bidirectional-override characters."""
    return " ".join(printable(text).split())


def pluralize(count: int, noun: str) -> str:
    """Format a count with its noun: ``1 paper``, ``1,204 papers``."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def title_notes(paper: Paper) -> tuple[str, ...]:
    """What is to be known of a title that is shown: ``untitled`` where it is not the paper's own, ``withdrawn``."""
    return (_UNTITLED,) * paper.untitled + (_WITHDRAWN,) * paper.withdrawn


def display_title(paper: Paper) -> str:
    """The title, marked where the paper has none of its own or has been withdrawn."""
    notes = title_notes(paper)
    return (one_line(paper.title) or "(no title)") + (f" ({', '.join(notes)})" if notes else "")


def byline(paper: Paper) -> str:
    """The first three authors, ``et al.`` for the rest; empty if none is known."""
    names = [name for author in paper.authors if (name := one_line(author))]
    shown = ", ".join(names[:_MAX_AUTHORS])
    return f"{shown} et al." if len(names) > _MAX_AUTHORS else shown


def publication_year(paper: Paper) -> str:
    """The year of publication as four digits; empty if unknown."""
    match = _YEAR.match(paper.date)
    return match[0] if match else ""


def paper_link(paper: Paper) -> str:
    """The paper's URL, else the one that its arXiv id or DOI gives; empty if there is none."""
    candidates = (
        paper.url,
        paper.arxiv_id and f"https://arxiv.org/abs/{paper.arxiv_id}",
        paper.doi and f"https://doi.org/{paper.doi}",
    )
    urls = (printable(candidate).strip() for candidate in candidates if candidate)
    return next((url for url in urls if _URL.fullmatch(url)), "")


def metadata_line(paper: Paper) -> str:
    """Authors, year and link, as far as they are known, separated by middle dots."""
    return " · ".join(filter(None, (byline(paper), publication_year(paper), paper_link(paper))))


def passage_location(passage: Passage, offset: int = 0) -> str:
    """Where in the paper the passage's character at ``offset`` is: ``abstract``, ``full text, 3 Method, page 4``."""
    if passage.basis == "record":
        return f"catalogue, {passage.section.replace('_', ' ')}"
    if passage.basis == "abstract":
        return "title" if passage.section == "Title" else "abstract"
    number = passage.page_at(offset)
    page = f"page {number}" if number is not None else ""
    return ", ".join(filter(None, ("full text", one_line(passage.section), page)))


def injections_in(stored: StoredPaper, passages: Iterable[Passage]) -> list[InjectionFlag]:
    """The first suspected prompt injection of each kind in a paper's title and passages."""
    from paperchat.text.prompt_injection import find_injections, first_of_each_kind  # with its word lists

    in_passages = (flag for passage in passages for flag in passage.injections)
    return first_of_each_kind([*find_injections(stored.paper.title), *in_passages])


def describe_filters(filters: Filters) -> str:
    """Describe the filters in words: ``since 2024, author Lovelace``."""
    parts = [
        f"since {filters.since}" if filters.since else "",
        f"until {filters.until}" if filters.until else "",
        *(f"author {name}" for name in filters.authors),
        *(f"category {name}" for name in filters.categories),
        f"paper {filters.papers[0]}" if len(filters.papers) == 1 else "",
        pluralize(len(filters.papers), "paper") if len(filters.papers) > 1 else "",
        f"basis {filters.basis}" if filters.basis else "",
    ]
    return one_line(", ".join(filter(None, parts)))
