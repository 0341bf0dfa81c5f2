"""A weighed claim as the Claim room shows it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from paperchat.claims.claim_labels import SIDES, VERDICTS, counts, group_of, looked_at, strongest
from paperchat.render.export import CLAIM_ENDINGS, claim_as_file
from paperchat.render.html import line
from paperchat.render.survey_html import Linking
from paperchat.survey.types import Aspect, Position, Weighed, WeighedClaim
from paperchat.text.describe import byline, restriction, year_of
from paperchat.types import Citation
from paperchat.ui.downloads import Taken
from paperchat.ui.jobs import Inquiry, InquiryRoom, Progress, downloads, file_name, linking_of, opening, unfinished

if TYPE_CHECKING:
    from paperchat.assistant import PaperChat

ROOM = "claim"
_FILES = {".md": "Markdown", ".bib": "BibTeX", ".ris": "RIS", ".json": "JSON"}
_LONGEST_BAR = 20  # papers
_HEADINGS: dict[Position, str] = {"support": "Support", "oppose": "Oppose", "neutral": "Take no side"}


def room_html(pc: PaperChat, inquiry: Inquiry[WeighedClaim]) -> str:
    if inquiry.stage == "none":
        told = (
            "State a claim, as a paper would. It is taken apart into aspects; the papers that support it and those "
            "that oppose it are counted, and quoted."
        )
        return opening(pc, "A claim, weighed", told)
    heading = f'<h1 tabindex="-1">{line(inquiry.text)}</h1>'
    inner = claim_html(inquiry.result) if inquiry.result else unfinished(inquiry)
    return f'<article class="claim {inquiry.stage}" aria-label="Claim">{heading}{inner}</article>'


def claim_html(claim: WeighedClaim) -> str:
    linking = linking_of(ROOM)
    restricted = restriction(claim.filters)
    scope = looked_at(claim) + (f"; restricted to {restricted}" if restricted else "")
    aspects = "".join(_aspect(claim, aspect, linking) for aspect in claim.aspects)
    return (
        f'<p class="judged {claim.verdict}"><strong>{VERDICTS[claim.verdict]}</strong> {line(claim.reason)}</p>'
        f'<p class="quiet">{line(scope)}</p>{downloads("Download", _FILES) if claim.papers else ""}'
        f"{_section('Aspects', aspects)}{_section('Papers', _sides(claim, linking))}"
    )


def taken_of(claim: WeighedClaim, ending: str) -> Taken | None:
    if ending not in CLAIM_ENDINGS:
        return None
    return Taken(name=f"{file_name('claim', claim.claim)}{ending}", text=claim_as_file(claim, ending).decode())


def _section(heading: str, inner: str) -> str:
    return f'<section class="part"><h2>{heading}</h2>{inner}</section>' if inner else ""


def _aspect(claim: WeighedClaim, aspect: Aspect, linking: Linking) -> str:
    """A branch of the tree, which opens on its quotes and its own branches."""
    quotes = "".join(_quote(side, citation, linking) for side, citation in strongest(claim, aspect))
    inner = "".join(_aspect(claim, one, linking) for one in aspect.aspects)
    return (
        f'<details class="aspect" open><summary><span class="name">{line(aspect.name)}</span>{_bar(aspect)}'
        f'<span class="counts">{line(counts(aspect))}</span></summary><ul class="quotes">{quotes}</ul>{inner}</details>'
    )


def _bar(aspect: Aspect) -> str:
    """The papers of each side as a stroke; screen readers have the counts beside it."""
    strokes = "".join(
        f'<i class="{side}"></i>'
        for side, count in (("support", aspect.support), ("oppose", aspect.oppose), ("neutral", aspect.neutral))
        for _ in range(min(count, _LONGEST_BAR))
    )
    return f'<span class="bar-of" aria-hidden="true">{strokes}</span>'


def _quote(side: Position, citation: Citation, linking: Linking) -> str:
    year = year_of(citation.paper.paper)
    return (
        f'<li class="{side}"><span class="side">{SIDES[side]}</span> <q>{line(citation.quote.text)}</q>&nbsp;'
        f'{linking.mark(citation)} <span class="of">{linking.title(citation.paper)} {year}</span></li>'
    )


def _sides(claim: WeighedClaim, linking: Linking) -> str:
    marks = {citation.number: linking.mark(citation) for citation in claim.citations}
    return "".join(
        _side(claim, side, papers, marks, linking)
        for side in SIDES
        if (papers := [one for one in claim.papers if one.position == side])
    )


def _side(claim: WeighedClaim, side: Position, papers: list[Weighed], marks: dict[int, str], linking: Linking) -> str:
    items = "".join(
        f"<li>{linking.title(one.paper)} {''.join(marks.get(number, '') for number in one.citations)}"
        f'<p class="about">{_about(claim, one)}</p></li>'
        for one in papers
    )
    opened = "" if side == "neutral" else " open"
    return (
        f'<details class="of-side {side}"{opened}><summary>{_HEADINGS[side]} <small>{len(papers)}</small></summary>'
        f'<ul class="papers">{items}</ul></details>'
    )


def _about(claim: WeighedClaim, one: Weighed) -> str:
    paper = one.paper.paper
    parts = (byline(paper), paper.date, f"{one.confidence:.0%} sure", group_of(claim, one.paper))
    return " · ".join(line(part) for part in parts if part)


class ClaimRoom(InquiryRoom[WeighedClaim]):
    def shown(self, inquiry: Inquiry[WeighedClaim]) -> str:
        return room_html(self._pc, inquiry)

    def work(self, inquiry: Inquiry[WeighedClaim], most: int) -> Callable[[Progress, threading.Event], WeighedClaim]:
        def weigh(progress: Progress, stopped: threading.Event) -> WeighedClaim:
            return self._pc.claim(inquiry.text, filters=inquiry.filters, most=most, progress=progress, stopped=stopped)

        return weigh

    def taken(self, result: WeighedClaim, ending: str) -> Taken | None:
        return taken_of(result, ending)
