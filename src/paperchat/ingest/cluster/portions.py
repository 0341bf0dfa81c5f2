"""Splits what sources yield into portions, each the work of one call of a worker, in the order of writing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from paperchat.errors import SourceError
from paperchat.ingest.items import Item, Outcome, PdfFile
from paperchat.ingest.pdf_workers import known_outcomes, pdf_outcomes
from paperchat.ingest.seen_files import SeenFiles
from paperchat.ingest.storable_papers import storable
from paperchat.storage.library import Library
from paperchat.types import Paper, StoredPaper

PORTION_PAPERS = 64
"""Papers without a full text in a portion: two seconds of a worker with the embedded model."""
_FIRST_WINDOW, _LARGEST_WINDOW, _GROWTH = 4_000, 50_000, 4  # papers
_WINDOW_BYTES = 256 * 2**20  # of PDFs
_PDF_PAPERS = 16  # as many papers without a full text as a PDF takes to prepare, or more


@dataclass(frozen=True, slots=True, kw_only=True)
class PortionWork:
    """What a worker is sent: papers to prepare, as they will be stored, or a PDF and its content."""

    papers: tuple[StoredPaper, ...] = ()
    pdf: PdfFile | None = None
    content: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Portion:
    """Outcomes in order, and the work to be done before they are written; a PDF's outcomes come of its work."""

    outcomes: tuple[Outcome, ...] = ()
    work: PortionWork | None = None

    @property
    def papers(self) -> int:
        """Its size, in papers without a full text."""
        return _PDF_PAPERS if self.work and self.work.pdf else len(self.outcomes)


def windows(portions: Iterable[Portion]) -> Iterator[list[Portion]]:
    """Groups of portions, each held in memory and worked off at once.

    The first is small, so that there is something to write soon.
    """
    window: list[Portion] = []
    papers = size = 0
    limit = _FIRST_WINDOW
    for portion in portions:
        window.append(portion)
        papers += portion.papers
        size += len(portion.work.content) if portion.work else 0
        if papers >= limit or size >= _WINDOW_BYTES:
            yield window
            window, papers, size = [], 0, 0
            limit = min(limit * _GROWTH, _LARGEST_WINDOW)
    if window:
        yield window


def split(items: Iterable[Item], *, library: Library, seen_files: SeenFiles) -> Iterator[Portion]:
    """The portions of what sources yield.

    Of papers that the library has in the same words, and of unchanged PDFs, nothing is left to work on.
    """
    waiting: list[Outcome] = []
    for item in items:
        known = known_outcomes(item, seen_files) if isinstance(item, PdfFile) else [item]
        if known:
            waiting += map(storable, known)
            if len(waiting) >= PORTION_PAPERS:
                yield _portion(waiting, library)
                waiting = []
        elif isinstance(item, PdfFile):
            if waiting:
                yield _portion(waiting, library)
                waiting = []
            yield _pdf_portion(item)
    if waiting:
        yield _portion(waiting, library)


def _portion(outcomes: list[Outcome], library: Library) -> Portion:
    papers = [outcome for outcome in outcomes if isinstance(outcome, Paper)]
    changed = tuple(change.stored for change in library.plan_changes(papers) if change.reindex) if papers else ()
    return Portion(outcomes=tuple(outcomes), work=PortionWork(papers=changed) if changed else None)


def _pdf_portion(file: PdfFile) -> Portion:
    from paperchat.ingest.pdf.loader import read_file

    try:
        return Portion(work=PortionWork(pdf=file, content=read_file(file.path)))
    except SourceError as error:
        return Portion(outcomes=tuple(pdf_outcomes(file, error)))
