"""Sources of papers on loopback: a proxy that answers for their hosts itself, over TLS, with its own authority."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import ClassVar

import trustme

from loopback import serving

Source = Callable[[str], bytes]
"""What a source answers to a path with its query."""
_PATIENCE = 60.0  # seconds


@dataclass
class SourceProxy:
    """The proxy; while ``gate`` is not set, requests to it wait."""

    sources: dict[str, Source] = field(default_factory=dict)
    """By host; others cannot be reached."""
    asked: list[str] = field(default_factory=list)
    gate: threading.Event = field(default_factory=threading.Event)
    settings: dict[str, str] = field(default_factory=dict)
    """The environment of a program that uses the proxy and trusts it."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    proxy: ClassVar[SourceProxy]
    authority: ClassVar[trustme.CA]
    host = ""

    def do_CONNECT(self) -> None:
        self.host = self.path.rpartition(":")[0]
        if self.host not in self.proxy.sources:
            self.send_error(502)
            return
        self.send_response(200)
        self.end_headers()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.authority.issue_cert(self.host).configure_cert(context)
        self.connection = context.wrap_socket(self.connection, server_side=True)
        self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb", 0)
        self.close_connection = False

    def do_GET(self) -> None:
        self.proxy.asked.append(f"https://{self.host}{self.path}")
        assert self.proxy.gate.wait(_PATIENCE)
        body = self.proxy.sources[self.host](self.path)
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def finish(self) -> None:
        super().finish()
        self.connection.close()  # the server knows of the one before TLS only

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Keep the test's output clean."""


@contextmanager
def source_proxy(folder: Path) -> Iterator[SourceProxy]:
    """A running proxy with an open gate; the certificate of its authority is written to ``folder``."""
    proxy, authority = SourceProxy(), trustme.CA()
    proxy.gate.set()
    certificate = folder / "authority.pem"
    authority.cert_pem.write_to_path(certificate)
    with serving(type("Handler", (_Handler,), {"proxy": proxy, "authority": authority})) as address:
        proxy.settings = {"https_proxy": address, "no_proxy": "", "SSL_CERT_FILE": str(certificate)}
        yield proxy
        proxy.gate.set()
