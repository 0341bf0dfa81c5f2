"""RIS records: https://en.wikipedia.org/wiki/RIS_(file_format) after the specification of 2011."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from paperchat.render.references.keys import with_keys
from paperchat.text.describe import link_of, one_line, year_of
from paperchat.types import Paper, StoredPaper

_DATE = re.compile(r"(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?$")


def ris(papers: Iterable[StoredPaper]) -> Iterator[str]:
    """One record a paper, each line ended by CR LF; no field can hold a line break."""
    for key, stored in with_keys(papers):
        lines = [("TY", "UNPB"), ("ID", key), *_fields(stored.paper), ("ER", "")]
        yield "".join(f"{tag}  - {one_line(value)}\r\n" for tag, value in lines) + "\r\n"


def _fields(paper: Paper) -> Iterator[tuple[str, str]]:
    yield "TI", paper.title
    for author in paper.authors:
        yield "AU", _family_first(author)
    if year_of(paper):
        yield "PY", year_of(paper)
    if date := _DATE.match(paper.date):
        yield "DA", "/".join([*(part or "" for part in date.groups()), ""])
    if paper.arxiv_id:
        yield "PB", "arXiv"
        yield "AN", f"arXiv:{paper.arxiv_id}"
    if paper.doi:
        yield "DO", paper.doi
    if link := link_of(paper):
        yield "UR", link
    if paper.pdf_url:
        yield "L1", paper.pdf_url
    for category in paper.categories:
        yield "KW", category
    if paper.abstract:
        yield "AB", paper.abstract


def _family_first(name: str) -> str:
    given, _, family = one_line(name).rpartition(" ")
    return name if "," in name or not given else f"{family}, {given}"
