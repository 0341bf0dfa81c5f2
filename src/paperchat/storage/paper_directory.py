"""The directory: what the catalogue says of each paper, for questions about the library itself."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterable, Mapping, Set
from dataclasses import dataclass
from sys import intern
from typing import Any, Generic, TypeVar

from sqlalchemy import Connection, func, select

from paperchat.storage.catalogue import batches
from paperchat.storage.database import Database, as_utc
from paperchat.storage.filter_resolution import resolve_filters
from paperchat.storage.filters import ResolvedFilters, first_day
from paperchat.storage.name_normalization import person_key
from paperchat.storage.schema import full_texts, paper_categories, papers, submissions
from paperchat.types import Filters

T = TypeVar("T")
_FEW = 500
"""Of so many papers the entries are read alone, and not those of all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectoryEntry:
    """A paper's metadata; what is not known is empty. Dates are ISO.

    Attributes:
        author_keys: the authors' names as they are compared, see `person_key`.
        day: when it was featured, else when somebody submitted it, else its date.
        submitted: the day when somebody submitted it.
        added: when it was ingested, ISO with time, UTC.
        full_text: whether its PDF has been read.
    """

    paper_id: str
    title: str
    authors: tuple[str, ...]
    author_keys: tuple[str, ...]
    arxiv_id: str
    date: str
    featured: str
    submitted: str
    added: str
    upvotes: int | None
    code: str
    project: str
    organization: str
    submitter: str
    keywords: tuple[str, ...]
    categories: tuple[str, ...]
    withdrawn: bool
    full_text: bool

    @property
    def day(self) -> str:
        """When it was featured, else when somebody submitted it, else its date."""
        return self.featured or self.submitted or self.date


class PaperDirectory:
    """The papers' metadata; all of it stays in memory, read anew when the catalogue has changed, once it is asked for.

    Safe to share between threads.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._revision: tuple[int, ...] | None = None
        self._counted: tuple[int, ...] | None = None  # the revision that the share of full texts is of
        self._share_of: tuple[object, ...] = ()
        self._share = 0.0
        self._state: tuple[object, ...] = ()
        self._entries: dict[str, DirectoryEntry] = {}

    def entries(self) -> dict[str, DirectoryEntry]:
        """The entry of each paper by its id, newest day first and then by upvotes; never change the mapping."""
        with self._lock:
            revision = self._database.revision()
            if revision is None or revision != self._revision:
                self._read()
                self._revision = revision
            return self._entries

    def _read(self) -> None:
        """Read all papers anew if the catalogue has other ones."""
        with self._database.reading() as connection:
            state = _state(connection)
            if state != self._state:
                with_full_text = frozenset(connection.execute(select(full_texts.c.paper_id)).scalars())
                rows = connection.execute(select(*_COLUMNS).outerjoin(submissions))
                self._entries = _ordered(rows, with_full_text)
                self._state = state

    def get(self, paper_ids: Iterable[str]) -> dict[str, DirectoryEntry]:
        """The entries of these papers, in the order of `entries`, without reading all; unknown ids are left out."""
        wanted = list(dict.fromkeys(paper_ids))
        if not wanted:
            return {}
        rows: list[Any] = []
        with_full_text: set[str] = set()
        with self._database.reading() as connection:
            for batch in batches(wanted):
                query = select(*_COLUMNS).outerjoin(submissions).where(papers.c.paper_id.in_(batch))
                rows += connection.execute(query)
                read = select(full_texts.c.paper_id).where(full_texts.c.paper_id.in_(batch))
                with_full_text.update(connection.execute(read).scalars())
        return _ordered(rows, with_full_text)

    def full_text_share(self) -> float:
        """Of how many papers the PDF has been read, from 0 to 1."""
        with self._lock:
            revision = self._database.revision()
            if revision is None or revision != self._counted:
                self._share_of, self._share = self._count_full_texts()
                self._counted = revision
            return self._share

    def _count_full_texts(self) -> tuple[tuple[object, ...], float]:
        """What differs after a change of the share, and the share; the papers are counted only where it does."""
        last_change = select(func.max(papers.c.updated_at)).scalar_subquery()
        with self._database.reading() as connection:
            read, changed = connection.execute(select(func.count(full_texts.c.paper_id), last_change)).one()
            if (read, changed) == self._share_of:
                return self._share_of, self._share
            known = connection.execute(select(func.count()).select_from(papers)).scalar_one() if read else 1
        return (read, changed), float(read / max(known, 1))

    def state(self) -> str:
        """Differs from what it was before the papers changed; the same in all processes."""
        with self._database.reading() as connection:
            return ".".join(map(str, _state(connection))).replace(" ", "T")

    def matching(self, filters: Filters, *, among: Set[str] | None = None) -> dict[str, DirectoryEntry]:
        """The entries of the papers that the filters select, in the same order; only those ``among`` some, if given.

        Raises:
            UsageError: a malformed date.
        """
        resolved = resolve_filters(self._database, filters) if filters else ResolvedFilters()
        if resolved is None:
            return {}
        if resolved.papers is not None:
            among = resolved.papers if among is None else among & resolved.papers
        entries = self.entries() if among is None else self.among(among)
        if resolved.is_everything:
            return entries
        selected: Set[str] = entries.keys()
        if resolved.categories:
            matching = select(paper_categories.c.paper_id).where(paper_categories.c.category.in_(resolved.categories))
            with self._database.reading() as connection:
                selected = selected & set(connection.execute(matching).scalars())
        return {
            paper_id: one
            for paper_id, one in entries.items()
            if paper_id in selected
            and (resolved.days is None or resolved.days[0] <= first_day(one.date) <= resolved.days[1])
            and (resolved.basis != "full_text" or one.full_text)
        }

    def among(self, paper_ids: Set[str]) -> dict[str, DirectoryEntry]:
        """The entries of these papers, in the order of `entries`; read alone where they are few."""
        if len(paper_ids) <= _FEW:
            return self.get(paper_ids)
        return {paper_id: one for paper_id, one in self.entries().items() if paper_id in paper_ids}


class DirectoryView(Generic[T]):
    """Something made of the directory's entries, made anew when these have changed; safe to share between threads."""

    def __init__(self, directory: PaperDirectory, make: Callable[[Mapping[str, DirectoryEntry]], T]) -> None:
        self._directory = directory
        self._make = make
        self._lock = threading.Lock()
        self._made: tuple[Mapping[str, DirectoryEntry], T] | None = None

    def current(self) -> T:
        """What is made of the entries of now."""
        entries = self._directory.entries()
        with self._lock:
            if self._made is None or self._made[0] is not entries:
                self._made = entries, self._make(entries)
            return self._made[1]


