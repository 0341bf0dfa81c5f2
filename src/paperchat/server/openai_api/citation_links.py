"""Citations in each of the forms that clients of OpenAI's API read: annotations, addresses, results, events."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote as percent_encoded

from paperchat.serialization import citation_as_json
from paperchat.text.describe import display_title, paper_link, passage_location
from paperchat.types import Answer, Citation

_MARK_PATTERN = re.compile(r"(?<!\\)\[(\d{1,4})\]")
_FRAGMENT_WORDS = 5
"""So many words at either end of a quote are looked for in the page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CitationLinks:
    """Where citations lead: to the paper's page of the window at ``origin``, or without a window to its source."""

    origin: str
    has_window: bool

    def url(self, citation: Citation) -> str:
        """Return the address of a citation; of a paper without a source, its record in the API."""
        paper_id = percent_encoded(citation.paper.paper_id, safe=":")
        if self.has_window:
            return f"{self.origin}/?paper={paper_id}#library"
        return _source_url(citation) or f"{self.origin}/api/v1/papers/{paper_id}"

    def urls(self, answer: Answer) -> list[str]:
        """Return an address for each citation, that of ``[1]`` first."""
        return [self.url(citation) for citation in answer.citations]

    def search_results(self, answer: Answer) -> list[dict[str, Any]]:
        """Return title, address, date and quote of each citation, that of ``[1]`` first."""
        return [
            {
                "title": display_title(citation.paper.paper),
                "url": self.url(citation),
                "date": citation.paper.paper.date or None,
                "snippet": citation.quote.text,
            }
            for citation in answer.citations
        ]

    def url_citations(self, text: str, citations: Sequence[Citation]) -> list[dict[str, Any]]:
        """Return address and title for each mark of a text, with the offsets between which the mark stands.

        ``text[start_index:end_index]`` is the mark, in code points.
        """
        numbered = {citation.number: citation for citation in citations}
        return [
            {
                "url": self.url(citation),
                "title": display_title(citation.paper.paper),
                "start_index": mark.start(),
                "end_index": mark.end(),
            }
            for mark in _MARK_PATTERN.finditer(text)
            if (citation := numbered.get(int(mark[1])))
        ]

    def source_events(self, citations: Sequence[Citation]) -> Iterator[dict[str, Any]]:
        """Yield the event by which Open WebUI shows a citation with its quote.

        It numbers sources in the order in which they come, by different values of ``source`` in their metadata.
        """
        for citation in citations:
            url, title = self.url(citation), display_title(citation.paper.paper)
            name = f"{citation.paper.paper_id} [{citation.number}]"
            where = passage_location(citation.quote.passage, citation.quote.start)
            yield {
                "type": "source",
                "data": {
                    "source": {"id": name, "name": title, "url": url},
                    "document": [citation.quote.text],
                    "metadata": [
                        {"source": name, "name": f"{title} ({where})", "source_url": url}
                        | {key: citation_as_json(citation)[key] for key in _SPAN_FIELDS}
                    ],
                },
            }


_SPAN_FIELDS = ("paper_id", "passage_id", "start", "end", "page")


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
