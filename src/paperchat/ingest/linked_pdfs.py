"""Downloads the PDFs that papers of the library link to, in the background, and records those that are pending."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from queue import Empty, Full, Queue
from threading import Event, Thread
from typing import TypeVar

from paperchat.errors import NotFoundError
from paperchat.ingest.fetch.client import WebClient
from paperchat.ingest.fetch.pdf_download import fetch_pdf
from paperchat.ingest.items import FailedPdf, Item, Outcome, PdfFile
from paperchat.ingest.sources.base import failure
from paperchat.storage.library import Library
from paperchat.storage.pending_pdfs import MAX_TRIES
from paperchat.types import StoredPaper

T = TypeVar("T")

_POLL_SECONDS = 0.1
_PREFETCHED_PDFS = 2


def prefetch(items: Iterable[T], size: int, stopped: Event | None = None) -> Generator[T, None, None]:
    """Yield the items in order, producing up to ``size`` of them ahead in a thread.

    Errors of the iterable are raised here. Setting ``stopped`` ends the wait for an item. After the generator is
    closed, at most one more item is produced.
    """
    queue: Queue[tuple[T] | BaseException | None] = Queue(size)
    closed = Event()

    def put(one: tuple[T] | BaseException | None) -> None:
        while not closed.is_set():
            try:
                queue.put(one, timeout=_POLL_SECONDS)
            except Full:
                continue
            return

    def produce() -> None:
        try:
            for item in items:
                put((item,))
                if closed.is_set():
                    return
        except BaseException as error:  # noqa: BLE001 - raised in the consuming thread
            put(error)
        else:
            put(None)

    Thread(target=produce, daemon=True).start()
    try:
        while (one := _next(queue, stopped)) is not None:
            if isinstance(one, BaseException):
                raise one
            yield one[0]
    finally:
        closed.set()


def _next(queue: Queue[T], stopped: Event | None) -> T | None:
    """The next of the queue; ``None`` once ``stopped``. Polls, so that Ctrl-C interrupts the wait on every system."""
    while not (stopped and stopped.is_set()):
        with suppress(Empty):
            return queue.get(timeout=_POLL_SECONDS)
    return None


class LinkedPdfs:
    """One pass over the library's pending PDFs: call `fetch`, pass the outcomes through `track`, then `finish`."""

    def __init__(self, library: Library, web: WebClient) -> None:
        self._library = library
        self._web = web
        self._fetched: dict[Path, str] = {}
        self.pending = library.pending_pdfs.due()

    def fetch(self, stopped: Event | None = None) -> Generator[Item, None, None]:
        """Yield the PDFs that could be downloaded, and a failure for each that is given up; ends when ``stopped``."""
        return prefetch(self._fetch(), _PREFETCHED_PDFS, stopped)

    def track(self, outcomes: Iterable[Outcome]) -> Iterator[Outcome]:
        """Pass on the outcomes of the fetched items, so that a PDF that cannot be parsed is not downloaded again."""
        for outcome in outcomes:
            if isinstance(outcome, FailedPdf):
                pending = self._library.pending_pdfs
                mark = pending.reject if outcome.final else pending.postpone
                mark(self._fetched.pop(outcome.file.path), outcome.failure.reason)
            yield outcome

    def finish(self, stopped: Event | None = None) -> None:
        """Reject the PDFs that did not become their paper's full text, so that they are not downloaded again.

        When ``stopped`` is set, some of them have not been parsed, and the next run decides.
        """
        self._library.pending_pdfs.remove_downloaded()
        if stopped and stopped.is_set():
            return
        pending = self._library.pending_pdfs.waiting()
        for fetched_for in self._fetched.values():
            with suppress(NotFoundError):
                paper_id = self._library.paper(fetched_for).paper_id  # its id may have changed
                if paper_id in pending:
                    self._library.pending_pdfs.reject(paper_id, "the linked PDF is another paper's")

    def _fetch(self) -> Iterator[Item]:
        for paper_id in self.pending:
            for stored in self._library.papers([paper_id]).values():
                yield from self._fetch_one(stored)

    def _fetch_one(self, stored: StoredPaper) -> Iterator[Item]:
        pending = self._library.pending_pdfs
        pending.begin_try(stored.paper_id)
        result = fetch_pdf(self._web, stored.paper)
        where = f"PDF of {stored.paper.title or stored.paper_id}"
        if result.path is not None:
            self._fetched[result.path] = stored.paper_id
            yield PdfFile(path=result.path, where=where, metadata=result.paper, origin=result.url)
            return
        if not result.retry_later:
            pending.reject(stored.paper_id, result.reason)
            yield failure(where, result.reason)
        elif not pending.postpone(stored.paper_id, result.reason):
            yield failure(where, f"given up after {MAX_TRIES} tries: {result.reason}")
        if result.paper != stored.paper:
            yield result.paper
