"""The HTTP client: polite, patient for a while, and trusting nothing that it is told.

Each answer is a file in the cache. A transfer that was cut is gone on with, within a run and at the next. What
goes wrong is one of two errors: UnreachableError (another time, perhaps) or RefusedError (never).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from pathlib import Path
from types import TracebackType

import httpx

import paperchat
from paperchat.ingest.fetch import ssrf
from paperchat.ingest.fetch.cache import CacheEntry, CacheWriter, HttpCache, cache_key
from paperchat.ingest.fetch.content_type import Kind, detect_kind, is_bot_check, read_head
from paperchat.ingest.fetch.errors import PermanentFetchError, RetryableError, TemporaryFetchError
from paperchat.ingest.fetch.rate_limit import INTERVALS, HostBackoff, RateLimiter
from paperchat.ingest.fetch.transport import Deadline, GuardedTransport, is_bad_certificate
from paperchat.storage.errors import storage_error

_MOST_REDIRECTS = 5
_MOST_OF_AN_ERROR = 65_536
_ASKS_FOR_REST = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})
_PASSING = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, *_ASKS_FOR_REST})
_FIRST_SERVER_ERROR = 500
_REASONS: dict[int, str] = {
    HTTPStatus.NOT_FOUND: "there is nothing at this address",
    HTTPStatus.GONE: "what was at this address has been removed",
    HTTPStatus.UNAUTHORIZED: "this needs a login",
    HTTPStatus.FORBIDDEN: "the server refuses access",
    HTTPStatus.PAYMENT_REQUIRED: "this is to be paid for",
}


class HttpExchange:
    """``seconds`` is how long an answer may take from its first step to its last byte."""

    def __init__(
        self,
        *,
        http: httpx.Client,
        cache_writer: CacheWriter,
        rate_limiter: RateLimiter,
        backoff: HostBackoff,
        deadline: Deadline,
        seconds: float,
    ) -> None:
        self._http = http
        self._cache_writer = cache_writer
        self._rate_limiter = rate_limiter
        self._backoff = backoff
        self._deadline = deadline
        self._seconds = seconds

    def send(self, url: httpx.URL, key: str, *, accept: str, max_bytes: int, entry: CacheEntry | None) -> CacheEntry:
        """The answer, in the cache under ``key``; ``entry`` is what is there now and may be found unchanged.

        Raises:
            TryAgainError, UnreachableError, RefusedError: see there.
        """
        headers = {"Accept": accept, **self._cache_writer.request_headers(key, entry)}
        for _ in range(_MOST_REDIRECTS + 1):
            self._backoff.check(url.host)
            with self._rate_limiter.slot(url.host), self._deadline.within(self._seconds):
                self._backoff.check(url.host)  # while waiting for the turn another may have found it unreachable
                answer = self._ask(url, headers, key, max_bytes, entry)
            if isinstance(answer, CacheEntry):
                return answer
            url = ssrf.validate_url(answer)
        raise PermanentFetchError(f"the address redirects more than {_MOST_REDIRECTS} times")

    def _ask(
        self, url: httpx.URL, headers: dict[str, str], key: str, max_bytes: int, entry: CacheEntry | None
    ) -> CacheEntry | httpx.URL:
        """The answer, or the address that it redirects to."""
        host = url.host
        try:
            with self._http.stream("GET", url, headers=headers) as response:
                return self._take(response, key, max_bytes, entry)
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            reason = f"{host} cannot be reached: check the network, then ingest again"
            if is_bad_certificate(error):
                reason = f"{host} has no certificate that proves it is {host}, so nothing was fetched from it"
            self._backoff.pause(host, reason)
            raise TemporaryFetchError(reason) from error
        except httpx.RemoteProtocolError as error:  # of httpx itself, about where a redirect leads
            raise PermanentFetchError(f"{host} redirects to what is not a valid web address") from error
        except httpx.TransportError as error:
            if self._deadline.is_over:
                reason = f"{host} took longer than {self._seconds:g} seconds: ingest again later"
                self._backoff.record_failure(host, reason)
                raise TemporaryFetchError(reason) from error
            raise RetryableError(host, f"the connection to {host} breaks off: try again later") from error
        except httpx.HTTPError as error:
            raise RetryableError(host, f"{host} answers what is not HTTP") from error

    def _take(
        self, response: httpx.Response, key: str, max_bytes: int, entry: CacheEntry | None
    ) -> CacheEntry | httpx.URL:
        status, host = response.status_code, response.url.host
        if response.next_request is not None:
            return response.next_request.url
        if status in _PASSING or status >= _FIRST_SERVER_ERROR:
            wait = _retry_after(response.headers.get("Retry-After", ""))
            reason = f"{host} is too busy or out of order ({status}): ingest again later"
            raise RetryableError(host, reason, wait=wait, is_rate_limited=status in _ASKS_FOR_REST)
        self._backoff.record_success(host)
        taken = self._cache_writer.store(response, key, max_bytes, entry)
        if taken is not None:
            return taken
        body = _beginning(response)
        if is_bot_check(body):
            reason = f"{host} takes this program for a robot ({status}): wait, then ingest again"
            self._backoff.pause(host, reason)
            raise TemporaryFetchError(reason)
        reason = _REASONS.get(status, "the server refuses")
        raise PermanentFetchError(f"{reason} ({host} answered {status})", status=status, body=body)


def _beginning(response: httpx.Response) -> bytes:
    body = b""
    for chunk in response.iter_raw():
        body += chunk
        if len(body) >= _MOST_OF_AN_ERROR:
            break
    return body[:_MOST_OF_AN_ERROR]


def _retry_after(value: str) -> float:
    """Seconds; the header has them, or a date (RFC 9110, 10.2.3). Nothing that makes sense counts as 0."""
    if value.strip().isdecimal():
        return float(value[:12])
    with suppress(ValueError, OverflowError):
        return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
    return 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Addresses that paths, ids and queries are appended to."""

    arxiv_api: str = "https://export.arxiv.org/api/query"
    arxiv_pdf: str = "https://export.arxiv.org/pdf/"
    daily_api: str = "https://huggingface.co/api/daily_papers"
    doi: str = "https://doi.org/"


