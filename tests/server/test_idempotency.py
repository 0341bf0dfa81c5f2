"""A request whose client is gone while its response is stored may be sent again with its idempotency key."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from paperchat.access.middleware import VISITOR_HEADER
from paperchat.server.idempotency import IdempotencyMiddleware
from paperchat.storage.database import FILE
from paperchat.storage.library import Library
from support import open_library

_SCOPE = {
    "type": "http",
    "method": "POST",
    "path": "/api/v1/ask",
    "query_string": b"",
    "headers": [(b"idempotency-key", b"once"), (VISITOR_HEADER.encode(), b"ada")],
    "body": b"{}",
}
_TRIES = 200


def test_a_key_is_free_again_when_its_request_was_cut_off(tmp_path: Path) -> None:
    with open_library(tmp_path) as library:
        status = asyncio.run(_send_twice(library))
    assert status == 200


async def _send_twice(library: Library) -> int:
    answering = asyncio.Event()
    with closing(sqlite3.connect(library.home / FILE, isolation_level=None)) as writer:

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            if not answering.is_set():
                writer.execute("BEGIN IMMEDIATE")  # the response cannot be stored yet
                answering.set()
            await Response(b"answered")(scope, receive, send)

        handle = IdempotencyMiddleware(app, responses=library.stored_responses)
        first = asyncio.create_task(handle(dict(_SCOPE), _receive, _discard))
        await answering.wait()
        await asyncio.sleep(0.1)
        first.cancel()
        writer.execute("ROLLBACK")
        with suppress(asyncio.CancelledError):
            await first
        for _ in range(_TRIES):  # until its response is stored
            status = await _status(handle)
            if status != 409:
                break
            await asyncio.sleep(0.05)
        return status


async def _status(handle: IdempotencyMiddleware) -> int:
    statuses: list[int] = []

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    await handle(dict(_SCOPE), _receive, send)
    return statuses[0]


async def _receive() -> Message:
    return {"type": "http.request", "body": b"", "more_body": False}


async def _discard(_: Message) -> None:
    pass
