"""Reads responses of the arXiv API: Atom feeds (https://info.arxiv.org/help/api/user-manual.html), streamed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, TextIO, cast
from xml.etree import ElementTree

from paperchat.ingest.items import Item
from paperchat.ingest.sources import record_fields
from paperchat.ingest.sources.base import failure
from paperchat.ingest.withdrawn_papers import is_withdrawn
from paperchat.types import Paper

Events = Iterator[tuple[str, ElementTree.Element]]
_ATOM = "{http://www.w3.org/2005/Atom}"
_ARXIV = "{http://arxiv.org/schemas/atom}"
_ENTRY_DEPTH = 2
_CHUNK = 65_536
_FEED = re.compile(r"<(?:\w+:)?feed\b[^>]{0,2000}http://www\.w3\.org/2005/Atom", re.ASCII)
_DOCTYPE = re.compile(r"<!DOCTYPE", re.IGNORECASE)


class ArxivAtom:
    """The arXiv API's Atom feeds."""

    name = "arXiv API Atom"

    def recognises(self, head: str) -> bool:
        """Whether it is an Atom feed that mentions arxiv.org and has no DOCTYPE, which arXiv's never have.

        A DOCTYPE can only precede the ``feed`` element, so it would be in the head; without one there are no entities
        to expand.
        """
        return (
            head.lstrip().startswith("<")
            and bool(_FEED.search(head))
            and "arxiv.org" in head
            and not _DOCTYPE.search(head)
        )

    def papers(self, stream: TextIO, where: str) -> Iterator[Item]:
        """As `Source.papers`."""
        number = 0
        try:
            for number, entry in enumerate(_entries(stream), start=1):
                yield _read_entry(entry, f"{where} entry {number}")
        except ElementTree.ParseError as error:
            line, _ = error.position
            reason = f"the XML is truncated or damaged at line {line}; the rest could not be read"
            yield failure(f"{where} entry {number + 1}", reason)
        else:
            if not number:
                yield failure(where, "contains no entries: arXiv found nothing for this query")


def _entries(stream: TextIO) -> Iterator[ElementTree.Element]:
    parser: ElementTree.XMLPullParser[Any] = ElementTree.XMLPullParser(events=("start", "end"))
    ancestors: list[ElementTree.Element] = []
    chunk = stream.read(_CHUNK)
    while True:
        if chunk:
            parser.feed(chunk)
        else:
            parser.close()
        for event, element in cast(Events, parser.read_events()):
            if event == "start":
                ancestors.append(element)
                continue
            ancestors.pop()
            if len(ancestors) == _ENTRY_DEPTH - 1:
                if element.tag == f"{_ATOM}entry":
                    yield element
                ancestors[0].clear()
        if not chunk:
            return
        chunk = stream.read(_CHUNK)


def _read_entry(entry: ElementTree.Element, where: str) -> Item:
    identifier = _text(entry, f"{_ATOM}id")
    title = _text(entry, f"{_ATOM}title")
    summary = _text(entry, f"{_ATOM}summary")
    if "/api/errors" in identifier:
        return failure(where, f"arXiv answered with an error: {summary or title or identifier}")
    if not title:
        return failure(where, "the entry has no title")
    arxiv_id, version = record_fields.arxiv_id(identifier)
    links = {
        link.get("title") or link.get("rel"): record_fields.link(link.get("href"))
        for link in entry.iter(f"{_ATOM}link")
    }
    url, pdf_url = record_fields.arxiv_links(arxiv_id, version)
    comment = _text(entry, f"{_ARXIV}comment")
    primary = entry.find(f"{_ARXIV}primary_category")
    categories = [*([] if primary is None else [primary]), *entry.findall(f"{_ATOM}category")]
    return Paper(
        title=title,
        abstract=summary,
        authors=record_fields.texts([author.findtext(f"{_ATOM}name") for author in entry.findall(f"{_ATOM}author")]),
        arxiv_id=arxiv_id,
        version=version,
        doi=record_fields.doi(_text(entry, f"{_ARXIV}doi")),
        date=record_fields.day(_text(entry, f"{_ATOM}published")),
        categories=record_fields.arxiv_categories([one.get("term") for one in categories]),
        url=url or links.get("alternate", ""),
        pdf_url=pdf_url or links.get("pdf", ""),
        comment=comment,
        withdrawn=is_withdrawn(title=title, comment=comment, abstract=summary),
    )


def _text(entry: ElementTree.Element, tag: str) -> str:
    return record_fields.text(entry.findtext(tag))
