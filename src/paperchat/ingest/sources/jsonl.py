"""Reads JSON lines of abstracts, one object per line, streamed.

Fields are those of arXiv's metadata snapshot (``id, submitter, authors, authors_parsed, title, comments, doi,
categories, abstract, versions, update_date``; https://www.kaggle.com/datasets/Cornell-University/arxiv), of
BEIR's corpora (``_id, title, text``), and common variants of both. BEIR's ``_id`` becomes the ``key``. Where the title
is missing or empty, the first words of the text stand for it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, TextIO

from paperchat.ingest.items import Item
from paperchat.ingest.sources import record_fields
from paperchat.ingest.sources.base import failure
from paperchat.ingest.sources.json_stream import keys_of_object
from paperchat.ingest.sources.text_files import MAX_LINE_CHARACTERS, numbered_lines
from paperchat.ingest.withdrawn_papers import is_withdrawn
from paperchat.text.paper_title import first_words
from paperchat.types import Paper

_TEXT = ("abstract", "summary", "text")
_ARXIV = ("arxiv_id", "arxivId", "arxiv", "id", "_id", "doi", "url")
_PDF = ("pdf_url", "pdf")
_DATE = ("date", "published", "publication_date", "created", "update_date")
_COMMENT = ("comments", "comment")
_ABOUT_PAPERS = frozenset({*_TEXT, "authors", "authors_parsed", "categories", "journal-ref"})
_KNOWN = _ABOUT_PAPERS | {"title", *_ARXIV, *_PDF, *_DATE, *_COMMENT, "metadata", "submitter", "versions"}
_MAX_BRACKET_DEPTH = 3
_IN_BRACKETS = re.compile(r"\([^()]*\)")
_BETWEEN_NAMES = re.compile(r",\s*and\s+|\s+and\s+|,")


class JsonLines:
    """JSON lines of arXiv's, BEIR's and similar data sets."""

    name = "JSON lines of abstracts"

    def recognises(self, head: str) -> bool:
        """Whether most lines of the head are objects, and one has a title or an abstract and other fields of a paper.

        This excludes text that quotes such a line, a JSON list with one object per line, and BEIR's queries
        (``_id, text``).
        """
        lines = [line for line in head.split("\n") if line.strip()]
        objects = [line for line in lines if line.lstrip().startswith("{")]
        if 2 * len(objects) < len(lines) or head.lstrip().startswith("["):
            return False
        return any(_is_about_a_paper(keys_of_object(line)) for line in objects)

    def papers(self, stream: TextIO, where: str) -> Iterator[Item]:
        """As `Source.papers`."""
        for number, line in numbered_lines(stream):
            if line is None:
                reason = f"is longer than {MAX_LINE_CHARACTERS // 2**20} MB, so it was skipped"
                yield failure(f"{where} line {number}", reason)
            elif line.strip():
                yield _read_line(line, f"{where} line {number}")


def _is_about_a_paper(keys: Mapping[str, str]) -> bool:
    has_title = keys.get("title") in ("string", "null") or keys.get("abstract") in ("string", "start_array")
    if not has_title or keys.get("paper") == "start_map":  # which is a Daily Papers record
        return False
    return bool(_ABOUT_PAPERS & keys.keys()) or keys.keys() <= _KNOWN


def _read_line(line: str, where: str) -> Item:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return failure(where, "is not JSON")
    if not isinstance(record, dict):
        return failure(where, "is not a JSON object")
    title = record_fields.text(record.get("title"))
    abstract = next((text for name in _TEXT if (text := _text(record.get(name)))), "")
    if not (title or abstract):
        return failure(where, f"the record has neither a title nor a text ({', '.join(_TEXT)})")
    arxiv_id, version = record_fields.arxiv_id(*(record.get(name) for name in _ARXIV))
    version = version or (_last_version(record) if arxiv_id else 0)
    url, pdf_url = record_fields.arxiv_links(arxiv_id, version)
    comment = _first(record_fields.text, record, _COMMENT)
    return Paper(
        title=title or first_words(abstract),
        abstract=abstract,
        authors=_authors(record),
        arxiv_id=arxiv_id,
        version=version,
        doi=record_fields.doi(record.get("doi")),
        date=_first_version_day(record) or _first(record_fields.day, record, _DATE),
        categories=record_fields.arxiv_categories(record.get("categories")),
        url=url or _first(record_fields.link, record, ("url",)),
        pdf_url=pdf_url or _first(record_fields.link, record, _PDF),
        comment=comment,
        key=_key(record.get("_id")),
        withdrawn=is_withdrawn(title=title, comment=comment, abstract=abstract),
    )


def _first(read: Any, record: Mapping[str, Any], names: tuple[str, ...]) -> str:
    return next((found for name in names if (found := read(record.get(name)))), "")


def _text(value: Any) -> str:
    """An abstract: a string, or a list of its sentences."""
    return " ".join(record_fields.texts(value)) if isinstance(value, list) else record_fields.text(value)


def _key(value: Any) -> str:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else record_fields.text(value)


def _authors(record: Mapping[str, Any]) -> tuple[str, ...]:
    parsed, authors = record.get("authors_parsed"), record.get("authors")
    if isinstance(parsed, list) and parsed:
        # [last, first, suffix, affiliation…]
        parts = [record_fields.texts([*name[1:2], *name[:1], *name[2:3]]) for name in parsed if isinstance(name, list)]
        return record_fields.texts([" ".join(part) for part in parts])
    if isinstance(authors, list):
        return record_fields.texts([author.get("name") if isinstance(author, dict) else author for author in authors])
    authors = record_fields.text(authors)
    for _ in range(_MAX_BRACKET_DEPTH):  # affiliations, nested ones from the inside out
        authors = _IN_BRACKETS.sub(" ", authors)
    return record_fields.texts(authors.split(";") if ";" in authors else _BETWEEN_NAMES.split(authors))


def _versions(record: Mapping[str, Any]) -> list[dict[str, Any]]:
    versions = record.get("versions")
    return [one for one in versions if isinstance(one, dict)] if isinstance(versions, list) else []


def _last_version(record: Mapping[str, Any]) -> int:
    names = [one.get("version") for one in _versions(record)]
    numbers = [int(name[1:]) for name in names if isinstance(name, str) and re.fullmatch("v[0-9]{1,3}", name)]
    return max(numbers, default=0)


def _first_version_day(record: Mapping[str, Any]) -> str:
    return next((found for one in _versions(record) if (found := record_fields.day(one.get("created")))), "")
