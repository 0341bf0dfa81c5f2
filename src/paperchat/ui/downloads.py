"""Downloads from the chat: answers as Markdown with their quotes, and references to the cited papers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from paperchat.errors import UsageError
from paperchat.render.bibtex_ris_csl import NoteLines, bibtex, csl_json, ris
from paperchat.render.markdown import answer_as_markdown
from paperchat.render.note_formats import note_lines, papers_as_markdown
from paperchat.storage.readers.paper_notes import PaperNote
from paperchat.types import StoredPaper
from paperchat.ui.chat_state import ChatState, ChatTurn
from paperchat.ui.components import int_value, render

_ANSWER_SEPARATOR = "\n---\n\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Download:
    """A file that the browser saves. ``kind`` is the media type of a binary file, whose ``text`` is Base64."""

    name: str
    text: str
    kind: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _ReferenceFormat:
    extension: str
    write: Callable[[Iterable[StoredPaper], NoteLines], Iterator[str]]
    separator: str = ""


_REFERENCE_FORMATS: Mapping[str, _ReferenceFormat] = {
    "bibtex": _ReferenceFormat(extension="bib", write=bibtex, separator="\n"),
    "ris": _ReferenceFormat(extension="ris", write=ris),
    "csl": _ReferenceFormat(extension="json", write=csl_json),
}
_FORMAT_NAMES = {"markdown": "Markdown", "bibtex": "BibTeX", "ris": "RIS", "csl": "CSL JSON"}


def chat_download(state: ChatState, data: Mapping[str, Any]) -> Download | None:
    """Return the file that an event asks for: of one ``turn``, or of all; ``None`` where there is nothing to save."""
    turn, name = int_value(data, "turn"), data.get("format")
    turns = state.turns if turn is None else state.turns[turn : turn + 1]
    stem = "paperchat" if turn is None else f"paperchat-{turn + 1}"
    if name == "markdown":
        texts = [answer_as_markdown(one.answer) for one in turns if one.answer]
        return Download(name=f"{stem}.md", text=_ANSWER_SEPARATOR.join(texts)) if texts else None
    papers = _cited_papers(turns)
    return reference_file(stem, str(name), papers) if papers and str(name) in _REFERENCE_FORMATS else None


def reading_file(heading: str, format_: str, papers: Iterable[StoredPaper], notes: Iterable[PaperNote]) -> Download:
    """Return the file with these papers below a heading, as Markdown or references, and with these notes on them.

    Raises:
        UsageError: there is no such format.
    """
    if format_ == "markdown":
        return Download(name="paperchat-reading.md", text=papers_as_markdown(heading, papers, notes))
    return reference_file("paperchat-reading", format_, papers, notes)


def reference_file(stem: str, format_: str, papers: Iterable[StoredPaper], notes: Iterable[PaperNote] = ()) -> Download:
    """Return the file with the references to these papers, with these notes on them.

    Raises:
        UsageError: there is no such format.
    """
    references = _REFERENCE_FORMATS.get(format_)
    if references is None:
        raise UsageError(f"references are exported as one of {', '.join(_REFERENCE_FORMATS)}")
    text = references.separator.join(references.write(papers, note_lines(notes)))
    return Download(name=f"{stem}.{references.extension}", text=text)


def export_buttons(turn: int | None = None) -> Markup:
    """Render the download buttons of a turn, or of the whole conversation."""
    label = "Export the conversation" if turn is None else "Export"
    return render("export.html", label=label, formats=_FORMAT_NAMES, values={} if turn is None else {"turn": turn})


def download_html(file: Download | None) -> Markup:
    """Render a file for the page's script to save."""
    return render("download.html", file=file) if file else Markup()


def _cited_papers(turns: Sequence[ChatTurn]) -> list[StoredPaper]:
    """The papers in order of citation, then those that are only listed, each once."""
    papers: dict[str, StoredPaper] = {}
    for turn in turns:
        listed = turn.answer.papers if turn.answer else ()
        for stored in [*(one.paper for one in turn.citations), *(one.paper for one in listed)]:
            papers.setdefault(stored.paper_id, stored)
    return list(papers.values())
