"""Recognises papers that are the same, merges them, and works out what a batch changes. Pure functions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any, Literal

from paperchat.storage.name_normalization import arxiv_key, doi_key, surname, title_key
from paperchat.types import Paper, StoredPaper

KeyKind = Literal["arxiv", "doi", "title", "alias", "key"]
Key = tuple[KeyKind, str]
ChangeKind = Literal["added", "updated", "unchanged"]

_FILLED_FIELDS = ("abstract", "authors", "arxiv_id", "doi", "date", "categories", "url", "pdf_url", "comment")
_SUPERSEDED_FIELDS = ("title", "abstract", "comment", "authors", "url", "pdf_url")
_INDEXED_FIELDS = ("title", "abstract", "date", "categories")
_DISTINCT_TITLE_WORDS, _DISTINCT_TITLE_CHARACTERS = 3, 12


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperKeys:
    """The keys that identify a paper, each empty when absent."""

    arxiv: str
    doi: str
    title: str
    surname: str
    given: str

    def lookup_keys(self) -> tuple[tuple[KeyKind, str], ...]:
        """The keys to look up and to store, strongest first."""
        if self.given:
            return (("key", self.given),)
        kinds: tuple[tuple[KeyKind, str], ...] = (
            ("arxiv", self.arxiv),
            ("doi", self.doi),
            ("title", self.title),
        )
        return tuple((kind, value) for kind, value in kinds if value)


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperChange:
    """The effect of one incoming paper: ``stored`` is the paper after the whole batch.

    ``reindex`` asks for its passages to be made again; of a paper's changes in a batch only one asks. ``old_ids``
    are the ids under which the library held it so far; they become aliases. ``earlier`` are versions of it that
    are not, or are no longer, the one to answer from.
    """

    kind: ChangeKind
    stored: StoredPaper
    reindex: bool = False
    old_ids: tuple[str, ...] = ()
    earlier: tuple[Paper, ...] = ()

    @property
    def old_id(self) -> str | None:
        """The first old id; ``None`` when there is none."""
        return self.old_ids[0] if self.old_ids else None


def keys_of(paper: Paper) -> PaperKeys:
    """The paper's keys, normalised."""
    return PaperKeys(
        arxiv=arxiv_key(paper.arxiv_id) or paper.arxiv_id.strip().lower() or arxiv_key(paper.doi),
        doi=doi_key(paper.doi),
        title=title_key(paper.title) if not paper.untitled else _text_key(paper.abstract),
        surname=surname(paper.authors[0]) if paper.authors else "",
        given=paper.key,
    )


def _text_key(text: str) -> str:
    """What stands for the title of a paper without one: the whole text, since many begin with the same words."""
    return f"text {sha256(title_key(text).encode()).hexdigest()[:16]}"


def make_paper_id(paper: Paper) -> str:
    """The paper's id: ``arxiv:2410.14182``, ``doi:10.1/x``, ``title:`` and 16 hex digits, or ``key:`` …"""
    keys = keys_of(paper)
    if keys.given:
        return f"key:{keys.given}"
    if keys.arxiv:
        return f"arxiv:{keys.arxiv}"
    if keys.doi:
        return f"doi:{keys.doi}"
    return f"title:{sha256(f'{keys.title}|{keys.surname}'.encode()).hexdigest()[:16]}"


def is_stronger_id(paper_id: str, other: str) -> bool:
    """Whether the first id is of a more reliable kind."""
    order = ("title", "doi", "arxiv", "key")
    return order.index(paper_id.partition(":")[0]) > order.index(other.partition(":")[0])


def has_id_conflict(one: PaperKeys, other: PaperKeys) -> bool:
    """Whether the arXiv ids or DOIs of the two differ, so that they are different papers."""
    return bool(
        (one.arxiv and other.arxiv and one.arxiv != other.arxiv) or (one.doi and other.doi and one.doi != other.doi)
    )


def is_same_by_title(one: PaperKeys, other: PaperKeys) -> bool:
    """Whether two papers with the same title key are one paper.

    A short title is weak evidence, so both must then have the same first author; otherwise one may have no author.
    """
    if has_id_conflict(one, other):
        return False
    if one.surname and other.surname:
        return one.surname == other.surname
    return len(one.title.split()) >= _DISTINCT_TITLE_WORDS or len(one.title) >= _DISTINCT_TITLE_CHARACTERS


def merge_papers(existing: Paper, incoming: Paper) -> Paper:
    """Merge two entries of one paper: ``existing`` wins and its empty fields are filled.

    A higher arXiv version, both being known, supersedes title, abstract, comment, authors and addresses where
    it has them, and decides whether the paper is withdrawn. A title of the paper's own replaces its first words.
    ``daily`` keeps the earliest featured day and the highest number of upvotes. Merging the same papers again in the
    same order changes nothing.
    """
    changes: dict[str, Any] = {name: getattr(incoming, name) for name in _FILLED_FIELDS if not getattr(existing, name)}
    changes["withdrawn"] = existing.withdrawn or (incoming.withdrawn and not supersedes(existing, incoming))
    if not existing.version:
        changes["version"] = incoming.version
    elif supersedes(incoming, existing):
        changes |= {"version": incoming.version, "withdrawn": incoming.withdrawn}
        changes |= {name: getattr(incoming, name) for name in _SUPERSEDED_FIELDS if getattr(incoming, name)}
    if existing.untitled and incoming.own_title:
        changes["title"] = incoming.title
    elif existing.own_title and incoming.untitled:
        changes["title"] = existing.title
    changes["daily"] = _merge_daily(existing.daily, incoming.daily)
    return replace(existing, **changes)


