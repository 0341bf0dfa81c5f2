"""Reads responses of the Daily Papers API, for one day or many, streamed.

Accepts a list of records, ``{"date": …, "data": [records]}``, lists of these, ``{date: [records]}``, and any of them
one after another (JSON lines).
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator, Mapping
from pathlib import PurePath
from typing import Any, TextIO

from paperchat.ingest.items import Item
from paperchat.ingest.sources import record_fields
from paperchat.ingest.sources.base import failure
from paperchat.ingest.sources.json_stream import JSON_ERRORS, Event, json_events, read_value
from paperchat.ingest.withdrawn_papers import is_withdrawn
from paperchat.types import Paper

_MAX_LITERAL = 2**20  # characters
_PLAIN_ID = re.compile(r"[\w.-]{1,100}", re.ASCII)
_LIST_KEYS = frozenset({"data", "papers", "dailyPapers", "daily_papers", "entries", "items", "results"})
_DATE_KEYS = frozenset({"date", "dateString"})
_MAX_DEPTH = 8
_PAPER_KEY = re.compile(r"""(?<!\\)(["'])paper\1\s*:\s*\{""")
_EMPTY_LIST = re.compile(r"""\[\s*\]|\{[^{}\[\]]*"data"\s*:\s*\[\s*\]\s*,?[^{}\[\]]*\}""")


def parse_record(record: Any, where: str, *, listed: str = "", named: str = "") -> Item:
    """The paper of one record, or a failure.

    ``date`` is the day of the arXiv submission. ``daily["featured"]`` is the day of ``submittedOnDailyAt``; without
    one, ``listed`` (the date of the list), else ``named`` (the date in the file's name), else the day of the record's
    outer ``publishedAt``.
    """
    if isinstance(record, str):
        record = _from_literal(record)
        if record is None:
            return failure(where, "the record is a string that is not a complete Python literal")
    if not isinstance(record, dict):
        return failure(where, "is not a record: an object with a 'paper' is expected")
    paper = record.get("paper")
    if not isinstance(paper, dict):
        return failure(where, "the record has no 'paper' object")
    title = record_fields.text(paper.get("title")) or record_fields.text(record.get("title"))
    if not title:
        return failure(where, "the record has no title")
    arxiv_id, version = record_fields.arxiv_id(paper.get("id"))
    url, pdf_url = record_fields.arxiv_links(arxiv_id, version)
    abstract = record_fields.text(paper.get("summary")) or record_fields.text(record.get("summary"))
    return Paper(
        title=title,
        abstract=abstract,
        authors=_names(paper.get("authors")),
        arxiv_id=arxiv_id,
        version=version,
        date=record_fields.day(paper.get("publishedAt")),
        url=url or _page(paper.get("id")),
        pdf_url=pdf_url,
        daily=_daily(record, paper, listed=listed, named=named),
        withdrawn=is_withdrawn(title=title, abstract=abstract),
    )


def _from_literal(text: str) -> dict[Any, Any] | None:
    if len(text) > _MAX_LITERAL:
        return None
    try:
        with warnings.catch_warnings():  # an invalid escape in a string is only a SyntaxWarning
            warnings.simplefilter("ignore")
            value = ast.literal_eval(text)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _names(authors: Any) -> tuple[str, ...]:
    if not isinstance(authors, list):
        return ()
    return record_fields.texts([author.get("name") if isinstance(author, dict) else author for author in authors])


def _page(identifier: Any) -> str:
    plain = isinstance(identifier, str) and _PLAIN_ID.fullmatch(identifier)
    return f"https://huggingface.co/papers/{identifier}" if plain else ""


def _daily(record: Mapping[str, Any], paper: Mapping[str, Any], *, listed: str, named: str) -> dict[str, Any]:
    upvotes = record_fields.whole_number(paper.get("upvotes"))
    values = {
        "featured": record_fields.day(paper.get("submittedOnDailyAt"))
        or record_fields.day(record.get("submittedOnDailyAt"))
        or listed
        or named
        or record_fields.day(record.get("publishedAt")),
        "upvotes": upvotes,
        "submitter": _person(paper.get("submittedOnDailyBy")) or _person(record.get("submittedBy")),
        "organization": _person(paper.get("organization")) or _person(record.get("organization")),
        "keywords": list(dict.fromkeys(record_fields.texts(paper.get("ai_keywords")))),
        "code": record_fields.link(paper.get("githubRepo")),
        "project": record_fields.link(paper.get("projectPage")),
        "thumbnail": record_fields.link(record.get("thumbnail")) or record_fields.link(record.get("mediaUrl")),
    }
    return {name: value for name, value in values.items() if value or (name == "upvotes" and upvotes is not None)}


def _person(someone: Any) -> str:
    """The name of a person or an organisation."""
    if not isinstance(someone, dict):
        return ""
    return next((name for key in ("fullname", "name", "user") if (name := record_fields.text(someone.get(key)))), "")


class DailyApi:
    """JSON of the Daily Papers API."""

    name = "Daily Papers API JSON"

    def recognises(self, head: str) -> bool:
        """Whether it is JSON with a ``paper`` object, or an empty list."""
        start = head.lstrip()
        if not start.startswith(("[", "{")):
            return False
        return bool(_PAPER_KEY.search(start) or _EMPTY_LIST.fullmatch(start.rstrip()))

    def papers(self, stream: TextIO, where: str) -> Iterator[Item]:
        """As `Source.papers`."""
        return parse_records(stream, where)


def parse_records(stream: TextIO, where: str) -> Iterator[Item]:
    """The papers of all records in the JSON of ``stream``; entries are numbered from 1 through the whole file."""
    named = record_fields.day(PurePath(where).name)
    number = 0
    try:
        for number, (record, listed) in enumerate(_records(stream), start=1):
            yield parse_record(record, f"{where} entry {number}", listed=listed, named=named)
    except JSON_ERRORS:  # the parser does not distinguish truncation from other damage
        yield failure(
            f"{where} entry {number + 1}", "the JSON is truncated or damaged here; the rest could not be read"
        )
    else:
        if not number:
            yield failure(where, "contains no entries: the Daily Papers API lists nothing for this day")


def _records(stream: TextIO) -> Iterator[tuple[Any, str]]:
    events = json_events(stream)
    for event in events:
        yield from _listed(events, event, "", 0)


def _listed(events: Iterator[Event], event: Event, date: str, depth: int) -> Iterator[tuple[Any, str]]:
    """The records of the value that starts with ``event``, each with the date of its list."""
    kind = event[0]
    if kind == "start_array" and depth < _MAX_DEPTH:
        while (event := next(events))[0] != "end_array":
            yield from _listed(events, event, date, depth + 1)
    elif kind == "start_map":
        record: dict[str, Any] = {}
        has_list = False
        while (event := next(events))[0] != "end_map":
            key = event[1]
            event = next(events)
            if event[0] == "start_array" and (key in _LIST_KEYS or record_fields.day(key)):
                has_list = True
                yield from _listed(events, event, record_fields.day(key) or date, depth + 1)
            else:
                record[key] = read_value(events, event)
                date = (record_fields.day(record[key]) if key in _DATE_KEYS else "") or date
        if not has_list:
            yield record, date
    else:
        yield read_value(events, event), date
