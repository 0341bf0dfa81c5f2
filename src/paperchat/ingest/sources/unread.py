"""Formats that hold papers but are not read yet: recognised, so that the report can say what the file is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TextIO

from paperchat.ingest.sources.base import Item, failure

# "%PDF-" belongs into the first 1,024 bytes; readers accept junk before it.
_PDF = re.compile(r"%PDF-[0-9]\.[0-9]")
_PDF_WITHIN = 8_192
_BIBTEX = re.compile(
    r"(?:\s|%[^\n]*\n)*@(?:[a-z]+\s*[{(]\s*[^\s,{}()=]+\s*,|(?:comment|string|preamble)\s*[{(])",
    re.IGNORECASE,
)
_RIS = re.compile(r"\s*TY  ?- ?[A-Z]{2,}\s*\n")


class Unread:
    """A format named in failures, told by a pattern at the start, or within ``within`` characters."""

    def __init__(self, name: str, pattern: re.Pattern[str], advice: str, *, within: int = 0) -> None:
        self.name = name
        self._pattern = pattern
        self._advice = advice
        self._within = within

    def recognises(self, head: str) -> bool:
        found = self._pattern.search(head, 0, self._within) if self._within else self._pattern.match(head)
        return found is not None

    def papers(self, stream: TextIO, where: str) -> Iterator[Item]:  # noqa: ARG002
        yield failure(where, f"is {self.name}, which this version does not read yet; {self._advice}")


_ABSTRACTS = "give its papers as JSON lines of title and abstract"
UNREAD = (
    Unread("a PDF", _PDF, _ABSTRACTS, within=_PDF_WITHIN),
    Unread("BibTeX", _BIBTEX, _ABSTRACTS),
    Unread("RIS", _RIS, _ABSTRACTS),
)