def supersedes(newer: Paper, older: Paper) -> bool:
    """Whether ``newer`` is a later version of the same arXiv paper; false when a version is unknown."""
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


@dataclass(slots=True, eq=False)
class _Entry:
    """One paper while the batch is processed; ``merged_into`` is the entry that has absorbed it."""

    paper_id: str
    paper: Paper
    originals: list[StoredPaper] = field(default_factory=list)
    earlier: dict[int, Paper] = field(default_factory=dict)
    merged_into: _Entry | None = None

    def root(self) -> _Entry:
        return self.merged_into.root() if self.merged_into else self


def lookup_keys(papers: Iterable[Paper]) -> set[Key]:
    """The keys under which the library may hold these papers; ``alias`` stands for ids, current or old."""
    found: set[Key] = set()
    for paper in papers:
        found.update(keys_of(paper).lookup_keys())
        found.add(("alias", make_paper_id(paper)))
    return found


def plan_changes(
    papers: Sequence[Paper], *, holders: Mapping[Key, Sequence[str]], known: Mapping[str, StoredPaper]
) -> list[PaperChange]:
    """The change that each paper makes, in order.

    ``holders`` maps the keys of `lookup_keys` to the ids of the papers that have them, ``known`` these ids to papers.
    """
    index: dict[Key, list[_Entry]] = defaultdict(list)
    entries = {paper_id: _Entry(paper_id, stored.paper, [stored]) for paper_id, stored in known.items()}
    for key, paper_ids in holders.items():
        index[key] = [entries[paper_id] for paper_id in paper_ids if paper_id in entries]
    for paper_id, entry in entries.items():
        index["alias", paper_id].append(entry)
    return _changes([_add(paper, index) for paper in papers])


def _add(incoming: Paper, index: dict[Key, list[_Entry]]) -> tuple[_Entry, bool]:
    """Add the paper to its entry; return the entry, and whether that changed."""
    matches = _matches(incoming, index)
    if matches:
        entry = matches[0]
        before = (entry.paper, entry.paper_id)
        for newer, older in ((incoming, entry.paper), (entry.paper, incoming)):
            if supersedes(newer, older):
                entry.earlier[older.version] = older
        entry.paper = merge_papers(entry.paper, incoming)
        for other in matches[1:]:
            _absorb(entry, other)
        paper_id = make_paper_id(entry.paper)
        if is_stronger_id(paper_id, entry.paper_id):
            entry.paper_id = paper_id
        changed = len(matches) > 1 or (entry.paper, entry.paper_id) != before
    else:
        entry, changed = _Entry(make_paper_id(incoming), incoming), True
    keys = lookup_keys([entry.paper, incoming])
    keys.add(("alias", entry.paper_id))
    for key in keys:
        if entry not in index[key]:
            index[key].append(entry)
    return entry, changed


def _matches(incoming: Paper, index: Mapping[Key, list[_Entry]]) -> list[_Entry]:
    """Entries of the same paper, the most reliable match first; the others do not contradict it."""
    keys = keys_of(incoming)
    found: dict[_Entry, None] = {}
    strong = [key for key in keys.lookup_keys() if key[0] != "title"]
    for key in (*strong, ("alias", make_paper_id(incoming))):
        for entry in map(_Entry.root, index.get(key, ())):
            theirs = keys_of(entry.paper)
            if key[0] == "doi" and keys.arxiv and theirs.arxiv and keys.arxiv != theirs.arxiv:
                continue
            found[entry] = None
    if not keys.given:
        for entry in map(_Entry.root, index.get(("title", keys.title), ())):
            if is_same_by_title(keys, keys_of(entry.paper)):
                found[entry] = None
    if not found:
        return []
    first, *others = found
    mine = keys_of(merge_papers(first.paper, incoming))
    agreeing = [
        entry
        for entry in others
        if not has_id_conflict(mine, theirs := keys_of(entry.paper))
        and (not mine.surname or not theirs.surname or mine.surname == theirs.surname)
    ]
    return [first, *agreeing]


def _absorb(entry: _Entry, other: _Entry) -> None:
    entry.paper = merge_papers(entry.paper, other.paper)
    entry.originals += other.originals
    entry.earlier = other.earlier | entry.earlier
    other.merged_into = entry


def _changes(additions: Sequence[tuple[_Entry, bool]]) -> list[PaperChange]:
    seen: set[_Entry] = set()
    applied: set[_Entry] = set()
    changes: list[PaperChange] = []
    for touched, changed in additions:
        entry = touched.root()
        kind: ChangeKind = "updated" if changed else "unchanged"
        first = entry not in seen
        if first and not entry.originals:
            kind = "added"
        seen.add(entry)
        stored = StoredPaper(paper_id=entry.paper_id, paper=entry.paper)
        is_applied = kind != "unchanged" and entry not in applied
        if is_applied:
            applied.add(entry)
        changes.append(
            PaperChange(
                kind=kind,
                stored=stored,
                reindex=is_applied and _must_reindex(entry),
                old_ids=_old_ids(entry) if is_applied else (),
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
