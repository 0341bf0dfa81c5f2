"""Answers as they come in: written to the cache, and gone on with where one was cut (RFC 9110, 14)."""

from __future__ import annotations

import re
from http import HTTPStatus

import httpx

from paperchat.ingest.fetch.cache import Cache, Entry, Record
from paperchat.ingest.fetch.errors import RefusedError, TryAgainError

_CONTENT_RANGE = re.compile(r"bytes (?:(\d+)-\d+|\*)/(\d+|\*)")


class Receiver:
    def __init__(self, cache: Cache) -> None:
        self._cache = cache

    def conditions(self, key: str, entry: Entry | None) -> dict[str, str]:
        """Headers that ask for the rest of what was cut, else for ``entry`` if it has changed."""
        part = self._cache.part_record(key)
        if part is not None:
            return {"Range": f"bytes={self._cache.part(key).stat().st_size}-", "If-Range": part.range_validator}
        if entry is None:
            return {}
        given = {"If-None-Match": entry.record.etag, "If-Modified-Since": entry.record.modified}
        return {name: value for name, value in given.items() if value}

    def take(self, response: httpx.Response, key: str, most_bytes: int, entry: Entry | None) -> Entry | None:
        """What the answer gives, in the cache; nothing where its status has nothing to give.

        Raises:
            RefusedError: it is larger than ``most_bytes``, whatever it says of its length.
            TryAgainError: it does not fit to what was asked for.
            httpx.TransportError: it breaks off; what came is kept where it can be gone on with.
        """
        match response.status_code:
            case HTTPStatus.OK:
                return self._receive(response, key, most_bytes, offset=0)
            case HTTPStatus.PARTIAL_CONTENT:
                return self._receive(response, key, most_bytes, offset=self._offset(response, key))
            case HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
                return self._beyond(response, key)
            case HTTPStatus.NOT_MODIFIED if entry is not None:
                return self._cache.unchanged(key, entry)
        return None

    def _receive(self, response: httpx.Response, key: str, most_bytes: int, *, offset: int) -> Entry:
        headers = response.headers
        record = Record(url=str(response.url), etag=headers.get("ETag", ""), modified=headers.get("Last-Modified", ""))
        if not offset:
            self._cache.begin(key, record)
        size, declared = offset, headers.get("Content-Length", "")
        try:
            if declared.isdecimal():
                _check_size(offset + int(declared), most_bytes)
            with self._cache.part(key).open("ab") as file:
                for chunk in response.iter_raw():
                    size += len(chunk)
                    _check_size(size, most_bytes)
                    file.write(chunk)
        except RefusedError:
            self._cache.drop_part(key)
            raise
        except httpx.TransportError:
            if self._cache.part_record(key) is None:
                self._cache.drop_part(key)
            raise
        if not size:
            raise self._given_up(response, key, "answered with nothing: ingest again later")
        return self._cache.finish(key, record)

    def _offset(self, response: httpx.Response, key: str) -> int:
        """Where the part that came goes on; it must fit to what is there."""
        found = _CONTENT_RANGE.fullmatch(response.headers.get("Content-Range", ""))
        record = self._cache.part_record(key)
        offset = self._cache.part(key).stat().st_size if record is not None else 0
        etag = response.headers.get("ETag", record.etag if record else "")
        if found is None or record is None or found[1] != str(offset) or record.etag != etag:
            raise self._given_up(response, key, "sent another part than was asked for: ingest again later")
        return offset

    def _beyond(self, response: httpx.Response, key: str) -> Entry:
        """Nothing follows what is there: it is whole, if the server says that this is its size."""
        found = _CONTENT_RANGE.fullmatch(response.headers.get("Content-Range", ""))
        record = self._cache.part_record(key)
        if record is not None and found is not None and found[2] == str(self._cache.part(key).stat().st_size):
            return self._cache.finish(key, record)
        raise self._given_up(response, key, "does not go on with what it began to send: ingest again later")

    def _given_up(self, response: httpx.Response, key: str, reason: str) -> TryAgainError:
        """What is there is of no use; the next try begins anew."""
        self._cache.drop_part(key)
        return TryAgainError(response.url.host, f"{response.url.host} {reason}")


def _check_size(size: int, most_bytes: int) -> None:
    if size > most_bytes:
        raise RefusedError(f"is larger than {most_bytes / 2**20:g} MB, the most that is fetched")
