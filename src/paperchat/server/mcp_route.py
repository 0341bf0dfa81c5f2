"""MCP over HTTP: each request stands on its own, and its client is who the key or the login says."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress

from fastapi import Request
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from starlette.types import Message, Receive, Scope, Send

from paperchat.access.problems import problem_response
from paperchat.mcp.protocol_server import create_server
from paperchat.mcp.tool_callers import ToolCaller
from paperchat.render.paper_links import PaperLinks
from paperchat.server.api_parts import ApiParts
from paperchat.server.body_limit import MAX_BODY_BYTES
from paperchat.server.callers import Caller, Callers

MCP_PATH = "/mcp"


class McpRoute:
    """An ASGI app that speaks streamable HTTP without sessions. A request ends when its client goes away."""

    def __init__(self, api: ApiParts, callers: Callers) -> None:
        self.path = MCP_PATH
        self._api = api
        self._callers = callers
        self._manager = StreamableHTTPSessionManager(
            create_server(api.pc, self._find_caller), stateless=True, max_request_body_size=MAX_BODY_BYTES
        )

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Serve requests meanwhile."""
        async with self._manager.run():
            yield

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request.

        Raises:
            QuotaExceededError: the caller has sent too many.
        """
        scope["route"] = self  # as FastAPI's routes do, for metrics and logs
        scope["caller"] = self._callers.identify(Request(scope))
        if scope["method"] != "POST":
            detail = "there are no sessions here, so that there is nothing to listen to or to end: send a POST"
            refusal = problem_response(405, detail, path=scope["path"], headers={"allow": "POST"})
            await refusal(scope, receive, send)
            return
        received: asyncio.Queue[Message] = asyncio.Queue()
        handling = asyncio.ensure_future(self._manager.handle_request(scope, received.get, send))

        async def relay() -> None:
            """Hand on what is received, and end the work when the client has gone away."""
            while True:
                message = await receive()
                await received.put(message)
                if message["type"] == "http.disconnect":
                    handling.cancel()
                    return

        relaying = asyncio.ensure_future(relay())
        try:
            with suppress(asyncio.CancelledError):
                await handling
        finally:
            relaying.cancel()
            await asyncio.gather(relaying, return_exceptions=True)

    def _find_caller(self, request: Request) -> ToolCaller:
        origin = self._api.public_url or str(request.base_url).rstrip("/")
        links = PaperLinks(origin=origin, has_window=self._api.has_window)
        return _HttpCaller(self._api, request.scope["caller"], links)


class _HttpCaller:
    """Who calls a tool over HTTP."""

    def __init__(self, api: ApiParts, caller: Caller, links: PaperLinks) -> None:
        self._api = api
        self._caller = caller
        self.owner = caller.visitor
        self.links = links

    async def admit(self, text: str) -> None:
        """Count a question of the caller's."""
        await self._api.admit(self._caller, text)

    def slot(self) -> AbstractAsyncContextManager[None]:
        """Wait for one of the slots of the server."""
        return self._api.workload.slot(self._caller.visitor)
