"""Connections to checked addresses, within a deadline.

A host is looked up once, and the connection goes to the very addresses that were checked, so that a name cannot
turn to another address in between.
"""

from __future__ import annotations

import queue
import socket
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import httpcore

from paperchat.ingest.fetch.errors import RefusedError
from paperchat.ingest.fetch.ssrf import parsed, refuse

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
        refuse(host, map(parsed, found), allow_private=self._allow_private)
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
        raise RefusedError("is not a valid web address") from answer
    if isinstance(answer, Exception):
        raise httpcore.ConnectError(f"{host} was not found") from answer
    return answer
