"""Results of counting and checking a library."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class LibraryCounts:
    """The contents of the catalogue; ``pending`` papers are stored and not yet, or not surely, searchable."""

    papers: int
    passages: int
    pending: int
    abstract_passages: int
    full_text_passages: int

    @property
    def pending_note(self) -> str:
        """What to know and do about the pending papers; empty when there are none."""
        if not self.pending:
            return ""
        return (
            f"{self.pending} of {self.papers} papers are not indexed yet: wait for the process that is writing, "
            "or run `paperchat doctor --fix`"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """The problems that ``doctor`` found, one line each, and whether it has fixed them.

    ``passages``, ``vectors`` and ``texts`` count the passages in the catalogue, Chroma and Tantivy.
    """

    problems: tuple[str, ...]
    fixed: bool
    papers: int
    pending: int
    passages: int
    vectors: int
    texts: int


def size_on_disk(folder: Path) -> int:
    """Size in bytes of the files in ``folder``; files that another process removes meanwhile are skipped."""
    size = 0
    for path in folder.rglob("*"):
        try:
            size += path.stat().st_size if path.is_file() else 0
        except OSError:
            continue
    return size
