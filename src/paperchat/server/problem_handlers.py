"""Which problem an exception is: its status, and one line without folders of the server or a traceback."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from paperchat.access.permissions import NotPermittedError
from paperchat.access.problems import problem_document, response_of
from paperchat.access.quotas import QuotaExceededError
from paperchat.errors import (
    LibraryBusyError,
    LibraryError,
    ModelError,
    NotFoundError,
    PaperchatError,
    SourceError,
    StoppedError,
    UnavailableError,
    UsageError,
)
from paperchat.server.workload import RETRY_AFTER, OverloadedError
from paperchat.ui.page_drawings import PagesBusyError

logger = logging.getLogger(__name__)


class ConflictError(PaperchatError):
    """A request that contradicts the state of what it is for."""


class PreconditionError(UsageError):
    """A request that cannot be handled as it was sent, such as a body of another type."""

    def __init__(self, message: str, *, status: int) -> None:
        super().__init__(message)
        self.status = status


_STATUSES: tuple[tuple[type[PaperchatError], int, str], ...] = (
    (NotPermittedError, 403, ""),
    (NotFoundError, 404, ""),
    (ConflictError, 409, ""),
    (QuotaExceededError, 429, "quota-exceeded"),
    (OverloadedError, 503, "overloaded"),
    (PagesBusyError, 503, "overloaded"),
    (LibraryBusyError, 503, "library-busy"),
    (UnavailableError, 503, "library-unavailable"),
    (LibraryError, 500, "library-error"),
    (ModelError, 502, "model-error"),
    (StoppedError, 503, "stopped"),
    (SourceError, 422, "source-error"),
    (UsageError, 422, "invalid-request"),
)
_LOCATIONS = {"body": "the body", "query": "the query", "path": "the path", "header": "the headers"}
_MAX_VALUE_LENGTH = 80
_UNREADABLE_BODY = "There was an error parsing the body"
"""What FastAPI says of a body that is nested too deeply or in another encoding."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A problem document, the headers that go with it, and the field of the request that it is about, if any."""

    document: Mapping[str, Any]
    headers: Mapping[str, str]
    param: str = ""

    def response(self) -> JSONResponse:
        """Return it as a response."""
        return response_of(self.document, headers=self.headers, param=self.param)


def problem_of(error: Exception, scope: Scope, *, home: str = "") -> Problem:
    """Return the problem that an exception is; one that was not foreseen is logged, by its type and place only.

    The folder ``home`` of the library is left out of what it says: by default that of the app in the ``scope``.
    """
    path, headers, name, param = scope["path"], dict[str, str](), "", getattr(error, "param", "")
    if isinstance(error, RequestValidationError):
        status, detail, name = _validation(error)
        param = _field(error)
    elif isinstance(error, PreconditionError):
        status, detail = error.status, str(error)
    elif isinstance(error, HTTPException):
        status, headers = error.status_code, dict(error.headers or {})
        detail, name = _http_detail(error, scope)
    elif isinstance(error, PaperchatError):
        status, name = next(((status, name) for kind, status, name in _STATUSES if isinstance(error, kind)), (500, ""))
        detail = _without_folders(str(error), home or _home_of(scope))
        if status in (429, 503):
            headers["retry-after"] = str(getattr(error, "seconds", None) or RETRY_AFTER)
    else:
        place = traceback.extract_tb(error.__traceback__)[-1] if error.__traceback__ else None
        where = f"{Path(place.filename).name}:{place.lineno}" if place else "an unknown place"
        logger.error("an unexpected %s at %s", type(error).__name__, where)
        status, name = 500, "unexpected"
        detail = f"paperchat has made an error of its own ({type(error).__name__}): try again, or in other words"
    return Problem(document=problem_document(status, detail, path=path, name=name), headers=headers, param=param)


def add_problem_handlers(app: FastAPI) -> None:
    """Have the app answer with problems."""

    async def handle(request: Request, error: Exception) -> JSONResponse:
        return problem_of(error, request.scope).response()

    for kind in (RequestValidationError, HTTPException, PaperchatError):
        app.add_exception_handler(kind, handle)


class UnexpectedErrorMiddleware:
    """ASGI middleware that answers with a problem where the app fails, and ends a response that has begun."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        has_begun = False

        async def noticing(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        try:
            await self._app(scope, receive, noticing)
        except Exception as error:  # noqa: BLE001 - clients and logs get a line instead of a traceback
            problem = problem_of(error, scope)
            if not has_begun:
                await problem.response()(scope, receive, send)


def _validation(error: RequestValidationError) -> tuple[int, str, str]:
    """The first thing that is wrong: what, where, and what is expected."""
    first = error.errors()[0]
    location = first["loc"]
    if first["type"] == "json_invalid":
        reason = str(first.get("ctx", {}).get("error", "malformed"))
        return 400, f"the body is not JSON ({reason} at character {location[-1]}): send one JSON object", "invalid-json"
    place, field = _LOCATIONS.get(str(location[0]), str(location[0])), _field(error)
    said = str(first["msg"]).removeprefix("Value error, ")
    if not field:
        return 422, f"{place}: {said}; send a JSON object with the content type application/json", "invalid-request"
    value = first.get("input")
    shown = f", not {_shortened(value)}" if isinstance(value, str | int | float) and first["type"] != "missing" else ""
    return 422, f"{field} in {place}: {said}{shown}; /openapi.json describes what is expected", "invalid-request"


def _field(error: RequestValidationError) -> str:
    """The field that is wrong: ``filters.since``."""
    return ".".join(str(part) for part in error.errors()[0]["loc"][1:])


def _shortened(value: object) -> str:
    text = ascii(value)
    return text if len(text) <= _MAX_VALUE_LENGTH else f"{text[:_MAX_VALUE_LENGTH]}…"


def _http_detail(error: HTTPException, scope: Scope) -> tuple[str, str]:
    """What the framework refuses, and the problem's name where it has one of its own."""
    if error.status_code == 404:
        return "there is no such route: /openapi.json lists those there are", ""
    if error.status_code == 405:
        return f"{scope['method']} is not a method of this route: /openapi.json lists those there are", ""
    if error.detail == _UNREADABLE_BODY:
        return "the body is not JSON in UTF-8: send one JSON object", "invalid-json"
    return str(error.detail), ""


def _home_of(scope: Scope) -> str:
    return str(getattr(scope["app"].state, "home", "")) if "app" in scope else ""


def _without_folders(message: str, home: str) -> str:
    """Messages of the library name its folder, which is for who runs the server."""
    return message.replace(f" at {home}", "").replace(home, "the library's folder") if home else message
