"""The index of names, and of the words in the catalogue: finds papers, people and organisations by them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, func, select

from paperchat.errors import LibraryBusyError, StorageError, UnavailableError
from paperchat.storage.catalogue import batches
from paperchat.storage.database import Database, as_utc
from paperchat.storage.errors import is_full
from paperchat.storage.filters import first_day
from paperchat.storage.indexes.term_index import PaperTerms, TermIndex
from paperchat.storage.locks import FolderLock
from paperchat.storage.metadata import read_index_revision
from paperchat.storage.name_normalization import fold, person_key
from paperchat.storage.names.coined_names import coined_names, plain_words
from paperchat.storage.names.title_forms import (
    letter_pairs,
    name_key,
    spellings,
    title_forms,
    title_words,
)
from paperchat.storage.schema import papers, submissions
from paperchat.types import Paper

_RULES = 1
"""To be raised when a paper gets other terms: indexes of earlier rules are made anew."""
_LOCK_TIMEOUT = 600.0
"""In seconds; so long another process may take to index the names of a large library."""
_PATIENCE = 1.0
"""In seconds; so long a question waits for what has just changed."""
_MANY = 5_000
"""With so many changed papers all are indexed anew, which takes no memory for each."""
_PAGE_SIZE = 1000
_MOST_INTRODUCING = 3
"""A name that more papers use is no longer that of one paper."""
_MOST_NAMESAKES = 100
_MOST_NEAR = 100
_REMEMBERED = 100_000
"""Words whose stems were looked for."""
_LONGEST_COMPARED = 24
"""In letters and digits: longer names share pairs of letters with most others."""
_FIELDS = (
    "name",
    "pair",
    "title_word",
    "author",
    "author_shown",
    "author_word",
    "author_letters",
    "surname",
    "organization",
    "organization_shown",
    "organization_word",
    "submitter",
    "coined",
    "coined_new",
    "capitalised",
    "capitalised_new",
    "plain",
    "word",
    "stem",
)
_SEPARATOR = "\t"
_ROWS = select(
    papers.c.paper_id,
    papers.c.title,
    papers.c.abstract,
    papers.c.authors,
    papers.c.arxiv_id,
    papers.c.categories,
    papers.c.date,
    papers.c.daily,
    submissions.c.submitted_at,
).outerjoin_from(papers, submissions)


class NameIndex:
    """The names in a library, kept in its folder; safe to share between threads.

    It follows the catalogue: what has changed there is read before the next look-up after `sync`, by whichever process
    comes first.
    """

    def __init__(self, database: Database, folder: Path, *, analyse: Callable[[str], list[str]]) -> None:
        """``analyse`` gives the stems of a word."""
        self._database = database
        self._stems_of = lru_cache(maxsize=_REMEMBERED)(analyse)
        self._folder = folder
        self._index = TermIndex(folder, _FIELDS)
        self._guard = threading.Lock()
        self._revision: tuple[int, ...] | None = None
        self._seen: dict[str, Any] = {}  # the state of the catalogue that the index is of
        self._mark: tuple[object, ...] | None = None
        self._days: tuple[str, str] | None = None
        self._organizations: dict[str, int] | None = None

    def current(self) -> NameIndex:
        """The index itself, up to date with the catalogue."""
        self.sync()
        return self

    def sync(self) -> None:
        """Bring the index up to date with the catalogue.

        Where another process does so for long, or the disk is full, an index of before stays in use; where none can be
        written, one is made in memory, for this process.

        Raises:
            LibraryBusyError: another process has been making the first index for many minutes.
            StorageError: the catalogue cannot be read.
        """
        if not self._guard.acquire(timeout=_PATIENCE if self._seen else -1):
            return
        try:
            revision = self._database.revision()
            if (revision is None or revision != self._revision) and self._follow():
                self._revision = revision
        finally:
            self._guard.release()

    def clear(self) -> None:
        """Delete the index; the next `sync` makes it anew."""
        with self._guard, self._lock(_LOCK_TIMEOUT):
            self._index.clear()
            self._revision, self._mark, self._seen = None, None, {}

    def _follow(self) -> bool:
        """Whether the index is up to date now."""
        with self._database.reading() as connection:
            mark = _mark(connection)
            if mark == self._mark:  # what has changed is no paper
                return True
            state = _state(connection)
        if is_followed := self._bring_to(state):
            self._mark = mark
        return is_followed

    def _bring_to(self, state: dict[str, Any]) -> bool:
        """Whether the index is of this state of the catalogue, or of a later one, now."""
        if state == self._seen:
            return True
        try:
            self._index.refresh()
            known = self._index.state()
        except StorageError:
            self._begin_anew()
            return True
        if known == state:
            self._see(known)
            return True
        is_usable = known.get("rules") == _RULES
        try:
            with self._lock(_PATIENCE if is_usable else _LOCK_TIMEOUT):
                self._index.refresh()
                self._update()
        except LibraryBusyError:
            if is_usable:
                self._see(known)
                return False
            raise
        except UnavailableError:
            raise
        except StorageError:
            if is_usable and is_full(self._folder):
                self._see(known)
                return False
            self._begin_anew()
        return True

    def _begin_anew(self) -> None:
        """Make a damaged index anew; in memory where the folder cannot be written."""
        try:
            with self._lock(_LOCK_TIMEOUT):
                self._index.clear()
                self._update()
        except UnavailableError:
            raise
        except StorageError:
            self._index = TermIndex(None, _FIELDS)
            self._update()

    def _see(self, state: dict[str, Any]) -> None:
        """Forget what is remembered of another state."""
        if state != self._seen:
            self._seen = state
            self._days = self._organizations = None

    def _lock(self, timeout: float) -> FolderLock:
        return FolderLock(self._folder.with_name(f"{self._folder.name}.lock"), timeout=timeout)

    def _update(self) -> None:
        """Index what has changed since the last time; or everything, where that is much, or the catalogue went back."""
        known = self._index.state()
        with self._database.reading() as connection:
            state = _state(connection)
            if known != state:
                is_older = known.get("rules") == _RULES and known["updated"] <= state["updated"]
                if is_older and _count_changed(connection, known) <= _MANY:
                    self._add_changed(connection, known, state)
                else:
                    self._index.update(state=state, add=map(self._terms, _all_rows(connection)), anew=True)
        self._see(state)

    def _add_changed(self, connection: Connection, known: dict[str, Any], state: dict[str, Any]) -> None:
        changed = list(map(self._terms, _changed_rows(connection, known)))
        ids = [one.paper_id for one in changed]
        present = sum(self._index.count("paper_id", one) for one in ids)
        removed: frozenset[str] = frozenset()
        missing: frozenset[str] = frozenset()
        if self._index.paper_count() + len(ids) - present != state["papers"]:
            in_catalogue = frozenset(connection.execute(select(papers.c.paper_id)).scalars())
            in_index = self._index.paper_ids()
            removed = in_index - in_catalogue
            missing = in_catalogue - in_index - frozenset(ids)
        added = map(self._terms, _rows_of(connection, sorted(missing)))
        self._index.update(state=state, delete=removed, add=chain(changed, added))

    def _terms(self, row: Any) -> PaperTerms:
        daily = row.daily
        organization = str(daily.get("organization") or "")
        names = {key for form, _ in title_forms(row.title, organization) for key in spellings(form)}
        people = {key: name for name in row.authors if (key := person_key(name))}
        coined = set(coined_names(Paper(title=row.title, abstract=row.abstract).own_title, row.abstract))
        submitted = as_utc(row.submitted_at).date().isoformat() if row.submitted_at else ""
        submitter = fold(str(daily.get("submitter") or ""))
        keywords = daily.get("keywords") or ()
        said = (row.title, *row.authors, row.arxiv_id, organization, *keywords, *row.categories)
        words = frozenset(fold(" ".join((*map(str, said), row.abstract))).split())
        return PaperTerms(
            paper_id=row.paper_id,
            day=_day(str(daily.get("featured") or "") or submitted or row.date),
            terms={
                "name": names,
                "pair": {pair for name in names if len(name) <= _LONGEST_COMPARED for pair in letter_pairs(name)},
                "title_word": title_words(row.title),
                "author": people,
                "author_shown": [f"{key}{_SEPARATOR}{name}" for key, name in people.items()],
                "author_word": {f"{word}{_SEPARATOR}{key}" for key in people for word in key.split()},
                "author_letters": {name_key(key) for key in people},
                "surname": {key.split()[-1] for key in people},
                "organization": [key] if (key := fold(organization)) else [],
                "organization_shown": [organization] if organization else [],
                "organization_word": {*map(name_key, organization.split()), name_key(organization)} - {""},
                "submitter": [submitter] if submitter else [],
                "coined": {one.key for one in coined if one.is_formed},
                "coined_new": {one.key for one in coined if one.is_formed and one.is_new},
                "capitalised": {one.key for one in coined if not one.is_formed},
                "capitalised_new": {one.key for one in coined if not one.is_formed and one.is_new},
                "plain": plain_words(row.abstract),
                "word": words,
                "stem": {stem for word in words for stem in self._stems_of(word)},
            },
        )

    # Papers

    def paper_count(self) -> int:
        """How many papers there are."""
        return self._index.paper_count()

    def days(self) -> tuple[str, str]:
        """The day of the oldest and of the newest paper, ISO; empty where none is known to the day."""
        if self._days is None:
            first, last = self._index.days()
            self._days = _iso(first), _iso(last)
        return self._days

    def called(self, keys: Iterable[str]) -> list[str]:
        """The ids of the papers one of whose names has one of these keys, see `name_key`.

        A key that very many papers have is no name.
        """
        named = [key for key in dict.fromkeys(keys) if 0 < self._index.count("name", key) <= _MOST_NAMESAKES]
        return self._index.having_any("name", named, len(named) * _MOST_NAMESAKES)

    def called_nearly(self, key: str, edits: int) -> list[str]:
        """The ids of papers with a name that is at most so many letters, 1 or 2, from this key."""
        return self._index.near("name", key, edits, _MOST_NEAR)

    def called_similarly(self, key: str) -> list[str]:
        """The ids of papers whose short names share most pairs of letters with this key."""
        return self._index.having_most("pair", letter_pairs(key), _MOST_NEAR)

    def introducing(self, key: str, *, is_word: bool) -> tuple[str, ...]:
        """The ids of the papers that introduce something of this name; none where too many use it.

        Args:
            is_word: the key is a word of English.
        """
        sorts = ["coined"]
        if not is_word and not self._index.count("plain", key):
            sorts.append("capitalised")
        using = {one for sort in sorts for one in self._index.having_any(sort, [key], _MOST_INTRODUCING + 1)}
        if not 0 < len(using) <= _MOST_INTRODUCING:
            return ()
        new = {one for sort in sorts for one in self._index.having_any(f"{sort}_new", [key], _MOST_INTRODUCING)}
        return tuple(sorted(new))

    def titled_with(self, words: Iterable[str], limit: int) -> list[str]:
        """The ids of at most ``limit`` papers with each of these words in their titles, see `title_words`."""
        return self._index.having_all("title_word", words, limit)

    def titled_with_nearly(self, word: str) -> list[str]:
        """The ids of papers with a word in their titles that is one letter from this one."""
        return self._index.near("title_word", word, 1, _MOST_NEAR)

    def titles_with(self, word: str) -> int:
        """How many titles have the word, in small letters."""
        return self._index.count("title_word", word)

    def saying(self, words: Mapping[str, str]) -> list[str]:
        """The ids of the papers of which the catalogue says each of the words, in whatever order.

        Args:
            words: each word in small letters, with its stem; longer words that begin with it count, too.
        """
        return self._index.having_each(
            [
                {"word": self._index.beginning_with("word", word), "stem": [stem] if stem else []}
                for word, stem in words.items()
            ]
        )

    # People and organisations

    def papers_by(self, key: str) -> int:
        """How many papers an author has, whose name is given as `person_key` returns it."""
        return self._index.count("author", key)

    def shown_name(self, key: str) -> str:
        """An author's name as most papers write it; empty for nobody's."""
        forms = self._index.terms("author_shown", f"{key}{_SEPARATOR}")
        return max(forms, key=lambda one: one[1])[0].partition(_SEPARATOR)[2] if forms else ""

    def papers_of(self, keys: Iterable[str]) -> list[str]:
        """The ids of the papers that one of these authors has written."""
        return self._index.having_any("author", keys, self._index.paper_count() + 1)

    def possible_authors(self, name: str) -> list[str]:
        """The key of the author of this name, where there is one; else of those who have its longest word in theirs."""
        key = person_key(name)
        if self.papers_by(key):
            return [key]
        longest = max(key.split(), key=len, default="")
        if len(longest) < 2:
            return []
        return self._authors_with(longest)

    def _authors_with(self, word: str) -> list[str]:
        return [
            term.partition(_SEPARATOR)[2] for term in self._index.beginning_with("author_word", f"{word}{_SEPARATOR}")
        ]

    def papers_by_nearly(self, letters: str, edits: int) -> list[str]:
        """The ids of papers with an author whose name has these letters, or differs in at most so many of them."""
        if not edits:
            return self._index.having_any("author_letters", [letters], _MOST_NEAR)
        return self._index.near("author_letters", letters, edits, _MOST_NEAR)

    def papers_by_surname(self, word: str) -> list[str]:
        """The ids of papers with an author whose surname is at most one letter from this word."""
        return self._index.near("surname", word, 1, _MOST_NEAR)

    def organizations(self) -> dict[str, int]:
        """The organisations, with the number of papers of each, most papers first."""
        if self._organizations is None:
            self._organizations = dict(sorted(self._index.terms("organization_shown"), key=lambda one: -one[1]))
        return self._organizations

    def is_organization(self, key: str) -> bool:
        """Whether an organisation has this whole name, as `fold` returns it."""
        return self._index.count("organization", key) > 0

    def is_submitter(self, key: str) -> bool:
        """Whether somebody of this name, as `fold` returns it, submitted a paper."""
        return self._index.count("submitter", key) > 0

    def is_in_names(self, word: str) -> bool:
        """Whether a person or an organisation has the word in its name, as `name_key` returns it."""
        return bool(
            self._index.count("organization_word", word) or self._index.terms("author_word", f"{word}{_SEPARATOR}")
        )


def _mark(connection: Connection) -> tuple[object, ...]:
    """What differs after every change of a paper, and is read without counting them."""
    last_submitted = select(func.max(submissions.c.submitted_at)).scalar_subquery()
    latest = connection.execute(select(func.max(papers.c.updated_at), last_submitted)).one()
    return (read_index_revision(connection), *latest)


def _state(connection: Connection) -> dict[str, Any]:
    """What differs after every change of the catalogue that changes names."""
    last_submitted = select(func.max(submissions.c.submitted_at)).scalar_subquery()
    known = select(func.count()).select_from(papers).scalar_subquery()
    count, updated, submitted = connection.execute(select(known, func.max(papers.c.updated_at), last_submitted)).one()
    return {"rules": _RULES, "papers": count, "updated": _moment(updated), "submitted": _moment(submitted)}


def _moment(value: datetime | None) -> str:
    return as_utc(value).isoformat() if value else ""


def _time(moment: str) -> datetime:
    return datetime.fromisoformat(moment) if moment else datetime.min.replace(tzinfo=UTC)


def _all_rows(connection: Connection) -> Iterator[Any]:
    query = _ROWS.order_by(papers.c.paper_id)
    last = ""
    while page := connection.execute(query.where(papers.c.paper_id > last).limit(_PAGE_SIZE)).all():
        yield from page
        last = page[-1].paper_id


def _count_changed(connection: Connection, since: dict[str, Any]) -> int:
    query = select(func.count()).select_from(papers).where(papers.c.updated_at > _time(since["updated"]))
    return int(connection.execute(query).scalar_one())


def _changed_rows(connection: Connection, since: dict[str, Any]) -> list[Any]:
    submitted = select(submissions.c.paper_id).where(submissions.c.submitted_at > _time(since["submitted"]))
    changes = (papers.c.updated_at > _time(since["updated"]), papers.c.paper_id.in_(submitted))
    # Apart, as each has an index; either one would be looked for in all papers.
    rows = [row for changed in changes for row in connection.execute(_ROWS.where(changed))]
    return list({row.paper_id: row for row in rows}.values())


def _rows_of(connection: Connection, paper_ids: list[str]) -> Iterator[Any]:
    for batch in batches(paper_ids):
        yield from connection.execute(_ROWS.where(papers.c.paper_id.in_(batch)))


def _day(text: str) -> int:
    """A whole day as YYYYMMDD, else 0."""
    return first_day(text) if len(text) == len("YYYY-MM-DD") else 0


def _iso(day: int) -> str:
    return f"{day // 10_000:04}-{day // 100 % 100:02}-{day % 100:02}" if day else ""
