"""An httpx transport that checks the IP addresses it connects to and enforces a total deadline.

Proxies of the environment or the system's settings are used, because many institutions allow no other way out, and
``NO_PROXY`` is respected. A proxy resolves hosts itself, so less can be checked: private numeric hosts and
``localhost`` are refused, and names are left to the proxy.
"""

from __future__ import annotations

import queue
import socket
import ssl
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, cast
from urllib.request import getproxies, proxy_bypass

import httpcore
import httpx

from paperchat.ingest.fetch.errors import PermanentFetchError, TemporaryFetchError
from paperchat.ingest.fetch.ssrf import check_addresses, check_literal_host, parse_address

_MAX_ADDRESSES = 4
_MIN_CONNECT = 2.0  # seconds for each of a host's addresses
_MAX_CONNECTIONS = 8
_IDLE_SECONDS = 10.0
_FOREVER = 1e6  # seconds


class Deadline(threading.local):
    """When the exchange of the current thread must have ended."""

    ends = float("inf")

    @contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """Limit the block to ``seconds``."""
        self.ends = time.monotonic() + seconds
        try:
            yield
        finally:
            del self.ends

    @property
    def is_over(self) -> bool:
        """Whether the deadline has passed."""
        return time.monotonic() >= self.ends

    def clip(self, timeout: float | None) -> float:
        """``timeout``, shortened to the time left. Raises httpcore.ReadTimeout if there is none."""
        left = min(self.ends - time.monotonic(), _FOREVER)
        if left <= 0:
            raise httpcore.ReadTimeout("the time is up")
        return left if timeout is None else min(left, timeout)


