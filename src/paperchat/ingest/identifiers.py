"""Normalises arXiv ids and DOIs from the forms in which people and services write them."""

from __future__ import annotations

import re
from urllib.parse import unquote

# https://info.arxiv.org/help/arxiv_identifier.html: YYMM.NNNN(N), and archive(.SC)/YYMMNNN before April 2007
_MONTH = r"\d\d(?:0[1-9]|1[0-2])"
_ARXIV = re.compile(
    rf"(?P<new>{_MONTH}\.\d{{4,5}})(?:v(?P<v>[1-9]\d{{0,2}}))?"
    rf"|(?P<archive>[a-z]+(?:-[a-z]+)?)(?:\.[a-z]{{2}})?/(?P<old>{_MONTH}\d{{3}})(?:v(?P<w>[1-9]\d{{0,2}}))?",
    re.ASCII | re.IGNORECASE,
)
_ARXIV_PREFIX = re.compile(
    r"(?:https?://)?(?:[a-z0-9-]+\.)?arxiv\.org/(?:abs|pdf|html|ps|format)/|arxiv:\s*", re.IGNORECASE
)
_ARXIV_DOI = "10.48550/arxiv."
_DOI_PREFIX = re.compile(r"(?:https?://)?(?:dx\.|www\.)?doi\.org/|doi:\s*", re.IGNORECASE)
_DOI = re.compile(r"10\.[0-9]{4,9}/[^\s\"<>]+")
_MAX_CHARACTERS = 300


def normalise_arxiv_id(text: str) -> tuple[str, int] | None:
    """The id without its version, and the version (0 if none is given); ``None`` for anything else.

    Accepts bare ids, ``arXiv:`` ids, arxiv.org URLs and arXiv DOIs. As arXiv does, the subject class of an old id is
    dropped: ``math.GT/0309136`` becomes ``math/0309136``.
    """
    bare = text.strip()
    if not bare or len(bare) > _MAX_CHARACTERS:
        return None
    doi = normalise_doi(bare)
    if is_arxiv_doi(doi):
        bare = doi.removeprefix(_ARXIV_DOI)
    elif (prefix := _ARXIV_PREFIX.match(bare)) is not None:
        bare = re.split(r"[?#]", bare[prefix.end() :])[0].rstrip("/").removesuffix(".pdf")
    found = _ARXIV.fullmatch(bare)
    if found is None:
        return None
    arxiv_id = found["new"] or f"{found['archive'].lower()}/{found['old']}"
    return arxiv_id, int(found["v"] or found["w"] or 0)


def normalise_doi(text: str) -> str:
    """The (first) DOI in ``text``, in lower case and without ``doi:`` or a URL around it; empty if there is none."""
    bare = text.strip()
    prefix = _DOI_PREFIX.match(bare)
    if prefix is not None:
        bare = unquote(re.split(r"[?#]", bare[prefix.end() :])[0])
    found = _DOI.match(bare[:_MAX_CHARACTERS])
    return found.group().rstrip(".,;").lower() if found else ""


def is_arxiv_doi(doi: str) -> bool:
    """Whether a normalised DOI is one that arXiv assigns to its papers."""
    return doi.startswith(_ARXIV_DOI)
