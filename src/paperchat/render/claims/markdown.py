"""A weighed claim as a Markdown document."""

from __future__ import annotations

from collections.abc import Iterator

from paperchat.answering.extractive import escape_markdown
from paperchat.claims.claim_labels import SIDES, VERDICTS, counts, group_of, looked_at, strongest
from paperchat.render.markdown import paper_lines, quote_line
from paperchat.survey.types import Aspect, Position, Weighed, WeighedClaim
from paperchat.text.describe import one_line, restriction, title_of

_HEADINGS: dict[Position, str] = {
    "support": "Papers that support it",
    "oppose": "Papers that oppose it",
    "neutral": "Papers near it that take no side",
}


def claim_as_markdown(claim: WeighedClaim) -> str:
    """The verdict, the tree of aspects with counts and quotes, and every paper with its own words.

    What papers and the claim say is escaped, so that it is shown and not obeyed.
    """
    parts = [f"# {_inert(claim.claim)}", f"**{VERDICTS[claim.verdict]}.** {_inert(claim.reason)}"]
    told = looked_at(claim)
    restricted = restriction(claim.filters)
    parts.append(f"*{told}{f'; restricted to: {_inert(restricted)}' if restricted else ''}*")
    if claim.aspects:
        parts += ["## Aspects", "\n".join(line for aspect in claim.aspects for line in tree(claim, aspect))]
    for side, heading in _HEADINGS.items():
        papers = [one for one in claim.papers if one.position == side]
        if papers:
            parts += [f"## {heading}", *(_paper(claim, one) for one in papers)]
    return "\n\n".join(parts) + "\n"


def tree(claim: WeighedClaim, aspect: Aspect, depth: int = 0) -> Iterator[str]:
    """An aspect as a list in Markdown, line by line, with its counts, its quotes and the aspects below it."""
    before = "    " * depth
    yield f"{before}- **{_inert(aspect.name)}**: {counts(aspect)}"
    if aspect.aspects:
        for below in aspect.aspects:
            yield from tree(claim, below, depth + 1)
        return
    for side, citation in strongest(claim, aspect):
        title = _inert(title_of(citation.paper.paper))
        yield f"{before}    - {SIDES[side]}: “{_inert(citation.quote.text)}” [{citation.number}] ({title})"


def _paper(claim: WeighedClaim, weighed: Weighed) -> str:
    cited = [citation for citation in claim.citations if citation.number in weighed.citations]
    sure = " · ".join(filter(None, (f"{weighed.confidence:.0%} sure", group_of(claim, weighed.paper))))
    quotes = "\n".join(quote_line([citation]) for citation in cited)
    return f"{paper_lines(weighed.paper.paper)}  \n{sure}\n\n{quotes}"


def _inert(text: str) -> str:
    return escape_markdown(one_line(text))
