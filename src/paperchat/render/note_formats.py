"""Notes on papers in exports: as a Markdown document, and as lines for the entries of a list of references."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from paperchat.answering.quote_markdown import escape_markdown
from paperchat.render.markdown import paper_lines
from paperchat.storage.readers.paper_notes import PaperNote
from paperchat.text.describe import one_line
from paperchat.types import StoredPaper


def notes_by_paper(notes: Iterable[PaperNote]) -> dict[str, list[PaperNote]]:
    """The notes on each paper, by its id, in the order in which they come."""
    groups: dict[str, list[PaperNote]] = {}
    for note in notes:
        groups.setdefault(note.paper_id, []).append(note)
    return groups


def note_lines(notes: Iterable[PaperNote]) -> dict[str, list[str]]:
    """The notes on each paper, by its id, as a line of plain text each: the quote with its place, and the note."""
    return {
        paper_id: [one_line(": ".join(filter(None, (_quoted(one), one.text)))) for one in of_paper]
        for paper_id, of_paper in notes_by_paper(notes).items()
    }


def papers_as_markdown(heading: str, papers: Iterable[StoredPaper], notes: Iterable[PaperNote] = ()) -> str:
    """Render papers in their order, each with the notes on it below. All text is escaped."""
    of_papers = notes_by_paper(notes)
    parts = [f"# {_escape(heading)}"]
    for stored in papers:
        parts += [paper_lines(stored.paper), *_note_parts(of_papers, stored.paper_id)]
    return "\n\n".join(parts) + "\n"


def _note_parts(of_papers: Mapping[str, Sequence[PaperNote]], paper_id: str) -> Iterable[str]:
    for note in of_papers.get(paper_id, ()):
        if note.quote:
            yield f"> {_escape(_quoted(note))}"
        yield "  \n".join(map(_escape, note.text.splitlines()))


def _quoted(note: PaperNote) -> str:
    return f"“{note.quote}” ({note.location})" if note.quote else ""


def _escape(text: str) -> str:
    return escape_markdown(one_line(text))
