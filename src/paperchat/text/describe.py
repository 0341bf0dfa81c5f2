"""How a paper and a place in it are named to a reader: plain text on one line, safe to print."""

from __future__ import annotations

import re
from collections.abc import Iterable

from paperchat.answering.extractive import WITHDRAWN
from paperchat.text.cleaning import printable
from paperchat.text.prompt_injection import Suspicion, suspicions
from paperchat.types import Filters, Paper, Passage, StoredPaper

_NAMED_AUTHORS = 3
_YEAR = re.compile(r"\d{4}")
_ADDRESS = re.compile(r"https?://[^\s<>\"{}|\\^`]+", re.IGNORECASE)


def one_line(text: str) -> str:
    """``text`` on one line, without what shows nothing or steers a terminal or the direction of writing."""
    return " ".join(printable(text).split())


def counted(count: int, noun: str) -> str:
    """``1 paper``, ``1,204 papers``."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def title_of(paper: Paper) -> str:
    """The title, and whether the paper has been withdrawn."""
    return (one_line(paper.title) or "(no title)") + (f" ({WITHDRAWN})" if paper.withdrawn else "")


def byline(paper: Paper) -> str:
    """The first three authors, ``et al.`` for the rest; empty where none is known."""
    names = [name for author in paper.authors if (name := one_line(author))]
    shown = ", ".join(names[:_NAMED_AUTHORS])
    return f"{shown} et al." if len(names) > _NAMED_AUTHORS else shown


def year_of(paper: Paper) -> str:
    """Four digits, or empty."""
    match = _YEAR.match(paper.date)
    return match[0] if match else ""


def link_of(paper: Paper) -> str:
    """The paper's address on the web, else what its arXiv id or DOI gives; empty where there is none."""
    candidates = (
        paper.url,
        paper.arxiv_id and f"https://arxiv.org/abs/{paper.arxiv_id}",
        paper.doi and f"https://doi.org/{paper.doi}",
    )
    addresses = (printable(address).strip() for address in candidates if address)
    return next((address for address in addresses if _ADDRESS.fullmatch(address)), "")


def about(paper: Paper) -> str:
    """Authors, year and link, as far as they are known, between middle dots."""
    return " · ".join(filter(None, (byline(paper), year_of(paper), link_of(paper))))


def place_of(passage: Passage, offset: int = 0) -> str:
    """Where the passage's character at ``offset`` is: ``abstract``, or ``full text, 3 Method, page 4``."""
    if passage.basis == "abstract":
        return "title" if passage.section == "Title" else "abstract"
    number = passage.page_at(offset)
    page = f"page {number}" if number is not None else ""
    return ", ".join(filter(None, ("full text", one_line(passage.section), page)))


def suspicions_of(stored: StoredPaper, passages: Iterable[Passage]) -> list[Suspicion]:
    """What in the title or the passages speaks to a machine."""
    return suspicions("\n".join([stored.paper.title, *(passage.text for passage in passages)]))


def restriction(filters: Filters) -> str:
    """The filters in words: ``since 2024, author Lovelace``."""
    parts = [
        f"since {filters.since}" if filters.since else "",
        f"until {filters.until}" if filters.until else "",
        *(f"author {name}" for name in filters.authors),
        *(f"category {name}" for name in filters.categories),
        *(f"paper {name}" for name in filters.papers),
        f"basis {filters.basis}" if filters.basis else "",
    ]
    return one_line(", ".join(filter(None, parts)))
