"""Responses with an ETag, which are not sent again to a client that has them; and cursors of lists."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping
from typing import Any

from fastapi import Request
from starlette.responses import JSONResponse, Response

from paperchat.errors import UsageError


def conditional_json(request: Request, document: Mapping[str, Any]) -> Response:
    """Return a JSON document, or 304 where the request says that the client has it (RFC 9110, 13.1.2)."""
    response = JSONResponse(document)
    etag = f'"{hashlib.sha256(bytes(response.body)).hexdigest()[:32]}"'
    headers = {"etag": etag, "cache-control": "private, no-cache"}
    known = [tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")]
    if etag in known or "*" in known:
        return Response(status_code=304, headers=headers)
    response.headers.update(headers)
    return response


def write_cursor(*values: str | int) -> str:
    """Return a cursor that carries these values: those of the last entry shown, by which a list is ordered."""
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


def read_cursor(cursor: str, *kinds: type[str] | type[int]) -> list[Any]:
    """Return the values of a cursor, which are of these kinds.

    Raises:
        UsageError: it is malformed.
    """
    try:
        values = json.loads(base64.urlsafe_b64decode(f"{cursor}{'=' * (-len(cursor) % 4)}"))
    except (binascii.Error, ValueError, RecursionError):
        values = None
    if not isinstance(values, list) or [type(value) for value in values] != list(kinds):
        raise UsageError("the cursor is malformed: send the field next of the part before, or none")
    return values
