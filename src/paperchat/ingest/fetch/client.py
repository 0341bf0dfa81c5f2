"""The HTTP client: rate limits, retries, safety checks and caching of everything that is fetched.

Each response is a file in the cache. An interrupted download is resumed, within a run or in a later one. Failures are
one of two errors: TemporaryFetchError (it may work later) or PermanentFetchError (it will not).
"""

from __future__ import annotations

import logging
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
from paperchat.ingest.fetch.guarded_connections import Deadline, GuardedTransport, is_bad_certificate
from paperchat.ingest.fetch.rate_limit import INTERVALS, HostBackoff, RateLimiter
from paperchat.storage.errors import storage_error

logger = logging.getLogger(__name__)

USER_AGENT = f"paperchat/{paperchat.__version__} (research literature assistant; python-httpx)"
_PDF = "application/pdf, */*;q=0.5"
_BOT_CHECK_PAUSE = 600.0  # seconds
_MAX_REDIRECTS = 5
_MAX_ERROR_BYTES = 65_536
_RATE_LIMITED = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})
_TRANSIENT = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, *_RATE_LIMITED})
_FIRST_SERVER_ERROR = 500
_REASONS: dict[int, str] = {
    HTTPStatus.NOT_FOUND: "there is nothing at this address",
    HTTPStatus.GONE: "what was at this address has been removed",
    HTTPStatus.UNAUTHORIZED: "this needs a login",
    HTTPStatus.FORBIDDEN: "the server refuses access",
    HTTPStatus.PAYMENT_REQUIRED: "payment is required",
}


class HttpExchange:
    """Sends one request with its redirects; ``seconds`` limits it from the look-up to the last byte."""

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
        """Store the response in the cache under ``key``; ``entry`` is the present one, to be revalidated.

        Raises:
            RetryableError: another attempt may work.
            TemporaryFetchError, PermanentFetchError: another attempt would not.
        """
        headers = {"Accept": accept, **self._cache_writer.request_headers(key, entry)}
        for _ in range(_MAX_REDIRECTS + 1):
            self._backoff.check(url.host)
            with self._rate_limiter.slot(url.host), self._deadline.within(self._seconds):
                self._backoff.check(url.host)  # another request may have found it unreachable meanwhile
                result = self._request(url, headers, key, max_bytes, entry)
            if isinstance(result, CacheEntry):
                return result
            url = ssrf.validate_url(result)
        raise PermanentFetchError(f"the address redirects more than {_MAX_REDIRECTS} times")

    def _request(
        self, url: httpx.URL, headers: dict[str, str], key: str, max_bytes: int, entry: CacheEntry | None
    ) -> CacheEntry | httpx.URL:
        """The stored response, or the URL that it redirects to."""
        host = url.host
        try:
            with self._http.stream("GET", url, headers=headers) as response:
                logger.debug("%s answered %d", host, response.status_code)
                return self._handle_response(response, key, max_bytes, entry)
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            reason = f"{host} cannot be reached: check the network, then ingest again"
            if is_bad_certificate(error):
                reason = f"{host} has no valid TLS certificate, so nothing was fetched from it"
            self._backoff.pause(host, reason)
            raise TemporaryFetchError(reason) from error
        except (httpx.RemoteProtocolError, httpx.InvalidURL, UnicodeError) as error:  # of httpx, for a bad redirect
            raise PermanentFetchError(f"{host} redirects to an invalid web address") from error
        except httpx.TransportError as error:
            if self._deadline.is_over:
                reason = f"{host} took longer than {self._seconds:g} seconds: ingest again later"
                self._backoff.record_failure(host, reason)
                raise TemporaryFetchError(reason) from error
            raise RetryableError(host, f"the connection to {host} was interrupted: ingest again later") from error
        except httpx.HTTPError as error:
            raise RetryableError(host, f"{host} did not answer with valid HTTP") from error

    def _handle_response(
        self, response: httpx.Response, key: str, max_bytes: int, entry: CacheEntry | None
    ) -> CacheEntry | httpx.URL:
        status, host = response.status_code, response.url.host
        if response.next_request is not None:
            return response.next_request.url
        if status in _TRANSIENT or status >= _FIRST_SERVER_ERROR:
            wait = _retry_after(response.headers.get("Retry-After", ""))
            reason = f"{host} is temporarily unavailable ({status}): ingest again later"
            raise RetryableError(host, reason, wait=wait, is_rate_limited=status in _RATE_LIMITED)
        self._backoff.record_success(host)
        stored = self._cache_writer.store(response, key, max_bytes, entry)
        if stored is not None:
            return stored
        body = _read_error_body(response)
        if is_bot_check(body):
            reason = f"{host} blocks automated access ({status}): wait, then ingest again"
            self._backoff.pause(host, reason)
            raise TemporaryFetchError(reason)
        reason = _REASONS.get(status, "the server refuses")
        raise PermanentFetchError(f"{reason} ({host} answered {status})", status=status, body=body)


