"""The route for images of PDF pages: a few are drawn at a time, on threads of their own, and few may wait.

Drawing a page can take many seconds of a hostile PDF's choosing, and the threads that the rest of the page shares must
not wait for that.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock
from typing import Annotated

from fastapi import APIRouter, Query, Response
from starlette.responses import PlainTextResponse

from paperchat.errors import PaperchatError
from paperchat.ingest.page_images import MAX_PROCESSES

PAGE_IMAGE_ROUTE = "/page.png"
MAX_WAITING = 4
_MAX_PAGE_NUMBER = 100_000
_RETRY_AFTER = 5  # seconds


class PagesBusyError(PaperchatError):
    """Too many pages are being drawn already."""


class PageDrawings:
    """Draws pages with ``draw``, a few at a time; equal requests share one drawing."""

    def __init__(self, draw: Callable[[str, int], bytes]) -> None:
        self._draw = draw
        self._executor = ThreadPoolExecutor(MAX_PROCESSES, thread_name_prefix="page-drawing")
        self._lock = Lock()
        self._under_way: dict[tuple[str, int], Future[bytes]] = {}

    async def page(self, paper_id: str, number: int) -> bytes:
        """Page ``number`` of a paper's PDF as a PNG.

        Raises:
            PagesBusyError: too many other pages are drawn or wait.
            PaperchatError: it cannot be drawn.
        """
        key = (paper_id, number)
        with self._lock:
            drawing = self._under_way.get(key)
            if drawing is None:
                if len(self._under_way) >= MAX_PROCESSES + MAX_WAITING:
                    raise PagesBusyError("too many pages are being drawn: try again in a moment")
                drawing = self._under_way[key] = self._executor.submit(self._run, key)
        # Shielded, so that a visitor who leaves does not cancel what others wait for.
        return await asyncio.shield(asyncio.wrap_future(drawing))

    def _run(self, key: tuple[str, int]) -> bytes:
        try:
            return self._draw(*key)
        finally:
            with self._lock:
                del self._under_way[key]


def page_image_route(drawings: PageDrawings) -> APIRouter:
    """Return a router by which a browser gets the images of pages."""
    router = APIRouter()

    @router.get(PAGE_IMAGE_ROUTE)
    async def page(paper: str, number: Annotated[int, Query(ge=1, le=_MAX_PAGE_NUMBER)]) -> Response:
        try:
            image = await drawings.page(paper, number)
        except PagesBusyError as error:
            return PlainTextResponse(str(error), status_code=503, headers={"retry-after": str(_RETRY_AFTER)})
        except PaperchatError as error:
            return PlainTextResponse(str(error), status_code=404)
        return Response(image, media_type="image/png", headers={"cache-control": "private, max-age=600"})

    return router