_COLUMNS = (
    papers.c.paper_id,
    papers.c.title,
    papers.c.authors,
    papers.c.arxiv_id,
    papers.c.date,
    papers.c.categories,
    papers.c.daily,
    papers.c.withdrawn,
    papers.c.added_at,
    submissions.c.submitted_at,
)


def _state(connection: Connection) -> tuple[object, ...]:
    """What differs after every change of what the entries say."""
    known, read = (select(func.count()).select_from(table).scalar_subquery() for table in (papers, full_texts))
    last_submitted = select(func.max(submissions.c.submitted_at)).scalar_subquery()
    return tuple(connection.execute(select(known, func.max(papers.c.updated_at), read, last_submitted)).one())


def _ordered(rows: Iterable[Any], with_full_text: Collection[str]) -> dict[str, DirectoryEntry]:
    shared = _SharedNames()
    entries = [_entry(row, shared, with_full_text) for row in rows]
    entries.sort(key=lambda one: one.paper_id)
    entries.sort(key=lambda one: (one.day, -1 if one.upvotes is None else one.upvotes), reverse=True)
    return {one.paper_id: one for one in entries}


class _SharedNames(dict[str, tuple[str, str]]):
    """Each author's name, and the name as it is compared: once for all papers of a library, as few have only one."""

    def __missing__(self, name: str) -> tuple[str, str]:
        self[name] = name, person_key(name)
        return self[name]


def _entry(row: Any, shared: _SharedNames, with_full_text: Collection[str]) -> DirectoryEntry:
    """The entry of a row; equal texts are one object, as most names and dates occur many times."""
    daily = row.daily
    upvotes = daily.get("upvotes")
    authors = [shared[name] for name in row.authors]
    return DirectoryEntry(
        paper_id=row.paper_id,
        title=row.title,
        authors=tuple(name for name, _ in authors),
        author_keys=tuple(key for _, key in authors),
        arxiv_id=row.arxiv_id,
        date=intern(row.date),
        featured=intern(str(daily.get("featured") or "")),
        submitted=intern(as_utc(row.submitted_at).date().isoformat()) if row.submitted_at else "",
        added=intern(as_utc(row.added_at).isoformat()),
        upvotes=upvotes if isinstance(upvotes, int) else None,
        code=str(daily.get("code") or ""),
        project=str(daily.get("project") or ""),
        organization=intern(str(daily.get("organization") or "")),
        submitter=intern(str(daily.get("submitter") or "")),
        keywords=tuple(intern(str(one)) for one in daily.get("keywords") or ()),
        categories=tuple(map(intern, row.categories)),
        withdrawn=row.withdrawn,
        full_text=row.paper_id in with_full_text,
    )
