"""One try at fetching: redirects followed, each checked, and the answer written to the cache as it comes."""

from __future__ import annotations

import re
import time
from contextlib import suppress
from email.utils import parsedate_to_datetime
from http import HTTPStatus

import httpx

from paperchat.ingest.web import guard
from paperchat.ingest.web.cache import Cache, Entry, Record, key_of
from paperchat.ingest.web.errors import RefusedError, UnreachableError
from paperchat.ingest.web.rate import Turns
from paperchat.ingest.web.rest import Rests
from paperchat.ingest.web.sniff import is_for_robots
from paperchat.ingest.web.transport import is_bad_certificate

_MOST_REDIRECTS = 5
_MOST_OF_AN_ERROR = 65_536
_ASKS_FOR_REST = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})
_PASSING = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, *_ASKS_FOR_REST})
_FIRST_SERVER_ERROR = 500
_CONTENT_RANGE = re.compile(r"bytes (?:(\d+)-\d+|\*)/(\d+|\*)")
_REASONS: dict[int, str] = {
    HTTPStatus.NOT_FOUND: "there is nothing at this address",
    HTTPStatus.GONE: "what was at this address has been removed",
    HTTPStatus.UNAUTHORIZED: "this needs a login",
    HTTPStatus.FORBIDDEN: "the server refuses access",
    HTTPStatus.PAYMENT_REQUIRED: "this is to be paid for",
}


class TryAgainError(Exception):
    """The try failed in a way that another may not, ``wait`` seconds from now at the soonest."""

    def __init__(self, host: str, reason: str, *, wait: float = 0.0, asked_for_rest: bool = False) -> None:
        super().__init__(reason)
        self.host = host
        self.reason = reason
        self.wait = wait
        self.asked_for_rest = asked_for_rest


