"""The handlers of a room of long work; what the work is, and how its result is shown, each room says itself."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING, Generic, TypeVar

from gradio import EventData, Request

from paperchat.types import Filters
from paperchat.ui.downloads import Taken, taken_html
from paperchat.ui.filter_chips import chips, narrowed
from paperchat.ui.jobs import Inquiry, Progress, inquire
from paperchat.ui.stopping import Stops
from paperchat.ui.told import word

if TYPE_CHECKING:
    from paperchat.assistant import PaperChat

T = TypeVar("T")
_AT_ONCE = 4  # visitors whose work is done at the same time; the others wait
FEWEST, MOST = 5, 300
"""Papers that a visitor may have looked at."""


class InquiryRoom(ABC, Generic[T]):
    """Each handler takes the visitor's own inquiry, and gives it as it becomes, with what is to be shown.

    The filters are a state of their own: they may be changed for the next inquiry while one is under way.
    """

    def __init__(self, pc: PaperChat) -> None:
        self._pc = pc
        self._stops = Stops()
        # Of its own, so that questions never wait until surveys are done.
        self._workers = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="inquiry")

    @abstractmethod
    def shown(self, inquiry: Inquiry[T]) -> str:
        """The room's HTML."""

    @abstractmethod
    def work(self, inquiry: Inquiry[T], most: int) -> Callable[[Progress, threading.Event], T]:
        """What is to be done for the inquiry's text, with at most so many papers."""

    @abstractmethod
    def taken(self, result: T, ending: str) -> Taken | None:
        """The result as a file to be saved; ``None`` for an ending that nothing is known to have."""

    def opened(self, inquiry: Inquiry[T], filters: Filters) -> tuple[str, str]:
        return self.shown(inquiry), chips(self._pc, filters)

    async def begin(
        self, inquiry: Inquiry[T], filters: Filters, text: str, most: float | None, request: Request
    ) -> AsyncIterator[tuple[Inquiry[T], str]]:
        """Nothing is begun without a text."""
        if not text.strip():
            yield inquiry, self.shown(inquiry)
            return
        inquiry = replace(inquiry, text=text.strip(), filters=filters)
        work = self.work(inquiry, _within(most))
        with self._stops.heeded(str(request.session_hash)) as stop:
            async with aclosing(inquire(inquiry, work, stop, self._workers)) as becoming:
                async for become in becoming:
                    yield become, self.shown(become)

    def stop(self, request: Request) -> None:
        self._stops.stop(str(request.session_hash))

    def unfold(self, filters: Filters, text: str, told: EventData) -> str:
        return chips(self._pc, filters, text, opened=bool(told.opened))

    def narrow(self, filters: Filters, text: str, told: EventData) -> tuple[Filters, str]:
        filters = narrowed(filters, told._data)
        return filters, chips(self._pc, filters, text, opened="panel" in told._data)

    def take_away(self, inquiry: Inquiry[T], told: EventData) -> str:
        file = None if inquiry.result is None else self.taken(inquiry.result, word(told._data, "form"))
        return taken_html(file)


def _within(most: float | None) -> int:
    """A number that can be meant, whatever was typed."""
    return int(min(max(most or 0, FEWEST), MOST))
