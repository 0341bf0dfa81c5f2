"""httpx over guarded connections.

Proxies named in the environment or the system's settings are used, as in many institutions there is no other way
out, and ``NO_PROXY`` is heeded. A proxy looks hosts up itself, so what can be held there is less: hosts given
as private numbers and ``localhost`` are refused, and names are left to the proxy, which its owner answers for.
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

_MOST_ADDRESSES = 4
_SHORTEST_CONNECT = 2.0  # seconds for each of a host's addresses
_FOREVER = 1e6  # seconds


class Deadline(threading.local):
    """When the exchange that this thread is in must have ended."""

    ends = float("inf")

    @contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        self.ends = time.monotonic() + seconds
        try:
            yield
        finally:
            del self.ends

    @property
    def is_over(self) -> bool:
        return time.monotonic() >= self.ends

    def clip(self, timeout: float | None) -> float:
        """``timeout``, shortened to what is left. Raises httpcore.ReadTimeout where nothing is."""
        left = min(self.ends - time.monotonic(), _FOREVER)
        if left <= 0:
            raise httpcore.ReadTimeout("the time is up")
        return left if timeout is None else min(left, timeout)


class GuardedBackend(httpcore.NetworkBackend):
    """Raises RefusedError for a host of which an address may not be connected to."""

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
        whole = self._deadline.clip(timeout)
        addresses = self._addresses(host, port, whole)
        each = max(_SHORTEST_CONNECT, whole / len(addresses))
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
        return found[:_MOST_ADDRESSES]


class _TimedStream(httpcore.NetworkStream):
    """A connection whose every step is within the deadline, however slowly the bytes drip."""

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
    """The host's addresses; in a thread, because the system's own look-up knows no time limit."""
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


_MOST_CONNECTIONS = 8
_IDLE_SECONDS = 10.0


class GuardedTransport(httpx.BaseTransport):
    """Raises httpx.ConnectError or httpx.ConnectTimeout where no connection was made, httpx.TransportError after
    that, and RefusedError for an address that is not fetched from."""

    def __init__(self, *, allow_private: bool, deadline: Deadline) -> None:
        self._allow_private = allow_private
        self._deadline = deadline
        self._secure = httpx.create_ssl_context()
        self._direct = httpcore.ConnectionPool(
            ssl_context=self._secure,
            max_connections=_MOST_CONNECTIONS,
            keepalive_expiry=_IDLE_SECONDS,
            network_backend=GuardedBackend(allow_private=allow_private, deadline=deadline),
        )
        self._proxies = getproxies()
        self._proxied: dict[str, httpcore.ConnectionPool] = {}

    def handle_request(self, request: httpx.Request) -> httpx.Response:
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
            raise TemporaryFetchError("the proxy in the environment has no valid address: mend or unset it") from error
        if proxy.url.scheme not in ("http", "https"):
            raise TemporaryFetchError(
                f"the proxy in the environment speaks {proxy.url.scheme}; an HTTP proxy is needed"
            )
        return httpcore.HTTPProxy(
            httpcore.URL(scheme=proxy.url.raw_scheme, host=proxy.url.raw_host, port=proxy.url.port, target=b"/"),
            proxy_auth=proxy.raw_auth,
            ssl_context=self._secure,
            proxy_ssl_context=self._secure if proxy.url.scheme == "https" else None,
            max_connections=_MOST_CONNECTIONS,
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
    """Whether what lies behind ``error`` is a certificate that does not prove the host."""
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
