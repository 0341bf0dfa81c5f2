"""One try at fetching: turns taken, redirects followed, each checked, and what the server says understood."""

from __future__ import annotations

import time
from contextlib import suppress
from email.utils import parsedate_to_datetime
from http import HTTPStatus

import httpx

from paperchat.ingest.fetch import ssrf
from paperchat.ingest.fetch.cache import Entry
from paperchat.ingest.fetch.content_type import is_for_robots
from paperchat.ingest.fetch.errors import RefusedError, TryAgainError, UnreachableError
from paperchat.ingest.fetch.rate_limit import Turns
from paperchat.ingest.fetch.transport import is_bad_certificate
from paperchat.ingest.web.connect import Deadline
from paperchat.ingest.web.receive import Receiver
from paperchat.ingest.web.rest import Rests

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


class Exchange:
    """``seconds`` is how long an answer may take from its first step to its last byte."""

    def __init__(
        self,
        *,
        http: httpx.Client,
        receiver: Receiver,
        turns: Turns,
        rests: Rests,
        deadline: Deadline,
        seconds: float,
    ) -> None:
        self._http = http
        self._receiver = receiver
        self._turns = turns
        self._rests = rests
        self._deadline = deadline
        self._seconds = seconds

    def once(self, url: httpx.URL, key: str, *, accept: str, most_bytes: int, entry: Entry | None) -> Entry:
        """The answer, in the cache under ``key``; ``entry`` is what is there now and may be found unchanged.

        Raises:
            TryAgainError, UnreachableError, RefusedError: see there.
        """
        headers = {"Accept": accept, **self._receiver.conditions(key, entry)}
        for _ in range(_MOST_REDIRECTS + 1):
            self._rests.check(url.host)
            with self._turns.turn(url.host), self._deadline.within(self._seconds):
                self._rests.check(url.host)  # while waiting for the turn another may have found it unreachable
                answer = self._ask(url, headers, key, most_bytes, entry)
            if isinstance(answer, Entry):
                return answer
            url = ssrf.checked(answer)
        raise RefusedError(f"the address redirects more than {_MOST_REDIRECTS} times")

    def _ask(
        self, url: httpx.URL, headers: dict[str, str], key: str, most_bytes: int, entry: Entry | None
    ) -> Entry | httpx.URL:
        """The answer, or the address that it redirects to."""
        host = url.host
        try:
            with self._http.stream("GET", url, headers=headers) as response:
                return self._take(response, key, most_bytes, entry)
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            reason = f"{host} cannot be reached: check the network, then ingest again"
            if is_bad_certificate(error):
                reason = f"{host} has no certificate that proves it is {host}, so nothing was fetched from it"
            self._rests.rest(host, reason)
            raise UnreachableError(reason) from error
        except httpx.RemoteProtocolError as error:  # of httpx itself, about where a redirect leads
            raise RefusedError(f"{host} redirects to what is not a valid web address") from error
        except httpx.TransportError as error:
            if self._deadline.is_over:
                reason = f"{host} took longer than {self._seconds:g} seconds: ingest again later"
                self._rests.failed(host, reason)
                raise UnreachableError(reason) from error
            raise TryAgainError(host, f"the connection to {host} breaks off: try again later") from error
        except httpx.HTTPError as error:
            raise TryAgainError(host, f"{host} answers what is not HTTP") from error

    def _take(self, response: httpx.Response, key: str, most_bytes: int, entry: Entry | None) -> Entry | httpx.URL:
        status, host = response.status_code, response.url.host
        if response.next_request is not None:
            return response.next_request.url
        if status in _PASSING or status >= _FIRST_SERVER_ERROR:
            wait = _retry_after(response.headers.get("Retry-After", ""))
            reason = f"{host} is too busy or out of order ({status}): ingest again later"
            raise TryAgainError(host, reason, wait=wait, asked_for_rest=status in _ASKS_FOR_REST)
        self._rests.answered(host)
        taken = self._receiver.take(response, key, most_bytes, entry)
        if taken is not None:
            return taken
        body = _beginning(response)
        if is_for_robots(body):
            reason = f"{host} takes this program for a robot ({status}): wait, then ingest again"
            self._rests.rest(host, reason)
            raise UnreachableError(reason)
        reason = _REASONS.get(status, "the server refuses")
        raise RefusedError(f"{reason} ({host} answered {status})", status=status, body=body)


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
