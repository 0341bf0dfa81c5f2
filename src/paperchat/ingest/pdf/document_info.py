"""Reads a PDF's document information with pypdf: metadata, outline, page labels, links of the first page."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from pypdf import PdfReader

from paperchat.text.cleaning import clean

_MAX_OUTLINE_ENTRIES, _MAX_OUTLINE_DEPTH = 2000, 6
_MAX_LINKS = 500
_MAX_LENGTH = 2000


@dataclass(frozen=True, kw_only=True)
class DocumentInfo:
    """What a PDF states about itself.

    ``info`` has all metadata entries by key, ``outline`` the level (from 1) and title of each entry, ``links`` the
    addresses on the first page. ``is_dynamic_form``: an XFA form, whose text is not on its pages.
    """

    title: str = ""
    authors: str = ""
    info: Mapping[str, str] = field(default_factory=dict)
    outline: tuple[tuple[int, str], ...] = ()
    labels: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    is_dynamic_form: bool = False


def read_document_info(reader: PdfReader | None) -> DocumentInfo:
    """Read the document information; damaged parts are left empty."""
    if reader is None:
        return DocumentInfo()
    info = _read_or(lambda: _info(reader), {})
    return DocumentInfo(
        title=info.get("/Title", ""),
        authors=info.get("/Author", ""),
        info=info,
        outline=_read_or(lambda: tuple(_outline(reader.outline, 1, [_MAX_OUTLINE_ENTRIES])), ()),
        labels=_read_or(lambda: tuple(clean(label) for label in reader.page_labels), ()),
        links=_read_or(lambda: tuple(_links(reader)), ()),
        is_dynamic_form=_read_or(lambda: "/XFA" in reader.root_object["/AcroForm"], False),  # type: ignore[operator]
    )


def _read_or(read: Any, default: Any) -> Any:
    try:
        return read()
    except Exception:  # noqa: BLE001 - whatever a damaged file makes pypdf raise, the rest of it can still be read
        return default


def _info(reader: PdfReader) -> dict[str, str]:
    entries = {str(key): clean(str(value)[:_MAX_LENGTH]) for key, value in (reader.metadata or {}).items()}
    return {key: value for key, value in entries.items() if value}


def _outline(entries: list[Any], level: int, remaining: list[int]) -> Iterator[tuple[int, str]]:
    for entry in entries:
        if remaining[0] <= 0:
            return
        remaining[0] -= 1
        if isinstance(entry, list):
            if level < _MAX_OUTLINE_DEPTH:
                yield from _outline(entry, level + 1, remaining)
        elif title := clean(re.sub(r"[\r\n]+", " ", str(entry.title or ""))[:_MAX_LENGTH]):
            yield level, title


def _links(reader: PdfReader) -> Iterator[str]:
    annotations = reader.pages[0].get("/Annots", [])
    for annotation in list(annotations.get_object())[:_MAX_LINKS]:
        action = annotation.get_object().get("/A")
        address = action.get_object().get("/URI") if action is not None else None
        if address is not None:
            yield clean(str(address)[:_MAX_LENGTH])
