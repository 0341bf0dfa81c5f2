"""The Survey tab: its HTML, downloads and handlers."""

from __future__ import annotations

import base64
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from paperchat.render.export import SURVEY_ENDINGS, survey_as_file
from paperchat.render.survey_html import survey_view
from paperchat.serialization import survey_as_json
from paperchat.storage.feedback import KeptReport
from paperchat.stored_reports import survey_from_json
from paperchat.survey.survey_changes import compare_with_earlier
from paperchat.survey.types import Survey
from paperchat.ui.components import render
from paperchat.ui.downloads import Download
from paperchat.ui.reports.jobs import Job, JobHandlers, Progress, file_name, progress_text
from paperchat.ui.reports.quote_rows import survey_blocks

if TYPE_CHECKING:
    from paperchat.assistant import PaperChat


def survey_tab_html(
    pc: PaperChat,
    job: Job[Survey],
    reports: Sequence[KeptReport] = (),
    notice: str = "",
    examples: Sequence[str] = (),
) -> Markup:
    """Render the tab, with the reports that are kept for the visitor, or a notice why none is shown."""
    return render(
        "survey.html",
        tab="survey",
        job=job,
        reports=reports,
        notice=notice,
        examples=examples,
        view=survey_view(job.result) if job.result else None,
        progress=progress_text(job),
        is_library_empty=not pc.status().papers,
        survey_blocks=survey_blocks,
    )


def survey_download(survey: Survey, extension: str) -> Download | None:
    """Return the survey, its map or its table as a file; ``None`` for an unknown extension."""
    if extension not in SURVEY_ENDINGS:
        return None
    content, name = survey_as_file(survey, extension), f"{file_name('survey', survey.topic)}{extension}"
    if extension == ".png":
        return Download(name=name, text=base64.b64encode(content).decode(), kind="image/png")
    return Download(name=name, text=content.decode())


class SurveyHandlers(JobHandlers[Survey]):
    """Gradio handlers of the Survey tab."""

    kind = "survey"

    def html(self, job: Job[Survey], reports: Sequence[KeptReport] = (), *, notice: str = "") -> str:
        """Render the tab, with the reports that are kept for the visitor, or a notice why none is shown."""
        return survey_tab_html(self._pc, job, reports, notice, self._examples_for(job).topics)

    def as_json(self, result: Survey) -> dict[str, Any]:
        """Serialize the survey."""
        return survey_as_json(result)

    def from_json(self, body: Mapping[str, Any]) -> Survey:
        """Read a survey that was kept."""
        return survey_from_json(body, self._pc.library)

    def compared(self, result: Survey, earlier: Survey) -> Survey:
        """The survey, with what has changed since the earlier one."""
        return compare_with_earlier(result, earlier)

    def work(self, job: Job[Survey], max_papers: int) -> Callable[[Progress, threading.Event], Survey]:
        """Return the function that surveys the topic."""

        def survey(progress: Progress, stopped: threading.Event) -> Survey:
            return self._pc.survey(job.text, filters=job.filters, most=max_papers, progress=progress, stopped=stopped)

        return survey

    def file(self, result: Survey, extension: str) -> Download | None:
        """Return the survey as a file."""
        return survey_download(result, extension)
