"""Finds the arXiv id and the DOI of the paper itself, never those of works it cites."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from paperchat.ingest.identifiers import is_arxiv_doi, normalise_arxiv_id, normalise_doi
from paperchat.ingest.pdf.document_info import DocumentInfo

# The stamp of arXiv on the first page: arXiv:2410.14182v2 [cs.CL] 17 Oct 2024
_ARXIV_STAMP_PATTERN = re.compile(
    r"arXiv:\s*(?P<id>[\w.\-]+(?:/\d{7})?(?:v\d+)?)\s*(?:\[(?P<category>[\w.\-]+)\])?\s*(?P<date>\d{1,2}\s+[A-Z][a-z]{2}\s+\d{4})"
)
_DOI_PATTERN = re.compile(r"(?:doi\.org/|\bdoi\s*:?\s*|(?<![\w/.]))(10\.\d{4,9}/[^\s\"<>,;]+)", re.IGNORECASE)
_CROSSMARK_PATTERN = re.compile(r"crossmark[^?]*\?.*?\bdoi=(10\.[^&\s]+)", re.IGNORECASE)
_DATASET_DOI_PREFIXES = (
    "10.5281/",
    "10.6084/",
    "10.17605/",
    "10.7910/",
    "10.17632/",
    "10.5061/",
)  # Zenodo, figshare, OSF, …
_METADATA_KEYS = (
    "/arXivID",
    "/DOI",
    "/doi",
    "/Doi",
    "/WPS-ARTICLEDOI",
    "/Identifier",
    "/Subject",
    "/Title",
    "/Keywords",
)


@dataclass(frozen=True, kw_only=True)
class PaperIdentifiers:
    """Identifiers of a paper, and what its arXiv stamp states: version, ISO date and category; empty if unknown."""

    arxiv_id: str = ""
    version: int = 0
    doi: str = ""
    date: str = ""
    categories: tuple[str, ...] = ()


def find_identifiers(margin: str, lines: Sequence[str], info: DocumentInfo) -> PaperIdentifiers:
    """Find the identifiers in the metadata, the Crossmark links and the first page.

    ``margin`` is the rotated text of the first page, ``lines`` are its lines outside the running text.
    """
    stamp = next((match for text in (margin, *lines) if (match := _ARXIV_STAMP_PATTERN.search(text))), None)
    arxiv = normalise_arxiv_id(stamp["id"]) if stamp is not None else None
    metadata = [info.info[key] for key in _METADATA_KEYS if key in info.info]
    for text in metadata:
        arxiv = arxiv or normalise_arxiv_id(text)
    doi = ""
    for candidate in (*_dois(metadata), *_crossmarks(info.links), *_dois(lines)):
        if is_arxiv_doi(candidate):
            arxiv = arxiv or normalise_arxiv_id(candidate)
        elif not candidate.startswith(_DATASET_DOI_PREFIXES):
            doi = doi or candidate
    return PaperIdentifiers(
        arxiv_id=arxiv[0] if arxiv else "",
        version=arxiv[1] if arxiv else 0,
        doi=doi,
        date=_iso(stamp["date"]) if stamp is not None and arxiv else "",
        categories=(stamp["category"],) if stamp is not None and arxiv and stamp["category"] else (),
    )


def _dois(texts: Iterable[str]) -> list[str]:
    return [normalise_doi(match[1].rstrip(")].")) for text in texts for match in _DOI_PATTERN.finditer(text)]


def _crossmarks(links: Iterable[str]) -> list[str]:
    return [normalise_doi(match[1].replace("%2F", "/")) for link in links if (match := _CROSSMARK_PATTERN.search(link))]


def _iso(date: str) -> str:
    try:
        return datetime.strptime(date, "%d %b %Y").date().isoformat()
    except ValueError:
        return ""