class Exchange:
    """``seconds`` is how long the answer may take from its first step to its last byte."""

    def __init__(
        self, *, http: httpx.Client, cache: Cache, turns: Turns, rests: Rests, deadline: guard.Deadline, seconds: float
    ) -> None:
        self._http = http
        self._cache = cache
        self._turns = turns
        self._rests = rests
        self._deadline = deadline
        self._seconds = seconds

    def once(self, url: httpx.URL, *, accept: str, most_bytes: int, entry: Entry | None) -> Entry:
        """The answer, in the cache; ``entry`` is what the cache holds and may be found unchanged.

        Raises:
            TryAgainError, UnreachableError, RefusedError: see there.
        """
        key = key_of(str(url), accept)
        headers = {"Accept": accept, **self._conditions(key, entry)}
        for _ in range(_MOST_REDIRECTS + 1):
            self._rests.check(url.host)
            with self._turns.turn(url.host), self._deadline.within(self._seconds):
                self._rests.check(url.host)  # while waiting for the turn another may have found it unreachable
                answer = self._ask(url, headers, key=key, most_bytes=most_bytes, entry=entry)
            if isinstance(answer, Entry):
                return answer
            url = guard.checked(answer)
        raise RefusedError(f"the address redirects more than {_MOST_REDIRECTS} times")

    def _conditions(self, key: str, entry: Entry | None) -> dict[str, str]:
        part = self._cache.part_record(key)
        if part is not None:
            return {"Range": f"bytes={self._cache.part(key).stat().st_size}-", "If-Range": part.range_validator}
        if entry is None:
            return {}
        given = {"If-None-Match": entry.record.etag, "If-Modified-Since": entry.record.modified}
        return {name: value for name, value in given.items() if value}

    def _ask(
        self, url: httpx.URL, headers: dict[str, str], *, key: str, most_bytes: int, entry: Entry | None
    ) -> Entry | httpx.URL:
        """The answer, or the address that it redirects to."""
        host = url.host
        try:
            with self._http.stream("GET", url, headers=headers) as response:
                return self._take(response, key=key, most_bytes=most_bytes, entry=entry)
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
                reason = f"{host} took longer than {self._seconds:g} seconds; what came is kept for the next ingest"
                self._rests.failed(host, reason)
                raise UnreachableError(reason) from error
            raise TryAgainError(host, f"the connection to {host} breaks off: try again later") from error
        except httpx.HTTPError as error:
            raise TryAgainError(host, f"{host} answers what is not HTTP") from error

    def _take(self, response: httpx.Response, *, key: str, most_bytes: int, entry: Entry | None) -> Entry | httpx.URL:
        status, host = response.status_code, response.url.host
        if response.next_request is not None:
            return response.next_request.url
        if status in _PASSING or status >= _FIRST_SERVER_ERROR:
            wait = _retry_after(response.headers.get("Retry-After", ""))
            reason = f"{host} is too busy or out of order ({status}): ingest again later"
            raise TryAgainError(host, reason, wait=wait, asked_for_rest=status in _ASKS_FOR_REST)
        self._rests.answered(host)
        if status == HTTPStatus.NOT_MODIFIED and entry is not None:
            return self._cache.unchanged(key, entry)
        if status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            return self._beyond(response, key)
        if status == HTTPStatus.PARTIAL_CONTENT:
            return self._receive(response, key, most_bytes, offset=self._offset(response, key))
        if status == HTTPStatus.OK:
            return self._receive(response, key, most_bytes, offset=0)
        body = _beginning(response)
        if is_for_robots(body):
            reason = f"{host} takes this program for a robot ({status}): wait, then ingest again"
            self._rests.rest(host, reason)
            raise UnreachableError(reason)
        reason = _REASONS.get(status, "the server refuses")
        raise RefusedError(f"{reason} ({host} answered {status})", status=status, body=body)

    def _receive(self, response: httpx.Response, key: str, most_bytes: int, *, offset: int) -> Entry:
        headers = response.headers
        record = Record(url=str(response.url), etag=headers.get("ETag", ""), modified=headers.get("Last-Modified", ""))
        if not offset:
            self._cache.begin(key, record)
        size, declared = offset, headers.get("Content-Length", "")
        try:
            if declared.isdecimal():
                self._check_size(offset + int(declared), most_bytes)
            with self._cache.part(key).open("ab") as file:
                for chunk in response.iter_raw():
                    size += len(chunk)
                    self._check_size(size, most_bytes)
                    file.write(chunk)
        except RefusedError:
            self._cache.drop_part(key)
            raise
        except httpx.HTTPError:
            if self._cache.part_record(key) is None:
                self._cache.drop_part(key)
            raise
        if not size:
            self._cache.drop_part(key)
            raise TryAgainError(response.url.host, f"{response.url.host} answered with nothing: ingest again later")
        return self._cache.finish(key, record)

    @staticmethod
    def _check_size(size: int, most_bytes: int) -> None:
        if size > most_bytes:
            raise RefusedError(f"is larger than {most_bytes / 2**20:g} MB, the most that is fetched")

    def _offset(self, response: httpx.Response, key: str) -> int:
        """Where the part that came goes on; what does not fit to what is there is fetched anew."""
        found = _CONTENT_RANGE.fullmatch(response.headers.get("Content-Range", ""))
        part, record = self._cache.part(key), self._cache.part_record(key)
        offset = part.stat().st_size if record is not None else 0
        etag = response.headers.get("ETag", record.etag if record else "")
        fits = found is not None and found[1] == str(offset) and record is not None and record.etag == etag
        if not fits:
            self._cache.drop_part(key)
            raise TryAgainError(response.url.host, f"{response.url.host} sent another part than was asked for")
        return offset

    def _beyond(self, response: httpx.Response, key: str) -> Entry:
        """Nothing follows what is there: it is whole, if the server says that this is its size."""
        record, part = self._cache.part_record(key), self._cache.part(key)
        found = _CONTENT_RANGE.fullmatch(response.headers.get("Content-Range", ""))
        if record is not None and found is not None and found[2] == str(part.stat().st_size):
            return self._cache.finish(key, record)
        self._cache.drop_part(key)
        raise TryAgainError(response.url.host, f"{response.url.host} does not go on with what it began to send")


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
