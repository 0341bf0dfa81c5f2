"""The routes for papers: a list, one with its passages, its pages, and where on them a quote stands."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Annotated, Any
from urllib.parse import quote as quoted_path

from fastapi import APIRouter, Path, Query, Request, Response
from starlette.responses import JSONResponse

from paperchat.access.visitor_sources import delete_unused, uploads_of
from paperchat.errors import NotFoundError, UsageError
from paperchat.serialization import paper_as_json, paper_with_passages_as_json
from paperchat.server.api_parts import API_PREFIX, ApiParts
from paperchat.server.callers import AdminCaller, AnyCaller
from paperchat.server.conditional import conditional_json, read_cursor, write_cursor
from paperchat.server.job_records import RemovalRecord
from paperchat.server.records import (
    PagesRecord,
    PapersRecord,
    PaperWithPassagesRecord,
    PassagesRecord,
    QuotePagesRecord,
)
from paperchat.server.request_bodies import PapersQuery, QuoteQuery
from paperchat.storage.paper_directory import DirectoryEntry
from paperchat.types import Box, Page, Quote

_MAX_PAGE_NUMBER = 100_000
PaperId = Annotated[str, Path(max_length=300, description="id, arXiv id or DOI of the paper")]
PageNumber = Annotated[int, Path(ge=1, le=_MAX_PAGE_NUMBER)]


def paper_routes(api: ApiParts) -> APIRouter:
    """Return a router for the papers of the library; ids may have slashes, so that the longest routes come first."""
    router = APIRouter(prefix=f"{API_PREFIX}/papers", tags=["papers"])
    pc = api.pc

    @router.get("", summary="List papers, newest first", response_model=PapersRecord)
    def list_papers(query: Annotated[PapersQuery, Query()], request: Request, _: AnyCaller) -> Response:
        entries = pc.library.directory.matching(query.as_filters())
        after = read_cursor(query.cursor, str, int, str) if query.cursor else None
        part = list(islice(_following(entries.values(), after), query.limit + 1))
        shown, has_more = part[: query.limit], len(part) > query.limit
        papers = pc.library.papers(one.paper_id for one in shown)
        document = {
            "papers": [paper_as_json(papers[one.paper_id]) for one in shown if one.paper_id in papers],
            "total": len(entries),
            "next": write_cursor(*_place(shown[-1])) if has_more else None,
        }
        return conditional_json(request, document)

    @router.get("/{paper_id:path}/passages", summary="The passages of a paper", response_model=PassagesRecord)
    def passages(paper_id: PaperId, request: Request, _: AnyCaller) -> Response:
        document = paper_with_passages_as_json(*pc.paper(paper_id))
        return conditional_json(request, {"passages": document["passages"]})

    @router.get("/{paper_id:path}/pages", summary="The pages of a paper's PDF", response_model=PagesRecord)
    def pages(paper_id: PaperId, request: Request, _: AnyCaller) -> Response:
        current = pc.library.paper(paper_id).paper_id
        found = pc.components.page_images.pages(current)
        return conditional_json(request, {"pages": [_page_as_json(current, page) for page in found]})

    @router.get(
        "/{paper_id:path}/pages/{number}.png",
        summary="The image of a page",
        response_class=Response,
        responses={200: {"content": {"image/png": {}}}},
    )
    async def page_image(paper_id: PaperId, number: PageNumber, _: AnyCaller) -> Response:
        image = await api.drawings.page(paper_id, number)
        return Response(image, media_type="image/png", headers={"cache-control": "private, max-age=600"})

    @router.get(
        "/{paper_id:path}/quote", summary="Where on its pages a quote is printed", response_model=QuotePagesRecord
    )
    def quote(paper_id: PaperId, query: Annotated[QuoteQuery, Query()], request: Request, _: AnyCaller) -> Response:
        current = pc.library.paper(paper_id).paper_id
        passage = pc.library.passages([query.passage_id]).get(query.passage_id)
        if passage is None or passage.paper_id != current:
            raise NotFoundError(f"{paper_id!r} has no passage {query.passage_id!r}: GET its passages for their ids")
        if not query.start < query.end <= len(passage.text):
            raise UsageError(f"the quote must be a part of the passage's {len(passage.text)} characters")
        found = Quote(passage=passage, start=query.start, end=query.end)
        views = pc.components.page_images.pages_of_quote(found)
        document = {
            **query.model_dump(),
            "quote": found.text,
            "pages": [_page_as_json(current, view.page, view.boxes) for view in views],
        }
        return conditional_json(request, document)

    @router.get("/{paper_id:path}", summary="A paper and its passages", response_model=PaperWithPassagesRecord)
    def show(paper_id: PaperId, request: Request, _: AnyCaller) -> Response:
        return conditional_json(request, paper_with_passages_as_json(*pc.paper(paper_id)))

    @router.delete("/{paper_id:path}", summary="Remove a paper for good", response_model=RemovalRecord)
    def remove(paper_id: PaperId, _: AdminCaller) -> Response:
        current = pc.library.paper(paper_id).paper_id
        files = uploads_of(pc, current)
        removed = pc.remove([current])
        delete_unused(pc, files)
        left = pc.status()
        return JSONResponse({"removed": removed, "failed": [], "papers": left.papers, "passages": left.passages})

    return router


def _place(entry: DirectoryEntry) -> tuple[str, int, str]:
    """Where an entry stands in the directory: by day and upvotes, both falling, and then by id."""
    return entry.day, -1 if entry.upvotes is None else entry.upvotes, entry.paper_id


def _following(entries: Iterable[DirectoryEntry], after: list[Any] | None) -> Iterable[DirectoryEntry]:
    """The entries after a place, whose own paper may be gone."""
    if after is None:
        return entries
    day, upvotes, paper_id = after
    return (
        one
        for one in entries
        if (_place(one)[:2] < (day, upvotes)) or (_place(one)[:2] == (day, upvotes) and one.paper_id > paper_id)
    )


def _page_as_json(paper_id: str, page: Page, boxes: Sequence[Box] = ()) -> dict[str, Any]:
    return {
        "number": page.number,
        "label": page.label,
        "width": page.width,
        "height": page.height,
        "image": f"{API_PREFIX}/papers/{quoted_path(paper_id, safe='')}/pages/{page.number}.png",
        "boxes": [{"left": box.left, "top": box.top, "right": box.right, "bottom": box.bottom} for box in boxes],
    }
