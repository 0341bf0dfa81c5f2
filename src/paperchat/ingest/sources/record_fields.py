"""Parses fields of untrusted records: each function accepts any value and returns an empty one for invalid input."""

from __future__ import annotations

import re
from datetime import date
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

from paperchat.ingest.identifiers import is_arxiv_doi, normalise_arxiv_id, normalise_doi
from paperchat.text.cleaning import clean

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?![0-9])")
_MAX_TIME = 80  # characters
_MAX_LINK = 2_000  # characters
# Archives that are categories themselves, including those that arXiv has closed (https://arxiv.org/archive).
_ARCHIVE = re.compile(
    r"astro-ph|cond-mat|cs|gr-qc|hep-(?:ex|lat|ph|th)|math(?:-ph)?|nlin|nucl-(?:ex|th)|physics|q-(?:bio|fin)|"
    r"quant-ph|acc-phys|adap-org|alg-geom|ao-sci|atom-ph|bayes-an|chao-dyn|chem-ph|cmp-lg|comp-gas|dg-ga|"
    r"funct-an|mtrl-th|patt-sol|plasm-ph|q-alg|solv-int|supr-con"
)
_WITH_CLASSES = re.compile(r"astro-ph|cond-mat|cs|econ|eess|math|nlin|physics|q-bio|q-fin|stat")
_CLASS = re.compile(r"(?:[A-Z]{2}|[a-z]{2,}(?:-[a-z]+)?)")
_LINE_BREAKS = re.compile(r"[\t\r\n]")  # no part of an address, as in a browser
_BETWEEN = re.compile(r"[\s,;]+")


def text(value: Any) -> str:
    """The cleaned string; empty for anything else."""
    return clean(value) if isinstance(value, str) else ""


def day(value: Any) -> str:
    """The day of an ISO 8601 or RFC 2822 time, as ``YYYY-MM-DD``; empty for anything else."""
    if not isinstance(value, str) or len(value) > _MAX_TIME:
        return ""
    try:
        if (found := _DAY.match(value.strip())) is not None:
            return date.fromisoformat(found.group()).isoformat()
        return parsedate_to_datetime(value).date().isoformat()
    except (ValueError, OverflowError):
        return ""


def link(value: Any) -> str:
    """The ``http`` or ``https`` URL; empty for anything else."""
    if not isinstance(value, str):
        return ""
    address = _LINE_BREAKS.sub("", value.strip())
    if len(address) > _MAX_LINK or not address.isprintable() or " " in address:
        return ""
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    return address if parts.scheme in ("http", "https") and parts.netloc else ""


def whole_number(value: Any) -> int | None:
    """The non-negative integer; ``None`` for anything else."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**53 else None


def texts(values: Any) -> tuple[str, ...]:
    """The cleaned, non-empty strings of a list; empty for anything else."""
    return tuple(shown for value in values if (shown := text(value))) if isinstance(values, list | tuple) else ()


def arxiv_categories(value: Any) -> tuple[str, ...]:
    """The arXiv categories (``cs.CV``, ``hep-th``) in a string or a list; ACM and MSC classes are dropped."""
    listed = [value] if isinstance(value, str) else value if isinstance(value, list | tuple) else ()
    words = (word for one in listed if isinstance(one, str) for word in _BETWEEN.split(one))
    return tuple(dict.fromkeys(word for word in words if _is_category(word)))


def _is_category(value: str) -> bool:
    group, dot, subject = value.partition(".")
    if not dot:
        return _ARCHIVE.fullmatch(value) is not None
    return _WITH_CLASSES.fullmatch(group) is not None and _CLASS.fullmatch(subject) is not None


def arxiv_id(*values: Any) -> tuple[str, int]:
    """The first arXiv id among ``values`` with its version; ``("", 0)`` if there is none."""
    for value in values:
        found = normalise_arxiv_id(value) if isinstance(value, str) else None
        if found is not None:
            return found
    return "", 0


def doi(value: Any) -> str:
    """The DOI; empty for anything else, and for arXiv's own, which say no more than the arXiv id."""
    found = normalise_doi(text(value))
    return "" if is_arxiv_doi(found) else found


def arxiv_links(identifier: str, version: int) -> tuple[str, str]:
    """The URLs of the abstract page and of the PDF (of this version, if it is known)."""
    if not identifier:
        return "", ""
    suffix = f"v{version}" if version else ""
    return f"https://arxiv.org/abs/{identifier}", f"https://arxiv.org/pdf/{identifier}{suffix}"
