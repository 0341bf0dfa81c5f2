"""A page as a picture."""

from __future__ import annotations

import io
from pathlib import Path

from paperchat.errors import SourceError
from paperchat.ingest.pdf.loader import open_pdf

_MOST_PIXELS = 40_000_000


def page_image(path: Path, number: int, *, scale: float = 2.0, sha256: str = "") -> bytes:
    """Page ``number``, counted from 1, as a PNG of ``scale`` pixels a point, less where that would be huge.

    Raises:
        SourceError: it cannot be drawn, or the file's content is not the one of ``sha256``, where that is given.
    """
    with open_pdf(path) as opened:
        if sha256 and opened.sha256 != sha256:
            raise SourceError("has changed since it was taken in: take it in again")
        document = opened.document
        if document is None or not 1 <= number <= len(document):
            raise SourceError(f"has no page {number} that can be drawn")
        page = document[number - 1]
        width, height = page.get_size()
        fitting = min(scale, (_MOST_PIXELS / max(1.0, width * height)) ** 0.5)
        out = io.BytesIO()
        page.render(scale=fitting).to_pil().save(out, format="PNG")
        return out.getvalue()
