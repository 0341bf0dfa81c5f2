"""Parses the PDF files among the ingested items in a pool of worker processes, keeping their order."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Generator, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from paperchat.errors import SourceError
from paperchat.ingest.items import FailedPdf, Item, Outcome, ParsedPdf, PdfFile, PdfResult
from paperchat.ingest.process_pool import ItemTimeoutError, ProcessPool
from paperchat.ingest.seen_files import SeenFiles
from paperchat.ingest.sources.base import failure
from paperchat.storage.deduplication import supersedes

_MAX_PROCESSES = 4
_MAX_QUEUED = 64  # items that wait for PDFs before them

PdfParserPool = ProcessPool[Path, ParsedPdf]


def start_pdf_pool() -> PdfParserPool:
    """Create a pool that parses PDFs in a sandbox, each with at most 30 s of processor time and 1 GB of memory."""
    from paperchat.ingest.pdf.loader import read_file
    from paperchat.ingest.pdf.parser import read_pdf

    return ProcessPool(read_pdf, load=read_file, confined=True, processes=min(os.cpu_count() or 1, _MAX_PROCESSES))


def parse_pdfs(items: Iterable[Item], *, seen_files: SeenFiles, pool: PdfParserPool) -> Generator[Outcome, None, None]:
    """Replace each PDF file among the items by its outcome, in order; unchanged files are not parsed again."""
    source = iter(items)
    exhausted = False
    queue: deque[Outcome | PdfFile] = deque()

    def unparsed() -> Iterator[Path]:
        """PDFs to parse; items between them are queued. Ends when the queue is full."""
        nonlocal exhausted
        for item in source:
            known = known_outcomes(item, seen_files) if isinstance(item, PdfFile) else [item]
            for one in known or [item]:
                queue.append(one)
                if isinstance(one, PdfFile):
                    yield one.path
            if len(queue) >= _MAX_QUEUED and not isinstance(item, PdfFile):
                return
        exhausted = True

    while not exhausted:
        for _, parsed in pool.map(unparsed()):
            while not isinstance(head := queue.popleft(), PdfFile):
                yield head
            yield from pdf_outcomes(head, parsed)
        while queue:
            head = queue.popleft()
            assert not isinstance(head, PdfFile)
            yield head


def known_outcomes(file: PdfFile, seen_files: SeenFiles) -> list[Outcome]:
    """The outcomes of an unchanged file; empty if it must be parsed."""
    known = seen_files.lookup_pdf(file.path)
    if known is None:
        return []
    return [file.metadata, *known.failures] if file.metadata else [known]


def pdf_outcomes(file: PdfFile, parsed: ParsedPdf | SourceError) -> Iterator[Outcome]:
    """The parsed file, preceded by its source's metadata if that is of another version of the paper."""
    if isinstance(parsed, SourceError):
        if file.metadata:
            yield file.metadata
        final = not isinstance(parsed, ItemTimeoutError)
        yield FailedPdf(file=file, failure=failure(file.where, str(parsed)), final=final)
        return
    if file.metadata and supersedes(file.metadata, parsed.paper):
        yield file.metadata
        file = replace(file, metadata=None)
    yield PdfResult(file=file, parsed=parsed)
