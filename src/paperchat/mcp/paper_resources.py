"""Papers as resources: `paper://{id}`, listed newest first, with their ids completed."""

from __future__ import annotations

import asyncio
from itertools import islice
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from mcp.server.context import ServerRequestContext
from mcp.shared.exceptions import MCPError
from mcp.types import (
    INVALID_PARAMS,
    Completion,
    ListResourcesResult,
    ListResourceTemplatesResult,
    PaginatedRequestParams,
    ReadResourceRequestParams,
    ReadResourceResult,
    Resource,
    ResourceTemplate,
    TextResourceContents,
)

from paperchat.errors import NotFoundError
from paperchat.mcp.paper_text import WITHHELD, as_data, shown_title
from paperchat.mcp.paper_tools import paper_as_text
from paperchat.render.paper_links import PAPER_SCHEME, paper_uri
from paperchat.text.describe import metadata_line, one_line
from paperchat.text.prompt_injection import find_injections

if TYPE_CHECKING:
    from paperchat.assistant import PaperChat

TEMPLATE = f"{PAPER_SCHEME}{{id}}"
_TEXT = "text/plain"
_PAGE_SIZE = 100
_MAX_COMPLETIONS = 100  # as the protocol says
_Context = ServerRequestContext[Any, Any]


class PaperResources:
    """The papers of a library as MCP resources."""

    def __init__(self, pc: PaperChat) -> None:
        self._pc = pc

    async def list_resources(self, _: _Context, params: PaginatedRequestParams | None) -> ListResourcesResult:
        """List a page of the papers, newest first; the cursor is the number of those before it."""
        cursor = (params.cursor if params else None) or "0"
        if not (cursor.isascii() and cursor.isdigit() and len(cursor) < 12):
            raise MCPError(code=INVALID_PARAMS, message="the cursor is none of this server's: leave it out")
        entries = await asyncio.to_thread(self._pc.library.directory.entries)
        end = int(cursor) + _PAGE_SIZE
        page = islice(entries.items(), int(cursor), end)
        return ListResourcesResult(
            resources=[
                Resource(uri=paper_uri(paper_id), name=paper_id, title=_title(entry.title), mime_type=_TEXT)
                for paper_id, entry in page
            ],
            next_cursor=str(end) if end < len(entries) else None,
        )

    async def list_templates(self, _: _Context, __: PaginatedRequestParams | None) -> ListResourceTemplatesResult:
        """List the template of all papers."""
        template = ResourceTemplate(
            uri_template=TEMPLATE, name="paper", title="A paper by its id", description="Its text", mime_type=_TEXT
        )
        return ListResourceTemplatesResult(resource_templates=[template])

    async def read(self, _: _Context, params: ReadResourceRequestParams) -> ReadResourceResult:
        """Give the text of a paper."""
        uri = params.uri
        paper_id = unquote(uri.removeprefix(PAPER_SCHEME)).removesuffix("/")
        try:
            if not uri.startswith(PAPER_SCHEME) or not paper_id:
                raise NotFoundError(f"{uri!r} is no paper's URI")
            stored, passages = await asyncio.to_thread(self._pc.paper, paper_id)
        except NotFoundError as error:
            message = f"Resource not found: {one_line(str(error)).partition(' in the library')[0]}"
            raise MCPError(code=INVALID_PARAMS, message=message, data={"uri": uri}) from error
        head = "\n".join(filter(None, [shown_title(stored), metadata_line(stored.paper)]))
        text = as_data(f"{head}\n\n{paper_as_text(passages)[0]}")
        return ReadResourceResult(contents=[TextResourceContents(uri=uri, text=text, mime_type=_TEXT)])

    async def complete(self, value: str) -> Completion:
        """Complete the id of a paper, by how it or the title begins, or by words of the title."""
        entries = await asyncio.to_thread(self._pc.library.directory.entries)
        asked = value.casefold().strip()
        found = [
            paper_id
            for paper_id, entry in entries.items()
            if paper_id.casefold().startswith(asked)
            or paper_id.casefold().partition(":")[2].startswith(asked)
            or asked in entry.title.casefold()
        ]
        return Completion(values=found[:_MAX_COMPLETIONS], total=len(found), has_more=len(found) > _MAX_COMPLETIONS)


def _title(title: str) -> str:
    return WITHHELD if find_injections(title) else one_line(title)
