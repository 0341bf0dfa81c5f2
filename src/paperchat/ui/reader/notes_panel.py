"""The visitor's notes as the page shows them: those on a paper, and all of them with their papers and exports."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from markupsafe import Markup

from paperchat.access.permissions import Permissions
from paperchat.errors import NotFoundError
from paperchat.render.note_formats import notes_by_paper
from paperchat.storage.readers.paper_notes import MAX_NOTE_LENGTH, PaperNote
from paperchat.types import StoredPaper
from paperchat.ui.components import render

if TYPE_CHECKING:
    from paperchat.assistant import PaperChat
    from paperchat.reading.owner_reading import Reading

NOTE_EXPORTS: Mapping[str, str] = {"markdown": "Markdown", "bibtex": "BibTeX", "ris": "RIS"}
_MAX_PAPERS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class NotedPaper:
    """A paper with the visitor's notes on it, the latest first."""

    paper: StoredPaper
    notes: Sequence[PaperNote]


def noted_papers(pc: PaperChat, notes: Iterable[PaperNote]) -> list[NotedPaper]:
    """The papers of these notes, in the order in which they come first."""
    groups = notes_by_paper(notes)
    papers = pc.library.papers(groups)
    return [NotedPaper(paper=papers[one], notes=of_paper) for one, of_paper in groups.items() if one in papers]


def notes_on_paper_html(reading: Reading, paper_id: str, permissions: Permissions) -> Markup:
    """Render the notes on a paper, with a form for another; nothing where the paper is not in the library."""
    try:
        notes = reading.notes([paper_id])
    except NotFoundError:
        return Markup()
    return render(
        "notes_on_paper.html",
        paper_id=paper_id,
        notes=notes,
        may_note=permissions.may_note,
        longest=MAX_NOTE_LENGTH,
    )


def all_notes_html(pc: PaperChat, visitor: str, permissions: Permissions) -> Markup:
    """Render all notes of a visitor, below their papers."""
    noted = noted_papers(pc, pc.reading(visitor).notes())
    return render(
        "notes_list.html",
        noted=noted[:_MAX_PAPERS],
        papers_left=len(noted[_MAX_PAPERS:]),
        exports=NOTE_EXPORTS,
        may_note=permissions.may_note,
        longest=MAX_NOTE_LENGTH,
    )
