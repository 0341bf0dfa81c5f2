"""The web server: listens, serves the app until it is interrupted, and sends digests meanwhile."""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, closing, nullcontext, suppress
from dataclasses import dataclass, replace
from ipaddress import ip_address
from types import FrameType
from typing import TYPE_CHECKING

import uvicorn
from starlette.types import ASGIApp
from uvicorn.config import LOGGING_CONFIG
from uvicorn.protocols.http.h11_impl import H11Protocol

from paperchat.access.auth import Anonymous, Authenticator
from paperchat.access.incoming import IncomingFiles
from paperchat.access.reverse_proxy import ReverseProxy
from paperchat.access.visitor_sources import delete_unused
from paperchat.errors import UsageError
from paperchat.mailing.digest_mailer import DigestMailer, sending_regularly
from paperchat.server.log_lines import show_log_lines
from paperchat.server.readiness import Readiness, RequestCounter
from paperchat.server.web_app import AppOptions, create_app
from paperchat.server.workers.answering_worker import warm_up
from paperchat.settings import LogFormat

if TYPE_CHECKING:
    from paperchat.assistant import PaperChat
    from paperchat.server.workers.answering_workers import AnsweringWorkers

logger = logging.getLogger(__name__)

_SHUTDOWN_TIMEOUT = 1  # seconds
_NOTICE_TIMEOUT = 10.0  # seconds in which who asks whether the server is ready learns that it stops
_DRAIN_TIMEOUT = 30.0  # seconds in which what is asked is answered before the server ends
_WARM_UP_TIMEOUT = 20.0  # seconds
_BACKLOG = 128  # connections not yet accepted
_MAX_CONNECTIONS = 512  # with more, requests are answered with 503; the usual limit of open files is 1024
_MAX_HEAD_BYTES = 65_536
_HEAD_TIMEOUT = 10.0  # seconds in which the line and headers of a request must come
_KEEP_ALIVE_TIMEOUT = 5  # seconds
_NO_LOGIN = (
    "warning: there is no login, so whoever reaches this address can read the papers: "
    "require one with --auth, or listen on 127.0.0.1"
)
_KEYS_ONLY = "there is no login, so only who has a key gets in (paperchat keys add NAME); the window needs --auth"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListenOptions:
    """Where the server listens: port 0 means any free port; ``ready`` is called with the URL."""

    host: str
    port: int
    ready: Callable[[str], None]


def launch(
    pc: PaperChat,
    *,
    listen: ListenOptions,
    options: AppOptions,
    authenticator: Authenticator,
    proxy: ReverseProxy,
    mailer: DigestMailer | None = None,
    workers: AnsweringWorkers | None = None,
    log_format: LogFormat = "text",
) -> None:
    """Serve until interrupted.

    The ``mailer`` sends the digests that are due meanwhile; without one, nobody can subscribe to them. The server is
    ready when what answers is loaded: by the ``workers``, where questions are distributed to them.

    Without users and on a loopback host, only requests addressed to this machine are served. On another host, or behind
    a proxy with a public address, the window alone has readers for visitors then, and with the API nobody gets in
    without a key. With ``read_only``, all are readers.

    Raises:
        UsageError: the address cannot be served.
        StorageError: the folder for uploads cannot be made.
    """
    listening = _listen(listen.host, listen.port)
    show_log_lines(log_format)
    is_open, is_local = isinstance(authenticator, Anonymous), is_loopback(listening.getsockname()[0])
    is_exposed = not is_local or bool(proxy.host)
    options = replace(
        options,
        is_exposed=is_exposed,
        is_local=is_open and is_local,
        read_only=options.read_only or (is_open and is_exposed and not options.has_api),
    )
    if is_open and options.has_api and is_exposed:
        _say(_KEYS_ONLY, log_format)
    elif is_open and not is_local:
        _say(_NO_LOGIN, log_format)
    with closing(IncomingFiles(pc.library.home, max_bytes=options.limits.upload_bytes)) as incoming:
        if incoming.is_alone:
            delete_unused(pc)
        readiness = Readiness(pc.library.check_reachable)
        app = create_app(
            pc,
            authenticator=authenticator,
            proxy=proxy,
            incoming=incoming,
            options=options,
            readiness=readiness,
            mailer=mailer,
        )
        with sending_regularly(mailer) if mailer else nullcontext():
            _serve(app, listening, listen.ready, log_format, readiness=readiness, pc=pc, workers=workers)


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


