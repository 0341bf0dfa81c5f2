"""Answers of the Daily Papers API, one day or many, streamed.

Recognised are a list of records, ``{"date": …, "data": [records]}``, lists of these, ``{date: [records]}``,
and any of them one after another (JSON lines); ``daily_record`` reads the records themselves.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePath
from typing import Any, TextIO

from paperchat.ingest.items import Item
from paperchat.ingest.sources import fields
from paperchat.ingest.sources.base import failure
from paperchat.ingest.sources.daily_record import read_record
from paperchat.ingest.sources.json_stream import JSON_ERRORS, Event, json_events, value_of

_LISTS = frozenset({"data", "papers", "dailyPapers", "daily_papers", "entries", "items", "results"})
_DATES = frozenset({"date", "dateString"})
_DEEPEST_LIST = 8
_PAPER_KEY = re.compile(r"""(?<!\\)(["'])paper\1\s*:\s*\{""")
_EMPTY_LIST = re.compile(r"""\[\s*\]|\{[^{}\[\]]*"data"\s*:\s*\[\s*\]\s*,?[^{}\[\]]*\}""")


class DailyApi:
    name = "Daily Papers API JSON"

    def recognises(self, head: str) -> bool:
        start = head.lstrip()
        if not start.startswith(("[", "{")):
            return False
        return bool(_PAPER_KEY.search(start) or _EMPTY_LIST.fullmatch(start.rstrip()))

    def papers(self, stream: TextIO, where: str) -> Iterator[Item]:
        return read_records(stream, where)


def read_records(stream: TextIO, where: str) -> Iterator[Item]:
    """The papers of every record in the JSON of ``stream``; entries count from 1 through the whole file."""
    named = fields.day(PurePath(where).name)
    number = 0
    try:
        for number, (record, listed) in enumerate(_records(stream), start=1):
            yield read_record(record, f"{where} entry {number}", listed=listed, named=named)
    except JSON_ERRORS:  # the parser does not tell a cut from other damage
        yield failure(
            f"{where} entry {number + 1}", "the JSON is cut short or damaged here; the rest could not be read"
        )
    else:
        if not number:
            yield failure(where, "holds no entries: the Daily Papers API lists nothing for this day")


def _records(stream: TextIO) -> Iterator[tuple[Any, str]]:
    events = json_events(stream)
    for event in events:
        yield from _listed(events, event, "", 0)


def _listed(events: Iterator[Event], event: Event, date: str, depth: int) -> Iterator[tuple[Any, str]]:
    """The records of the value that begins with ``event``, each with the date its list states."""
    kind = event[0]
    if kind == "start_array" and depth < _DEEPEST_LIST:
        while (event := next(events))[0] != "end_array":
            yield from _listed(events, event, date, depth + 1)
    elif kind == "start_map":
        record: dict[str, Any] = {}
        holds_list = False
        while (event := next(events))[0] != "end_map":
            key = event[1]
            event = next(events)
            if event[0] == "start_array" and (key in _LISTS or fields.day(key)):
                holds_list = True
                yield from _listed(events, event, fields.day(key) or date, depth + 1)
            else:
                record[key] = value_of(events, event)
                date = (fields.day(record[key]) if key in _DATES else "") or date
        if not holds_list:
            yield record, date
    else:
        yield value_of(events, event), date
