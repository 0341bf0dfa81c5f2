"""Problem documents (RFC 9457): what the API says in place of a result, one line of what, where and what next."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from starlette.responses import JSONResponse

PROBLEM_TYPE = "application/problem+json"


def problem_document(status: int, detail: str, *, path: str, name: str = "") -> dict[str, Any]:
    """Return a problem of this status at this path; ``name`` tells it from others of the status."""
    phrase = HTTPStatus(status).phrase
    return {
        "type": f"urn:paperchat:problem:{name or phrase.lower().replace(' ', '-')}",
        "title": phrase,
        "status": status,
        "detail": " ".join(detail.split()),
        "instance": path,
    }


def problem_response(
    status: int, detail: str, *, path: str, name: str = "", headers: Mapping[str, str] | None = None
) -> JSONResponse:
    """Return a response with a problem."""
    document = problem_document(status, detail, path=path, name=name)
    return JSONResponse(document, status_code=status, headers=dict(headers or {}), media_type=PROBLEM_TYPE)
