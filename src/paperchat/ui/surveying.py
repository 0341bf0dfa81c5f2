"""The handlers of the room where a subfield is surveyed."""

from __future__ import annotations

import threading
from collections.abc import Callable

from paperchat.survey.types import Survey
from paperchat.ui.downloads import Taken
from paperchat.ui.inquiring import InquiryRoom
from paperchat.ui.jobs import Inquiry, Progress
from paperchat.ui.survey_tab import room_html, taken_of


class SurveyRoom(InquiryRoom[Survey]):
    def shown(self, inquiry: Inquiry[Survey]) -> str:
        return room_html(self._pc, inquiry)

    def work(self, inquiry: Inquiry[Survey], most: int) -> Callable[[Progress, threading.Event], Survey]:
        def survey(progress: Progress, stopped: threading.Event) -> Survey:
            return self._pc.survey(inquiry.text, filters=inquiry.filters, most=most, progress=progress, stopped=stopped)

        return survey

    def taken(self, result: Survey, ending: str) -> Taken | None:
        return taken_of(result, ending)
