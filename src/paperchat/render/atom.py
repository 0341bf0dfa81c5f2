"""Feeds as Atom (RFC 4287): text of papers is text, or escaped in HTML; links are http or https."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from paperchat.render.html import template_renderer
from paperchat.text.describe import display_title, one_line
from paperchat.types import Citation

if TYPE_CHECKING:
    from paperchat.reading.feed_entries import Feed, FeedEntry

MEDIA_TYPE = "application/atom+xml"
_NAMESPACE = "http://www.w3.org/2005/Atom"
_NOT_IN_XML_PATTERN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_MAX_AUTHORS = 100


def feed_as_atom(feed: Feed, *, address: str = "") -> bytes:
    """Render a feed; ``address`` is where it is served."""
    ET.register_namespace("", _NAMESPACE)
    root = ET.Element(_name("feed"))
    _add(root, "id", feed.key.urn)
    _add(root, "title", feed.title)
    _add(root, "updated", _moment(feed.updated))
    _add(root, "generator", "paperchat")
    _add(_add(root, "author"), "name", "paperchat")
    if address:
        _add(root, "link", rel="self", type=MEDIA_TYPE, href=address)
    for entry in feed.entries:
        _add_entry(root, entry)
    ET.indent(root)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{ET.tostring(root, encoding="unicode")}\n'.encode()


def _add_entry(root: ET.Element, entry: FeedEntry) -> None:
    element = _add(root, "entry")
    _add(element, "id", entry.key.urn)
    _add(element, "title", entry.title or "(no title)")
    _add(element, "updated", _moment(entry.updated))
    for name in entry.authors[:_MAX_AUTHORS]:
        if one_line(name):
            _add(_add(element, "author"), "name", name)
    if entry.link:
        _add(element, "link", rel="alternate", href=entry.link)
    quotes = " ".join(f"“{one.quote.text}”" for one in entry.quotes)
    _add(element, "summary", quotes or entry.note)
    content = _add(element, "content", str(_render("feed_entry.html", entry=entry, source=_source)))
    content.set("type", "html")


def _source(citation: Citation) -> str:
    return display_title(citation.paper.paper)


def _add(parent: ET.Element, name: str, text: str = "", **attributes: str) -> ET.Element:
    element = ET.SubElement(parent, _name(name), attributes)
    if text:
        element.text = _NOT_IN_XML_PATTERN.sub("", one_line(text))
    return element


def _name(name: str) -> str:
    return f"{{{_NAMESPACE}}}{name}"


def _moment(iso: str) -> str:
    """A time as Atom wants it: RFC 3339, to the second."""
    return datetime.fromisoformat(iso).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


_render = template_renderer("paperchat.render")
