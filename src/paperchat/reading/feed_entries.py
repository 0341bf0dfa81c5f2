"""Feeds: the newest papers of a day, topic, author, organisation or collection, and the answers to a question."""

from __future__ import annotations

import threading
import uuid
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, cast
from urllib.parse import urlencode

from paperchat.errors import UsageError
from paperchat.reading.digest import DigestPaper, DigestWriter, FollowedPaper, ListingReason
from paperchat.reading.standing_answers import AnswerChange, StandingQuestionChecker
from paperchat.render.digest_wording import change_summary
from paperchat.storage.library import Library
from paperchat.storage.paper_directory import DirectoryEntry
from paperchat.storage.readers.follows import Follow, FollowKind
from paperchat.storage.readers.owned_rows import validated_line
from paperchat.text.describe import one_line, paper_link
from paperchat.types import Citation, StoredPaper
from paperchat.understanding.paper_selection import listed_day, of_last_days

FeedKind = Literal["day", "topic", "author", "organization", "collection", "standing"]
MAX_ENTRIES = 30
_TOPIC_DAYS = 60
"""A topic is looked for in the papers of so many days."""
_MAX_TOPIC_PAPERS = 1_000
_MAX_CACHED = 64
_EPOCH = "1970-01-01T00:00:00+00:00"


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedEntry:
    """A paper, or how an answer changed, with its quotes.

    Attributes:
        key: what identifies it for good, a UUID.
        link: of the paper; empty without one.
        updated: ISO 8601 with its zone.
        note: why it is there, or what happened, in one line.
        text: the abstract.
    """

    key: uuid.UUID
    title: str
    link: str
    authors: tuple[str, ...]
    updated: str
    note: str
    quotes: tuple[Citation, ...]
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """The newest entries, newest first; ``updated`` is that of the newest one."""

    key: uuid.UUID
    title: str
    updated: str
    entries: tuple[FeedEntry, ...]


def feed_address(origin: str, kind: FeedKind, subject: str = "", *, token: str = "") -> str:
    """Where a feed is served by the window at ``origin``."""
    query = urlencode({name: value for name, value in (("of", subject), ("token", token)) if value})
    return f"{origin}/feeds/{kind}.atom" + (f"?{query}" if query else "")


