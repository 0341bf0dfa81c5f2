"""A talk that grows, step by step, for tests that have no event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from paperchat import PaperChat
from paperchat.ui import chat_state as talks
from paperchat.ui.chat_state import Talk


def ask(pc: PaperChat, talk: Talk, question: str) -> Iterator[Talk]:
    async def steps() -> list[Talk]:
        return [grown async for grown in talks.ask(pc, talk, question, asyncio.Event())]

    with ThreadPoolExecutor(1) as elsewhere:  # on this thread the browser's loop may be running
        return iter(elsewhere.submit(asyncio.run, steps()).result())
