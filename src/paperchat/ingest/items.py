"""What flows through the ingestion pipeline: the items that sources yield, and their outcomes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from paperchat.types import Failure, FullText, Paper

MAX_RESULTS = 100
"""The default limit for the results of a query."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PdfFile:
    """A PDF on disk. ``where`` names it in failures; ``metadata`` is what its source says of the paper.

    ``origin`` is the URL that the file was fetched from; empty for a local file.
    """

    path: Path
    where: str
    metadata: Paper | None = None
    origin: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedPdf:
    """The content of a PDF; ``warnings`` say what was left out, and why."""

    paper: Paper
    full_text: FullText
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FileStart:
    """Marks that the items up to the file's `FileEnd` are from this file."""

    path: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class FileEnd:
    """Marks the end of a file's items.

    ``is_reusable``: the items depend on nothing but the file's content, so that it need not be read again until it
    changes. ``is_fully_read``: reading did not break off.
    """

    path: Path
    is_reusable: bool
    is_fully_read: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenFile:
    """A file that was ingested with the content it has now: its number of entries, failed entries, and papers."""

    entries: int
    failures: tuple[Failure, ...] = ()
    paper_ids: tuple[str, ...] = ()


Item = Paper | PdfFile | Failure | FileStart | FileEnd | SeenFile


@dataclass(frozen=True, slots=True, kw_only=True)
class PdfResult:
    """A PDF file with its parsed content."""

    file: PdfFile
    parsed: ParsedPdf


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedPdf:
    """A PDF that cannot be parsed; ``final`` if another attempt at the same file would fail in the same way."""

    file: PdfFile
    failure: Failure
    final: bool


Outcome = Paper | PdfResult | FailedPdf | Failure | FileStart | FileEnd | SeenFile
