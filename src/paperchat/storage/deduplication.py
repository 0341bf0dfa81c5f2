"""What a batch of incoming papers changes in the library; pure, given what the library knows of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any, Literal

from paperchat.storage.normalization import arxiv_key, doi_key, surname, title_key
from paperchat.types import Paper, StoredPaper

KeyKind = Literal["arxiv", "doi", "title", "alias", "key"]

_FILLED = ("abstract", "authors", "arxiv_id", "doi", "date", "categories", "url", "pdf_url", "comment")
_SUPERSEDED = ("title", "abstract", "comment", "authors", "url", "pdf_url")
_CLEAR_WORDS, _CLEAR_CHARACTERS = 3, 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """What a paper can be recognised by, each empty when absent."""

    arxiv: str
    doi: str
    title: str
    surname: str
    given: str

    def lookups(self) -> tuple[tuple[KeyKind, str], ...]:
        """The keys to look up, and to keep, strongest first."""
        if self.given:
            return (("key", self.given),)
        kinds: tuple[tuple[KeyKind, str], ...] = (
            ("arxiv", self.arxiv),
            ("doi", self.doi),
            ("title", self.title),
        )
        return tuple((kind, value) for kind, value in kinds if value)


def keys_of(paper: Paper) -> Keys:
    return Keys(
        arxiv=arxiv_key(paper.arxiv_id) or paper.arxiv_id.strip().lower() or arxiv_key(paper.doi),
        doi=doi_key(paper.doi),
        title=title_key(paper.title),
        surname=surname(paper.authors[0]) if paper.authors else "",
        given=paper.key,
    )


def identify(paper: Paper) -> str:
    """The paper's id: ``arxiv:2410.14182``, ``doi:10.1/x``, ``title:`` and 16 hex digits, or ``key:`` …"""
    keys = keys_of(paper)
    if keys.given:
        return f"key:{keys.given}"
    if keys.arxiv:
        return f"arxiv:{keys.arxiv}"
    if keys.doi:
        return f"doi:{keys.doi}"
    return f"title:{sha256(f'{keys.title}|{keys.surname}'.encode()).hexdigest()[:16]}"


def is_stronger(paper_id: str, other: str) -> bool:
    order = ("title", "doi", "arxiv", "key")
    return order.index(paper_id.partition(":")[0]) > order.index(other.partition(":")[0])


def conflict(one: Keys, other: Keys) -> bool:
    """Whether the ids of the two say that they are different papers."""
    return bool(
        (one.arxiv and other.arxiv and one.arxiv != other.arxiv) or (one.doi and other.doi and one.doi != other.doi)
    )


def same_by_title(one: Keys, other: Keys) -> bool:
    """Whether two papers of equal title keys are one paper.

    A short title says little, so both must then name the same first author; otherwise one may name none.
    """
    if conflict(one, other):
        return False
    if one.surname and other.surname:
        return one.surname == other.surname
    return len(one.title.split()) >= _CLEAR_WORDS or len(one.title) >= _CLEAR_CHARACTERS


def merge(existing: Paper, incoming: Paper) -> Paper:
    """The two as one: ``existing`` wins and its empty fields are filled.

    A higher arXiv version, both being known, supersedes title, abstract, comment, authors and addresses where
    it has them, and says whether the paper is withdrawn. Of ``daily`` the earliest featured day and the highest
    count of upvotes are kept. Merging the same papers again in the same order changes nothing.
    """
    changes: dict[str, Any] = {name: getattr(incoming, name) for name in _FILLED if not getattr(existing, name)}
    changes["withdrawn"] = existing.withdrawn or (incoming.withdrawn and not supersedes(existing, incoming))
    if not existing.version:
        changes["version"] = incoming.version
    elif supersedes(incoming, existing):
        changes |= {"version": incoming.version, "withdrawn": incoming.withdrawn}
        changes |= {name: getattr(incoming, name) for name in _SUPERSEDED if getattr(incoming, name)}
    changes["daily"] = _merge_daily(existing.daily, incoming.daily)
    return replace(existing, **changes)


def supersedes(newer: Paper, older: Paper) -> bool:
    """Whether both are versions of one arXiv paper, and ``newer`` is the later one; a version unknown says nothing."""
    return newer.version > older.version > 0 and keys_of(older).arxiv in ("", keys_of(newer).arxiv)


def _merge_daily(existing: Mapping[str, Any], incoming: Mapping[str, Any]) -> dict[str, Any]:
    given = {name: value for name, value in incoming.items() if _is_given(value)}
    merged = {
        **existing,
        **{name: value for name, value in given.items() if not _is_given(existing.get(name))},
    }
    for name, better in (("featured", min), ("upvotes", max)):
        if name in given:
            merged[name] = better(merged[name], given[name])
    return merged


def _is_given(value: object) -> bool:
    return value is not None and value not in ("", [], (), {})


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
