"""Parses JSON as a stream of events, so that no document is loaded at once; sole importer of ijson."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, TextIO

import ijson  # type: ignore[import-untyped]

Event = tuple[str, Any]
# ValueError: a number too long to convert
JSON_ERRORS = (ijson.JSONError, ValueError, OverflowError)
_LONG_NUMBER = re.compile(r"[0-9]{19,}")  # which yajl cannot read; without `use_float`, a long one is a crash


def json_events(stream: TextIO) -> Iterator[Event]:
    """Yield the events (``start_map``, ``map_key``, ``string``, …) of the JSON documents in ``stream``.

    Raises:
        JSON_ERRORS: the text is damaged or truncated; all events before that point have been yielded.
    """
    return iter(ijson.basic_parse(_Utf8(stream), multiple_values=True, use_float=True))


def keys_of_object(text: str) -> dict[str, str]:
    """The keys of the object at the start of ``text``, which may be truncated, each with its value's first event."""
    keys: dict[str, str] = {}
    depth, key = 0, ""
    try:
        for kind, value in ijson.basic_parse(_LONG_NUMBER.sub("0", text).encode("utf-8"), use_float=True):
            if depth == 1 and kind == "map_key":
                key = value
            elif depth == 1 and not kind.startswith("end"):
                keys.setdefault(key, kind)
            depth += _step(kind)
    except JSON_ERRORS:
        return keys
    return keys


def read_value(events: Iterator[Event], event: Event) -> Any:
    """Build the value that starts with ``event``, consuming its further events."""
    builder = ijson.ObjectBuilder()
    depth = 0
    while True:
        builder.event(*event)
        depth += _step(event[0])
        if not depth:
            return builder.value
        event = next(events)


def _step(kind: str) -> int:
    return kind.startswith("start") - kind.startswith("end")


class _Utf8:
    """A text stream as the byte stream that ijson reads."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def read(self, size: int = -1) -> bytes:
        return self._stream.read(size).encode("utf-8")
