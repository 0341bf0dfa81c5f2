"""Problem documents (RFC 9457): what the API says in place of a result, one line of what, where and what next.

Below ``/v1/``, where OpenAI's clients call, it is said in their form.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.responses import JSONResponse

PROBLEM_TYPE = "application/problem+json"
OPENAI_PREFIX = "/v1"
_OPENAI_KINDS = {401: ("invalid_request_error", "invalid_api_key"), 403: ("permission_error", None)}
_OPENAI_KINDS |= {429: ("rate_limit_error", "rate_limit_exceeded")}
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


def openai_error(problem: Mapping[str, Any], *, param: str = "") -> dict[str, Any]:
    """Return a problem as OpenAI's clients read errors; ``param`` names the field that is wrong."""
    default = ("server_error" if problem["status"] >= 500 else "invalid_request_error", None)
    kind, code = _OPENAI_KINDS.get(problem["status"], default)
    name = problem["type"].rpartition(":")[2].replace("-", "_")
    return {"error": {"message": problem["detail"], "type": kind, "param": param or None, "code": code or name}}


def response_of(document: Mapping[str, Any], *, param: str = "", headers: Mapping[str, str]) -> JSONResponse:
    """Return a response with a problem document, in the form that is read at its path."""
    status, sent = document["status"], dict(headers)
    if str(document["instance"]).startswith(f"{OPENAI_PREFIX}/"):
        return JSONResponse(
            openai_error(document, param=param), status_code=400 if status == 422 else status, headers=sent
        )
    return JSONResponse(document, status_code=status, headers=sent, media_type=PROBLEM_TYPE)


def problem_response(
    status: int, detail: str, *, path: str, name: str = "", headers: Mapping[str, str] | None = None
) -> JSONResponse:
    """Return a response with a problem."""
    return response_of(problem_document(status, detail, path=path, name=name), headers=headers or {})
