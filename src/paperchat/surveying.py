"""Surveys and weighed claims, as `PaperChat` gives them."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from paperchat.survey.types import MOST_READ, MOST_WEIGHED
from paperchat.types import Filters
from paperchat.wiring import Adapters

if TYPE_CHECKING:
    from paperchat.survey.types import Progress, Survey, WeighedClaim

T = TypeVar("T")


class Surveying(Adapters):
    """What `PaperChat` has beyond single questions; its parts are loaded when they are first asked for."""

    def survey(
        self,
        topic: str,
        *,
        filters: Filters | None = None,
        most: int = MOST_READ,
        progress: Progress | None = None,
        stopped: threading.Event | None = None,
    ) -> Survey:
        """A topic on one page, in which each sentence is a quote; with no section where the library has no paper on it.

        ``most`` papers are read, those that match best. Setting ``stopped`` ends the work.

        Raises:
            UsageError: the topic is blank or longer than ``LONGEST_TOPIC``, ``most`` is below 1, or a filter is
                malformed.
            StoppedError: ``stopped`` was set before the survey was done.
        """
        return self._surveyor.survey(topic, filters, most=most, progress=progress, stopped=stopped)

    async def asurvey(
        self,
        topic: str,
        *,
        filters: Filters | None = None,
        most: int = MOST_READ,
        progress: Progress | None = None,
    ) -> Survey:
        """The same for an event loop, which it never blocks; cancelling the task stops the work.

        ``progress`` is called from another thread.
        """
        return await _off_the_loop(
            lambda stopped: self.survey(topic, filters=filters, most=most, progress=progress, stopped=stopped)
        )

    def claim(
        self,
        text: str,
        *,
        filters: Filters | None = None,
        most: int = MOST_WEIGHED,
        progress: Progress | None = None,
        stopped: threading.Event | None = None,
    ) -> WeighedClaim:
        """Who supports a claim, who opposes it, and in which respect; each paper's side is shown by its own quotes.

        ``most`` papers are looked at, those that match best. Setting ``stopped`` ends the work.

        Raises:
            UsageError: the claim is blank or longer than ``LONGEST_QUESTION``, ``most`` is below 1, or a filter is
                malformed.
            StoppedError: ``stopped`` was set before the claim was weighed.
        """
        return self._weigher.weigh(text, filters, most=most, progress=progress, stopped=stopped)

    async def aclaim(
        self,
        text: str,
        *,
        filters: Filters | None = None,
        most: int = MOST_WEIGHED,
        progress: Progress | None = None,
    ) -> WeighedClaim:
        """The same for an event loop, as `asurvey`."""
        return await _off_the_loop(
            lambda stopped: self.claim(text, filters=filters, most=most, progress=progress, stopped=stopped)
        )


async def _off_the_loop(work: Callable[[threading.Event], T]) -> T:
    """The result of ``work``, whose event is set when nobody waits for it any more."""
    stopped = threading.Event()
    try:
        return await asyncio.to_thread(work, stopped)
    finally:
        stopped.set()
