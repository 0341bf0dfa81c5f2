"""Reads RIS files (https://en.wikipedia.org/wiki/RIS_(file_format), specification of 2011); sole importer of rispy."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, TextIO

from rispy import RisParser
from rispy.config import TAG_KEY_MAPPING

from paperchat.ingest.items import Item
from paperchat.ingest.sources import record_fields
from paperchat.ingest.sources.base import PaperWithAttachments, failure
from paperchat.ingest.sources.bibliography import find_arxiv_mention, is_plain_preamble, parse_date
from paperchat.ingest.sources.text_files import MAX_LINE_CHARACTERS, allow_windows_1252, numbered_lines
from paperchat.ingest.withdrawn_papers import is_withdrawn
from paperchat.types import Paper

_DASH = r"(?:  - ?| -(?: |$))"  # "T2 -weighted" is text
_BEGINS = re.compile(rf"\ufeff?\s*TY{_DASH}")
_FIRST = re.compile(rf"^\ufeff?[ \t]*TY{_DASH}[A-Z]\S*[^\n]*\n(?=\s*[A-Z][A-Z0-9]{_DASH})", re.MULTILINE)
_TAGGED = re.compile(rf"\s*([A-Z][A-Z0-9]){_DASH}(.*)$")
_MAX_RECORD_LINES = 10_000
_TOO_LONG = f"the record is longer than {_MAX_RECORD_LINES:,} lines or {MAX_LINE_CHARACTERS // 2**20} MB"
_CUT_SHORT = "the record is incomplete, as it has no ER line; it was skipped"
_PDF_FIELDS = ("file_attachments1", "file_attachments2")
_ARXIV_ID_FIELDS = (
    "accession_number",
    "notes",
    "note",
    "journal_name",
    "secondary_title",
    "alternate_title1",
    "custom7",
)


class _Parser(RisParser):  # type: ignore[misc]
    """rispy's parser, lenient about the spaces around the dash, with lists for tags that may be repeated."""

    DEFAULT_LIST_TAGS: ClassVar[list[str]] = ["A1", "A2", "AU", "DA", "L1", "L2", "N1", "PY", "UR", "Y1"]
    DEFAULT_DELIMITER_MAPPING: ClassVar[dict[str, str]] = {}
    DEFAULT_MAPPING: ClassVar[dict[str, str]] = {**TAG_KEY_MAPPING, "BT": "book_title", "CT": "caption_title"}

    def parse_line(self, line: str) -> tuple[str, str] | tuple[None, str]:
        """Split a line into its tag, if it has one, and its text."""
        found = _TAGGED.match(line)
        return (found[1], found[2].strip()) if found else (None, line.strip())


class Ris:
    """RIS bibliographies."""

    name = "RIS"

    def recognises(self, head: str) -> bool:
        """Whether it starts with a record, after a few plain lines at most."""
        found = _FIRST.search(head)
        return found is not None and is_plain_preamble(head[: found.start()])

    def papers(self, stream: TextIO, where: str) -> Iterator[Item | PaperWithAttachments]:
        """As `Source.papers`."""
        allow_windows_1252(stream)
        for number, lines in _records(stream):
            place = f"{where} line {number}"
            yield failure(place, lines) if isinstance(lines, str) else _read(lines, place)


def _records(stream: TextIO) -> Iterator[tuple[int, list[str] | str]]:
    """Yield each record's first line number and its lines, or why it was skipped; ``ER`` or a new ``TY`` ends one."""
    first, record, size = 0, list[str](), 0
    for number, line in numbered_lines(stream):
        tag = "ER" if line is not None and _ends(line) else "TY" if line is not None and _BEGINS.match(line) else ""
        if tag and first:
            yield first, record if size <= MAX_LINE_CHARACTERS and len(record) <= _MAX_RECORD_LINES else _TOO_LONG
        if tag:
            first, record, size = (number if tag == "TY" else 0), [], 0
        if first and tag != "ER":
            size += MAX_LINE_CHARACTERS + 1 if line is None else len(line)
            if line is not None and size <= MAX_LINE_CHARACTERS and len(record) <= _MAX_RECORD_LINES:
                record.append(line.lstrip("\ufeff \t"))
    if first:
        yield first, _CUT_SHORT


def _ends(line: str) -> bool:
    found = _TAGGED.match(line)
    return found is not None and found[1] == "ER"


def _read(lines: list[str], where: str) -> Item | PaperWithAttachments:
    tagged: dict[str, Any] = _Parser(skip_unknown_tags=True).parse_lines(
        iter([*(line for line in lines if line.strip()), "ER  - "])
    )[0]
    title = _first(tagged, "title", "primary_title", "caption_title", "book_title")
    if not title:
        return failure(where, "the record has no title")
    named = [name for tag in _PDF_FIELDS for name in _listed(tagged, tag)]
    pdfs = tuple(
        dict.fromkeys(name for name in named if name.lower().endswith(".pdf") and not record_fields.link(name))
    )
    paper = _paper(tagged, title, named)
    return PaperWithAttachments(paper=paper, files=pdfs, where=where) if pdfs else paper


def _paper(tagged: Mapping[str, Any], title: str, named: list[str]) -> Paper:
    links = [link for address in _listed(tagged, "urls") if (link := record_fields.link(address))]
    mentioned, category = find_arxiv_mention(text for tag in _ARXIV_ID_FIELDS for text in _listed(tagged, tag))
    dois = (_first(tagged, "doi"), *links)
    arxiv_id, version = record_fields.arxiv_id(*dois, mentioned)
    url, pdf_url = record_fields.arxiv_links(arxiv_id, version)
    web_pdfs = [
        link for name in (*named, *links) if name.lower().endswith(".pdf") and (link := record_fields.link(name))
    ]
    abstract = _first(tagged, "abstract", "notes_abstract")
    return Paper(
        title=title,
        abstract=abstract,
        authors=record_fields.texts([_first_name_first(name) for name in _names(tagged)]),
        arxiv_id=arxiv_id,
        version=version,
        doi=next(filter(None, map(record_fields.doi, dois)), ""),
        date=_date(tagged),
        categories=record_fields.arxiv_categories([category]),
        url=url or next(iter(links), ""),
        pdf_url=pdf_url or next(iter(web_pdfs), ""),
        withdrawn=is_withdrawn(title=title, abstract=abstract)
        or any(is_withdrawn(comment=note) for note in _listed(tagged, "notes")),
    )


def _listed(tagged: Mapping[str, Any], name: str) -> list[str]:
    value = tagged.get(name, [])
    return [text for one in (value if isinstance(value, list) else [value]) if (text := record_fields.text(one))]


def _first(tagged: Mapping[str, Any], *names: str) -> str:
    return next((text for name in names for text in _listed(tagged, name)), "")


def _names(tagged: Mapping[str, Any]) -> list[str]:
    by_role = (_listed(tagged, role) for role in ("authors", "first_authors", "secondary_authors"))
    return [name for one in next(filter(None, by_role), []) for name in one.split(";")]


def _first_name_first(name: str) -> str:
    """``Last, First, Suffix`` as ``First Last Suffix``."""
    last, *others = (part.strip() for part in name.split(","))
    return " ".join([*others[:1], last, *others[1:]])


def _date(tagged: Mapping[str, Any]) -> str:
    """The most precise date within the year of publication."""
    dates = [parse_date(text) for name in ("year", "publication_year", "date") for text in _listed(tagged, name)]
    found = [date for date in dates if date]
    return max((date for date in found if date[:4] == found[0][:4]), key=len, default="")
