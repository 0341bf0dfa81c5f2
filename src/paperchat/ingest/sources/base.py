"""What a source is, and what it yields besides papers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol, TextIO

from paperchat.ingest.items import Item
from paperchat.text.cleaning import printable, shorten
from paperchat.types import Failure, Paper

HEAD_BYTES = 65_536
_LONGEST_REASON = 160


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperWithAttachments:
    """A paper with the PDFs that its source names: ``files`` are locations as the source writes them."""

    paper: Paper
    files: tuple[str, ...]
    where: str


class Source(Protocol):
    """One format; ``name`` is how failures speak of it."""

    name: str

    def recognises(self, head: str) -> bool:
        """Whether a file that begins with ``head`` (``HEAD_BYTES`` at most, decoded) is of this format."""

    def papers(self, stream: TextIO, where: str) -> Iterator[Item | PaperWithAttachments]:
        """The papers in ``stream`` in their order, and a failure for each entry that gives none.

        ``where`` is the file's name, for the failures. Errors of reading (``OSError``, ``EOFError``,
        ``zlib.error``) are left to the caller.
        """


def failure(source: str, reason: str) -> Failure:
    """A failure whose texts are safe to print and whose reason is at most 160 characters."""
    return Failure(source=printable(source), reason=shorten(reason, _LONGEST_REASON))
