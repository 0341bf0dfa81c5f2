"""Reads the Daily Papers page as a browser saves it.

The page contains the API's records: an element with ``data-target="DailyPapers"`` has them in ``data-props`` as
HTML-escaped JSON, ``{"dateString": …, "dailyPapers": [records], …}``. Nothing else of the page is read. The attribute
is found by pattern, because ``html.parser`` takes quadratic time on some malformed pages.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from pathlib import PurePath
from typing import Any, TextIO

from paperchat.ingest.items import Item
from paperchat.ingest.sources import record_fields
from paperchat.ingest.sources.base import failure
from paperchat.ingest.sources.daily_api import parse_record

_MAX_PAGE = 32 * 2**20  # characters
_HTML = re.compile(r"<!doctype\s+html|<html\b", re.IGNORECASE)
_DOCTYPE_WITHIN = 2_000
_DAILY = re.compile(r"""data-target=["']DailyPapers["']|<title[^<>]*>\s*Daily Papers|huggingface\.co/papers""")
_PROPS = re.compile(r"""\bdata-props=(?:"([^"]*)"|'([^']*)')""")


class DailyHtml:
    """Saved pages of Daily Papers."""

    name = "Daily Papers HTML"

    def recognises(self, head: str) -> bool:
        """Whether it is HTML with the marks of a Daily Papers page."""
        start = head.lstrip("\ufeff \t\n")
        return start.startswith("<") and bool(_HTML.search(start[:_DOCTYPE_WITHIN]) and _DAILY.search(start))

    def papers(self, stream: TextIO, where: str) -> Iterator[Item]:
        """As `Source.papers`."""
        page = stream.read(_MAX_PAGE + 1)
        if len(page) > _MAX_PAGE:
            yield failure(where, f"is larger than {_MAX_PAGE // 2**20} MB, which no Daily Papers page is")
            return
        props = _props(page)
        if props is None:
            reason = "contains no list of Daily Papers: save the page of a day, or copy its text to a file"
            yield failure(where, reason)
            return
        listed, named = record_fields.day(props.get("dateString")), record_fields.day(PurePath(where).name)
        for number, record in enumerate(props["dailyPapers"], start=1):
            yield parse_record(record, f"{where} entry {number}", listed=listed, named=named)
        if not props["dailyPapers"]:
            yield failure(where, "contains no entries: the page lists no papers")


def _props(page: str) -> dict[str, Any] | None:
    for found in _PROPS.finditer(page):
        value = found[1] or found[2] or ""
        if "dailyPapers" not in value:
            continue
        try:
            props = json.loads(html.unescape(value))
        except (ValueError, RecursionError):
            continue
        if isinstance(props, dict) and isinstance(props.get("dailyPapers"), list):
            return props
    return None
