"""HTTP routes beside Gradio's: images of PDF pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query, Response
from starlette.responses import PlainTextResponse

from paperchat.errors import PaperchatError
from paperchat.ui.pdf_page import PAGE_IMAGE_ROUTE

if TYPE_CHECKING:
    from paperchat.assistant import PaperChat

_MAX_PAGE_NUMBER = 100_000


def routes(pc: PaperChat) -> APIRouter:
    """Return the router of an open library."""
    router = APIRouter()

    @router.get(PAGE_IMAGE_ROUTE)
    def page(paper: str, number: Annotated[int, Query(ge=1, le=_MAX_PAGE_NUMBER)]) -> Response:
        """Render a page of a PDF as PNG; FastAPI runs this on a thread, as it is not async."""
        try:
            image = pc.page_image(paper, number)
        except PaperchatError as error:
            return PlainTextResponse(str(error), status_code=404)
        return Response(image, media_type="image/png", headers={"cache-control": "private, max-age=600"})

    return router
