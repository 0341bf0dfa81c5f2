"""A Milvus server and its collections. Only this module imports pymilvus, which takes a second."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from paperchat.errors import StorageError, UnavailableError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pymilvus import MilvusClient as MilvusClient

T = TypeVar("T")

_PORT = 19530
MOST_RESULTS = 16_384  # of a search or a query
TIMEOUT = 20.0  # seconds that a request may take
CHECK_TIMEOUT = 4.0  # seconds that one may take that asks whether the server answers
LONG_TIMEOUT = 120.0  # seconds that one may take that writes or lists a lot
_CONNECT_TIMEOUT = 5.0  # seconds
_CONNECT_FAILED, _COLLECTION_MISSING, _NOT_LOADED, _ALIAS_MISSING = 2, 100, 101, 1600
# A server that is back is noticed within a second, and each connection has a state of its own.
_CONNECTION_OPTIONS = {
    "grpc.use_local_subchannel_pool": 1,
    "grpc.initial_reconnect_backoff_ms": 100,
    "grpc.min_reconnect_backoff_ms": 100,
    "grpc.max_reconnect_backoff_ms": 1_000,
}
_MAX_REASON_LENGTH = 200  # characters


class MissingCollectionError(StorageError):
    """There is no such collection, or no such alias."""


class MilvusServer:
    """The connection to a server, opened at first use; safe to share between threads."""

    def __init__(self, url: str, *, token: str = "") -> None:
        """
        Raises:
            UsageError: ``url`` is not an address, or has a password in it.
        """
        self.place = _address(url)
        self._token = token
        self._guard = threading.Lock()
        self._client: MilvusClient | None = None

    def call(self, job: Callable[[MilvusClient], T]) -> T:
        """The job's result.

        Raises:
            MissingCollectionError: a collection that the job asks for is not there.
            UnavailableError: the server cannot be reached, or does not answer in time.
            StorageError: it refuses.
        """
        with self._translate_errors():
            return job(self._connected())

    def call_on(self, collection: str, job: Callable[[MilvusClient, str], T]) -> T:
        """The result of a job on a collection, which is loaded first where the server has not done so.

        Raises:
            MissingCollectionError: it is not there.
            UnavailableError: the server cannot be reached, or does not answer in time.
            StorageError: it refuses.
        """
        with self._translate_errors():
            client = self._connected()
            try:
                return job(client, collection)
            except milvus_error() as error:
                if error.code != _NOT_LOADED:
                    raise
            client.load_collection(collection, timeout=TIMEOUT)
            return job(client, collection)

    def close(self) -> None:
        """Close the connection; the next call opens it again."""
        with self._guard:
            client, self._client = self._client, None
            if client is not None:
                client.close()

    def _connected(self) -> MilvusClient:
        if opened := self._client:
            return opened
        made: MilvusClient = load_pymilvus().MilvusClient(
            uri=self.place,
            token=self._token,
            timeout=_CONNECT_TIMEOUT,
            dedicated=True,
            grpc_options=_CONNECTION_OPTIONS,
        )
        with self._guard:
            opened = self._client = self._client or made
        if opened is not made:  # another thread was as quick
            made.close()
        return opened

    @contextmanager
    def _translate_errors(self) -> Iterator[None]:
        load_pymilvus()
        import grpc

        try:
            yield
        except milvus_error() as error:
            if error.code in (_COLLECTION_MISSING, _ALIAS_MISSING):
                raise MissingCollectionError(
                    f"the Milvus server at {self.place} has no such collection: run `paperchat reindex`"
                ) from error
            raise self._error(error.message, is_away=_is_away(error)) from error
        except (grpc.RpcError, OSError, ValueError) as error:
            raise self._error(str(error), is_away=_is_away(error)) from error

    def _error(self, reason: str, *, is_away: bool) -> StorageError:
        words = " ".join(reason.split()) or "no reason given"
        if self._token:
            words = words.replace(self._token, "…")
        kind = UnavailableError if is_away else StorageError
        return kind(
            f"the Milvus server at {self.place} failed ({words[:_MAX_REASON_LENGTH]}): "
            "check that it runs, and try again"
        )


def _is_away(error: BaseException) -> bool:
    """Whether the server cannot be reached or does not answer in time, and has not refused."""
    import grpc

    if isinstance(error, (ConnectionError, TimeoutError)):
        return True
    code = getattr(error, "code", None)
    if code == _CONNECT_FAILED:  # also where it does not take the token, which only the cause tells
        return error.__context__ is None or _is_away(error.__context__)
    if callable(code):
        code = code()
    return code in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED)


def collection_of(client: MilvusClient, alias: str) -> str:
    """The name of the collection that an alias stands for."""
    described: dict[str, Any] = client.describe_alias(alias, timeout=TIMEOUT)
    return str(described["collection_name"])


def _address(url: str) -> str:
    """The address with its port.

    Raises:
        UsageError: it is not an address, or has a password in it.
    """
    if "@" in url:
        raise UsageError("the address of the Milvus server names a user: set PAPERCHAT_MILVUS_TOKEN to USER:PASSWORD")
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else _PORT)
    except ValueError:
        parts, port = urlsplit(""), 0
    if parts.scheme not in ("http", "https") or not parts.hostname or not port or url.endswith(".db"):
        raise UsageError(f"{url!r} is not the address of a Milvus server: write http://HOST:PORT")
    return f"{parts.scheme}://{parts.hostname}:{port}{parts.path.rstrip('/')}"


@cache
def load_pymilvus() -> Any:
    """The client's package, which is quiet and leaves the environment alone.

    Raises:
        UsageError: it is not installed.
    """
    variable = "PYTHON_DOTENV_DISABLED"  # it would set variables from a .env file, in a notebook from anyone's
    before = os.environ.get(variable)
    os.environ[variable] = "true"
    try:
        import pymilvus
    except ImportError as error:
        raise UsageError(
            "the index is to be on a Milvus server (PAPERCHAT_MILVUS_URL), and its client is not installed: "
            "run pip install 'paperchat[milvus]'"
        ) from error
    finally:
        del os.environ[variable]
        if before is not None:
            os.environ[variable] = before
    for name in ("pymilvus", "pymilvus.milvus_client"):
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)  # it writes a traceback of each error that it raises
    return pymilvus


def milvus_error() -> type[Any]:
    """The class of the client's errors."""
    error: type[Any] = load_pymilvus().MilvusException
    return error
