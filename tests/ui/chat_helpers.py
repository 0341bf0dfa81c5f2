"""A state that grows, step by step, for tests that have no event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from paperchat import PaperChat
from paperchat.ui.chat_state import ChatState, stream_chat


def ask(pc: PaperChat, state: ChatState, question: str) -> Iterator[ChatState]:
    async def steps() -> list[ChatState]:
        return [updated async for updated in stream_chat(pc, state, question, asyncio.Event())]

    with ThreadPoolExecutor(1) as elsewhere:  # on this thread the browser's loop may be running
        return iter(elsewhere.submit(asyncio.run, steps()).result())
