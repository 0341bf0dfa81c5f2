"""BibTeX entries: http://www.bibtex.org/Format, with arXiv's fields (https://info.arxiv.org/help/hypertex/bibstyles)."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Iterator
from itertools import count
from typing import Any

from paperchat.storage.normalization import surname
from paperchat.text.describe import one_line, paper_link, publication_year
from paperchat.types import Paper, StoredPaper

_LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ß": "ss", "æ": "ae", "œ": "oe", "ı": "i", "þ": "th"})
_BETWEEN = re.compile(r"[\W_]+")
_NOT_KEY = re.compile(r"[^a-z0-9]+")
_EMPTY_WORD = re.compile(
    "a|about|an|and|are|as|at|be|beyond|by|can|do|does|for|from|has|how|in|into|is|it|its|not|of|on|or|our|the|"
    "this|to|toward|towards|using|via|we|what|when|where|which|who|why|with|without"
)
_LONGEST_WORD = 20
_NOBODY = "anon"


def assign_keys(papers: Iterable[StoredPaper]) -> Iterator[tuple[str, StoredPaper]]:
    """Each paper with its key, which is made of ASCII letters and digits and unique among them.

    A paper has the same key in every export, except that of papers with the same key all but the first get
    ``b``, ``c`` … (``z1`` and on after ``z``) in their order.
    """
    taken: set[str] = set()
    for stored in papers:
        base = _key(stored.paper)
        key = next(key for key in _variants(base) if key not in taken)
        taken.add(key)
        yield key, stored


def _key(paper: Paper) -> str:
    author = _plain(surname(paper.authors[0])) if paper.authors else ""
    words = [_plain(word)[:_LONGEST_WORD] for word in _BETWEEN.split(paper.title)]
    telling = [word for word in words if word and not _EMPTY_WORD.fullmatch(word)]
    return (author or _NOBODY) + publication_year(paper) + next(iter(telling or words), "")


def _variants(base: str) -> Iterator[str]:
    yield base
    yield from (f"{base}{letter}" for letter in "bcdefghijklmnopqrstuvwxyz")
    yield from (f"{base}z{number}" for number in count(1))


def _plain(word: str) -> str:
    return _NOT_KEY.sub("", unicodedata.normalize("NFKD", word.lower().translate(_LETTERS)))


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
    for key, stored in assign_keys(papers):
        fields = ",\n".join(f"  {name} = {value}" for name, value in _bibtex_fields(stored.paper))
        yield f"@misc{{{key},\n{fields}\n}}\n"


def _bibtex_fields(paper: Paper) -> Iterator[tuple[str, str]]:
    yield "title", f"{{{{{_tex(paper.title)}}}}}"  # twice, to keep its capitals
    if paper.authors:
        yield "author", f"{{{' and '.join(_author(name) for name in paper.authors)}}}"
    if publication_year(paper):
        yield "year", f"{{{publication_year(paper)}}}"
    if month := _MONTH.match(paper.date):
        yield "month", _MONTHS[int(month[1]) - 1]
    if paper.arxiv_id:
        yield "eprint", f"{{{_verbatim(paper.arxiv_id)}}}"
        yield "archivePrefix", "{arXiv}"
        if paper.categories:
            yield "primaryClass", f"{{{_verbatim(paper.categories[0])}}}"
    if paper.doi:
        yield "doi", f"{{{_verbatim(paper.doi)}}}"
    if link := paper_link(paper):
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


_DATE = re.compile(r"(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?$")


def ris(papers: Iterable[StoredPaper]) -> Iterator[str]:
    """One record a paper, each line ended by CR LF; no field can hold a line break."""
    for key, stored in assign_keys(papers):
        lines = [("TY", "UNPB"), ("ID", key), *_ris_fields(stored.paper), ("ER", "")]
        yield "".join(f"{tag}  - {one_line(value)}\r\n" for tag, value in lines) + "\r\n"


def _ris_fields(paper: Paper) -> Iterator[tuple[str, str]]:
    yield "TI", paper.title
    for author in paper.authors:
        yield "AU", _family_first(author)
    if publication_year(paper):
        yield "PY", publication_year(paper)
    if date := _DATE.match(paper.date):
        yield "DA", "/".join([*(part or "" for part in date.groups()), ""])
    if paper.arxiv_id:
        yield "PB", "arXiv"
        yield "AN", f"arXiv:{paper.arxiv_id}"
    if paper.doi:
        yield "DO", paper.doi
    if link := paper_link(paper):
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


def csl_json(papers: Iterable[StoredPaper]) -> Iterator[str]:
    """The pieces of one JSON array, an item a paper; its ``id`` is the id in the library."""
    separator = "[\n"
    for key, stored in assign_keys(papers):
        item = {"id": stored.paper_id, "citation-key": key, **_item(stored.paper)}
        yield separator + json.dumps(item, ensure_ascii=False)
        separator = ",\n"
    yield "[]\n" if separator == "[\n" else "\n]\n"


def _item(paper: Paper) -> dict[str, Any]:
    date = _DATE.match(paper.date)
    values = {
        "type": "article",
        "title": one_line(paper.title),
        "author": [_name(author) for author in paper.authors],
        "issued": {"date-parts": [[int(part) for part in date.groups() if part]]} if date else None,
        "archive": "arXiv" if paper.arxiv_id else "",
        "number": f"arXiv:{paper.arxiv_id}" if paper.arxiv_id else "",
        "version": str(paper.version or ""),
        "DOI": paper.doi,
        "URL": paper_link(paper),
        "keyword": ", ".join(paper.categories),
        "abstract": one_line(paper.abstract),
    }
    return {name: value for name, value in values.items() if value}


def _name(author: str) -> dict[str, str]:
    name = one_line(author)
    family, comma, given = name.partition(",")
    if not comma:
        given, _, family = name.rpartition(" ")
    return {"family": family.strip(), "given": given.strip()} if given.strip() else {"literal": name}
