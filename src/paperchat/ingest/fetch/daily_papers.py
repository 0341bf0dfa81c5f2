"""Client of the Daily Papers API: the papers of a day or a range of days (https://huggingface.co/docs/hub/api)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import httpx

from paperchat.ingest.fetch.client import WebClient
from paperchat.ingest.fetch.errors import PermanentFetchError, TemporaryFetchError
from paperchat.ingest.items import Item
from paperchat.ingest.sources.base import failure
from paperchat.ingest.sources.daily_api import parse_records
from paperchat.ingest.sources.files import ProgressMeter
from paperchat.ingest.sources.text_files import open_text
from paperchat.types import Failure

_PAGE_SIZE = 100  # the API's maximum
_MAX_PAGES = 20
_ACCEPT = "application/json"
_MAX_BYTES = 32 * 2**20
_HOUR = 3_600.0


def fetch_daily_papers(client: WebClient, span: str) -> Iterator[Item]:
    """The papers of a day (``2025-10-22``) or of a range (``2025-10-20..2025-10-24``), both ends included.

    Days without papers, such as weekends, are a failure only if all are. If the service cannot be reached, the rest
    of the range is one failure.

    Raises:
        PermanentFetchError: the range is invalid.
    """
    first, last = _parse_range(span)
    has_entries = False
    day = first
    while day <= last:
        try:
            for item in _fetch_day(client, day):
                has_entries = True
                yield item
        except TemporaryFetchError as error:
            yield failure(_name(day, last), str(error))
            return
        except PermanentFetchError as error:
            has_entries = True  # possibly
            yield failure(_name(day, day), str(error))
        day += timedelta(days=1)
    if not has_entries:
        yield failure(_name(first, last), "no Daily Papers are listed; weekends and holidays have none")


def _parse_range(span: str) -> tuple[date, date]:
    begin, dots, end = (part.strip() for part in span.strip().partition(".."))
    try:
        first, last = date.fromisoformat(begin), date.fromisoformat(end if dots else begin)
    except ValueError as error:
        raise PermanentFetchError(
            "is not a day or a range: write daily:2025-10-22 or daily:2025-10-20..2025-10-24"
        ) from error
    if last < first:
        raise PermanentFetchError(f"the range ends before it begins: write daily:{last}..{first}")
    today = max(date.today(), datetime.now(UTC).date())
    if last > today:
        raise PermanentFetchError(f"{last} is in the future; today is {today}")
    return first, last


def _name(first: date, last: date) -> str:
    return f"daily:{first}" if first == last else f"daily:{first}..{last}"


def _fetch_day(client: WebClient, day: date) -> Iterator[Item]:
    for page in range(_MAX_PAGES):
        parameters = {"date": str(day), "limit": str(_PAGE_SIZE)} | ({"p": str(page)} if page else {})
        url = str(httpx.URL(client.services.daily_api).copy_merge_params(parameters))
        fetched = client.get(url, accept=_ACCEPT, max_bytes=_MAX_BYTES, max_age=_HOUR)
        if fetched.kind != "json":
            client.forget(url, accept=_ACCEPT)
            raise TemporaryFetchError("the Daily Papers API did not return a list: ingest again later")
        entries = 0
        with open_text(fetched.path, ProgressMeter()) as (_, stream):
            for item in parse_records(stream, str(day)):  # which parses the day from this name
                if isinstance(item, Failure) and item.source == str(day):
                    continue  # an empty list
                entries += 1
                yield failure(f"daily:{item.source}", item.reason) if isinstance(item, Failure) else item
        if entries < _PAGE_SIZE:
            return