def _read_error_body(response: httpx.Response) -> bytes:
    body = b""
    for chunk in response.iter_raw():
        body += chunk
        if len(body) >= _MAX_ERROR_BYTES:
            break
    return body[:_MAX_ERROR_BYTES]


def _retry_after(value: str) -> float:
    """The seconds of a ``Retry-After`` header, which has seconds or a date (RFC 9110, 10.2.3); 0 if it is invalid."""
    if value.strip().isdecimal():
        return float(value[:12])
    with suppress(ValueError, OverflowError):
        return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
    return 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Base URLs, to which paths, ids and queries are appended."""

    arxiv_api: str = "https://export.arxiv.org/api/query"
    arxiv_pdf: str = "https://export.arxiv.org/pdf/"
    daily_api: str = "https://huggingface.co/api/daily_papers"
    doi: str = "https://doi.org/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Limits of time (in seconds), size (in bytes) and rate.

    ``connect_timeout`` and ``read_timeout`` limit one step, ``total_timeout`` a whole exchange. ``max_retry_after`` is
    the longest ``Retry-After`` to wait for, ``host_pause`` how long an unreachable host is not contacted again.
    ``intervals`` are the least times between requests to a host and its subdomains.
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
    """A response as a file, which stays for at least an hour; ``url`` is the final one after redirects."""

    path: Path
    kind: Kind
    url: str


class WebClient:
    """Fetches from the web into ``cache``, a folder that threads and processes may share.

    ``wait`` sleeps between requests. Use as a context manager, or ``close``.
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
            trust_env=False,  # the transport handles proxies
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
        """Close all connections."""
        self._http.close()

    def get(self, url: str, *, accept: str = "*/*", max_bytes: int, max_age: float = 0.0) -> FetchedFile:
        """Fetch ``url``. A cached response of at most ``max_age`` seconds is used without a request.

        Raises:
            TemporaryFetchError: it could not be fetched now.
            PermanentFetchError: it cannot be fetched.
            StorageError: the cache cannot be written.
        """
        key = cache_key(url, accept)
        with self._storage(), self._cache.locked(key):
            entry = self._cache.find(key)
            if entry is None or entry.age > max_age:
                entry = self._fetch(url, accept, max_bytes, entry)
            return FetchedFile(path=entry.path, kind=detect_kind(entry.path), url=entry.record.url)

    def download_pdf(self, url: str, *, max_age: float = 0.0) -> Path:
        """The PDF at ``url``; offline, the cached one whatever its age. Raises as `get`."""
        try:
            fetched = self.get(url, accept=_PDF, max_bytes=self._limits.max_pdf_bytes, max_age=max_age)
        except TemporaryFetchError:
            with self._storage():
                entry = self._cache.find(cache_key(url, _PDF))
            if entry is None:
                raise
            return entry.path
        if fetched.kind != "pdf":
            error = self._not_a_pdf(fetched)
            self.forget(url, accept=_PDF)
            raise error
        return fetched.path

    def cached_pdf(self, url: str) -> Path | None:
        """The PDF that `download_pdf` fetched from ``url``, if it is still cached; makes no request."""
        with self._storage():
            entry = self._cache.find(cache_key(url, _PDF))
        return entry.path if entry else None

    def forget(self, url: str, *, accept: str) -> None:
        """Remove an unusable response from the cache, so that it is requested again next time."""
        with self._storage():
            self._cache.forget(cache_key(url, accept))

    def bot_check_error(self, url: str) -> TemporaryFetchError:
        """The error for a bot check in place of the content; pauses requests to its host."""
        host = httpx.URL(url).host
        reason = f"{host} blocks automated access and answered with a page for browsers: wait, then ingest again"
        self._backoff.pause(host, reason, _BOT_CHECK_PAUSE)
        return TemporaryFetchError(reason)

    def _not_a_pdf(self, fetched: FetchedFile) -> TemporaryFetchError | PermanentFetchError:
        if fetched.kind == "html" and is_bot_check(read_head(fetched.path)):
            return self.bot_check_error(fetched.url)
        what = {"html": "a web page (HTML)", "empty": "an empty file"}.get(fetched.kind, f"{fetched.kind} data")
        return PermanentFetchError(f"{what} was returned instead of a PDF")

    def _fetch(self, url: str, accept: str, max_bytes: int, entry: CacheEntry | None) -> CacheEntry:
        address, key = ssrf.validate_url(url), cache_key(url, accept)
        delay = self._limits.backoff
        for attempt in range(1, self._limits.max_attempts + 1):
            try:
                return self._exchange.send(address, key, accept=accept, max_bytes=max_bytes, entry=entry)
            except RetryableError as error:
                if attempt == self._limits.max_attempts or error.wait > self._limits.max_retry_after:
                    self._give_up(error)
                self._wait(max(delay, error.wait))
                delay *= 2
        raise AssertionError("the last attempt returns or raises")

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
