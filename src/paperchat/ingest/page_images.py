"""Pages of the papers' PDFs as pictures, drawn from where the files were when they were taken in."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from paperchat.errors import NotFoundError, SourceError
from paperchat.ingest.fetch.client import WebClient
from paperchat.ingest.pdf.page_image import page_image
from paperchat.ingest.process_pool import Workers
from paperchat.storage.full_texts import KeptFullText
from paperchat.storage.library import Library

_SECONDS = 20
_KEPT = 32  # pictures; a visitor turns pages to and fro
_SCALE = 1.75  # pixels a point


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    path: Path
    number: int
    sha256: str


def draw(wanted: Wanted) -> bytes:
    """Run in a worker process, as reading is: a PDF may bring it down."""
    return page_image(wanted.path, wanted.number, scale=_SCALE, sha256=wanted.sha256)


class PageImages:
    """Draws pages in a worker process; safe to share between threads. Close it to end the process."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._workers = Workers(draw, processes=1, seconds=_SECONDS)
        self._drawn = lru_cache(maxsize=_KEPT)(self._draw)

    def close(self) -> None:
        self._workers.close()

    def page(self, paper_id: str, number: int) -> bytes:
        """Page ``number``, counted from 1, of the paper's PDF, as a PNG.

        Raises:
            NotFoundError: the paper has no PDF, or it is not where it was any more.
            SourceError: the page cannot be drawn.
        """
        kept = self._library.full_texts.of(paper_id)
        path = self.file(kept) if kept else None
        if kept is None or path is None:
            raise NotFoundError(f"no PDF of {paper_id} is at hand: take it in again")
        return self._drawn(Wanted(path=path, number=number, sha256=kept.full_text.sha256))

    def file(self, kept: KeptFullText) -> Path | None:
        """The PDF of a full text: a file that was taken in, or one that was fetched; ``None`` when it is gone."""
        if kept.source.startswith(("https://", "http://")):
            with WebClient(self._library.home / "web") as web:
                return web.downloaded(kept.source)
        places = [kept.source, *self._library.inputs.locations_of(kept.full_text.sha256)]
        return next((path for path in map(Path, places) if path.is_file()), None)

    def _draw(self, wanted: Wanted) -> bytes:
        ((_, drawn),) = self._workers.map([wanted])
        if isinstance(drawn, SourceError):
            raise drawn
        return drawn
