"""Reading PDFs: the text in reading order with the place of each word, and what paper it is.

The only importer of pypdf and pypdfium2, which load on the first use of what is exported here: ``places``, which
finds the boxes of a stretch of text, needs neither.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from paperchat.ingest.pdf.page_image import page_image
    from paperchat.ingest.pdf.parser import read_pdf

_HOMES = {"page_image": "page_image", "read_pdf": "parser"}

__all__ = ["page_image", "read_pdf"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
