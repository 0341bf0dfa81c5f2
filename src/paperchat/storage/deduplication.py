"""What a batch of incoming papers changes in the library; pure, given what the library knows of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from paperchat.storage.identity import (
    KeyKind,
    conflict,
    identify,
    is_stronger,
    keys_of,
    merge,
    same_by_title,
    supersedes,
)
from paperchat.types import Paper, StoredPaper

ChangeKind = Literal["added", "updated", "unchanged"]
Key = tuple[KeyKind, str]

_INDEXED_FIELDS = ("title", "abstract", "date", "categories")


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What one incoming paper does: ``stored`` is the paper as it will be once the whole batch is in.

    ``reindex`` asks for its passages to be made anew; of the changes of one paper in a batch only one asks.
    ``old_ids`` are the ids under which the library held it so far; they stay valid as aliases. ``earlier`` are
    versions of it that are not, or are no longer, the one to answer from.
    """

    kind: ChangeKind
    stored: StoredPaper
    reindex: bool = False
    old_ids: tuple[str, ...] = ()
    earlier: tuple[Paper, ...] = ()

    @property
    def old_id(self) -> str | None:
        return self.old_ids[0] if self.old_ids else None


@dataclass(slots=True, eq=False)
class _Entry:
    """One paper while the batch is gone through; ``within`` is the entry that has absorbed it."""

    paper_id: str
    paper: Paper
    originals: list[StoredPaper] = field(default_factory=list)
    earlier: dict[int, Paper] = field(default_factory=dict)
    within: _Entry | None = None

    def root(self) -> _Entry:
        return self.within.root() if self.within else self


def lookups(papers: Iterable[Paper]) -> set[Key]:
    """The keys by which the library may know these papers; ``alias`` stands for ids, present or old."""
    found: set[Key] = set()
    for paper in papers:
        found.update(keys_of(paper).lookups())
        found.add(("alias", identify(paper)))
    return found


def resolve(
    papers: Sequence[Paper], *, holders: Mapping[Key, Sequence[str]], known: Mapping[str, StoredPaper]
) -> list[Change]:
    """One change for each paper, in order.

    ``holders`` gives the ids of the papers that have each key of ``lookups``, and ``known`` those papers.
    """
    index: dict[Key, list[_Entry]] = defaultdict(list)
    entries = {paper_id: _Entry(paper_id, stored.paper, [stored]) for paper_id, stored in known.items()}
    for key, paper_ids in holders.items():
        index[key] = [entries[paper_id] for paper_id in paper_ids if paper_id in entries]
    for paper_id, entry in entries.items():
        index["alias", paper_id].append(entry)
    taken = [_take(paper, index) for paper in papers]
    return _changes(taken)


def _take(incoming: Paper, index: dict[Key, list[_Entry]]) -> tuple[_Entry, bool]:
    """The entry that the paper belongs to, and whether it changed it."""
    matches = _matches(incoming, index)
    if matches:
        entry = matches[0]
        before = (entry.paper, entry.paper_id)
        for newer, older in ((incoming, entry.paper), (entry.paper, incoming)):
            if supersedes(newer, older):
                entry.earlier[older.version] = older
        entry.paper = merge(entry.paper, incoming)
        for other in matches[1:]:
            _absorb(entry, other)
        found = identify(entry.paper)
        if is_stronger(found, entry.paper_id):
            entry.paper_id = found
        changed = len(matches) > 1 or (entry.paper, entry.paper_id) != before
    else:
        entry, changed = _Entry(identify(incoming), incoming), True
    keys = lookups([entry.paper, incoming])
    keys.add(("alias", entry.paper_id))
    for key in keys:
        if entry not in index[key]:
            index[key].append(entry)
    return entry, changed


def _matches(incoming: Paper, index: Mapping[Key, list[_Entry]]) -> list[_Entry]:
    """Entries of the same paper, the surest first; the later ones agree with the first, too."""
    keys = keys_of(incoming)
    found: dict[_Entry, None] = {}
    strong = [key for key in keys.lookups() if key[0] != "title"]
    for key in (*strong, ("alias", identify(incoming))):
        for entry in map(_Entry.root, index.get(key, ())):
            theirs = keys_of(entry.paper)
            if key[0] == "doi" and keys.arxiv and theirs.arxiv and keys.arxiv != theirs.arxiv:
                continue
            found[entry] = None
    if not keys.given:
        for entry in map(_Entry.root, index.get(("title", keys.title), ())):
            if same_by_title(keys, keys_of(entry.paper)):
                found[entry] = None
    if not found:
        return []
    first, *others = found
    mine = keys_of(merge(first.paper, incoming))
    agreeing = [
        entry
        for entry in others
        if not conflict(mine, theirs := keys_of(entry.paper))
        and (not mine.surname or not theirs.surname or mine.surname == theirs.surname)
    ]
    return [first, *agreeing]


def _absorb(entry: _Entry, other: _Entry) -> None:
    entry.paper = merge(entry.paper, other.paper)
    entry.originals += other.originals
    entry.earlier = other.earlier | entry.earlier
    other.within = entry


def _changes(taken: Sequence[tuple[_Entry, bool]]) -> list[Change]:
    seen: set[_Entry] = set()
    asked: set[_Entry] = set()
    changes: list[Change] = []
    for touched, changed in taken:
        entry = touched.root()
        kind: ChangeKind = "updated" if changed else "unchanged"
        first = entry not in seen
        if first and not entry.originals:
            kind = "added"
        seen.add(entry)
        stored = StoredPaper(paper_id=entry.paper_id, paper=entry.paper)
        asking = kind != "unchanged" and entry not in asked
        if asking:
            asked.add(entry)
        changes.append(
            Change(
                kind=kind,
                stored=stored,
                reindex=asking and _must_reindex(entry),
                old_ids=_old_ids(entry) if asking else (),
                earlier=_earlier(entry) if first else (),
            )
        )
    return changes


def _old_ids(entry: _Entry) -> tuple[str, ...]:
    return tuple(stored.paper_id for stored in entry.originals if stored.paper_id != entry.paper_id)


def _earlier(entry: _Entry) -> tuple[Paper, ...]:
    return tuple(paper for _, paper in sorted(entry.earlier.items()))


def _must_reindex(entry: _Entry) -> bool:
    if not entry.originals or _old_ids(entry):
        return True
    original = entry.originals[0].paper
    return any(getattr(original, name) != getattr(entry.paper, name) for name in _INDEXED_FIELDS)
