"""What is observed of each request: its id, route, status, time and caller; handed to logs and telemetry.

The id is the client's ``X-Request-ID``, where that is a plain word, or a new one; the response names it.
"""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, ExitStack
from contextvars import ContextVar
from dataclasses import dataclass

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

REQUEST_ID_HEADER = "x-request-id"
NO_ROUTE = "none"
_ID_PATTERN = re.compile(r"[A-Za-z0-9._-]{1,64}")


@dataclass(slots=True, kw_only=True)
class ObservedRequest:
    """A request; complete once it has been answered, with the status 0 where its client went away before.

    Attributes:
        route: the path as routes have it, without what the request filled in; never its query.
        caller: the name of the key or user, where the API was called.
        question: what was asked of the API, which is private.
    """

    request_id: str
    method: str
    route: str = NO_ROUTE
    status: int = 0
    seconds: float = 0.0
    caller: str | None = None
    question: str | None = None


Observer = Callable[[Scope, ObservedRequest], AbstractContextManager[None]]
"""Gives a context in which a request is handled; at its end the request is complete."""

_CURRENT: ContextVar[ObservedRequest | None] = ContextVar("observed_request", default=None)


def current_request() -> ObservedRequest | None:
    """Return the request that is being handled, if any."""
    return _CURRENT.get()


def note_question(text: str) -> None:
    """Note what the request that is being handled asks."""
    if text and (observed := _CURRENT.get()):
        observed.question = text


class ObservingMiddleware:
    """ASGI middleware that gives each request an id and has it observed."""

    def __init__(self, app: ASGIApp, *, observers: Sequence[Observer] = ()) -> None:
        self._app = app
        self._observers = observers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        observed = ObservedRequest(request_id=_request_id(scope), method=scope["method"])
        scope["request_id"] = observed.request_id
        began = time.monotonic()

        async def noticing(message: Message) -> None:
            if message["type"] == "http.response.start":
                observed.status = message["status"]
                MutableHeaders(scope=message)[REQUEST_ID_HEADER] = observed.request_id
            await send(message)

        token = _CURRENT.set(observed)
        try:
            with ExitStack() as contexts:
                for observer in self._observers:
                    contexts.enter_context(observer(scope, observed))
                try:
                    await self._app(scope, receive, noticing)
                finally:
                    observed.seconds = time.monotonic() - began
                    observed.route = getattr(scope.get("route"), "path", "") or NO_ROUTE
                    observed.caller = getattr(scope.get("caller"), "name", None)
        finally:
            _CURRENT.reset(token)


def _request_id(scope: Scope) -> str:
    given = Headers(scope=scope).getlist(REQUEST_ID_HEADER)
    return given[0] if len(given) == 1 and _ID_PATTERN.fullmatch(given[0]) else uuid.uuid4().hex
