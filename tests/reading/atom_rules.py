"""The rules of Atom (RFC 4287) that a feed must keep, checked element by element."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from html.parser import HTMLParser

ATOM = "{http://www.w3.org/2005/Atom}"
_DATE_PATTERN = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)")
_IRI_PATTERN = re.compile(r"[a-z][a-z0-9+.-]*:[^\s<>\"{}|\\^`]+")
_ONCE = {
    "feed": {"id": 1, "title": 1, "updated": 1},
    "entry": {"id": 1, "title": 1, "updated": 1},
}
_AT_MOST_ONCE = {
    "feed": ("generator", "icon", "logo", "rights", "subtitle"),
    "entry": ("content", "published", "summary"),
}
_ALLOWED = {
    "feed": {"id", "title", "updated", "generator", "author", "link", "entry"},
    "entry": {"id", "title", "updated", "author", "link", "summary", "content"},
    "author": {"name", "uri", "email"},
}


class Markup(HTMLParser):
    """The tags, attributes and text of HTML."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.text += data


def checked_atom(body: bytes) -> ET.Element:
    """The root of a feed, which must be valid."""
    root = ET.fromstring(body)
    assert root.tag == f"{ATOM}feed"
    for element in root.iter():
        name = element.tag.removeprefix(ATOM)
        assert name in {inner for several in _ALLOWED.values() for inner in several} | {"feed"}, element.tag
        if name in _ALLOWED:
            assert {inner.tag.removeprefix(ATOM) for inner in element} <= _ALLOWED[name], name
        if name in ("id", "uri"):
            assert _IRI_PATTERN.fullmatch(element.text or ""), element.text
        if name == "updated":
            assert _DATE_PATTERN.fullmatch(element.text or ""), element.text
        if name == "link":
            assert _IRI_PATTERN.fullmatch(element.attrib["href"]), element.attrib
        if name in ("title", "summary", "content"):
            assert element.get("type", "text") in ("text", "html")
    for parent in [root, *root.findall(f"{ATOM}entry")]:
        name = parent.tag.removeprefix(ATOM)
        for required, count in _ONCE[name].items():
            assert len(parent.findall(ATOM + required)) == count, required
        for single in _AT_MOST_ONCE[name]:
            assert len(parent.findall(ATOM + single)) <= 1, single
        links = [
            (one.get("rel", "alternate"), one.get("type"), one.get("hreflang")) for one in parent.findall(f"{ATOM}link")
        ]
        assert len(links) == len(set(links))
        assert parent.findall(f"{ATOM}author") or root.findall(f"{ATOM}author")
        for author in parent.findall(f"{ATOM}author"):
            assert author.findtext(f"{ATOM}name")
    for entry in root.findall(f"{ATOM}entry"):
        assert entry.findall(f"{ATOM}content") or any(
            one.get("rel", "alternate") == "alternate" for one in entry.findall(f"{ATOM}link")
        )
    ids = [one.findtext(f"{ATOM}id") for one in root.findall(f"{ATOM}entry")]
    assert len(ids) == len(set(ids))
    return root


def entries_of(root: ET.Element) -> list[ET.Element]:
    return root.findall(f"{ATOM}entry")
