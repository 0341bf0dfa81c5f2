"""Where the services are; mirrors and tests name others."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Addresses that paths, ids and queries are appended to."""

    arxiv_api: str = "https://export.arxiv.org/api/query"
    arxiv_pdf: str = "https://export.arxiv.org/pdf/"
    daily_api: str = "https://huggingface.co/api/daily_papers"
    doi: str = "https://doi.org/"
