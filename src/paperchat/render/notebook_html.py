"""Answers, surveys and claims as fragments for notebooks: every sentence with its quotes, papers and pages below it.

A fragment has its style in its own attributes, so that it looks the same wherever it is shown; it has no script and
loads nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import singledispatch

from paperchat.claims.claim_wording import STANCE_LABELS, deciding_citations, describe_considered, verdict_label
from paperchat.render.answer_layout import NEAREST, answer_layout, aspect_heading, is_shown_in_text, shows_understood
from paperchat.render.html import template_renderer
from paperchat.render.markdown import STANCE_HEADINGS
from paperchat.render.survey_html import survey_view
from paperchat.survey.types import ClaimStance, PaperStance, Survey, WeighedClaim
from paperchat.text.describe import describe_filters
from paperchat.types import Answer, Citation, TableRow

_MARKS_BEFORE_STOP_PATTERN = re.compile(r"((?:[ \u00a0]*(?<!\\)\[\d{1,4}\])+)([.,;:!?]+)(?=\s|$)")


@singledispatch
def notebook_html(shown: object) -> str:
    """Render an answer, a survey or a weighed claim."""
    raise TypeError(f"there is no notebook's view of {type(shown).__name__}")


@notebook_html.register
def _(answer: Answer) -> str:
    layout = answer_layout(answer)
    return _render(
        "notebook_answer.html",
        answer=answer,
        layout=layout,
        text=layout.before if answer.table else answer.text,
        rows=_aspects(answer.table or ()),
        understood=answer.understood if shows_understood(answer) else "",
        near=NEAREST,
    )


@notebook_html.register
def _(survey: Survey) -> str:
    return _render("notebook_survey.html", view=survey_view(survey))


@notebook_html.register
def _(claim: WeighedClaim) -> str:
    return _render(
        "notebook_claim.html",
        claim=claim,
        verdict=verdict_label(claim),
        scope=describe_considered(claim),
        restriction=describe_filters(claim.filters),
        deciding=[(STANCE_LABELS[side], citation) for side, citation in deciding_citations(claim)],
        papers=_papers_by_heading(claim),
        citations={citation.number: citation for citation in claim.citations},
    )


def _aspects(table: Sequence[TableRow]) -> Mapping[str, list[Citation | None]]:
    """The rows of a comparison by heading, with a cell for each paper."""
    aspects = dict.fromkeys(aspect for row in table for aspect in row.cells)
    return {aspect_heading(aspect): [row.cells.get(aspect) for row in table] for aspect in aspects}


def _papers_by_heading(claim: WeighedClaim) -> dict[str, list[PaperStance]]:
    sides: dict[ClaimStance, list[PaperStance]] = {side: [] for side in STANCE_HEADINGS}
    for paper in claim.papers:
        sides[paper.position].append(paper)
    return {STANCE_HEADINGS[side]: papers for side, papers in sides.items() if papers}


def _marks_after_stop(markdown: str) -> str:
    """Move marks behind the full stop of their sentence, as what they stand for goes below it."""
    return _MARKS_BEFORE_STOP_PATTERN.sub(r"\2\1", markdown)


_render = template_renderer("paperchat.render", is_shown_in_text=is_shown_in_text, marks_after_stop=_marks_after_stop)
