"""What a source is, and the failures it reports."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol, TextIO

from paperchat.ingest.clean import printable, shorten
from paperchat.types import Failure, Paper

Item = Paper | Failure
HEAD_BYTES = 65_536
_LONGEST_REASON = 160


class Source(Protocol):
    """One format; ``name`` is how failures speak of it."""

    name: str

    def recognises(self, head: str) -> bool:
        """Whether a file that begins with ``head`` (``HEAD_BYTES`` at most, decoded) is of this format."""

    def papers(self, stream: TextIO, where: str) -> Iterator[Item]:
        """The papers in ``stream`` in their order, and a failure for each entry that gives none.

        ``where`` is the file's name, for the failures. Errors of reading (``OSError``, ``EOFError``,
        ``zlib.error``) are left to the caller.
        """


def failure(source: str, reason: str) -> Failure:
    """A failure whose texts are safe to print and whose reason is at most 160 characters."""
    return Failure(source=printable(source), reason=shorten(reason, _LONGEST_REASON))
