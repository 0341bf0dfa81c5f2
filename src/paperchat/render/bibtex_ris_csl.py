"""References as BibTeX, RIS and CSL JSON; notes on papers, where they are given, as ``annote``, ``N1`` and ``note``.

BibTeX: http://www.bibtex.org/Format, with arXiv's fields (https://info.arxiv.org/help/hypertex/bibstyles).
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import count
from types import MappingProxyType
from typing import Any

from paperchat.storage.name_normalization import surname
from paperchat.text.describe import one_line, paper_link, publication_year
from paperchat.types import Paper, StoredPaper

NoteLines = Mapping[str, Sequence[str]]
"""Notes as plain text by the ids of their papers."""

_NO_NOTES: NoteLines = MappingProxyType({})
_NOTE_SEPARATOR = " · "
_ASCII_LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ß": "ss", "æ": "ae", "œ": "oe", "ı": "i", "þ": "th"})
_WORD_SEPARATOR_PATTERN = re.compile(r"[\W_]+")
_NOT_IN_KEY_PATTERN = re.compile(r"[^a-z0-9]+")
_STOP_WORD_PATTERN = re.compile(
    "a|about|an|and|are|as|at|be|beyond|by|can|do|does|for|from|has|how|in|into|is|it|its|not|of|on|or|our|the|"
    "this|to|toward|towards|using|via|we|what|when|where|which|who|why|with|without"
)
_MAX_WORD_LENGTH = 20
_NO_AUTHOR = "anon"


def assign_keys(papers: Iterable[StoredPaper]) -> Iterator[tuple[str, StoredPaper]]:
    """Yield each paper with its citation key, which has only ASCII letters and digits and is unique among them.

    A paper has the same key in every export, except where several share it: the second and later ones get ``b``,
    ``c`` … and after ``z`` ``z1``, ``z2`` …
    """
    used: set[str] = set()
    for stored in papers:
        base = _key(stored.paper)
        key = next(key for key in _variants(base) if key not in used)
        used.add(key)
        yield key, stored


def _key(paper: Paper) -> str:
    author = _plain(surname(paper.authors[0])) if paper.authors else ""
    words = [_plain(word)[:_MAX_WORD_LENGTH] for word in _WORD_SEPARATOR_PATTERN.split(paper.title)]
    significant = [word for word in words if word and not _STOP_WORD_PATTERN.fullmatch(word)]
    return (author or _NO_AUTHOR) + publication_year(paper) + next(iter(significant or words), "")


def _variants(base: str) -> Iterator[str]:
    yield base
    yield from (f"{base}{letter}" for letter in "bcdefghijklmnopqrstuvwxyz")
    yield from (f"{base}z{number}" for number in count(1))


def _plain(word: str) -> str:
    return _NOT_IN_KEY_PATTERN.sub("", unicodedata.normalize("NFKD", word.lower().translate(_ASCII_LETTERS)))


# BibTeX counts braces whether or not a backslash stands before them, so a lone one must not appear as such.
_TEX_ESCAPES = {
    "\\": r"\textbackslash{}",
    "{": r"\textbraceleft{}",
    "}": r"\textbraceright{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{character: f"\\{character}" for character in "#$%&_"},
}
_TEX_SPECIAL_PATTERN = re.compile("[" + re.escape("".join(_TEX_ESCAPES)) + "]")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH_PATTERN = re.compile(r"\d{4}-(0[1-9]|1[0-2])")
_SPLIT_NAME_PATTERN = re.compile(r"\band\b|^others$", re.IGNORECASE)


def bibtex(papers: Iterable[StoredPaper], notes: NoteLines = _NO_NOTES) -> Iterator[str]:
    """Yield a BibTeX entry for each paper, in UTF-8 as BibLaTeX reads it."""
    for key, stored in assign_keys(papers):
        values = [*_bibtex_fields(stored.paper)]
        if of_paper := notes.get(stored.paper_id):
            values.append(("annote", f"{{{_tex(_NOTE_SEPARATOR.join(of_paper))}}}"))
        fields = ",\n".join(f"  {name} = {value}" for name, value in values)
        yield f"@misc{{{key},\n{fields}\n}}\n"


def _bibtex_fields(paper: Paper) -> Iterator[tuple[str, str]]:
    yield "title", f"{{{{{_tex(paper.title)}}}}}"  # twice, to keep its capitals
    if paper.authors:
        yield "author", f"{{{' and '.join(_author(name) for name in paper.authors)}}}"
    if publication_year(paper):
        yield "year", f"{{{publication_year(paper)}}}"
    if month := _MONTH_PATTERN.match(paper.date):
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
    # BibTeX would read such a name as several, as "and others", or with its parts in the wrong places.
    return f"{{{shown}}}" if _SPLIT_NAME_PATTERN.search(name) or name.count(",") > 1 else shown


def _tex(text: str) -> str:
    return _TEX_SPECIAL_PATTERN.sub(lambda match: _TEX_ESCAPES[match[0]], one_line(text))


def _verbatim(text: str) -> str:
    """Percent-encode what could end the field, for fields that are not typeset."""
    return re.sub(r"[{}\\\s\"]", lambda match: f"%{ord(match[0]):02X}", one_line(text))


_DATE_PATTERN = re.compile(r"(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?$")


def ris(papers: Iterable[StoredPaper], notes: NoteLines = _NO_NOTES) -> Iterator[str]:
    """Yield a RIS record for each paper, with CR LF line ends; fields are single lines."""
    for key, stored in assign_keys(papers):
        of_paper = [("N1", line) for line in notes.get(stored.paper_id, ())]
        lines = [("TY", "UNPB"), ("ID", key), *_ris_fields(stored.paper), *of_paper, ("ER", "")]
        yield "".join(f"{tag}  - {one_line(value)}\r\n" for tag, value in lines) + "\r\n"


def _ris_fields(paper: Paper) -> Iterator[tuple[str, str]]:
    yield "TI", paper.title
    for author in paper.authors:
        yield "AU", _family_first(author)
    if publication_year(paper):
        yield "PY", publication_year(paper)
    if date := _DATE_PATTERN.match(paper.date):
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


def csl_json(papers: Iterable[StoredPaper], notes: NoteLines = _NO_NOTES) -> Iterator[str]:
    """Yield the pieces of a CSL JSON array with an item for each paper; its ``id`` is the id in the library."""
    separator = "[\n"
    for key, stored in assign_keys(papers):
        item = {"id": stored.paper_id, "citation-key": key, **_item(stored.paper)}
        if of_paper := notes.get(stored.paper_id):
            item["note"] = _NOTE_SEPARATOR.join(of_paper)
        yield separator + json.dumps(item, ensure_ascii=False)
        separator = ",\n"
    yield "[]\n" if separator == "[\n" else "\n]\n"


def _item(paper: Paper) -> dict[str, Any]:
    date = _DATE_PATTERN.match(paper.date)
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
