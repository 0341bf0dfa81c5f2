"""What a visitor takes along: answers as Markdown with their quotes, and references to the papers they cite."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from paperchat.render.html import attributes
from paperchat.render.markdown import answer_as_markdown
from paperchat.render.references import bibtex, csl_json, ris
from paperchat.types import StoredPaper
from paperchat.ui.chat_state import Exchange, Talk
from paperchat.ui.components import button, whole

_BETWEEN_ANSWERS = "\n---\n\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class _References:
    ending: str
    write: Callable[[Iterable[StoredPaper]], Iterator[str]]
    between: str = ""


_REFERENCES: Mapping[str, _References] = {
    "bibtex": _References(ending="bib", write=bibtex, between="\n"),
    "ris": _References(ending="ris", write=ris),
    "csl": _References(ending="json", write=csl_json),
}
_NAMES = {"markdown": "Markdown", "bibtex": "BibTeX", "ris": "RIS", "csl": "CSL JSON"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A file to be saved by the browser; of a ``kind`` other than text, ``text`` has its bytes in Base64."""

    name: str
    text: str
    kind: str = ""


def taken(talk: Talk, told: Mapping[str, Any]) -> Taken | None:
    """The file of the kind that a button tells, of one ``turn`` or of all; ``None`` where there is nothing to take."""
    turn, kind = whole(told, "turn"), told.get("form")
    chosen = talk.exchanges if turn is None else talk.exchanges[turn : turn + 1]
    name = "paperchat" if turn is None else f"paperchat-{turn + 1}"
    if kind == "markdown":
        texts = [answer_as_markdown(one.answer) for one in chosen if one.answer]
        return Taken(name=f"{name}.md", text=_BETWEEN_ANSWERS.join(texts)) if texts else None
    references, papers = _REFERENCES.get(str(kind)), _cited(chosen)
    if references is None or not papers:
        return None
    return Taken(name=f"{name}.{references.ending}", text=references.between.join(references.write(papers)))


def buttons(turn: int | None = None) -> str:
    """Of one turn, or of the whole talk."""
    values: dict[str, Any] = {} if turn is None else {"turn": turn}
    offered = "".join(button(name, "take", kind="tool", form=form, **values) for form, name in _NAMES.items())
    label = "Export" if turn is not None else "Export the conversation"
    return f'<details class="take"><summary class="tool">{label}</summary>{offered}</details>'


def taken_html(file: Taken | None) -> str:
    """What the page's script saves as a file."""
    return f"<pre{attributes(name=file.name, kind=file.kind)}>{escape(file.text)}</pre>" if file else ""


def _cited(exchanges: Sequence[Exchange]) -> list[StoredPaper]:
    """The papers in the order in which they are cited, each once."""
    papers = (citation.paper for exchange in exchanges for citation in exchange.citations)
    return list({paper.paper_id: paper for paper in papers}.values())