class FeedMaker:
    """Makes the feeds of a library; safe to share between threads."""

    def __init__(self, *, library: Library, digests: DigestWriter, checker: StandingQuestionChecker) -> None:
        self._library = library
        self._digests = digests
        self._checker = checker
        self._lock = threading.Lock()
        self._made: OrderedDict[tuple[str, FeedKind, str], Feed] = OrderedDict()

    def make(self, kind: FeedKind, subject: str, *, owner: str = "") -> Feed:
        """The feed of a day (the newest ones without a ``subject``), of a name, or of what the owner keeps.

        Raises:
            UsageError: the subject is not a day or a line of text.
            NotFoundError: the owner has no such collection or standing question.
        """
        if kind not in ("collection", "standing"):
            return self._of_papers(kind, subject)
        if kind == "collection":
            title, entries = self._collection(subject, owner)
        else:
            title, entries = self._standing(subject, owner)
        return self._feed(kind, title, entries, owner=owner)

    def is_ready(self, kind: FeedKind, subject: str) -> bool:
        """Whether making the feed takes no search."""
        if kind in ("day", "collection", "standing"):
            return True
        with self._lock:
            return (self._library.standing_questions.library_state(), kind, subject) in self._made

    def _of_papers(self, kind: FeedKind, subject: str) -> Feed:
        """The feed of a day or a name, which is made anew only when the library has changed."""
        key = (self._library.standing_questions.library_state(), kind, subject)
        with self._lock:
            if key in self._made:
                self._made.move_to_end(key)
                return self._made[key]
        title, entries = self._day(subject) if kind == "day" else self._followed(cast(FollowKind, kind), subject)
        made = self._feed(kind, title, entries)
        with self._lock:
            self._made[key] = made
            if len(self._made) > _MAX_CACHED:
                self._made.popitem(last=False)
        return made

    def _feed(self, kind: FeedKind, title: str, entries: Sequence[FeedEntry], *, owner: str = "") -> Feed:
        identity = "\x1f".join((self._library.signing_key(), owner, kind, title))
        return Feed(
            key=uuid.uuid5(uuid.NAMESPACE_OID, identity),
            title=title,
            updated=max((one.updated for one in entries), default=_EPOCH),
            entries=tuple(sorted(entries, key=lambda one: one.updated, reverse=True)),
        )

    def _day(self, day: str) -> tuple[str, list[FeedEntry]]:
        if day:
            try:
                date.fromisoformat(day)
            except ValueError as error:
                raise UsageError(f"{one_line(day)!r} is not a day: write YYYY-MM-DD") from error
        entries = [one for one in self._entries() if not day or listed_day(one) == day]
        return f"Papers of {day}" if day else "New papers", self._papers(_as_new(entries[:MAX_ENTRIES]))

    def _followed(self, kind: FollowKind, name: str) -> tuple[str, list[FeedEntry]]:
        line = validated_line(name, noun=f"name of the {kind}")
        follow = Follow(follow_id="", kind=kind, name=line)
        entries = self._entries()
        if kind == "topic" and entries:
            entries = of_last_days(entries, _TOPIC_DAYS)[:_MAX_TOPIC_PAPERS]
        found = {one.entry.paper_id: one for one in self._digests.followed(entries, [follow])}
        newest = [found[one.paper_id] for one in entries if one.paper_id in found]
        noun = "organisation" if kind == "organization" else kind
        return f"New papers of the {noun} {line}" if kind != "topic" else f"New papers on {line}", self._papers(newest)

    def _collection(self, name: str, owner: str) -> tuple[str, list[FeedEntry]]:
        collection = self._library.collections.get(name, owner=owner)
        saved = self._library.collections.paper_ids(collection)
        entries = self._library.directory.entries()
        reason = ListingReason(text=f"saved to {collection.name}")
        listed = [
            FollowedPaper(entry=entries[one], strength=1.0, reasons=(reason,), topic=None)
            for one in list(saved)[:MAX_ENTRIES]
            if one in entries
        ]
        return f"Collection {collection.name}", self._papers(listed, updated=saved)

    def _standing(self, question: str, owner: str) -> tuple[str, list[FeedEntry]]:
        kept = self._library.standing_questions.get(question, owner=owner)
        history = self._checker.history(kept)[-MAX_ENTRIES:]
        return kept.question, [_answer_entry(one) for one in history]

    def _entries(self) -> list[DirectoryEntry]:
        """All papers, newest day first."""
        return [one for one in self._library.directory.entries().values() if not one.withdrawn]

    def _papers(self, papers: Sequence[FollowedPaper], *, updated: dict[str, str] | None = None) -> list[FeedEntry]:
        added = {one.entry.paper_id: one.entry.added for one in papers}
        return [
            _paper_entry(one, (updated or added)[one.paper.paper_id])
            for one in self._digests.with_quotes(papers[:MAX_ENTRIES])
        ]


def _as_new(entries: Sequence[DirectoryEntry]) -> list[FollowedPaper]:
    return [
        FollowedPaper(
            entry=one, strength=0.0, reasons=(ListingReason(text=f"listed on {listed_day(one)}"),), topic=None
        )
        for one in entries
    ]


def _paper_entry(listed: DigestPaper, updated: str) -> FeedEntry:
    stored: StoredPaper = listed.paper
    return FeedEntry(
        key=uuid.uuid5(uuid.NAMESPACE_URL, f"paperchat:{stored.paper_id}"),
        title=one_line(stored.paper.title),
        link=paper_link(stored.paper),
        authors=stored.paper.authors,
        updated=updated,
        note="; ".join(one.text for one in listed.reasons),
        quotes=(listed.quote,) if listed.quote else (),
        text=stored.paper.abstract,
    )


def _answer_entry(change: AnswerChange) -> FeedEntry:
    return FeedEntry(
        key=uuid.uuid5(uuid.NAMESPACE_OID, f"{change.question.question_id}:{change.answer.id}"),
        title=change.question.question,
        link="",
        authors=(),
        updated=change.found,
        note=change_summary(change),
        quotes=change.new,
    )
