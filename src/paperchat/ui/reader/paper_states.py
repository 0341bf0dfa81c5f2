"""What a visitor has made of papers, as the tools on their cards show it, and the menus of these tools."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from markupsafe import Markup

from paperchat.storage.paper_directory import DirectoryEntry
from paperchat.storage.readers.follows import FollowKind
from paperchat.storage.readers.paper_marks import MarkKind
from paperchat.ui.components import render

if TYPE_CHECKING:
    from paperchat.assistant import PaperChat

PaperMenu = Literal["save", "more"]
_FIRST_AUTHORS = 3  # of those that can be followed, beside the last one


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperState:
    """A paper as one visitor has it.

    Attributes:
        upvotes: those that came with the paper, where they are known.
        votes: those of the visitors of this library.
        collections: the names of the visitor's collections that it is saved to.
    """

    paper_id: str
    title: str
    upvotes: int | None
    votes: int
    marks: frozenset[MarkKind]
    collections: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowChoice:
    """Somebody whose papers can be followed from a paper."""

    kind: FollowKind
    name: str
    is_followed: bool


def paper_states(pc: PaperChat, visitor: str, paper_ids: Sequence[str]) -> dict[str, PaperState]:
    """The states of those of the papers that are in the library, by their ids."""
    entries = pc.library.directory.entries()
    ids = [paper_id for paper_id in dict.fromkeys(paper_ids) if paper_id in entries]
    marks, votes = pc.library.marks.of_papers(ids, owner=visitor), pc.library.marks.upvotes(ids)
    saved = pc.library.collections.names_of(ids, owner=visitor)
    return {
        paper_id: PaperState(
            paper_id=paper_id,
            title=entries[paper_id].title,
            upvotes=entries[paper_id].upvotes,
            votes=votes.get(paper_id, 0),
            marks=marks.get(paper_id, frozenset()),
            collections=saved.get(paper_id, ()),
        )
        for paper_id in ids
    }


def tools_html(states: Mapping[str, PaperState]) -> Markup:
    """Render the tools of these papers, one element each."""
    return render("tools_of_papers.html", states=states.values())


def menu_html(pc: PaperChat, visitor: str, paper_id: str, menu: PaperMenu) -> Markup:
    """Render a menu of a paper's tools; nothing where the paper is not in the library."""
    state = paper_states(pc, visitor, [paper_id]).get(paper_id)
    if state is None:
        return Markup()
    if menu == "save":
        names = [one.name for one in pc.library.collections.all(owner=visitor)]
        return render("save_menu.html", state=state, names=names)
    entry = pc.library.directory.entries()[paper_id]
    return render("more_menu.html", state=state, choices=_follow_choices(pc, visitor, entry))


def _follow_choices(pc: PaperChat, visitor: str, entry: DirectoryEntry) -> list[FollowChoice]:
    """The organisation of a paper, its first authors and its last one."""
    authors = [*entry.authors[:_FIRST_AUTHORS], *entry.authors[-1:]]
    named: list[tuple[FollowKind, str]] = [("author", name) for name in dict.fromkeys(authors)]
    if entry.organization:
        named.insert(0, ("organization", entry.organization))
    reading = pc.reading(visitor)
    return [
        FollowChoice(kind=kind, name=name, is_followed=reading.is_followed(kind, name)) for kind, name in named if name
    ]
