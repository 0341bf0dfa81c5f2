"""The interface of sources, and what they share."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol, TextIO

from paperchat.ingest.items import Item
from paperchat.text.cleaning import printable, shorten
from paperchat.types import Failure, Paper

HEAD_BYTES = 65_536
"""How much of a file its format is recognised from."""
_MAX_REASON = 160  # characters


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperWithAttachments:
    """A paper with the PDFs that its source names; ``files`` are names as the source has them."""

    paper: Paper
    files: tuple[str, ...]
    where: str


class Source(Protocol):
    """A reader of one format; ``name`` is the format's name in messages."""

    name: str

    def recognises(self, head: str) -> bool:
        """Whether a file that starts with ``head`` (at most ``HEAD_BYTES``, decoded) is of this format."""

    def papers(self, stream: TextIO, where: str) -> Iterator[Item | PaperWithAttachments]:
        """Yield the papers in ``stream``, in order, and a failure for each invalid entry.

        ``where`` is the file's name, for the failures. Errors of reading (``OSError``, ``EOFError``, ``zlib.error``)
        are left to the caller.
        """


def failure(source: str, reason: str) -> Failure:
    """Make a failure whose texts are safe to print and whose reason has at most 160 characters."""
    return Failure(source=printable(source), reason=shorten(reason, _MAX_REASON))
