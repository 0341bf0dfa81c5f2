"""Reading PDFs: the text in reading order with the place of each word, and what paper it is.

The only importer of pypdf and pypdfium2. ``places`` imports neither.
"""

from paperchat.ingest.pdf.images import page_image
from paperchat.ingest.pdf.read import read_pdf

__all__ = ["page_image", "read_pdf"]
