"""Who calls a tool: whose answers are stored, what is counted, and where papers are found."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Protocol

from paperchat.render.paper_links import PaperLinks


class ToolCaller(Protocol):
    """The client behind a call of a tool."""

    @property
    def owner(self) -> str:
        """The owner of what it asks and keeps, as the library has it: "" is the command line's."""

    @property
    def links(self) -> PaperLinks:
        """Where it finds papers."""

    async def admit(self, text: str) -> None:
        """Count a question, a topic, a claim or a query.

        Raises:
            PaperchatError: it asks too much.
        """

    def slot(self) -> AbstractAsyncContextManager[None]:
        """Wait until there is room for its work.

        Raises:
            PaperchatError: there will be none soon.
        """


class LocalCaller:
    """Who started the server on this machine: the user of the command line."""

    owner = ""
    links = PaperLinks()

    async def admit(self, text: str) -> None:
        """Count nothing."""

    def slot(self) -> AbstractAsyncContextManager[None]:
        """Wait for nothing."""
        return nullcontext()
