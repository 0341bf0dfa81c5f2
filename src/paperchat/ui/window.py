"""The chat window as a web application: its routes, and the Gradio page mounted at the root."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING
from uuid import uuid4

import gradio as gr
from fastapi import APIRouter, FastAPI, Request, Response
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import PlainTextResponse

from paperchat.access.auth import Authenticator, PasswordFile
from paperchat.access.incoming import IncomingFiles
from paperchat.access.permissions import Permissions
from paperchat.access.quotas import MAX_FILE_BYTES, QuestionQuota
from paperchat.errors import PaperchatError
from paperchat.ui import theme
from paperchat.ui.page import create_page
from paperchat.ui.page_api import PageApiMiddleware, upload_routes
from paperchat.ui.page_drawings import PageDrawings, page_image_route
from paperchat.ui.reader.reader_routes import reader_routes
from paperchat.ui.session_hashes import SessionHashMiddleware
from paperchat.ui.subscriber.subscription_pages import subscription_routes

if TYPE_CHECKING:
    from paperchat.assistant import PaperChat
    from paperchat.mailing.digest_mailer import DigestMailer

_MIN_COMPRESSED_BYTES = 2_000


def create_window(
    pc: PaperChat,
    *,
    authenticator: Authenticator,
    permissions: Permissions,
    questions: QuestionQuota,
    incoming: IncomingFiles,
    drawings: PageDrawings,
    feeds: APIRouter,
    model: str = "",
    mailer: DigestMailer | None = None,
) -> FastAPI:
    """Build the window's ASGI application, which trusts `RequestMiddleware` to have named the visitor.

    Args:
        authenticator: of the users who log in to it.
        feeds: the routes for feeds, which readers of feeds open without the window, too.
        model: the language model's name, which the page shows.
        mailer: sends digests; without one, nobody can subscribe to them.
    """
    os.environ["GRADIO_TEMP_DIR"] = str(incoming.folder)  # outside of it, Gradio copies what it is given
    window = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    window.include_router(page_image_route(drawings))
    window.include_router(theme.font_route())
    window.include_router(_library_state_route(pc))
    window.include_router(upload_routes(incoming, permissions))
    window.include_router(feeds)
    window.include_router(reader_routes(pc, questions, permissions))
    window.include_router(subscription_routes(pc, questions, mailer))
    has_log_out = isinstance(authenticator, PasswordFile)
    if isinstance(authenticator, PasswordFile):
        window.include_router(_log_out_route(authenticator))
    gr.mount_gradio_app(
        window,
        create_page(
            pc,
            permissions=permissions,
            questions=questions,
            incoming=incoming,
            has_log_out=has_log_out,
            has_mail=mailer is not None,
            model=model,
        ),
        path="/",
        footer_links=[],
        run_history=False,
        ssr_mode=False,
        enable_monitoring=False,
        mcp_server=False,
        pwa=False,
        show_error=False,
        max_file_size=MAX_FILE_BYTES,
        theme=theme.theme(),
        head=theme.HEAD,
    )
    window.add_middleware(GZipMiddleware, minimum_size=_MIN_COMPRESSED_BYTES)
    window.add_middleware(SessionHashMiddleware)
    window.add_middleware(PageApiMiddleware, incoming=incoming)
    return window


def _log_out_route(authenticator: PasswordFile) -> APIRouter:
    """Return a router by which a browser's session ends."""
    router = APIRouter()

    @router.post("/logout", status_code=204)
    async def log_out(request: Request) -> None:
        await authenticator.end_session(request.headers)

    return router


def _library_state_route(pc: PaperChat) -> APIRouter:
    """Return a router by which the page knows whether the library, or the server, is another one than before."""
    router, instance = APIRouter(), uuid4().hex

    @router.get("/library-state")
    def library_state() -> Response:
        try:
            state = pc.library.directory.state()
        except PaperchatError:
            state = ""
        return PlainTextResponse(state, headers={"cache-control": "no-store", "x-paperchat-instance": instance})

    return router
