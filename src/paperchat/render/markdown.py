"""An answer as a Markdown document."""

from __future__ import annotations

from itertools import groupby

from paperchat.query.write import escape_markdown
from paperchat.render.describe import byline, link_of, one_line, place_of, title_of, year_of
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
            parts.append(_paper(cited[0].paper.paper))
            parts.append("\n".join(_quote(citation) for citation in cited))
    return "\n\n".join(parts) + "\n"


def _paper(paper: Paper) -> str:
    link = link_of(paper)
    about = (_inert(byline(paper)), year_of(paper), f"<{link}>" if link else "")
    return "  \n".join(filter(None, (f"**{_inert(title_of(paper))}**", " · ".join(filter(None, about)))))


def _quote(citation: Citation) -> str:
    place = place_of(citation.quote.passage, citation.quote.start)
    unsupported = ", not supported" if citation.status == "unsupported" else ""
    return f"- [{citation.number}] {_inert(place)}{unsupported}: “{_inert(citation.quote.text)}”"


def _inert(text: str) -> str:
    return escape_markdown(one_line(text))
