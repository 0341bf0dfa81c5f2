"""Addresses of papers and quotes: the paper's page in the window where one is served, else its source."""

from __future__ import annotations

from dataclasses import dataclass, replace
from urllib.parse import quote as percent_encoded

from paperchat.text.describe import paper_link
from paperchat.types import Citation, StoredPaper

PAPER_SCHEME = "paper://"
_FRAGMENT_WORDS = 5
"""So many words at either end of a quote are looked for in the page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperLinks:
    """Where papers and quotes are found: at the server's ``origin``, if there is one, or at their sources."""

    origin: str = ""
    has_window: bool = False

    def paper_url(self, stored: StoredPaper) -> str:
        """Return the address of a paper; of one without a source, its record's in the API, or else its URI."""
        if self.has_window:
            return self._own_url(stored)
        return paper_link(stored.paper) or self._own_url(stored)

    def quote_url(self, citation: Citation) -> str:
        """Return the address of a paper, at the place of a quote where that can be said."""
        if self.has_window:
            return self._own_url(citation.paper)
        return _source_url(citation) or self._own_url(citation.paper)

    def _own_url(self, stored: StoredPaper) -> str:
        if not self.origin:
            return paper_uri(stored.paper_id)
        paper_id = percent_encoded(stored.paper_id, safe=":")
        if self.has_window:
            return f"{self.origin}/?paper={paper_id}#library"
        return f"{self.origin}/api/v1/papers/{paper_id}"


def paper_uri(paper_id: str) -> str:
    """Return the URI by which MCP clients read a paper."""
    return f"{PAPER_SCHEME}{percent_encoded(paper_id, safe='')}"


def _source_url(citation: Citation) -> str:
    """The paper's own page, at the quote where it has it; its PDF at the page for what a full text says."""
    paper, link, quote = citation.paper.paper, paper_link(citation.paper.paper), citation.quote
    if quote.passage.basis == "full_text" and quote.page and paper.pdf_url:
        return f"{paper_link(replace(paper, url=paper.pdf_url))}#page={quote.page}"
    if quote.passage.basis != "abstract" or not link or "#" in link:
        return link
    words = quote.text.split()
    ends = [words] if len(words) <= 2 * _FRAGMENT_WORDS else [words[:_FRAGMENT_WORDS], words[-_FRAGMENT_WORDS:]]
    fragment = ",".join(percent_encoded(" ".join(part), safe="").replace("-", "%2D") for part in ends)
    return f"{link}#:~:text={fragment}"
