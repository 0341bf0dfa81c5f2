"""What the routes of the API share: the library's `PaperChat`, quotas, the workload, uploads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from paperchat.access.incoming import IncomingFiles
from paperchat.access.permissions import Permissions
from paperchat.access.quotas import QuestionQuota
from paperchat.server.callers import Caller
from paperchat.server.readiness import Readiness
from paperchat.server.request_observation import note_question
from paperchat.server.workload import Workload
from paperchat.ui.page_drawings import PageDrawings

if TYPE_CHECKING:
    from paperchat.assistant import PaperChat


API_PREFIX = "/api/v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiParts:
    """What the functions that make the API's routers are given; one for each app."""

    pc: PaperChat
    permissions: Permissions
    questions: QuestionQuota
    workload: Workload
    incoming: IncomingFiles
    drawings: PageDrawings
    readiness: Readiness
    embedder: str = ""
    public_url: str = ""
    has_window: bool = True

    async def admit(self, caller: Caller, text: str = "", *, count: int = 1) -> None:
        """Count a question, a topic or a claim of this caller, but for who sits at this machine.

        Raises:
            QuotaExceededError: it is too long, or too many were asked within a minute.
        """
        note_question(text)
        if caller.asker:
            await self.questions.aadmit(caller.asker, text, count=count)
