"""The web server of the chat window, with a route for images of PDF pages."""

from __future__ import annotations

import logging
import socket
import sys
import threading
from collections.abc import Callable
from contextlib import ExitStack, suppress
from ipaddress import ip_address
from typing import TYPE_CHECKING, Annotated

import gradio as gr
import uvicorn
from fastapi import APIRouter, FastAPI, Query, Response
from starlette.responses import PlainTextResponse

from paperchat.errors import PaperchatError, UsageError
from paperchat.ui import theme
from paperchat.ui.auth import Anonymous, Authenticator
from paperchat.ui.middleware import RequestMiddleware
from paperchat.ui.page import create_page
from paperchat.ui.pdf_page import PAGE_IMAGE_ROUTE
from paperchat.ui.reverse_proxy import ReverseProxy
from paperchat.ui.upload import MAX_BYTES

if TYPE_CHECKING:
    from paperchat.assistant import PaperChat

logger = logging.getLogger(__name__)

_MAX_PAGE_NUMBER = 100_000
_SHUTDOWN_TIMEOUT = 1  # seconds
_BACKLOG = 128  # connections not yet accepted
_NO_LOGIN = (
    "paperchat: warning: there is no login, so whoever reaches this address can read the papers: "
    "require one with --auth, or listen on 127.0.0.1\n"
)


def create_app(
    pc: PaperChat, *, authenticator: Authenticator, proxy: ReverseProxy, local_only: bool, model: str = ""
) -> FastAPI:
    """Build the ASGI application; for ``local_only`` see `RequestMiddleware`."""
    served = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    served.include_router(routes(pc))
    gr.mount_gradio_app(
        served,
        create_page(pc, model=model),
        path="/",
        footer_links=[],
        run_history=False,
        ssr_mode=False,
        enable_monitoring=False,
        mcp_server=False,
        pwa=False,
        show_error=False,
        max_file_size=MAX_BYTES,
        theme=theme.theme(),
        head=theme.HEAD,
    )
    served.add_middleware(RequestMiddleware, authenticator=authenticator, proxy=proxy, local_only=local_only)
    return served


def launch(
    pc: PaperChat,
    *,
    host: str,
    port: int,
    authenticator: Authenticator,
    proxy: ReverseProxy,
    ready: Callable[[str], None],
    model: str = "",
) -> None:
    """Serve the page until interrupted; ``ready`` is called with its URL. Port 0 means any free port.

    Without authentication and on a loopback ``host``, only requests addressed to this machine are served.

    Raises:
        UsageError: the address cannot be served.
    """
    listening = _listen(host, port)
    is_open, is_local = isinstance(authenticator, Anonymous), is_loopback(listening.getsockname()[0])
    local_only = is_open and is_local
    if is_open and not is_local:
        sys.stderr.write(_NO_LOGIN)
    server = uvicorn.Server(
        uvicorn.Config(
            create_app(pc, authenticator=authenticator, proxy=proxy, local_only=local_only, model=model),
            log_level="error",
            access_log=False,
            proxy_headers=False,  # of any process on this machine; `RequestMiddleware` knows which are a proxy's
            timeout_graceful_shutdown=_SHUTDOWN_TIMEOUT,
        )
    )
    # Open pages keep event streams, and cutting them off on shutdown is no error.
    logging.getLogger("uvicorn.error").addFilter(lambda _: not server.should_exit)
    threading.Thread(target=warm_up, args=(pc,), daemon=True).start()
    logger.info("serving at %s", address_of(listening))
    ready(address_of(listening))
    with suppress(KeyboardInterrupt):  # uvicorn raises it again after a clean shutdown
        server.run(sockets=[listening])


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


def warm_up(pc: PaperChat) -> None:
    """Load models and indexes before the first question, with one without evidence, so that no LLM is called."""
    with suppress(PaperchatError):  # the first visitor will see it
        pc.as_query_engine().query("zyxwv qponm lkjih?")


def is_loopback(address: str) -> bool:
    """Whether an IP address is one of this machine's own."""
    return ip_address(address).is_loopback


def address_of(listening: socket.socket) -> str:
    """Return the URL at which a browser reaches a listening socket."""
    host, port = listening.getsockname()[:2]
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)
    return f"http://{shown}:{port}"


def _listen(host: str, port: int) -> socket.socket:
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with ExitStack() as cleanup:
            listening = cleanup.enter_context(socket.socket(family, kind))
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind(address)
            listening.listen(_BACKLOG)
            cleanup.pop_all()
            return listening
    except (OSError, OverflowError) as error:
        raise UsageError(
            f"{host}, port {port}, cannot be served ({error}): choose another with --host or --port"
        ) from error
