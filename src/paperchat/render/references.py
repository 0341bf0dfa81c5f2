"""BibTeX entries: http://www.bibtex.org/Format, with arXiv's fields (https://info.arxiv.org/help/hypertex/bibstyles)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from paperchat.render.references.keys import with_keys
from paperchat.text.describe import link_of, one_line, year_of
from paperchat.types import Paper, StoredPaper

# BibTeX counts braces whether or not a backslash stands before them, so a lone one must not appear as such.
_TEX = {
    "\\": r"\textbackslash{}",
    "{": r"\textbraceleft{}",
    "}": r"\textbraceright{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{character: f"\\{character}" for character in "#$%&_"},
}
_SPECIAL = re.compile("[" + re.escape("".join(_TEX)) + "]")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")
_JOINED = re.compile(r"\band\b|^others$", re.IGNORECASE)


def bibtex(papers: Iterable[StoredPaper]) -> Iterator[str]:
    """One entry a paper, in UTF-8 as BibLaTeX reads it."""
    for key, stored in with_keys(papers):
        fields = ",\n".join(f"  {name} = {value}" for name, value in _fields(stored.paper))
        yield f"@misc{{{key},\n{fields}\n}}\n"


def _fields(paper: Paper) -> Iterator[tuple[str, str]]:
    yield "title", f"{{{{{_tex(paper.title)}}}}}"  # twice, to keep its capitals
    if paper.authors:
        yield "author", f"{{{' and '.join(_author(name) for name in paper.authors)}}}"
    if year_of(paper):
        yield "year", f"{{{year_of(paper)}}}"
    if month := _MONTH.match(paper.date):
        yield "month", _MONTHS[int(month[1]) - 1]
    if paper.arxiv_id:
        yield "eprint", f"{{{_verbatim(paper.arxiv_id)}}}"
        yield "archivePrefix", "{arXiv}"
        if paper.categories:
            yield "primaryClass", f"{{{_verbatim(paper.categories[0])}}}"
    if paper.doi:
        yield "doi", f"{{{_verbatim(paper.doi)}}}"
    if link := link_of(paper):
        yield "url", f"{{{_verbatim(link)}}}"
    if paper.abstract:
        yield "abstract", f"{{{_tex(paper.abstract)}}}"


def _author(name: str) -> str:
    shown = _tex(name)
    # Such a name would be read as several, as "and others", or as parts in the wrong places.
    return f"{{{shown}}}" if _JOINED.search(name) or name.count(",") > 1 else shown


def _tex(text: str) -> str:
    return _SPECIAL.sub(lambda match: _TEX[match[0]], one_line(text))


def _verbatim(text: str) -> str:
    """For fields that are not typeset: only what would end the field, or never stands in them, is encoded."""
    return re.sub(r"[{}\\\s\"]", lambda match: f"%{ord(match[0]):02X}", one_line(text))
