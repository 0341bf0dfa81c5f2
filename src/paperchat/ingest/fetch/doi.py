"""Fetches a paper's metadata by DOI, through content negotiation (https://citation.doi.org/docs.html).

The format is CSL JSON (https://docs.citationstyles.org/en/stable/specification.html), which Crossref and DataCite
offer. Abstracts are JATS XML, of which only the text is kept.
"""

from __future__ import annotations

import html
import json
import re
from typing import Any
from urllib.parse import quote

from paperchat.ingest.fetch.client import WebClient
from paperchat.ingest.fetch.errors import PermanentFetchError
from paperchat.ingest.sources import record_fields
from paperchat.ingest.sources.bibliography import date_from_parts
from paperchat.ingest.withdrawn_papers import is_withdrawn
from paperchat.types import Paper

_ACCEPT = "application/vnd.citationstyles.csl+json"
_MAX_BYTES = 4 * 2**20
_WEEK = 7 * 86_400.0
_HEADING = re.compile(r"<jats:title\b[^>]*>\s*(?:abstract|summary)\.?\s*</jats:title>", re.IGNORECASE)
_INLINE = re.compile(
    r"</?(?:jats:)?(?:italic|bold|sub|sup|sc|monospace|underline|i|b|em|strong)\b[^>]*>", re.IGNORECASE
)
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>")
_LEADING_WORD = re.compile(r"(?i:abstract)\s*[:.]?\s+(?=[A-Z])")


def fetch_by_doi(client: WebClient, doi: str) -> Paper:
    """The paper with a normalised DOI.

    Raises:
        TemporaryFetchError: the registry cannot be reached now.
        PermanentFetchError: it has no record of the DOI.
    """
    url = client.services.doi + quote(doi, safe="/:;()._-")
    fetched = client.get(url, accept=_ACCEPT, max_bytes=_MAX_BYTES, max_age=_WEEK)
    try:
        record = json.loads(fetched.path.read_bytes())
    except (ValueError, RecursionError):
        record = None
    title = _text(_first(record.get("title"))) if isinstance(record, dict) else ""
    if not title:
        client.forget(url, accept=_ACCEPT)
        raise PermanentFetchError("the DOI's registry has no record of it: give the paper's file or arXiv id")
    abstract = _text(record.get("abstract"))
    abstract = _LEADING_WORD.sub("", abstract, count=1) if _LEADING_WORD.match(abstract) else abstract
    return Paper(
        title=title,
        abstract=abstract,
        authors=_authors(record.get("author")),
        doi=doi,
        date=next((found for name in ("published", "issued") if (found := _date(record.get(name)))), ""),
        url=f"https://doi.org/{doi}",
        withdrawn=is_withdrawn(title=title, abstract=abstract),
    )


def _first(value: Any) -> Any:
    return value[0] if isinstance(value, list) and value else value


def _text(value: Any) -> str:
    """The text without markup and without an ``Abstract`` heading."""
    if not isinstance(value, str):
        return ""
    bare = _TAG.sub(" ", _INLINE.sub("", _HEADING.sub(" ", value)))
    return record_fields.text(html.unescape(bare))


def _authors(value: Any) -> tuple[str, ...]:
    people = [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
    return record_fields.texts([_name(one) for one in people])


def _name(person: dict[str, Any]) -> str:
    names = record_fields.texts([person.get("given"), person.get("non-dropping-particle"), person.get("family")])
    return " ".join(names) or record_fields.text(person.get("literal")) or record_fields.text(person.get("name"))


def _date(value: Any) -> str:
    parts = _first(value.get("date-parts")) if isinstance(value, dict) else None
    numbers = [str(part) for part in parts if isinstance(part, int | str)] if isinstance(parts, list) else []
    year, month, day, *_ = [*numbers, "", "", ""]
    return date_from_parts(year, month, day)
