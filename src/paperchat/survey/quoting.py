"""Quotes as Markdown with numbered marks, each under the name of its paper."""

from __future__ import annotations

import re
from collections.abc import Iterable

from paperchat.answering.extractive import escape_markdown
from paperchat.text.describe import WITHDRAWN
from paperchat.survey.statements import SurveySentence
from paperchat.types import Citation, CitationStatus, Quote, StoredPaper

_NAME = re.compile(r"^([^:]{2,32}): \S")
_OF_A_NAME = re.compile(r"[a-z\d][A-Z]|[A-Z]{2}|\d|-[A-Z]")
_MOST_WORDS = 3


class CitationNumbering:
    """Numbers quotes in the order in which they are first cited; a quote that is cited again keeps its number."""

    def __init__(self) -> None:
        self._citations: dict[tuple[Quote, CitationStatus], Citation] = {}
        self._cells: list[Citation] = []

    def cite(self, quote: Quote, paper: StoredPaper, status: CitationStatus = "quoted") -> Citation:
        key = (quote, status)
        if key not in self._citations:
            self._citations[key] = Citation(number=len(self._citations) + 1, quote=quote, paper=paper, status=status)
        return self._citations[key]

    def cell(self, quote: Quote, paper: StoredPaper) -> Citation:
        """A number of its own, after those of the text, which must be complete."""
        citation = Citation(number=len(self._citations) + len(self._cells) + 1, quote=quote, paper=paper)
        self._cells.append(citation)
        return citation

    @property
    def citations(self) -> tuple[Citation, ...]:
        return (*self._citations.values(), *self._cells)

    def quoted(self, statement: SurveySentence) -> str:
        """The sentence as it stands, and its mark."""
        return f"{escape_markdown(statement.text)} [{self.cite(statement.quote, statement.paper).number}]"

    def attributed(self, statement: SurveySentence) -> str:
        """The same after the name and year of its paper."""
        return f"{paper_label(statement.paper)}: {self.quoted(statement)}"

    def listed(self, statements: Iterable[SurveySentence]) -> str:
        return "\n".join(f"- {self.attributed(one)}" for one in statements)


def paper_label(stored: StoredPaper) -> str:
    """``**FuseChat** (2024)``: its name, where the title begins with one, else its title; and the year if known."""
    paper = stored.paper
    told = [part for part in (paper.date[:4], WITHDRAWN if paper.withdrawn else "") if part]
    return f"**{escape_markdown(short_title(paper.title))}**" + (f" ({', '.join(told)})" if told else "")


def short_title(title: str) -> str:
    """The name that a title gives its subject, ``FuseChat`` of ``FuseChat: Knowledge Fusion``; else the title."""
    match = _NAME.match(title)
    if match and len(match[1].split()) <= _MOST_WORDS and _OF_A_NAME.search(match[1]):
        return match[1]
    return title.rstrip(".")
