"""Readiness: whether a proxy may send requests here, and not while the server starts, stops or lacks its library."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from starlette.types import ASGIApp, Receive, Scope, Send

from paperchat.access.middleware import READY_PATH
from paperchat.errors import LibraryVersionError, PaperchatError

logger = logging.getLogger(__name__)

RETRY_AFTER = 2  # seconds
_CHECK_TIMEOUT = 5.0  # seconds
_CHECK_LIFETIME = 1.0  # seconds for which a check holds, as anyone may ask for it
_LAST_ASKED = 30.0  # seconds after which nobody is expected to ask any more
_OPEN_STREAMS = ("/gradio_api/heartbeat/",)
"""Paths of responses that last as long as a page is open."""


class Readiness:
    """Whether the server is ready; used on the event loop, but for `start` and `stop`."""

    def __init__(self, check: Callable[[], None]) -> None:
        """``check`` raises PaperchatError while questions cannot be answered."""
        self._check = check
        self._has_started = False
        self._is_stopping = False
        self._is_noticed = False
        self._asked_at = -_LAST_ASKED
        self._checking: asyncio.Task[str] | None = None
        self._checked_at = 0.0
        self._threads = ThreadPoolExecutor(2, thread_name_prefix="readiness")  # never behind questions

    def start(self) -> None:
        """Be ready from now on, as models and indexes are loaded."""
        self._has_started = True

    def stop(self) -> None:
        """Be ready no more."""
        self._is_stopping = True

    @property
    def is_noticed(self) -> bool:
        """Whether who asks has been told that the server stops, or nobody has asked of late."""
        return self._is_noticed or time.monotonic() - self._asked_at > _LAST_ASKED

    async def obstacle(self) -> str:
        """Return why the server is not ready; empty where it is."""
        self._asked_at = time.monotonic()
        if self._is_stopping:
            self._is_noticed = True
            return "this server is stopping: ask another one, or again when it has been started"
        if not self._has_started:
            return "this server is starting: ask again in a moment"
        if self._checking is None or (self._checking.done() and time.monotonic() - self._checked_at > _CHECK_LIFETIME):
            self._checking = asyncio.create_task(self._find_obstacle())
        return await asyncio.shield(self._checking)

    async def _find_obstacle(self) -> str:
        try:
            checking = asyncio.get_running_loop().run_in_executor(self._threads, self._check)
            await asyncio.wait_for(checking, _CHECK_TIMEOUT)
        except TimeoutError:
            return f"the library does not answer within {_CHECK_TIMEOUT:.0f} s: look at its servers"
        except LibraryVersionError as error:
            logger.warning("not ready: %s", error)
            return "a newer paperchat has changed the library: upgrade this server"
        except PaperchatError as error:
            logger.warning("not ready: %s", error)
            return "the library cannot be read: the log of this server says why"
        finally:
            self._checked_at = time.monotonic()
        return ""


class RequestCounter:
    """ASGI middleware that counts the requests that are answered, but for streams that have no end of their own."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.under_way = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request."""
        if scope["type"] != "http" or _is_open_stream(scope["path"]) or scope["path"] == READY_PATH:
            await self._app(scope, receive, send)
            return
        self.under_way += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self.under_way -= 1


def _is_open_stream(path: str) -> bool:
    """Whether a response goes on for as long as a page is open, or a job runs."""
    return path.startswith(_OPEN_STREAMS) or (path.startswith("/api/v1/jobs/") and path.endswith("/events"))
