"""`Reading`: what one owner follows, saves, notes and asks again, and digests of it; what apps use."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from paperchat.errors import UsageError
from paperchat.reading.listing_sizes import DEFAULT_DAYS, DEFAULT_PAPERS
from paperchat.storage.readers.follows import Follow, FollowKind, follow_key
from paperchat.text.describe import passage_location
from paperchat.types import Quote, StoredPaper

if TYPE_CHECKING:
    from paperchat.reading.digest import Digest, DigestPaper, DigestSpan, DigestWriter, FollowedPaper
    from paperchat.reading.feed_entries import Feed, FeedKind, FeedMaker
    from paperchat.reading.recommendations import PaperRecommender
    from paperchat.reading.standing_answers import AnswerChange, StandingCheck, StandingQuestionChecker
    from paperchat.storage.library import Library
    from paperchat.storage.readers.collections_of_papers import PaperCollection
    from paperchat.storage.readers.paper_marks import MarkKind
    from paperchat.storage.readers.paper_notes import PaperNote
    from paperchat.storage.readers.standing_questions import StandingQuestion

_MAX_QUOTE_LENGTH = 5_000  # characters


class Reading:
    """The reading of one owner; safe to share between threads. Nothing of it leaves the machine by itself."""

    def __init__(
        self,
        *,
        library: Library,
        digests: Callable[[], DigestWriter],
        checker: Callable[[], StandingQuestionChecker],
        feeds: Callable[[], FeedMaker],
        recommender: Callable[[], PaperRecommender],
        owner: str,
    ) -> None:
        self.owner = owner
        self._library = library
        self._digests = digests
        self._checker = checker
        self._feeds = feeds
        self._recommender = recommender

    def follow(self, kind: FollowKind, name: str) -> Follow:
        """Follow a topic in free words, an author or an organisation.

        Raises:
            UsageError: the name is no line of text, or too much is followed.
        """
        return self._library.follows.add(kind, name, owner=self.owner)

    def unfollow(self, name: str, kind: FollowKind | None = None) -> Follow:
        """Follow something no longer, by its name or id.

        Raises:
            NotFoundError: it is not followed.
            UsageError: several things of this name are.
        """
        follow = self._library.follows.get(name, owner=self.owner, kind=kind)
        self._library.follows.remove(follow)
        return follow

    def follows(self) -> list[Follow]:
        """What is followed: topics, authors, organisations."""
        return self._library.follows.all(owner=self.owner)

    def is_followed(self, kind: FollowKind, name: str) -> bool:
        """Whether this is followed, in whichever case or accents it is written."""
        keys = {follow_key(one.kind, one.name) for one in self.follows() if one.kind == kind}
        return follow_key(kind, name) in keys

    def save(self, collection: str, paper_ids: Iterable[str]) -> PaperCollection:
        """Save papers, by any of their ids, to the collection of this name; a new name makes one.

        Raises:
            NotFoundError: a paper is not in the library; none is saved.
            UsageError: an invalid name.
        """
        return self._library.collections.save(collection, self._current_ids(paper_ids), owner=self.owner)

    def unsave(self, collection: str, paper_ids: Iterable[str]) -> int:
        """Take papers out of a collection; how many were in it.

        Raises:
            NotFoundError: there is no such collection, or a paper is not in the library.
        """
        found = self._library.collections.get(collection, owner=self.owner)
        return self._library.collections.unsave(found, self._current_ids(paper_ids))

    def collections(self) -> list[PaperCollection]:
        """The collections by name."""
        return self._library.collections.all(owner=self.owner)

    def saved(self, collection: str) -> list[StoredPaper]:
        """The papers of a collection, the latest saved first.

        Raises:
            NotFoundError: there is no such collection.
        """
        found = self._library.collections.get(collection, owner=self.owner)
        ids = list(self._library.collections.paper_ids(found))
        papers = self._library.papers(ids)
        return [papers[one] for one in ids if one in papers]

    def delete_collection(self, collection: str) -> PaperCollection:
        """Delete a collection; its papers stay in the library.

        Raises:
            NotFoundError: there is no such collection.
        """
        found = self._library.collections.get(collection, owner=self.owner)
        self._library.collections.delete(found)
        return found

    def mark(self, kind: MarkKind, paper_id: str, *, on: bool = True) -> None:
        """Mark a paper, by any of its ids, as read, upvoted or of no interest; or take the mark away.

        Raises:
            NotFoundError: the paper is not in the library.
        """
        self._library.marks.put(kind, self._library.paper(paper_id).paper_id, owner=self.owner, on=on)

    def marked(self, kind: MarkKind) -> list[StoredPaper]:
        """The papers that have this mark, the latest marked first."""
        moments = self._library.marks.papers(kind, owner=self.owner)
        ids = sorted(moments, key=lambda one: (moments[one], one), reverse=True)
        papers = self._library.papers(ids)
        return [papers[one] for one in ids if one in papers]

    def add_note(self, paper_id: str, text: str, *, quote: str = "") -> PaperNote:
        """Write a note on a paper, by any of its ids, or on words of its text.

        Args:
            quote: words that the paper has, whatever the white space between them.

        Raises:
            NotFoundError: the paper is not in the library.
            UsageError: the note is blank or too long, there are too many, or the paper has no such words.
        """
        stored = self._library.paper(paper_id)
        found = self._find_quote(stored, quote) if quote.strip() else None
        return self._library.notes.add(
            stored.paper_id,
            text,
            quote=found.text if found else "",
            location=passage_location(found.passage, found.start) if found else "",
            owner=self.owner,
        )

    def edit_note(self, note_id: str, text: str) -> PaperNote:
        """Replace the text of a note, by its id or the beginning of it.

        Raises:
            NotFoundError: there is none.
            UsageError: the text is blank or too long, or several ids begin so.
        """
        return self._library.notes.edit(self._library.notes.get(note_id, owner=self.owner), text)

    def delete_note(self, note_id: str) -> PaperNote:
        """Delete a note, by its id or the beginning of it.

        Raises:
            NotFoundError: there is none.
            UsageError: several ids begin so.
        """
        found = self._library.notes.get(note_id, owner=self.owner)
        self._library.notes.delete(found)
        return found

    def notes(self, paper_ids: Iterable[str] | None = None) -> list[PaperNote]:
        """The notes, the latest written first; where papers are given, by any of their ids, those on them.

        Raises:
            NotFoundError: a paper is not in the library.
        """
        ids = None if paper_ids is None else self._current_ids(paper_ids)
        return self._library.notes.all(owner=self.owner, paper_ids=ids)

    def add_standing_question(self, question: str) -> StandingCheck:
        """Keep a question and ask it: `check_standing_questions` says how later answers differ.

        Raises:
            UsageError: the question is blank or too long, or there are too many.
        """
        return self._checker().add(question, owner=self.owner)

    def standing_questions(self) -> list[StandingQuestion]:
        """The standing questions in the order in which they were added."""
        return self._library.standing_questions.all(owner=self.owner)

    def check_standing_questions(self, *, again: bool = False) -> list[StandingCheck]:
        """Ask those again since whose last asking papers have arrived; with ``again``, all of them."""
        return self._checker().check(owner=self.owner, again=again)

    def standing_history(self, question: str) -> list[AnswerChange]:
        """The first answer to a standing question, by its text, id or number, and how it changed since.

        Raises:
            NotFoundError: there is none.
        """
        return self._checker().history(self._library.standing_questions.get(question, owner=self.owner))

    def see_standing_changes(self, until: datetime) -> None:
        """Record that the owner has seen how the answers to standing questions changed until this time."""
        self._library.standing_questions.mark_seen(until, owner=self.owner)

    def remove_standing_question(self, question: str) -> StandingQuestion:
        """Remove a standing question, by its text, id or number, with its answers.

        Raises:
            NotFoundError: there is none.
        """
        found = self._library.standing_questions.get(question, owner=self.owner)
        self._library.standing_questions.remove(found)
        return found

    def digest(self, span: DigestSpan = "day", *, until: str = "", most: int = DEFAULT_PAPERS) -> Digest:
        """The top papers of a day or a week, and the standing questions that changed, which are asked again first.

        Args:
            until: the last day, ISO; by default the newest of the library.

        Raises:
            UsageError: a malformed day or number of papers.
        """
        self._checker().check(owner=self.owner)
        return self._digests().write(owner=self.owner, span=span, until=until, most=most)

    def for_you(self, *, days: int = DEFAULT_DAYS, most: int = 20) -> list[DigestPaper]:
        """The papers of the library's last ``days`` that are near what is followed, saved or upvoted, each with why.

        Raises:
            UsageError: ``days`` or ``most`` is out of range.
        """
        return self._recommender().recommend(owner=self.owner, days=days, most=most)

    def ranked_for_you(self, *, until: str, days: int = DEFAULT_DAYS, most: int = 20) -> list[FollowedPaper]:
        """As `for_you` without quotes, which take time; the days end with ``until``, ISO.

        Raises:
            UsageError: ``days`` or ``most`` is out of range.
        """
        return self._recommender().rank(owner=self.owner, until=until, days=days, most=most)

    def feed(self, kind: FeedKind, subject: str = "") -> Feed:
        """The newest papers of a day, a topic, an author, an organisation or a collection, or a question's answers.

        Raises:
            UsageError: the subject is not a day or a line of text.
            NotFoundError: there is no such collection or standing question.
        """
        return self._feeds().make(kind, subject, owner=self.owner)

    def _find_quote(self, stored: StoredPaper, words: str) -> Quote:
        """The first stretch of the paper's passages that has these words."""
        if len(words) > _MAX_QUOTE_LENGTH:
            raise UsageError(f"a quote has at most {_MAX_QUOTE_LENGTH:,} characters: shorten it")
        pattern = re.compile(r"\s+".join(map(re.escape, words.split())))
        for passage in self._library.passages_of(stored.paper_id):
            if match := pattern.search(passage.text):
                return Quote(passage=passage, start=match.start(), end=match.end())
        raise UsageError(f"{stored.paper_id} does not have these words: quote its text exactly")

    def _current_ids(self, paper_ids: Iterable[str]) -> list[str]:
        return [self._library.paper(one).paper_id for one in paper_ids]
