"""Papers and PDFs from the web: one polite client, the APIs of arXiv and Daily Papers, DOIs, and linked PDFs.

``locations`` and ``links`` are for use from outside, with ``WebClient``. Only importer of httpx in ``ingest``.
"""

from paperchat.ingest.web.client import WebClient
from paperchat.ingest.web.errors import RefusedError, UnreachableError, WebError
from paperchat.ingest.web.links import Found, fetch_pdf
from paperchat.ingest.web.locations import MOST, is_on_web, read_web

__all__ = [
    "MOST",
    "Found",
    "RefusedError",
    "UnreachableError",
    "WebClient",
    "WebError",
    "fetch_pdf",
    "is_on_web",
    "read_web",
]
