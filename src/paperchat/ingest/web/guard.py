"""Which addresses are fetched from, held where connections are made.

Only http and https, with no user name in the address. A host is looked up once, and the connection goes to the
very addresses that were checked, so that a name cannot turn to another address in between. Private, loopback,
link-local, multicast and reserved addresses are refused, and so are those that embed one (IPv4-mapped, 6to4,
NAT64), unless private ones are allowed.
"""

from __future__ import annotations

import ipaddress
import queue
import socket
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import httpcore
import httpx

from paperchat.ingest.web.errors import RefusedError

_LONGEST_URL = 2_000
_LARGEST_PORT = 65_535
_MOST_ADDRESSES = 4
_SHORTEST_CONNECT = 2.0  # seconds for each of a host's addresses
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")  # RFC 6052
_PRIVATE = "{} is in a private network or on this machine; only public addresses are fetched from"

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address


def checked(url: str | httpx.URL) -> httpx.URL:
    """``url``, parsed and without its fragment.

    Raises:
        RefusedError: it is no address that is fetched from.
    """
    try:
        parsed = httpx.URL(url)
    except (httpx.InvalidURL, UnicodeError, ValueError) as error:
        raise RefusedError("is not a valid web address") from error
    if parsed.scheme not in ("http", "https"):
        raise RefusedError(f"only http and https addresses are fetched, not {parsed.scheme or 'one without a scheme'}:")
    if not parsed.host or len(str(parsed)) > _LONGEST_URL or not 0 < (parsed.port or 80) <= _LARGEST_PORT:
        raise RefusedError("is not a valid web address")
    if parsed.userinfo:
        raise RefusedError("the address holds a user name or password, which is never sent: take it out")
    return parsed.copy_with(fragment=None)


def is_public(address: IPAddress) -> bool:
    """Whether the address, and one that it embeds, is of the public internet."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
        if inner is not None:
            return is_public(inner)
        if address.is_site_local:
            return False
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)


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

    def clip(self, timeout: float | None) -> float | None:
        """``timeout``, shortened to what is left. Raises httpcore.ReadTimeout where nothing is."""
        left = self.ends - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout("the time is up")
        return min(left, float("inf") if timeout is None else timeout) if left != float("inf") else timeout


class GuardedBackend(httpcore.NetworkBackend):
    """Connects to checked addresses, within a deadline."""

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
        addresses = self._addresses(host, port, self._deadline.clip(timeout))
        each = max(_SHORTEST_CONNECT, timeout / len(addresses)) if timeout is not None else None
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

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)

    def _addresses(self, host: str, port: int, timeout: float | None) -> list[str]:
        found = list(dict.fromkeys(_look_up(host, port, timeout)))
        if not self._allow_private:
            found = [address for address in found if is_public(ipaddress.ip_address(address.partition("%")[0]))]
        if not found:
            raise RefusedError(_PRIVATE.format(host))
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


def refuse_private_literal(host: str) -> None:
    """For a host that a proxy will look up: refuses what names a private address without being looked up.

    Every spelling that the system takes for a number counts (``127.1``, ``0x7f000001``, ``2130706433``).
    """
    try:
        found = socket.getaddrinfo(host, None, flags=socket.AI_NUMERICHOST, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        found = []
    literal = [ipaddress.ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]
    name = host.rstrip(".").lower()
    if name == "localhost" or name.endswith(".localhost") or not all(map(is_public, literal)):
        raise RefusedError(_PRIVATE.format(host))


def _look_up(host: str, port: int, timeout: float | None) -> list[str]:
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
        raise RefusedError("is not a valid web address") from answer
    if isinstance(answer, Exception):
        raise httpcore.ConnectError(f"{host} was not found") from answer
    return answer
