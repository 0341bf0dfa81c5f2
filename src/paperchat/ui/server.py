"""The web server of the chat window."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import sys
import threading
from collections.abc import Callable
from contextlib import ExitStack, closing, nullcontext, suppress
from ipaddress import ip_address
from typing import TYPE_CHECKING
from uuid import uuid4

import gradio as gr
import uvicorn
from fastapi import APIRouter, FastAPI, Request, Response
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import PlainTextResponse
from uvicorn.protocols.http.h11_impl import H11Protocol

from paperchat.errors import PaperchatError, UsageError
from paperchat.mailing import digest_mailer
from paperchat.mailing.digest_mailer import DigestMailer, sending_regularly
from paperchat.ui import auth, theme
from paperchat.ui.auth import Anonymous, Authenticator, PasswordFile
from paperchat.ui.incoming import IncomingFiles, upload_routes
from paperchat.ui.middleware import RequestMiddleware
from paperchat.ui.page import create_page
from paperchat.ui.page_api import PageApiMiddleware
from paperchat.ui.page_drawings import page_image_route
from paperchat.ui.permissions import Permissions
from paperchat.ui.quotas import MAX_FILE_BYTES, QuestionQuota, QuotaSettings
from paperchat.ui.reader.reader_routes import reader_routes
from paperchat.ui.reverse_proxy import ReverseProxy
from paperchat.ui.session_hashes import SessionHashMiddleware
from paperchat.ui.subscriber import subscription_pages
from paperchat.ui.subscriber.feed_route import feed_routes
from paperchat.ui.subscriber.subscription_pages import subscription_routes
from paperchat.ui.upload import delete_unused

if TYPE_CHECKING:
    from paperchat.assistant import PaperChat

logger = logging.getLogger(__name__)

_SHUTDOWN_TIMEOUT = 1  # seconds
_WARM_UP_TIMEOUT = 20.0  # seconds
_BACKLOG = 128  # connections not yet accepted
_MAX_CONNECTIONS = 512  # with more, requests are answered with 503; the usual limit of open files is 1024
_MAX_HEAD_BYTES = 65_536
_MIN_COMPRESSED_BYTES = 2_000
_HEAD_TIMEOUT = 10.0  # seconds in which the line and headers of a request must come
_KEEP_ALIVE_TIMEOUT = 5  # seconds
_NO_LOGIN = (
    "paperchat: warning: there is no login, so whoever reaches this address can read the papers: "
    "require one with --auth, or listen on 127.0.0.1\n"
)


def create_app(
    pc: PaperChat,
    *,
    authenticator: Authenticator,
    proxy: ReverseProxy,
    local_only: bool,
    incoming: IncomingFiles,
    read_only: bool = False,
    limits: QuotaSettings | None = None,
    model: str = "",
    mailer: DigestMailer | None = None,
) -> FastAPI:
    """Build the ASGI application; for ``local_only`` see `RequestMiddleware`. With ``read_only`` all are readers."""
    permissions = Permissions(authenticator, read_only=read_only)
    questions = QuestionQuota((limits or QuotaSettings()).questions_per_minute)
    os.environ["GRADIO_TEMP_DIR"] = str(incoming.folder)  # outside of it, Gradio copies what it is given
    served = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    served.include_router(page_image_route(pc.page_image))
    served.include_router(theme.font_route())
    served.include_router(library_state_route(pc))
    served.include_router(upload_routes(incoming, permissions))
    served.include_router(feed_routes(pc, questions))
    served.include_router(reader_routes(pc, questions, permissions))
    served.include_router(subscription_routes(pc, questions, mailer))
    has_log_out = isinstance(authenticator, PasswordFile)
    if isinstance(authenticator, PasswordFile):
        served.include_router(log_out_route(authenticator))
    gr.mount_gradio_app(
        served,
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
    served.add_middleware(GZipMiddleware, minimum_size=_MIN_COMPRESSED_BYTES)
    served.add_middleware(SessionHashMiddleware)
    served.add_middleware(PageApiMiddleware, incoming=incoming)
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
    read_only: bool = False,
    limits: QuotaSettings | None = None,
    model: str = "",
    mailer: DigestMailer | None = None,
) -> None:
    """Serve the page until interrupted; ``ready`` is called with its URL. Port 0 means any free port.

    The ``mailer`` sends the digests that are due meanwhile; without one, nobody can subscribe to them.

    Without authentication and on a loopback ``host``, only requests addressed to this machine are served; on another
    ``host``, behind a proxy with a public address, and with ``read_only``, all visitors are readers.

    Raises:
        UsageError: the address cannot be served.
        StorageError: the folder for uploads cannot be made.
    """
    listening, limits = _listen(host, port), limits or QuotaSettings()
    is_open, is_local = isinstance(authenticator, Anonymous), is_loopback(listening.getsockname()[0])
    local_only = is_open and is_local
    read_only = read_only or (is_open and (not is_local or bool(proxy.host)))
    if is_open and not is_local:
        sys.stderr.write(_NO_LOGIN)
    show_log_lines()
    with closing(IncomingFiles(pc.library.home, max_bytes=limits.upload_bytes)) as incoming:
        if incoming.is_alone:
            delete_unused(pc)
        app = create_app(
            pc,
            authenticator=authenticator,
            proxy=proxy,
            local_only=local_only,
            incoming=incoming,
            read_only=read_only,
            limits=limits,
            model=model,
            mailer=mailer,
        )
        with sending_regularly(mailer) if mailer else nullcontext():
            _serve(pc, app, listening, ready)


def show_log_lines() -> None:
    """Write a line to standard error for each refused login, and for each mail that was not sent."""
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s paperchat: %(message)s"))
    for module in (auth, digest_mailer, subscription_pages):
        logging.getLogger(module.__name__).addHandler(handler)


class TimedProtocol(H11Protocol):
    """HTTP whose connections are closed when the head of a request does not come in time."""

    _head_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Await the first request."""
        super().connection_made(transport)
        self._watch_head()

    def data_received(self, data: bytes) -> None:
        """Await the rest of a head that is not complete yet."""
        super().data_received(data)
        self._watch_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Await nothing more."""
        super().connection_lost(exc)
        if self._head_timer:
            self._head_timer.cancel()

    def _watch_head(self) -> None:
        is_awaited = self.cycle is None or self.cycle.response_complete
        if is_awaited and self._head_timer is None:
            self._head_timer = self.loop.call_later(_HEAD_TIMEOUT, self.transport.close)
        elif self._head_timer and not is_awaited:
            self._head_timer.cancel()
            self._head_timer = None


def _serve(pc: PaperChat, app: FastAPI, listening: socket.socket, ready: Callable[[str], None]) -> None:
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            log_level="error",
            access_log=False,
            http=TimedProtocol,
            h11_max_incomplete_event_size=_MAX_HEAD_BYTES,
            timeout_keep_alive=_KEEP_ALIVE_TIMEOUT,
            limit_concurrency=_MAX_CONNECTIONS,
            proxy_headers=False,  # of any process on this machine; `RequestMiddleware` knows which are a proxy's
            timeout_graceful_shutdown=_SHUTDOWN_TIMEOUT,
        )
    )
    # Open pages keep event streams, and cutting them off on shutdown is no error.
    logging.getLogger("uvicorn.error").addFilter(lambda _: not server.should_exit)
    warming = threading.Thread(target=warm_up, args=(pc,), daemon=True)
    warming.start()
    logger.info("serving at %s", address_of(listening))
    ready(address_of(listening))
    with suppress(KeyboardInterrupt):  # uvicorn raises it again after a clean shutdown
        server.run(sockets=[listening])
    warming.join(_WARM_UP_TIMEOUT)  # native libraries abort where the interpreter ends while they load


def log_out_route(authenticator: PasswordFile) -> APIRouter:
    """Return a router by which a browser's session ends."""
    router = APIRouter()

    @router.post("/logout", status_code=204)
    async def log_out(request: Request) -> None:
        authenticator.end_session(request.headers)

    return router


def library_state_route(pc: PaperChat) -> APIRouter:
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


def warm_up(pc: PaperChat) -> None:
    """Load models and indexes before the first question, with one without evidence, so that no LLM is called."""
    with suppress(PaperchatError):  # the first visitor will see it
        pc.as_query_engine().query("zyxwv qponm lkjih?")
        pc.components.word_search.find("zyxwv")


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