USER_AGENT = f"paperchat/{paperchat.__version__} (research literature assistant; python-httpx)"
_TURNED_AWAY = 600.0  # seconds
_PDF = "application/pdf, */*;q=0.5"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How long, how much and how often; times are in seconds.

    ``connect`` and ``silence`` bound one step, ``transfer`` one exchange with all its steps; ``tries`` counts the
    first. ``max_retry_after`` is the longest that a server's ``Retry-After`` is waited for, and ``rest`` how long a
    host is left alone that could not be reached. ``intervals`` are between requests to a host and its subdomains.
    """

    connect_timeout: float = 10.0
    read_timeout: float = 30.0
    total_timeout: float = 300.0
    max_attempts: int = 4
    backoff: float = 1.0
    max_retry_after: float = 60.0
    host_pause: float = 60.0
    max_pdf_bytes: int = 128 * 2**20
    max_cache_bytes: int = 2 * 2**30
    intervals: Mapping[str, float] = field(default_factory=lambda: INTERVALS)


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchedFile:
    """An answer as a file, which stays for an hour at least; ``url`` is where it was in the end."""

    path: Path
    kind: Kind
    url: str


class WebClient:
    """Fetches from the web into ``cache``, a folder that threads and processes may share.

    ``wait`` is what passes the time between requests. Use as a context manager, or ``close``.
    """

    def __init__(
        self,
        cache: Path,
        *,
        allow_private: bool = False,
        services: Services | None = None,
        limits: Limits | None = None,
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        self.services = services or Services()
        self._limits = limits or Limits()
        self._wait = wait
        self._cache = HttpCache(cache, max_bytes=self._limits.max_cache_bytes)
        self._backoff = HostBackoff(self._limits.host_pause)
        rate_limiter = RateLimiter(cache / "turns", intervals=self._limits.intervals, wait=wait)
        deadline = Deadline()
        self._http = httpx.Client(
            transport=GuardedTransport(allow_private=allow_private, deadline=deadline),
            headers={"User-Agent": USER_AGENT, "Accept-Encoding": "identity"},
            timeout=httpx.Timeout(self._limits.read_timeout, connect=self._limits.connect_timeout),
            trust_env=False,  # the transport sees to proxies
        )
        self._exchange = HttpExchange(
            http=self._http,
            cache_writer=CacheWriter(self._cache),
            rate_limiter=rate_limiter,
            backoff=self._backoff,
            deadline=deadline,
            seconds=self._limits.total_timeout,
        )

    def __enter__(self) -> WebClient:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    def get(self, url: str, *, accept: str = "*/*", max_bytes: int, max_age: float = 0.0) -> FetchedFile:
        """What is at ``url``. An answer not older than ``max_age`` seconds is used without asking.

        Raises:
            UnreachableError: it could not be had now.
            RefusedError: it cannot be had.
            StorageError: the cache cannot be written.
        """
        key = cache_key(url, accept)
        with self._storage(), self._cache.locked(key):
            entry = self._cache.find(key)
            if entry is None or entry.age > max_age:
                entry = self._fetch(url, accept, max_bytes, entry)
            return FetchedFile(path=entry.path, kind=detect_kind(entry.path), url=entry.record.url)

    def download_pdf(self, url: str, *, max_age: float = 0.0) -> Path:
        """The PDF at ``url``; one from the cache serves when there is no reaching the web. Raises as `get`."""
        try:
            fetched = self.get(url, accept=_PDF, max_bytes=self._limits.max_pdf_bytes, max_age=max_age)
        except TemporaryFetchError:
            with self._storage():
                entry = self._cache.find(cache_key(url, _PDF))
            if entry is None:
                raise
            return entry.path
        if fetched.kind != "pdf":
            error = self._no_pdf(fetched)
            self.forget(url, accept=_PDF)
            raise error
        return fetched.path

    def cached_pdf(self, url: str) -> Path | None:
        """The PDF that `download` fetched from ``url``, if it is still there; the web is not asked."""
        with self._storage():
            entry = self._cache.find(cache_key(url, _PDF))
        return entry.path if entry else None

    def forget(self, url: str, *, accept: str) -> None:
        """An answer turned out to be of no use: it is asked for again next time."""
        with self._storage():
            self._cache.forget(cache_key(url, accept))

    def bot_check_error(self, url: str) -> TemporaryFetchError:
        """The error for a page that takes us for a robot; its host is left alone for a while."""
        host = httpx.URL(url).host
        reason = f"{host} takes this program for a robot and answered with a page for people: wait, then ingest again"
        self._backoff.pause(host, reason, _TURNED_AWAY)
        return TemporaryFetchError(reason)

    def _no_pdf(self, fetched: FetchedFile) -> TemporaryFetchError | PermanentFetchError:
        if fetched.kind == "html" and is_bot_check(read_head(fetched.path)):
            return self.bot_check_error(fetched.url)
        what = {"html": "a web page (HTML)", "empty": "an empty file"}.get(fetched.kind, f"{fetched.kind} data")
        return PermanentFetchError(f"{what} came in place of a PDF")

    def _fetch(self, url: str, accept: str, max_bytes: int, entry: CacheEntry | None) -> CacheEntry:
        address, key = ssrf.validate_url(url), cache_key(url, accept)
        waiting = self._limits.backoff
        for tried in range(1, self._limits.max_attempts + 1):
            try:
                return self._exchange.send(address, key, accept=accept, max_bytes=max_bytes, entry=entry)
            except RetryableError as error:
                if tried == self._limits.max_attempts or error.wait > self._limits.max_retry_after:
                    self._give_up(error)
                self._wait(max(waiting, error.wait))
                waiting *= 2
        raise AssertionError("the last try returns or raises")

    def _give_up(self, error: RetryableError) -> None:
        if error.is_rate_limited:
            self._backoff.pause(error.host, error.reason, error.wait or None)
        else:
            self._backoff.record_failure(error.host, error.reason)
        raise TemporaryFetchError(error.reason) from error

    @contextmanager
    def _storage(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise storage_error("the web cache", self._cache.folder, error, remedy="check the folder") from error
