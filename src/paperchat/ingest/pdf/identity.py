"""The arXiv id and the DOI of the paper itself, never of what it cites."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from paperchat.ingest.identifiers import is_arxiv_doi, normalise_arxiv_id, normalise_doi
from paperchat.ingest.pdf.document_info import About

# As arXiv stamps it on the first page: arXiv:2410.14182v2 [cs.CL] 17 Oct 2024
_STAMP = re.compile(
    r"arXiv:\s*(?P<id>[\w.\-]+(?:/\d{7})?(?:v\d+)?)\s*(?:\[(?P<category>[\w.\-]+)\])?\s*(?P<date>\d{1,2}\s+[A-Z][a-z]{2}\s+\d{4})"
)
_DOI = re.compile(r"(?:doi\.org/|\bdoi\s*:?\s*|(?<![\w/.]))(10\.\d{4,9}/[^\s\"<>,;]+)", re.IGNORECASE)
_CROSSMARK = re.compile(r"crossmark[^?]*\?.*?\bdoi=(10\.[^&\s]+)", re.IGNORECASE)
_OF_DATA = ("10.5281/", "10.6084/", "10.17605/", "10.7910/", "10.17632/", "10.5061/")  # Zenodo, figshare, OSF, …
_KEYS = ("/arXivID", "/DOI", "/doi", "/Doi", "/WPS-ARTICLEDOI", "/Identifier", "/Subject", "/Title", "/Keywords")


@dataclass(frozen=True, kw_only=True)
class Identity:
    arxiv_id: str = ""
    version: int = 0
    doi: str = ""
    date: str = ""
    categories: tuple[str, ...] = ()


def identity_of(margin: str, head: Iterable[str], about: About) -> Identity:
    """``margin``: the sideways text of the first page; ``head``: its lines outside the running text."""
    lines = list(head)
    stamped = next((found for text in (margin, *lines) if (found := _STAMP.search(text))), None)
    arxiv = normalise_arxiv_id(stamped["id"]) if stamped is not None else None
    stated = [about.info[key] for key in _KEYS if key in about.info]
    for text in stated:
        arxiv = arxiv or normalise_arxiv_id(text)
    doi = ""
    for named in (*_dois(stated), *_crossmarks(about.links), *_dois(lines)):
        if is_arxiv_doi(named):
            arxiv = arxiv or normalise_arxiv_id(named)
        elif not named.startswith(_OF_DATA):
            doi = doi or named
    return Identity(
        arxiv_id=arxiv[0] if arxiv else "",
        version=arxiv[1] if arxiv else 0,
        doi=doi,
        date=_iso(stamped["date"]) if stamped is not None and arxiv else "",
        categories=(stamped["category"],) if stamped is not None and arxiv and stamped["category"] else (),
    )


def _dois(texts: Iterable[str]) -> list[str]:
    return [normalise_doi(match[1].rstrip(")].")) for text in texts for match in _DOI.finditer(text)]


def _crossmarks(links: Iterable[str]) -> list[str]:
    return [normalise_doi(match[1].replace("%2F", "/")) for link in links if (match := _CROSSMARK.search(link))]


def _iso(date: str) -> str:
    try:
        return datetime.strptime(date, "%d %b %Y").date().isoformat()
    except ValueError:
        return ""
