"""Server-sent events, and work that ends when the client that asked for it goes away."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from fastapi import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from paperchat.server.problem_handlers import problem_of

T = TypeVar("T")

logger = logging.getLogger(__name__)

MEDIA_TYPE = "text/event-stream"
CLIENT_GONE = 499  # nobody reads it
_PING_INTERVAL = 15.0  # seconds
_SEND_TIMEOUT = 30.0  # seconds in which the client must read what is sent
_FIRST_EVENT_TIMEOUT = 2.0  # seconds


class EncodedEvent(Protocol):
    """A part of a stream of events."""

    def encoded(self) -> bytes:
        """Return the part as it is sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerEvent:
    """An event with its name and a JSON document."""

    name: str
    data: Mapping[str, Any]

    def encoded(self) -> bytes:
        """Return the event as it is sent."""
        return f"event: {self.name}\ndata: {json.dumps(self.data, ensure_ascii=False)}\n\n".encode("utf-8", "replace")


Failure = Callable[[Exception, Request], EncodedEvent]
"""Makes the event that says what went wrong."""


def problem_event(error: Exception, request: Request) -> ServerEvent:
    """Return an event with a problem, by the name ``error``."""
    return ServerEvent(name="error", data=problem_of(error, request.scope).document)


class EventStream(Response):
    """A response of events, made as they come; the last one says what goes wrong, if anything does.

    The generator is closed when the client goes away or does not read. While nothing happens, comments are sent, so
    that proxies keep the connection.
    """

    media_type = MEDIA_TYPE

    def __init__(
        self, events: AsyncGenerator[EncodedEvent, None], request: Request, *, failure: Failure = problem_event
    ) -> None:
        super().__init__(headers={"cache-control": "no-store", "x-accel-buffering": "no"}, media_type=MEDIA_TYPE)
        del self.headers["content-length"]
        self._events = events
        self._request = request
        self._failure = failure
        self._next: asyncio.Future[EncodedEvent | None] = asyncio.ensure_future(anext(events, None))

    @classmethod
    async def begin(
        cls, events: AsyncGenerator[EncodedEvent, None], request: Request, *, failure: Failure = problem_event
    ) -> EventStream:
        """Return a response whose work has begun; what is refused at once is raised, with a status of its own."""
        stream = cls(events, request, failure=failure)
        try:
            await asyncio.wait({stream._next}, timeout=_FIRST_EVENT_TIMEOUT)
        except asyncio.CancelledError:
            await stream._close()
            raise
        if stream._next.done() and (error := stream._next.exception()):
            raise error
        return stream

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        """Send the events."""
        sending = asyncio.ensure_future(self._send_all(send))
        leaving = asyncio.ensure_future(_wait_until_gone(receive))
        try:
            await asyncio.wait({sending, leaving}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (sending, leaving):
                task.cancel()
            await asyncio.gather(sending, leaving, return_exceptions=True)
            await self._close()
        if not sending.cancelled():
            with suppress(OSError, TimeoutError):  # the client has gone away, or does not read
                sending.result()

    async def _send_all(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        async with asyncio.timeout(None) as deadline:

            async def send_chunk(chunk: bytes) -> None:
                deadline.reschedule(asyncio.get_running_loop().time() + _SEND_TIMEOUT)
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
                deadline.reschedule(None)

            while True:
                await asyncio.wait({self._next}, timeout=_PING_INTERVAL)
                if not self._next.done():
                    await send_chunk(b": still working\n\n")
                    continue
                try:
                    event = self._next.result()
                except Exception as error:  # noqa: BLE001 - the client has a status of success already
                    event, self._next = self._failure(error, self._request), _nothing_more()
                else:
                    self._next = asyncio.ensure_future(anext(self._events, None)) if event else _nothing_more()
                if event is None:
                    break
                await send_chunk(event.encoded())
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _close(self) -> None:
        self._next.cancel()
        await asyncio.gather(self._next, return_exceptions=True)
        await self._events.aclose()


async def run_until_gone(request: Request, work: Awaitable[T]) -> T | None:
    """Return the result of ``work``; ``None`` where the client has gone away, when the work is cancelled."""
    working = asyncio.ensure_future(work)
    leaving = asyncio.ensure_future(_wait_until_gone(request.receive))
    try:
        await asyncio.wait({working, leaving}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        leaving.cancel()
        if not working.done():
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)
    return None if working.cancelled() else working.result()


async def _wait_until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _nothing_more() -> asyncio.Future[EncodedEvent | None]:
    ended = asyncio.get_running_loop().create_future()
    ended.set_result(None)
    return ended
