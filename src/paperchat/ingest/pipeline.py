"""Ingestion: papers from sources, cut into passages, written to the library in batches."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path

from llama_index.core.ingestion import IngestionPipeline
from llama_index.core.schema import Document

from paperchat.ingest.chunk import PassageParser, as_passage
from paperchat.ingest.sources import Meter, read, size
from paperchat.storage.library import Library
from paperchat.storage.resolve import Change
from paperchat.types import Failure, IngestReport, Paper, Passage, StoredPaper

BATCH = 128

Progress = Callable[[int, int | None], None]
"""Told how many entries have been dealt with, and of about how many (``None``: not known)."""


def ingest(library: Library, locations: Iterable[str | Path], *, progress: Progress | None = None) -> IngestReport:
    """Take in every paper at ``locations`` (files or folders); what fails is reported and the rest goes on.

    Each batch is in the library before the next is read, so that a stopped run keeps what it had done.

    Raises:
        LibraryBusyError: another process is writing to the library.
        StorageError: the disk is full, read-only or damaged.
    """
    places = list(locations)
    meter, whole = Meter(), sum(map(size, places))

    def tell(done: int, _: int | None) -> None:
        if progress:
            progress(done, max(done, round(done * whole / meter.position)) if meter.position else None)

    return ingest_papers(library, (item for where in places for item in read(where, meter)), progress=tell)


def ingest_papers(
    library: Library, items: Iterable[Paper | Failure], *, progress: Progress | None = None
) -> IngestReport:
    """As `ingest`, for papers at hand."""
    began = time.perf_counter()
    kinds = {"added": 0, "updated": 0, "unchanged": 0}
    failed: list[Failure] = []
    dealt_with = 0
    for batch in _batches(items):
        failed += [item for item in batch if isinstance(item, Failure)]
        papers = [item for item in batch if isinstance(item, Paper)]
        for change in _write(library, papers):
            kinds[change.kind] += 1
        dealt_with += len(batch)
        if progress:
            progress(dealt_with, None)
    counts = library.counts()
    return IngestReport(
        added=kinds["added"],
        updated=kinds["updated"],
        unchanged=kinds["unchanged"],
        failed=tuple(failed),
        papers=counts.papers,
        passages=counts.passages,
        seconds=round(time.perf_counter() - began, 3),
    )


def passages_of(papers: Sequence[StoredPaper]) -> list[list[Passage]]:
    """For each paper, the passages of its abstract; a paper with no abstract can still be found by its title."""
    pipeline = IngestionPipeline(transformations=[PassageParser()], disable_cache=True)
    made: dict[str, list[Passage]] = {stored.paper_id: [] for stored in papers}
    for node in pipeline.run(documents=[_document(stored) for stored in papers]):
        passage = as_passage(node)
        made[passage.paper_id].append(passage)
    return [made[stored.paper_id] for stored in papers]


def _document(stored: StoredPaper) -> Document:
    abstract = stored.paper.abstract
    return Document(
        text=abstract or stored.paper.title,
        metadata={
            "paper_id": stored.paper_id,
            "basis": "abstract",
            "section": "Abstract" if abstract else "Title",
        },
    )


def _write(library: Library, papers: Sequence[Paper]) -> list[Change]:
    if not papers:
        return []
    with library.write_session():
        changes = library.resolve(papers)
        writing = [change for change in changes if change.kind != "unchanged"]
        cut = [change.stored for change in writing if change.reindex]
        passages = {stored.paper_id: made for stored, made in zip(cut, passages_of(cut), strict=True)}
        if writing:
            library.put([(change, passages[change.stored.paper_id] if change.reindex else []) for change in writing])
    return changes


def _batches(items: Iterable[Paper | Failure]) -> Iterator[list[Paper | Failure]]:
    iterator = iter(items)
    while batch := list(islice(iterator, BATCH)):
        yield batch
