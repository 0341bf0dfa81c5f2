"""What goes through ingestion: what sources yield, and what becomes of it on its way to the library."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from paperchat.types import Failure, FullText, Paper


@dataclass(frozen=True, slots=True, kw_only=True)
class PdfFile:
    """A PDF on disk. ``where`` names it in failures; ``about`` is what its source knows of the paper.

    ``origin`` is where the file is from: its address, where it was fetched, else its path.
    """

    path: Path
    where: str
    about: Paper | None = None
    origin: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PdfReading:
    """What was read out of a PDF; ``warnings`` say what of it was left out, and why."""

    paper: Paper
    full_text: FullText
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FileBegin:
    """What follows, up to the file's end, is from this file."""

    path: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class FileEnd:
    """No more comes of a file; ``complete`` when nothing but the file itself decides what it gives.

    ``whole`` unless its reading broke off, so that it may hold more than was yielded.
    """

    path: Path
    complete: bool
    whole: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownFile:
    """A file that the library has taken in as it is now: how many entries it has, which failed, and its papers."""

    entries: int
    failures: tuple[Failure, ...] = ()
    paper_ids: tuple[str, ...] = ()


Item = Paper | PdfFile | Failure | FileBegin | FileEnd | KnownFile


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadPdf:
    """A PDF that has been read."""

    file: PdfFile
    reading: PdfReading


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedPdf:
    """A PDF that cannot be read; ``final`` when another attempt at the same file would end the same."""

    file: PdfFile
    failure: Failure
    final: bool


Outcome = Paper | ReadPdf | FailedPdf | Failure | FileBegin | FileEnd | KnownFile
