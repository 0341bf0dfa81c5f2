"""What sources yield: papers, PDF files still to be read, and failures."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from paperchat.types import Failure, FullText, Paper


@dataclass(frozen=True, slots=True, kw_only=True)
class PdfFile:
    """A PDF on disk. ``where`` names it in failures; ``about`` is what its source knows of the paper."""

    path: Path
    where: str
    about: Paper | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PdfReading:
    """What was read out of a PDF."""

    paper: Paper
    full_text: FullText


Item = Paper | PdfFile | Failure
