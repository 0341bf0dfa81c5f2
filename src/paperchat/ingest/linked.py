"""The PDFs that papers of the library link to: fetched, or put off until they can be had."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from pathlib import Path

from paperchat.ingest.ahead import ahead
from paperchat.ingest.items import FailedPdf, Item, Outcome, PdfFile
from paperchat.ingest.sources.base import failure
from paperchat.ingest.web import WebClient, fetch_pdf
from paperchat.storage.library import Library
from paperchat.types import StoredPaper

_AHEAD = 2


class LinkedPdfs:
    """One round over the PDFs that are waited for."""

    def __init__(self, library: Library, web: WebClient) -> None:
        self._library = library
        self._web = web
        self._fetched: dict[Path, str] = {}
        self.waiting = library.wanted_pdfs.waiting()

    def items(self) -> Generator[Item, None, None]:
        """The PDFs that could be had, and a failure for each that never will be; fetched while others are read."""
        return ahead(self._fetch(), _AHEAD)

    def settled(self, outcomes: Iterable[Outcome]) -> Iterator[Outcome]:
        """The outcomes of these items; a PDF that cannot be read is not fetched again."""
        for outcome in outcomes:
            if isinstance(outcome, FailedPdf) and outcome.file.path in self._fetched:
                self._library.wanted_pdfs.refuse(self._fetched[outcome.file.path], outcome.failure.reason)
            yield outcome

    def _fetch(self) -> Iterator[Item]:
        for paper_id in self.waiting:
            for stored in self._library.papers([paper_id]).values():
                yield from self._fetch_one(stored)

    def _fetch_one(self, stored: StoredPaper) -> Iterator[Item]:
        found = fetch_pdf(self._web, stored.paper)
        where = f"PDF of {stored.paper.title or stored.paper_id}"
        if found.path is not None:
            self._fetched[found.path] = stored.paper_id
            yield PdfFile(path=found.path, where=where, about=found.paper, origin=found.url)
            return
        if found.later:
            self._library.wanted_pdfs.put_off(stored.paper_id, found.reason)
        else:
            self._library.wanted_pdfs.refuse(stored.paper_id, found.reason)
            yield failure(where, found.reason)
        if found.paper != stored.paper:
            yield found.paper
