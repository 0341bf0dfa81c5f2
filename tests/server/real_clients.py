"""Clients that others have written, pointed at a running server: OpenAI's, and the one of the MCP SDK."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Literal, TypeVar

import httpx
import httpx2
import openai
from api_server import ApiServer
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import streamable_http_client

from cli_runner import COMMAND, IMPORT_PATHS
from mcp import Client, StdioServerParameters

T = TypeVar("T")
Protocol = Literal["auto", "legacy"]
"""The newest one that both sides speak, or that of 2025."""
_SECONDS = 300.0


def openai_client(server: ApiServer, key: str = "none") -> openai.OpenAI:
    """OpenAI's client; without a key it sends something that is none, as it always must."""
    client = httpx.Client(trust_env=False, timeout=_SECONDS)
    return openai.OpenAI(base_url=f"{server.address}/v1", api_key=key, max_retries=0, http_client=client)


def over_stdio(home: Path, use: Callable[[Client], Awaitable[T]], protocol: Protocol = "auto") -> T:
    """What comes of using a client of `paperchat mcp` over the library at ``home``, which it starts itself."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PAPERCHAT_")}
    command = StdioServerParameters(
        command=COMMAND[0],
        args=[*COMMAND[1:], "mcp", "--home", str(home)],
        env={**environment, "PYTHONPATH": os.pathsep.join(IMPORT_PATHS)},
    )

    async def run() -> T:
        async with Client(stdio_client(command, errlog=sys.__stderr__ or sys.stderr), mode=protocol) as client:
            return await use(client)

    return asyncio.run(run())


def over_http(
    server: ApiServer, use: Callable[[Client], Awaitable[T]], protocol: Protocol = "auto", *, key: str = ""
) -> T:
    """What comes of using a client of a running server's MCP, with this key, if any."""
    headers = {"authorization": f"Bearer {key}"} if key else {}

    async def run() -> T:
        async with httpx2.AsyncClient(headers=headers, trust_env=False, timeout=_SECONDS) as http:
            transport = streamable_http_client(f"{server.address}/mcp", http_client=http)
            async with Client(transport, mode=protocol) as client:
                return await use(client)

    return asyncio.run(run())
