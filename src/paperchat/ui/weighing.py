"""The handlers of the room where a claim is weighed."""

from __future__ import annotations

import threading
from collections.abc import Callable

from paperchat.survey.types import WeighedClaim
from paperchat.ui.claim_tab import room_html, taken_of
from paperchat.ui.downloads import Taken
from paperchat.ui.inquiring import InquiryRoom
from paperchat.ui.jobs import Inquiry, Progress


class ClaimRoom(InquiryRoom[WeighedClaim]):
    def shown(self, inquiry: Inquiry[WeighedClaim]) -> str:
        return room_html(self._pc, inquiry)

    def work(self, inquiry: Inquiry[WeighedClaim], most: int) -> Callable[[Progress, threading.Event], WeighedClaim]:
        def weigh(progress: Progress, stopped: threading.Event) -> WeighedClaim:
            return self._pc.claim(inquiry.text, filters=inquiry.filters, most=most, progress=progress, stopped=stopped)

        return weigh

    def taken(self, result: WeighedClaim, ending: str) -> Taken | None:
        return taken_of(result, ending)
