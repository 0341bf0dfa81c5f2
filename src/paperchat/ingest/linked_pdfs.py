"""The PDFs that papers of the library link to: fetched, or put off until they can be had."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from queue import Empty, Full, Queue
from threading import Event, Thread
from typing import TypeVar

from paperchat.errors import NotFoundError
from paperchat.ingest.fetch.client import WebClient
from paperchat.ingest.fetch.pdf_links import fetch_pdf
from paperchat.ingest.items import FailedPdf, Item, Outcome, PdfFile
from paperchat.ingest.sources.base import failure
from paperchat.storage.library import Library
from paperchat.types import StoredPaper

T = TypeVar("T")

_PATIENCE = 0.1  # seconds between looks at whether anybody still wants more


def ahead(items: Iterable[T], most: int) -> Generator[T, None, None]:
    """The items in their order, at most ``most`` of them made before they are asked for.

    What making them raises is raised here. When the iterator is closed, at most one more item is made.
    """
    made: Queue[tuple[T] | BaseException | None] = Queue(most)
    closed = Event()

    def hand_over(one: tuple[T] | BaseException | None) -> None:
        while not closed.is_set():
            try:
                made.put(one, timeout=_PATIENCE)
            except Full:
                continue
            return

    def work() -> None:
        try:
            for item in items:
                hand_over((item,))
                if closed.is_set():
                    return
        except BaseException as error:  # noqa: BLE001 - it is raised where the items are asked for
            hand_over(error)
        else:
            hand_over(None)

    thread = Thread(target=work, daemon=True)
    thread.start()
    try:
        while (one := _next(made)) is not None:
            if isinstance(one, BaseException):
                raise one
            yield one[0]
    finally:
        closed.set()


def _next(made: Queue[T]) -> T:
    """The next of the queue; waits in steps, so that Ctrl-C is noticed on every system."""
    while True:
        try:
            return made.get(timeout=_PATIENCE)
        except Empty:
            continue


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
            if isinstance(outcome, FailedPdf):
                settle = self._library.wanted_pdfs.refuse if outcome.final else self._library.wanted_pdfs.put_off
                settle(self._fetched.pop(outcome.file.path), outcome.failure.reason)
            yield outcome

    def finish(self) -> None:
        """What was fetched and read, and did not become the paper's full text, is not fetched again."""
        self._library.wanted_pdfs.settle()
        waiting = set(self._library.wanted_pdfs.waiting())
        for fetched_for in self._fetched.values():
            with suppress(NotFoundError):
                paper_id = self._library.paper(fetched_for).paper_id  # it may have got a better id
                if paper_id in waiting:
                    self._library.wanted_pdfs.refuse(paper_id, "the PDF that it links to is another paper's")

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
