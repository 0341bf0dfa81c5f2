"""Renders pages of the papers' PDFs as images, in a confined process, from the files that were ingested."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from paperchat.errors import NotFoundError, SourceError
from paperchat.ingest.fetch.client import WebClient
from paperchat.ingest.pdf.loader import read_file, render_page
from paperchat.ingest.process_pool import ProcessPool
from paperchat.storage.full_texts import StoredFullText
from paperchat.storage.library import Library

_SECONDS = 20
_CACHED_IMAGES = 32
_SCALE = 1.75  # pixels per point


@dataclass(frozen=True, slots=True, kw_only=True)
class PageImageRequest:
    """A page to render: page ``number``, counted from 1, of the PDF with the given SHA-256."""

    path: Path
    number: int
    sha256: str


def draw_page(request: tuple[bytes, int, str]) -> bytes:
    """Render the page as a PNG; run in a worker process, which a malformed PDF may crash or take over."""
    content, number, sha256 = request
    return render_page(content, number, scale=_SCALE, sha256=sha256)


def _load_request(request: PageImageRequest) -> tuple[bytes, int, str]:
    return read_file(request.path), request.number, request.sha256


class PageImages:
    """Renders pages in a worker process; may be shared between threads. Close it to end the process."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._pool = ProcessPool(draw_page, load=_load_request, confined=True, processes=1, seconds=_SECONDS)
        self._cached_draw = lru_cache(maxsize=_CACHED_IMAGES)(self._draw)

    def close(self) -> None:
        """End the worker process."""
        self._pool.close()

    def page(self, paper_id: str, number: int) -> bytes:
        """Page ``number``, counted from 1, of the paper's PDF, as a PNG.

        Raises:
            NotFoundError: the paper has no PDF, or its file is gone.
            SourceError: the page cannot be rendered.
        """
        full_text = self._library.full_texts.get(paper_id)
        path = self.pdf_path(full_text) if full_text else None
        if full_text is None or path is None:
            raise NotFoundError(f"the PDF of {paper_id} is not available: ingest it again")
        return self._cached_draw(PageImageRequest(path=path, number=number, sha256=full_text.full_text.sha256))

    def pdf_path(self, full_text: StoredFullText) -> Path | None:
        """The PDF of a full text, an ingested file or a cached download; ``None`` if it is gone."""
        if full_text.source.startswith(("https://", "http://")):
            with WebClient(self._library.home / "web") as web:
                return web.cached_pdf(full_text.source)
        locations = [full_text.source, *self._library.source_files.locations_of(full_text.full_text.sha256)]
        return next((path for path in map(Path, locations) if path.is_file()), None)

    def _draw(self, request: PageImageRequest) -> bytes:
        ((_, image),) = self._pool.map([request])
        if isinstance(image, SourceError):
            raise image
        return image
