"""What the server answers besides Gradio's page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query, Response
from starlette.responses import PlainTextResponse

from paperchat.errors import PaperchatError
from paperchat.ui.pdf_page import ROUTE

if TYPE_CHECKING:
    from paperchat.assistant import PaperChat

_MOST_PAGES = 100_000


def routes(pc: PaperChat) -> APIRouter:
    router = APIRouter()

    @router.get(ROUTE)
    def page(paper: str, number: Annotated[int, Query(ge=1, le=_MOST_PAGES)]) -> Response:
        """A page of a PDF as a picture; run on a thread, since it is not async."""
        try:
            drawn = pc.page_image(paper, number)
        except PaperchatError as error:
            return PlainTextResponse(str(error), status_code=404)
        return Response(drawn, media_type="image/png", headers={"cache-control": "private, max-age=600"})

    return router
