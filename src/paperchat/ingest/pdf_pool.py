"""PDF files among the items of ingestion are read, in worker processes and in their order."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from paperchat.errors import SourceError
from paperchat.ingest.items import FailedPdf, Item, Outcome, PdfFile, PdfReading, ReadPdf
from paperchat.ingest.process_pool import TooSlowError, Workers
from paperchat.ingest.seen_files import Remembered
from paperchat.ingest.sources.base import failure
from paperchat.storage.deduplication import supersedes

_MOST_PROCESSES = 4
_MOST_WAITING = 64  # items that wait for PDFs before them

PdfWorkers = Workers[Path, PdfReading]


def pdf_workers() -> PdfWorkers:
    """Processes that read PDFs; a file may take 30 seconds and 1 GB."""
    from paperchat.ingest.pdf.parser import read_pdf

    return Workers(read_pdf, processes=min(os.cpu_count() or 1, _MOST_PROCESSES))


def readings(items: Iterable[Item], *, remembered: Remembered, workers: PdfWorkers) -> Iterator[Outcome]:
    """The items in their order, each PDF file read; one that the library has as it is is not read again."""
    source = iter(items)
    exhausted = False
    waiting: deque[Outcome | PdfFile] = deque()

    def unread() -> Iterator[Path]:
        """PDFs to be read; what is met on the way to them waits. Ends when too much does."""
        nonlocal exhausted
        for item in source:
            found = _recalled(item, remembered) if isinstance(item, PdfFile) else [item]
            for one in found:
                waiting.append(one)
                if isinstance(one, PdfFile):
                    yield one.path
            if len(waiting) >= _MOST_WAITING and not isinstance(item, PdfFile):
                return
        exhausted = True

    while not exhausted:
        for _, reading in workers.map(unread()):
            while not isinstance(head := waiting.popleft(), PdfFile):
                yield head
            yield from _outcomes(head, reading)
        while waiting:
            head = waiting.popleft()
            assert not isinstance(head, PdfFile)
            yield head


def _recalled(file: PdfFile, remembered: Remembered) -> list[Outcome | PdfFile]:
    """The file itself when it must be read, else what is known of it."""
    known = remembered.recall_pdf(file.path)
    if known is None:
        return [file]
    return [file.about, *known.failures] if file.about else [known]


def _outcomes(file: PdfFile, reading: PdfReading | SourceError) -> Iterator[Outcome]:
    """The file as read; beside it, what its source says of the paper, where that is not of the very same version."""
    if isinstance(reading, SourceError):
        if file.about:
            yield file.about
        final = not isinstance(reading, TooSlowError)
        yield FailedPdf(file=file, failure=failure(file.where, str(reading)), final=final)
        return
    if file.about and supersedes(file.about, reading.paper):
        yield file.about
        file = replace(file, about=None)
    yield ReadPdf(file=file, reading=reading)