class DrainingServer(uvicorn.Server):
    """A server that SIGTERM stops in turn: it is not ready any more, takes no connections, answers what is asked, ends.

    Ctrl-C stops it at once, and so does a second SIGTERM.
    """

    def __init__(self, config: uvicorn.Config, *, readiness: Readiness, requests: RequestCounter) -> None:
        super().__init__(config)
        self._readiness = readiness
        self._requests = requests
        self._stopping_since: float | None = None
        self._is_closed = False

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to stop."""
        if sig != signal.SIGTERM:
            super().handle_exit(sig, frame)
        elif self._stopping_since is None:
            self._stopping_since = time.monotonic()
            self._readiness.stop()
        else:
            self.should_exit = True

    async def on_tick(self, counter: int) -> bool:
        """Go on with stopping, ten times a second."""
        if self._stopping_since is not None:
            self._drain(time.monotonic() - self._stopping_since)
        return await super().on_tick(counter)

    def _drain(self, seconds: float) -> None:
        if not self._is_closed and (self._readiness.is_noticed or seconds > _NOTICE_TIMEOUT):
            self._is_closed = True
            for server in self.servers:
                server.close()
        if self._is_closed:
            for connection in list(self.server_state.connections):
                connection.shutdown()  # at once where it is idle, or after its response
            self.should_exit |= not self._requests.under_way or seconds > _DRAIN_TIMEOUT


def _serve(
    app: ASGIApp,
    listening: socket.socket,
    ready: Callable[[str], None],
    log_format: LogFormat,
    *,
    readiness: Readiness,
    pc: PaperChat,
    workers: AnsweringWorkers | None,
) -> None:
    requests = RequestCounter(app)
    server = DrainingServer(
        uvicorn.Config(
            requests,
            log_config=LOGGING_CONFIG if log_format == "text" else None,
            log_level="error",
            access_log=False,
            http=TimedProtocol,
            h11_max_incomplete_event_size=_MAX_HEAD_BYTES,
            timeout_keep_alive=_KEEP_ALIVE_TIMEOUT,
            limit_concurrency=_MAX_CONNECTIONS,
            proxy_headers=False,  # of any process on this machine; `RequestMiddleware` knows which are a proxy's
            timeout_graceful_shutdown=_SHUTDOWN_TIMEOUT,
        ),
        readiness=readiness,
        requests=requests,
    )
    # Open pages keep event streams, and cutting them off on shutdown is no error.
    logging.getLogger("uvicorn.error").addFilter(lambda _: not server.should_exit)

    def begin() -> None:
        try:
            if workers:
                workers.await_loaded()
            else:
                warm_up(pc)
        except Exception as error:  # noqa: BLE001 - the first visitor will see it
            logger.error("an unexpected %s while models and indexes were loaded", type(error).__name__)
        readiness.start()

    loading = threading.Thread(target=begin, daemon=True)
    loading.start()
    logger.info("serving at %s", address_of(listening))
    ready(address_of(listening))
    with suppress(KeyboardInterrupt):  # uvicorn raises it again after a clean shutdown
        server.run(sockets=[listening])
    if not workers:
        loading.join(_WARM_UP_TIMEOUT)  # native libraries abort where the interpreter ends while they load


def _say(line: str, log_format: LogFormat) -> None:
    """Say on standard error how the server is open, as a log line where those are documents."""
    if log_format == "json":
        logger.warning(line)
    else:
        sys.stderr.write(f"paperchat: {line}\n")


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
