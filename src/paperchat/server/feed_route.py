"""The route for Atom feeds, which answers with 304 where the reader has the newest one already."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response
from starlette.responses import PlainTextResponse

from paperchat.access.middleware import VISITOR_HEADER, feed_token
from paperchat.access.quotas import QuestionQuota, QuotaExceededError, asker_of
from paperchat.errors import NotFoundError, PaperchatError
from paperchat.reading.feed_entries import FeedKind
from paperchat.render.atom import MEDIA_TYPE, feed_as_atom

if TYPE_CHECKING:
    from paperchat.assistant import PaperChat


def feed_routes(pc: PaperChat, questions: QuestionQuota) -> APIRouter:
    """Return a router that serves the visitor's feeds, or the one that a signed token is for."""
    router = APIRouter()

    @router.api_route("/feeds/{kind}.atom", methods=["GET", "HEAD"])
    def feed(kind: FeedKind, request: Request, of: str = "") -> Response:
        owner = request.headers[VISITOR_HEADER]
        if (token := feed_token(request.scope)) is not None:
            values = pc.components.tokens.read("feed", token)
            if values is None or values[1:] != [kind, of]:
                return PlainTextResponse("this address is not signed by paperchat: copy it again", status_code=403)
            owner = values[0]
        try:
            if not pc.components.feeds.is_ready(kind, of):
                questions.admit(asker_of(request), of)
            made = pc.reading(owner).feed(kind, of)
        except QuotaExceededError as error:
            return PlainTextResponse(str(error), status_code=429, headers={"retry-after": "60"})
        except PaperchatError as error:
            return PlainTextResponse(str(error), status_code=404 if isinstance(error, NotFoundError) else 400)
        body = feed_as_atom(made, address=str(request.url))
        updated = datetime.fromisoformat(made.updated).astimezone(UTC).replace(microsecond=0)
        validators = {
            "etag": f'"{hashlib.sha256(body).hexdigest()[:32]}"',
            "last-modified": format_datetime(updated, usegmt=True),
            "cache-control": "private, no-cache",
        }
        if _is_known(request.headers, validators["etag"], updated):
            return Response(status_code=304, headers=validators)
        return Response(body, media_type=f"{MEDIA_TYPE}; charset=utf-8", headers=validators)

    return router


def _is_known(headers: Mapping[str, str], etag: str, updated: datetime) -> bool:
    """Whether the reader has this feed: by its ETag, else by its time (RFC 9110, 13.1)."""
    if (tags := headers.get("if-none-match")) is not None:
        known = [tag.strip().removeprefix("W/") for tag in tags.split(",")]
        return etag in known or "*" in known
    try:
        since = parsedate_to_datetime(headers.get("if-modified-since", ""))
    except (ValueError, OverflowError):
        return False
    return updated <= (since if since.tzinfo else since.replace(tzinfo=UTC))
