"""Problem documents (RFC 9457): what the API says in place of a result, one line of what, where and what next."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.responses import JSONResponse

PROBLEM_TYPE = "application/problem+json"
_TITLES = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    408: "Request Timeout",
    409: "Conflict",
    413: "Content Too Large",
    415: "Unsupported Media Type",
    422: "Unprocessable Content",
    429: "Too Many Requests",
    500: "Internal Server Error",
    502: "Bad Gateway",
    503: "Service Unavailable",
    507: "Insufficient Storage",
}
"""As in RFC 9110; Python's own differ between its versions."""


def problem_document(status: int, detail: str, *, path: str, name: str = "") -> dict[str, Any]:
    """Return a problem of this status at this path; ``name`` tells it from others of the status."""
    title = _TITLES.get(status, "Error")
    return {
        "type": f"urn:paperchat:problem:{name or title.lower().replace(' ', '-')}",
        "title": title,
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
