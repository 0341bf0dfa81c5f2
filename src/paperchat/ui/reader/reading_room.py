"""The room Reading: what the visitor follows, saves, notes and keeps asking, what is new of it, feeds and digests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from gradio import EventData, Request
from markupsafe import Markup

from paperchat.access.permissions import Permissions
from paperchat.errors import NotFoundError
from paperchat.reading.feed_entries import FeedKind, feed_address
from paperchat.reading.standing_answers import AnswerChange
from paperchat.render.digest_wording import change_summary, quotes_by_paper
from paperchat.storage.readers.collections_of_papers import PaperCollection
from paperchat.storage.readers.follows import FollowKind
from paperchat.storage.readers.paper_notes import MAX_NOTE_LENGTH
from paperchat.storage.readers.standing_questions import StandingQuestion
from paperchat.ui.components import NOT_YOURS, render, text_value, visitor_of
from paperchat.ui.reader.notes_panel import NOTE_EXPORTS, noted_papers
from paperchat.understanding.calendar_days import name_day

if TYPE_CHECKING:
    from paperchat.assistant import PaperChat
    from paperchat.reading.owner_reading import Reading

_KIND_NAMES: Mapping[FollowKind, str] = {"topic": "Topics", "author": "Authors", "organization": "Organisations"}
_EXPORTS: dict[str, str] = {"bibtex": "BibTeX", "ris": "RIS"}
_MAX_SHOWN_PAPERS = 500
_MAX_NOTED_PAPERS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingView:
    """A standing question with how its answer changed.

    Attributes:
        asked: the day when it was asked last, in words.
        latest: the latest change, or the first answer; ``None`` before it was asked.
        found: the day of that, in words.
        unseen: the changes that the owner has not seen, the latest first.
    """

    question: StandingQuestion
    asked: str
    latest: AnswerChange | None
    found: str
    is_first: bool
    unseen: Sequence[AnswerChange]


class ReadingHandlers:
    """Gradio handlers: each returns which collection is open, if any, and the HTML of the visitor who asks."""

    def __init__(self, pc: PaperChat, *, permissions: Permissions, has_mail: bool) -> None:
        self._pc = pc
        self._permissions = permissions
        self._has_mail = has_mail

    def load(self, request: Request) -> tuple[str, str]:
        """Show the collection that the page's address names, else the room."""
        return self._shown(str(request.query_params.get("collection", "")), request)

    def open(self, event: EventData, request: Request) -> tuple[str, str]:
        """Show a collection, or without an id the room."""
        return self._shown(text_value(event._data, "id"), request)

    def renew(self, opened: str, request: Request) -> tuple[str, str]:
        """Show the same anew."""
        return self._shown(opened, request)

    def _shown(self, collection_id: str, request: Request) -> tuple[str, str]:
        visitor, notice = visitor_of(request), ""
        if collection_id:
            try:
                return collection_id, collection_html(self._pc, visitor, collection_id)
            except NotFoundError:
                notice = NOT_YOURS.format("collection")
        may_note = self._permissions.may_note
        return "", reading_html(self._pc, visitor, may_note=may_note, has_mail=self._has_mail, notice=notice)


def reading_html(pc: PaperChat, visitor: str, *, may_note: bool, has_mail: bool, notice: str = "") -> Markup:
    """Render the room; ``has_mail`` says whether digests can be subscribed to."""
    reading = pc.reading(visitor)
    noted = noted_papers(pc, reading.notes())
    follows, state = reading.follows(), pc.library.standing_questions.library_state()
    questions = list(_standing_views(pc, reading))
    return render(
        "reading_room.html",
        notice=notice,
        follows={name: [one for one in follows if one.kind == kind] for kind, name in _KIND_NAMES.items()},
        kinds={"topic": "Topic", "author": "Author", "organization": "Organisation"},
        collections=reading.collections(),
        noted=noted[:_MAX_NOTED_PAPERS],
        noted_left=len(noted[_MAX_NOTED_PAPERS:]),
        note_exports=NOTE_EXPORTS,
        may_note=may_note,
        longest=MAX_NOTE_LENGTH,
        questions=questions,
        have_papers_arrived=any(one.question.library_state != state for one in questions),
        subscriptions=pc.library.subscriptions.all(owner=visitor),
        has_mail=has_mail,
        exports=_EXPORTS,
        feed=lambda kind, subject="": _signed_feed(pc, visitor, kind, subject),
        change_summary=change_summary,
        quotes_by_paper=quotes_by_paper,
    )


def collection_html(pc: PaperChat, visitor: str, collection_id: str) -> Markup:
    """Render a collection with its papers.

    Raises:
        NotFoundError: the visitor has no such collection.
    """
    collection: PaperCollection = pc.library.collections.get(collection_id, owner=visitor)
    papers = pc.reading(visitor).saved(collection.name)
    return render(
        "collection.html",
        collection=collection,
        papers=papers[:_MAX_SHOWN_PAPERS],
        note_count=sum(pc.library.notes.counts([one.paper_id for one in papers], owner=visitor).values()),
        exports=_EXPORTS | {"markdown": "Markdown"},
        feed=_signed_feed(pc, visitor, "collection", collection.name),
    )


def _signed_feed(pc: PaperChat, visitor: str, kind: FeedKind, subject: str) -> str:
    """The address of a feed that a feed reader, which cannot log in, may follow."""
    return feed_address("", kind, subject, token=pc.components.tokens.sign("feed", [visitor, kind, subject]))


def _standing_views(pc: PaperChat, reading: Reading) -> Iterator[StandingView]:
    for question in reading.standing_questions():
        history: Sequence[AnswerChange] = pc.components.standing_questions.history(question)
        latest = history[-1] if history else None
        yield StandingView(
            question=question,
            asked=name_day(question.asked[:10]),
            latest=latest,
            found=name_day(latest.found[:10]) if latest else "",
            is_first=len(history) == 1,
            unseen=[one for one in reversed(history[1:]) if not question.seen or _is_after(one.found, question.seen)],
        )


def _is_after(moment: str, other: str) -> bool:
    return datetime.fromisoformat(moment) > datetime.fromisoformat(other)
