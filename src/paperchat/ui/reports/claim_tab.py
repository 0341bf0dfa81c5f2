"""The Claim tab: its HTML, downloads and handlers."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from paperchat.claims.claim_wording import (
    STANCE_LABELS,
    aspect_counts,
    deciding_citations,
    describe_considered,
    group_label,
    strongest_citations,
    verdict_label,
)
from paperchat.render.export import CLAIM_ENDINGS, claim_as_file
from paperchat.serialization import claim_as_json
from paperchat.storage.feedback import KeptReport
from paperchat.stored_reports import claim_from_json
from paperchat.survey.types import ClaimStance, PaperStance, WeighedClaim
from paperchat.text.describe import byline, describe_filters
from paperchat.types import Citation, StoredPaper
from paperchat.ui.components import render
from paperchat.ui.downloads import Download
from paperchat.ui.reports.jobs import Job, JobHandlers, Progress, file_name, progress_text
from paperchat.understanding.calendar_days import name_day

if TYPE_CHECKING:
    from paperchat.assistant import PaperChat

_LONGEST_BAR = 20  # papers
_HEADINGS: Mapping[ClaimStance, str] = {"support": "Support", "oppose": "Oppose", "neutral": "Take no side"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimView:
    """What ``claim.html`` shows of a weighed claim."""

    claim: WeighedClaim
    verdict: str
    deciding: Sequence[tuple[ClaimStance, Citation]]
    scope: str
    papers: Mapping[ClaimStance, Sequence[ClaimPaper]]
    headings: Mapping[ClaimStance, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimPaper:
    """A paper with the citations that decide its stance, and details such as its authors."""

    stored: StoredPaper
    citations: Sequence[Citation]
    details: Sequence[str]


def claim_tab_html(
    pc: PaperChat,
    job: Job[WeighedClaim],
    reports: Sequence[KeptReport] = (),
    notice: str = "",
    examples: Sequence[str] = (),
) -> Markup:
    """Render the tab, with the reports that are kept for the visitor, or a notice why none is shown."""
    return render(
        "claim.html",
        tab="claim",
        job=job,
        reports=reports,
        notice=notice,
        examples=examples,
        view=_view(job.result) if job.result else None,
        progress=progress_text(job),
        is_library_empty=not pc.status().papers,
        aspect_counts=aspect_counts,
        longest_bar=_LONGEST_BAR,
        stance_labels=STANCE_LABELS,
        strongest_citations=strongest_citations,
    )


def claim_download(claim: WeighedClaim, extension: str) -> Download | None:
    """Return the claim as a file; ``None`` for an unknown extension."""
    if extension not in CLAIM_ENDINGS:
        return None
    return Download(name=f"{file_name('claim', claim.claim)}{extension}", text=claim_as_file(claim, extension).decode())


def _view(claim: WeighedClaim) -> ClaimView:
    restriction = describe_filters(claim.filters)
    papers = {
        stance: [_paper(claim, paper) for paper in claim.papers if paper.position == stance] for stance in STANCE_LABELS
    }
    return ClaimView(
        claim=claim,
        verdict=verdict_label(claim),
        deciding=deciding_citations(claim),
        scope=describe_considered(claim) + (f"; restricted to {restriction}" if restriction else ""),
        papers={stance: found for stance, found in papers.items() if found},
        headings=_HEADINGS,
    )


def _paper(claim: WeighedClaim, stance: PaperStance) -> ClaimPaper:
    citations = {citation.number: citation for citation in claim.citations}
    paper = stance.paper.paper
    details = (byline(paper), name_day(paper.date), f"{stance.confidence:.0%} sure", group_label(claim, stance.paper))
    return ClaimPaper(
        stored=stance.paper,
        citations=[citations[number] for number in stance.citations if number in citations],
        details=[detail for detail in details if detail],
    )


class ClaimHandlers(JobHandlers[WeighedClaim]):
    """Gradio handlers of the Claim tab."""

    kind = "claim"

    def html(self, job: Job[WeighedClaim], reports: Sequence[KeptReport] = (), *, notice: str = "") -> str:
        """Render the tab, with the reports that are kept for the visitor, or a notice why none is shown."""
        return claim_tab_html(self._pc, job, reports, notice, self._examples_for(job).claims)

    def as_json(self, result: WeighedClaim) -> dict[str, Any]:
        """Serialize the claim."""
        return claim_as_json(result)

    def from_json(self, body: Mapping[str, Any]) -> WeighedClaim:
        """Read a claim that was kept."""
        return claim_from_json(body, self._pc.library)

    def work(self, job: Job[WeighedClaim], max_papers: int) -> Callable[[Progress, threading.Event], WeighedClaim]:
        """Return the function that weighs the claim."""

        def weigh(progress: Progress, stopped: threading.Event) -> WeighedClaim:
            return self._pc.claim(job.text, filters=job.filters, most=max_papers, progress=progress, stopped=stopped)

        return weigh

    def file(self, result: WeighedClaim, extension: str) -> Download | None:
        """Return the claim as a file."""
        return claim_download(result, extension)
