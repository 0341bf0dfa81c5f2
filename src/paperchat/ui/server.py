"""The web server around the page."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Callable
from contextlib import ExitStack, suppress
from ipaddress import ip_address
from typing import TYPE_CHECKING

import gradio as gr
import uvicorn
from fastapi import FastAPI

from paperchat.errors import PaperchatError, UsageError
from paperchat.ui import theme
from paperchat.ui.auth import Anyone, Gate
from paperchat.ui.middleware import Manners
from paperchat.ui.page import create
from paperchat.ui.routes import routes
from paperchat.ui.upload import MOST_BYTES

if TYPE_CHECKING:
    from paperchat.assistant import PaperChat

_SECONDS_TO_FINISH = 1
_WAITING = 128  # connections that are not yet accepted


def application(pc: PaperChat, *, gate: Gate, local_only: bool, model: str = "") -> FastAPI:
    """The page as an ASGI application; see `Manners`."""
    served = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    served.include_router(routes(pc))
    gr.mount_gradio_app(
        served,
        create(pc, model=model),
        path="/",
        footer_links=[],
        run_history=False,
        ssr_mode=False,
        enable_monitoring=False,
        mcp_server=False,
        pwa=False,
        show_error=False,
        max_file_size=MOST_BYTES,
        theme=theme.theme(),
        head=theme.HEAD,
    )
    served.add_middleware(Manners, gate=gate, local_only=local_only)
    return served


def launch(pc: PaperChat, *, host: str, port: int, gate: Gate, ready: Callable[[str], None], model: str = "") -> None:
    """Serve the page until it is interrupted; ``ready`` is told its address. Port 0 is any that is free.

    Where anyone is let in and ``host`` is this machine's own, it serves requests to this machine's own names only.

    Raises:
        UsageError: the address cannot be served.
    """
    listening = _bound(host, port)
    local_only = isinstance(gate, Anyone) and is_loopback(listening.getsockname()[0])
    server = uvicorn.Server(
        uvicorn.Config(
            application(pc, gate=gate, local_only=local_only, model=model),
            log_level="error",
            access_log=False,
            timeout_graceful_shutdown=_SECONDS_TO_FINISH,
        )
    )
    # Open pages wait for news to the last, and that they are cut off then is no error.
    logging.getLogger("uvicorn.error").addFilter(lambda _: not server.should_exit)
    threading.Thread(target=warm_up, args=(pc,), daemon=True).start()
    ready(address_of(listening))
    with suppress(KeyboardInterrupt):  # the server has ended in good order, and raises it again
        server.run(sockets=[listening])


def warm_up(pc: PaperChat) -> None:
    """Load what the first question would wait for, with one that nothing answers, so that no model is asked."""
    with suppress(PaperchatError):  # it will be told to whoever asks
        pc.as_query_engine().query("zyxwv qponm lkjih?")


def is_loopback(address: str) -> bool:
    return ip_address(address).is_loopback


def address_of(listening: socket.socket) -> str:
    host, port = listening.getsockname()[:2]
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)
    return f"http://{shown}:{port}"


def _bound(host: str, port: int) -> socket.socket:
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with ExitStack() as undone:
            listening = undone.enter_context(socket.socket(family, kind))
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind(address)
            listening.listen(_WAITING)
            undone.pop_all()
            return listening
    except (OSError, OverflowError) as error:
        raise UsageError(
            f"{host}, port {port}, cannot be served ({error}): give another with --host or --port"
        ) from error
