"""A survey as the Survey room shows it."""

from __future__ import annotations

import base64
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from paperchat.render.export import SURVEY_ENDINGS, survey_as_file
from paperchat.render.html import line
from paperchat.render.survey_html import comparison_html, coverage_html, sections_html, summary_html, survey_map_html
from paperchat.survey.types import Survey
from paperchat.ui.downloads import Taken
from paperchat.ui.jobs import Inquiry, InquiryRoom, Progress, downloads, file_name, linking_of, opening, unfinished

if TYPE_CHECKING:
    from paperchat.assistant import PaperChat

ROOM = "survey"
_WHOLE = {".md": "Markdown", ".html": "HTML", ".bib": "BibTeX", ".ris": "RIS", ".json": "JSON"}
_MAP = {".svg": "SVG", ".png": "PNG"}
_TABLE = {".csv": "CSV"}


def room_html(pc: PaperChat, inquiry: Inquiry[Survey]) -> str:
    if inquiry.stage == "none":
        told = (
            "Name a topic. Its papers are grouped into themes, and what they ask, do and find is quoted, with what "
            "they disagree on, what is open, and a table that compares them."
        )
        return opening(pc, "A subfield on one page", told)
    heading = f'<h1 tabindex="-1">{line(inquiry.text)}</h1>'
    inner = survey_html(inquiry.result) if inquiry.result else unfinished(inquiry)
    return f'<article class="survey {inquiry.stage}" aria-label="Survey">{heading}{inner}</article>'


def survey_html(survey: Survey) -> str:
    linking = linking_of(ROOM)
    return "".join(
        (
            summary_html(survey, linking),
            downloads("Download", _WHOLE) if survey.sections else "",
            _wide("Map", survey_map_html(survey, linking), _MAP),
            sections_html(survey, linking),
            _wide("Comparison", comparison_html(survey, linking), _TABLE),
            f'<section class="part"><h2>Coverage</h2>{coverage_html(survey, linking)}</section>',
        )
    )


def taken_of(survey: Survey, ending: str) -> Taken | None:
    """The survey, its map or its table as a file to be saved; ``None`` where there is no such kind."""
    if ending not in SURVEY_ENDINGS:
        return None
    content, name = survey_as_file(survey, ending), f"{file_name('survey', survey.topic)}{ending}"
    if ending == ".png":
        return Taken(name=name, text=base64.b64encode(content).decode(), kind="image/png")
    return Taken(name=name, text=content.decode())


def _wide(heading: str, inner: str, files: dict[str, str]) -> str:
    if not inner:
        return ""
    return f'<section class="part wide"><h2>{heading}</h2>{inner}{downloads(heading, files)}</section>'


class SurveyRoom(InquiryRoom[Survey]):
    def shown(self, inquiry: Inquiry[Survey]) -> str:
        return room_html(self._pc, inquiry)

    def work(self, inquiry: Inquiry[Survey], most: int) -> Callable[[Progress, threading.Event], Survey]:
        def survey(progress: Progress, stopped: threading.Event) -> Survey:
            return self._pc.survey(inquiry.text, filters=inquiry.filters, most=most, progress=progress, stopped=stopped)

        return survey

    def taken(self, result: Survey, ending: str) -> Taken | None:
        return taken_of(result, ending)
