"""Pages of the papers' PDFs: their images, rendered in a confined process, and where a quote stands on them."""

from __future__ import annotations

import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from threading import Lock

from paperchat.errors import NotFoundError, SourceError
from paperchat.ingest.fetch.client import WebClient
from paperchat.ingest.pdf.highlight import highlight_boxes
from paperchat.ingest.pdf.loader import read_file, render_page
from paperchat.ingest.process_pool import ProcessPool
from paperchat.storage.full_texts import StoredFullText
from paperchat.storage.library import Library
from paperchat.types import Box, Page, Quote

MAX_PROCESSES = 2
_SECONDS = 8
_CACHED_IMAGES = 32
_SCALE = 2.5  # pixels per point
_FAILED_FOR = 600.0  # seconds in which a page that failed is not tried again
_MAX_FAILURES = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class PageImageRequest:
    """A page to render: page ``number``, counted from 1, of the PDF with the given SHA-256."""

    path: Path
    number: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PageView:
    """A page of a paper's PDF, and the boxes of a quote on it."""

    paper_id: str
    page: Page
    page_count: int
    boxes: tuple[Box, ...]


def draw_page(request: tuple[bytes, int]) -> bytes:
    """Render the page as a PNG; run in a worker process, which a malformed PDF may crash or take over."""
    content, number = request
    return render_page(content, number, scale=_SCALE)


class PageImages:
    """Renders pages in worker processes; may be shared between threads. Close it to end the processes.

    A page that took too long or failed is remembered by the file's hash, and for a while not tried again.
    """

    def __init__(self, library: Library, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._library = library
        self._clock = clock
        self._pool: ProcessPool[tuple[bytes, int], bytes] = ProcessPool(
            draw_page, confined=True, processes=MAX_PROCESSES, seconds=_SECONDS
        )
        self._cached_draw = lru_cache(maxsize=_CACHED_IMAGES)(self._draw)
        self._lock = Lock()
        self._failures: OrderedDict[tuple[str, int], tuple[float, SourceError]] = OrderedDict()

    def close(self) -> None:
        """End the worker processes."""
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

    def pages_of_quote(self, quote: Quote, number: int | None = None) -> list[PageView]:
        """Page ``number``, or all those on which a quote is printed; none where no page can be shown.

        The quote has boxes only where the PDF's stored text still contains it at its position.
        """
        passage = quote.passage
        stored = self._library.full_texts.get(passage.paper_id) if passage.basis == "full_text" else None
        if stored is None or self.pdf_path(stored) is None:
            return []
        full_text = stored.full_text
        start, end = passage.start + quote.start, passage.start + quote.end
        boxes = highlight_boxes(full_text, start, end) if full_text.text[start:end] == quote.text else []
        shown: set[int | None] = {number} if number else {box.page for box in boxes} or {quote.page}
        return [
            PageView(
                paper_id=passage.paper_id,
                page=page,
                page_count=len(full_text.pages),
                boxes=tuple(box for box in boxes if box.page == page.number),
            )
            for page in full_text.pages
            if page.number in shown
        ]

    def pages(self, paper_id: str) -> tuple[Page, ...]:
        """The pages of a paper's PDF; none where it cannot be shown."""
        stored = self._library.full_texts.get(paper_id)
        return stored.full_text.pages if stored and self.pdf_path(stored) else ()

    def pdf_path(self, full_text: StoredFullText) -> Path | None:
        """The PDF of a full text, an ingested file or a cached download; ``None`` if it is gone."""
        if full_text.source.startswith(("https://", "http://")):
            with WebClient(self._library.home / "web") as web:
                return web.cached_pdf(full_text.source)
        locations = [full_text.source, *self._library.source_files.locations_of(full_text.full_text.sha256)]
        return next((path for path in map(Path, locations) if path.is_file()), None)

    def _draw(self, request: PageImageRequest) -> bytes:
        key = (request.sha256, request.number)
        with self._lock:
            until, failure = self._failures.get(key, (0.0, None))
        if failure and self._clock() < until:
            raise SourceError(str(failure))
        content = read_file(request.path)
        if hashlib.sha256(content).hexdigest() != request.sha256:
            raise SourceError("has changed since it was ingested: ingest it again")
        ((_, image),) = self._pool.map([(content, request.number)])
        if isinstance(image, SourceError):
            self._remember_failure(key, image)
            raise image
        return image

    def _remember_failure(self, key: tuple[str, int], failure: SourceError) -> None:
        with self._lock:
            self._failures[key] = (self._clock() + _FAILED_FOR, failure)
            self._failures.move_to_end(key)
            if len(self._failures) > _MAX_FAILURES:
                self._failures.popitem(last=False)
