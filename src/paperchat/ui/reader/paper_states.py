"""What a visitor has made of papers, as the tools on their cards show it, and the menus of these tools."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from markupsafe import Markup

from paperchat.access.permissions import USER_PREFIX, Permissions
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
        votes: those of the people who share this library; without logins, the visitor's own.
        collections: the names of the visitor's collections that it is saved to.
        notes: the number of the visitor's notes on it.
        submitter: the name of the person who added it in the window, if any.
    """

    paper_id: str
    title: str
    upvotes: int | None
    votes: int
    marks: frozenset[MarkKind]
    collections: Sequence[str]
    notes: int
    comments: int
    submitter: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowChoice:
    """Somebody whose papers can be followed from a paper."""

    kind: FollowKind
    name: str
    is_followed: bool


class PaperTools:
    """The tools of papers as each visitor sees them, and the menus of these tools."""

    def __init__(self, pc: PaperChat, permissions: Permissions) -> None:
        self._pc = pc
        self._permissions = permissions

    def states(self, visitor: str, paper_ids: Sequence[str]) -> dict[str, PaperState]:
        """The states of those of the papers that are in the library, by their ids.

        Votes, comments and submitters of others are there where people log in by name.
        """
        library, people = self._pc.library, self._permissions.has_people
        entries = library.directory.entries()
        ids = [paper_id for paper_id in dict.fromkeys(paper_ids) if paper_id in entries]
        marks = library.marks.of_papers(ids, owner=visitor)
        votes = library.marks.upvotes(ids, prefix=USER_PREFIX) if people else {}
        comments = library.comments.counts(ids) if people else {}
        submitters = library.submissions.submitters(ids) if people else {}
        saved = library.collections.names_of(ids, owner=visitor)
        notes = library.notes.counts(ids, owner=visitor)
        none: frozenset[MarkKind] = frozenset()
        return {
            paper_id: PaperState(
                paper_id=paper_id,
                title=entries[paper_id].title,
                upvotes=entries[paper_id].upvotes,
                votes=votes.get(paper_id, 0) if people else int("upvote" in marks.get(paper_id, none)),
                marks=marks.get(paper_id, none),
                collections=saved.get(paper_id, ()),
                notes=notes.get(paper_id, 0),
                comments=comments.get(paper_id, 0),
                submitter=self._permissions.name_of(submitters.get(paper_id, "")),
            )
            for paper_id in ids
        }

    def html(self, visitor: str, paper_ids: Sequence[str]) -> Markup:
        """Render the tools of these papers, one element each."""
        return render("tools_of_papers.html", states=self.states(visitor, paper_ids).values())

    def menu_html(self, visitor: str, paper_id: str, menu: PaperMenu) -> Markup:
        """Render a menu of a paper's tools; nothing where the paper is not in the library."""
        state = self.states(visitor, [paper_id]).get(paper_id)
        if state is None:
            return Markup()
        if menu == "save":
            names = [one.name for one in self._pc.library.collections.all(owner=visitor)]
            return render("save_menu.html", state=state, names=names)
        entry = self._pc.library.directory.entries()[paper_id]
        return render("more_menu.html", state=state, choices=_follow_choices(self._pc, visitor, entry))


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