class GuardedBackend(httpcore.NetworkBackend):
    """Connects to hosts; raises PermanentFetchError for one with an address that is not allowed."""

    def __init__(self, *, allow_private: bool, deadline: Deadline) -> None:
        self._allow_private = allow_private
        self._deadline = deadline
        self._network = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first of the host's addresses that answers, all of which must be allowed."""
        total = self._deadline.clip(timeout)
        addresses = self._addresses(host, port, total)
        each = max(_MIN_CONNECT, total / len(addresses))
        for number, address in enumerate(addresses, start=1):
            try:
                stream = self._network.connect_tcp(
                    address, port, self._deadline.clip(each), local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                if number == len(addresses):
                    raise
            else:
                return _TimedStream(stream, self._deadline)
        raise AssertionError("a host has at least one address")

    def _addresses(self, host: str, port: int, timeout: float) -> list[str]:
        found = list(dict.fromkeys(_look_up(host, port, timeout)))
        check_addresses(host, map(parse_address, found), allow_private=self._allow_private)
        return found[:_MAX_ADDRESSES]


class _TimedStream(httpcore.NetworkStream):
    """A connection whose every step is limited by the deadline, however slowly the bytes arrive."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: Deadline) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._deadline.clip(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._deadline.clip(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: Any, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        secured = self._stream.start_tls(ssl_context, server_hostname, self._deadline.clip(timeout))
        return _TimedStream(secured, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _look_up(host: str, port: int, timeout: float) -> list[str]:
    """The host's addresses; in a thread, because the system's resolver has no timeout."""
    answers: queue.SimpleQueue[list[str] | Exception] = queue.SimpleQueue()

    def ask() -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            answers.put([str(entry[4][0]) for entry in found])
        except (OSError, UnicodeError) as error:
            answers.put(error)

    threading.Thread(target=ask, daemon=True, name="look-up").start()
    try:
        answer = answers.get(timeout=timeout)
    except queue.Empty as error:
        raise httpcore.ConnectTimeout(f"looking up {host} took too long") from error
    if isinstance(answer, UnicodeError):
        raise PermanentFetchError("is not a valid web address") from answer
    if isinstance(answer, Exception):
        raise httpcore.ConnectError(f"{host} was not found") from answer
    return answer


class GuardedTransport(httpx.BaseTransport):
    """Sends requests over guarded connections.

    Raises httpx.ConnectError or httpx.ConnectTimeout if no connection was made, httpx.TransportError after that, and
    PermanentFetchError for an address that is not allowed.
    """

    def __init__(self, *, allow_private: bool, deadline: Deadline) -> None:
        self._allow_private = allow_private
        self._deadline = deadline
        self._secure = httpx.create_ssl_context()
        self._direct = httpcore.ConnectionPool(
            ssl_context=self._secure,
            max_connections=_MAX_CONNECTIONS,
            keepalive_expiry=_IDLE_SECONDS,
            network_backend=GuardedBackend(allow_private=allow_private, deadline=deadline),
        )
        self._proxies = getproxies()
        self._proxied: dict[str, httpcore.ConnectionPool] = {}

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request, through a proxy if one is configured."""
        url = httpcore.URL(
            scheme=request.url.raw_scheme, host=request.url.raw_host, port=request.url.port, target=request.url.raw_path
        )
        sent = httpcore.Request(
            request.method,
            url,
            headers=request.headers.raw,
            content=request.stream,
            extensions=request.extensions,
        )
        pool = self._pool_for(request.url)
        with _as_httpx():
            response = pool.handle_request(sent)
        return httpx.Response(
            response.status,
            headers=response.headers,
            stream=_Body(cast("Iterable[bytes]", response.stream)),
            extensions=response.extensions,
        )

    def close(self) -> None:
        """Close all connections."""
        for pool in (self._direct, *self._proxied.values()):
            pool.close()

    def _pool_for(self, url: httpx.URL) -> httpcore.ConnectionPool:
        address = self._proxies.get(url.scheme) or self._proxies.get("all")
        if not address or proxy_bypass(url.netloc.decode("ascii")):
            return self._direct
        check_literal_host(url.host, allow_private=self._allow_private)
        if address not in self._proxied:
            self._proxied[address] = self._proxy(address)
        return self._proxied[address]

    def _proxy(self, address: str) -> httpcore.ConnectionPool:
        try:
            proxy = httpx.Proxy(address if "://" in address else f"http://{address}")
        except (ValueError, httpx.InvalidURL) as error:
            raise TemporaryFetchError(
                "the proxy in the environment has no valid address: correct or unset it"
            ) from error
        if proxy.url.scheme not in ("http", "https"):
            raise TemporaryFetchError(
                f"the proxy in the environment uses {proxy.url.scheme}: an HTTP proxy is required"
            )
        return httpcore.HTTPProxy(
            httpcore.URL(scheme=proxy.url.raw_scheme, host=proxy.url.raw_host, port=proxy.url.port, target=b"/"),
            proxy_auth=proxy.raw_auth,
            ssl_context=self._secure,
            proxy_ssl_context=self._secure if proxy.url.scheme == "https" else None,
            max_connections=_MAX_CONNECTIONS,
            keepalive_expiry=_IDLE_SECONDS,
            network_backend=GuardedBackend(allow_private=True, deadline=self._deadline),
        )


class _Body(httpx.SyncByteStream):
    def __init__(self, stream: Iterable[bytes]) -> None:
        self._stream = stream

    def __iter__(self) -> Iterator[bytes]:
        with _as_httpx():
            yield from self._stream

    def close(self) -> None:
        if hasattr(self._stream, "close"):
            self._stream.close()


def is_bad_certificate(error: BaseException) -> bool:
    """Whether ``error`` was caused by a certificate that could not be verified."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return True
        cause = cause.__cause__ or cause.__context__
    return False


@contextmanager
def _as_httpx() -> Iterator[None]:
    try:
        yield
    except httpcore.ConnectTimeout as error:
        raise httpx.ConnectTimeout(str(error)) from error
    except (httpcore.ConnectError, httpcore.ProxyError) as error:
        raise httpx.ConnectError(str(error)) from error
    except httpcore.TimeoutException as error:
        raise httpx.ReadTimeout(str(error)) from error
    except (httpcore.NetworkError, httpcore.ProtocolError) as error:
        raise httpx.ReadError(str(error)) from error
