"""What a PDF says of itself beside its pages: metadata, outline, page labels, links. Read with pypdf."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from pypdf import PdfReader

from paperchat.text.cleaning import clean

_MOST_OUTLINE, _DEEPEST_OUTLINE = 2000, 6
_MOST_LINKS = 500
_LONGEST = 2000


@dataclass(frozen=True, kw_only=True)
class About:
    """``outline`` has level (from 1) and title of each entry; ``links`` are the addresses on the first page."""

    title: str = ""
    authors: str = ""
    info: Mapping[str, str] = field(default_factory=dict)
    outline: tuple[tuple[int, str], ...] = ()
    labels: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    dynamic_form: bool = False


def about(reader: PdfReader | None) -> About:
    """What can be read of it: each part that is damaged is left empty."""
    if reader is None:
        return About()
    info = _attempt(lambda: _info(reader), {})
    return About(
        title=info.get("/Title", ""),
        authors=info.get("/Author", ""),
        info=info,
        outline=_attempt(lambda: tuple(_outline(reader.outline, 1, [_MOST_OUTLINE])), ()),
        labels=_attempt(lambda: tuple(clean(label) for label in reader.page_labels), ()),
        links=_attempt(lambda: tuple(_links(reader)), ()),
        dynamic_form=_attempt(lambda: "/XFA" in reader.root_object["/AcroForm"], False),  # type: ignore[operator]
    )


def _attempt(read: Any, otherwise: Any) -> Any:
    try:
        return read()
    except Exception:  # noqa: BLE001 - whatever a damaged file makes pypdf raise, the rest of it can still be read
        return otherwise


def _info(reader: PdfReader) -> dict[str, str]:
    found = {str(key): clean(str(value)[:_LONGEST]) for key, value in (reader.metadata or {}).items()}
    return {key: value for key, value in found.items() if value}


def _outline(entries: list[Any], level: int, left: list[int]) -> Iterator[tuple[int, str]]:
    for entry in entries:
        if left[0] <= 0:
            return
        left[0] -= 1
        if isinstance(entry, list):
            if level < _DEEPEST_OUTLINE:
                yield from _outline(entry, level + 1, left)
        elif title := clean(re.sub(r"[\r\n]+", " ", str(entry.title or ""))[:_LONGEST]):
            yield level, title


def _links(reader: PdfReader) -> Iterator[str]:
    annotations = reader.pages[0].get("/Annots", [])
    for annotation in list(annotations.get_object())[:_MOST_LINKS]:
        action = annotation.get_object().get("/A")
        address = action.get_object().get("/URI") if action is not None else None
        if address is not None:
            yield clean(str(address)[:_LONGEST])
