"""Citation numbering, and quotes as Markdown with ``[n]`` marks under the name of their paper."""

from __future__ import annotations

from collections.abc import Iterable

from paperchat.answering.quote_markdown import escape_markdown
from paperchat.survey.sentence_extraction import SurveySentence
from paperchat.text.describe import title_notes
from paperchat.text.paper_title import short_title
from paperchat.types import Citation, CitationStatus, Quote, StoredPaper


class CitationNumbering:
    """Numbers quotes in the order in which they are first cited; a quote cited again keeps its number."""

    def __init__(self) -> None:
        self._text: dict[tuple[Quote, CitationStatus], Citation] = {}
        self._cells: list[Citation] = []

    def cite(self, quote: Quote, paper: StoredPaper, status: CitationStatus = "quoted") -> Citation:
        """Cite a quote in the text."""
        key = (quote, status)
        if key not in self._text:
            self._text[key] = Citation(number=len(self._text) + 1, quote=quote, paper=paper, status=status)
        return self._text[key]

    def cite_cell(self, quote: Quote, paper: StoredPaper) -> Citation:
        """Cite a quote in a table cell: its own number, after those of the text, which must be complete."""
        citation = Citation(number=len(self._text) + len(self._cells) + 1, quote=quote, paper=paper)
        self._cells.append(citation)
        return citation

    @property
    def citations(self) -> tuple[Citation, ...]:
        """All citations by number."""
        return (*self._text.values(), *self._cells)

    def quote(self, sentence: SurveySentence) -> str:
        """The sentence as it stands, and its mark."""
        return f"{escape_markdown(sentence.text)} [{self.cite(sentence.quote, sentence.paper).number}]"

    def attributed_quote(self, sentence: SurveySentence) -> str:
        """The sentence and its mark after the name and year of its paper."""
        return f"{paper_label(sentence.paper)}: {self.quote(sentence)}"

    def quote_list(self, sentences: Iterable[SurveySentence]) -> str:
        """Attributed quotes as a Markdown list."""
        return "\n".join(f"- {self.attributed_quote(one)}" for one in sentences)


def paper_label(stored: StoredPaper) -> str:
    """``**FuseChat** (2024)``: the short title of a paper, and the year where it is known."""
    paper = stored.paper
    details = [part for part in (paper.date[:4], *title_notes(paper)) if part]
    return f"**{escape_markdown(short_title(paper.title))}**" + (f" ({', '.join(details)})" if details else "")
