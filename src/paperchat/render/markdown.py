"""An answer as a Markdown document."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from paperchat.answering.extractive import escape_markdown
from paperchat.text.describe import byline, link_of, one_line, place_of, title_of, year_of
from paperchat.types import Answer, Citation, Paper


def answer_as_markdown(answer: Answer) -> str:
    """The answer, then its sources by number, each with its paper and its exact quote; or why there is none.

    What papers and the question say is escaped, so that it is shown and not obeyed.
    """
    parts = [f"# {_inert(answer.question)}", answer.text]
    if answer.abstained:
        parts.append(f"*Why:* {_inert(answer.reason or 'no reason is known')}")
    if answer.note:
        parts.append(f"*Note:* {_inert(answer.note)}")
    if answer.citations:
        parts.append("## Sources")
        for _, group in groupby(answer.citations, key=lambda citation: citation.paper.paper_id):
            cited = list(group)
            parts.append(paper_lines(cited[0].paper.paper))
            parts.append("\n".join(quote_line([citation]) for citation in cited))
    return "\n\n".join(parts) + "\n"


def paper_lines(paper: Paper) -> str:
    """Title, authors, year and link."""
    link = link_of(paper)
    about = (_inert(byline(paper)), year_of(paper), f"<{link}>" if link else "")
    return "  \n".join(filter(None, (f"**{_inert(title_of(paper))}**", " · ".join(filter(None, about)))))


def quote_line(cited: Sequence[Citation]) -> str:
    """The quote that all these citations have, under their numbers."""
    first = cited[0]
    numbers = "".join(f"[{citation.number}]" for citation in cited)
    place = place_of(first.quote.passage, first.quote.start)
    unsupported = ", not supported" if first.status == "unsupported" else ""
    return f"- {numbers} {_inert(place)}{unsupported}: “{_inert(first.quote.text)}”"


def _inert(text: str) -> str:
    return escape_markdown(one_line(text))
