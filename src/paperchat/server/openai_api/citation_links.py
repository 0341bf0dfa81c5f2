"""Citations in each of the forms that clients of OpenAI's API read: annotations, addresses, results, events."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from paperchat.render.paper_links import PaperLinks
from paperchat.serialization import citation_as_json
from paperchat.text.describe import display_title, passage_location
from paperchat.types import Answer, Citation

_MARK_PATTERN = re.compile(r"(?<!\\)\[(\d{1,4})\]")
_SPAN_FIELDS = ("paper_id", "passage_id", "start", "end", "page")


def cited_urls(answer: Answer, links: PaperLinks) -> list[str]:
    """Return an address for each citation, that of ``[1]`` first."""
    return [links.quote_url(citation) for citation in answer.citations]


def search_results(answer: Answer, links: PaperLinks) -> list[dict[str, Any]]:
    """Return title, address, date and quote of each citation, that of ``[1]`` first."""
    return [
        {
            "title": display_title(citation.paper.paper),
            "url": links.quote_url(citation),
            "date": citation.paper.paper.date or None,
            "snippet": citation.quote.text,
        }
        for citation in answer.citations
    ]


def url_citations(text: str, citations: Sequence[Citation], links: PaperLinks) -> list[dict[str, Any]]:
    """Return address and title for each mark of a text, with the offsets between which the mark stands.

    ``text[start_index:end_index]`` is the mark, in code points.
    """
    numbered = {citation.number: citation for citation in citations}
    return [
        {
            "url": links.quote_url(citation),
            "title": display_title(citation.paper.paper),
            "start_index": mark.start(),
            "end_index": mark.end(),
        }
        for mark in _MARK_PATTERN.finditer(text)
        if (citation := numbered.get(int(mark[1])))
    ]


def source_events(citations: Sequence[Citation], links: PaperLinks) -> Iterator[dict[str, Any]]:
    """Yield the event by which Open WebUI shows a citation with its quote.

    It numbers sources in the order in which they come, by different values of ``source`` in their metadata.
    """
    for citation in citations:
        url, title = links.quote_url(citation), display_title(citation.paper.paper)
        name = f"{citation.paper.paper_id} [{citation.number}]"
        where = passage_location(citation.quote.passage, citation.quote.start)
        record = citation_as_json(citation)
        span = {key: record[key] for key in _SPAN_FIELDS}
        yield {
            "type": "source",
            "data": {
                "source": {"id": name, "name": title, "url": url},
                "document": [citation.quote.text],
                "metadata": [{"source": name, "name": f"{title} ({where})", "source_url": url, **span}],
            },
        }
