"""What a batch of incoming papers writes to the library: their changes, passages, full texts and earlier versions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from paperchat.ingest.chunking import abstract_passages, full_text_passages, passages_of
from paperchat.ingest.items import ReadPdf
from paperchat.ingest.seen_files import READER, location_of
from paperchat.storage.deduplication import Change, ChangeKind, merge
from paperchat.storage.full_texts import KeptFullText
from paperchat.storage.indexer import Record
from paperchat.storage.library import Library
from paperchat.storage.normalization import title_key
from paperchat.storage.versions import EarlierVersion
from paperchat.text.cleaning import printable
from paperchat.types import FullText, Paper, StoredPaper


def pdf_key(full_text: FullText) -> str:
    """The key of a PDF that can be recognised by nothing but itself."""
    return f"pdf-{full_text.sha256[:16]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """A paper, with the full text of its PDF where that was read."""

    paper: Paper
    full_text: KeptFullText | None = None

    @classmethod
    def of(cls, outcome: Paper | ReadPdf) -> Incoming:
        """A PDF's source knows better what the paper is than its text does."""
        if isinstance(outcome, Paper):
            return cls(paper=outcome)
        file, read = outcome.file, outcome.reading.paper
        paper = merge(file.about, read) if file.about else read
        if not (paper.title or paper.arxiv_id or paper.doi):
            # Papers of no title would all be one.
            paper = replace(paper, title=printable(file.path.stem), key=pdf_key(outcome.reading.full_text))
        full_text = KeptFullText(
            full_text=outcome.reading.full_text,
            version=read.version or paper.version,
            reader=READER,
            source=file.origin or location_of(file.path),
        )
        return cls(paper=paper, full_text=full_text)


_WORDS = 5
_ALIKE = 0.2  # of the shorter text's runs of words; two printings of a paper share most, two papers next to none
_LOOKED_AT = 30_000  # characters


def told_apart(library: Library, incoming: Sequence[Incoming]) -> list[Incoming]:
    """The same, with a key for each PDF that would pass for another by its title alone; call it in a write session."""
    met: dict[str, list[KeptFullText]] = {}
    result = []
    for one in incoming:
        full_text = one.full_text
        if full_text and not (one.paper.key or one.paper.arxiv_id or one.paper.doi):
            namesakes = met.setdefault(title_key(one.paper.title), [])
            others = [*namesakes, *_of_library(library, one)]
            if others and not any(_is_same(full_text, other) for other in others):
                one = replace(one, paper=replace(one.paper, key=pdf_key(full_text.full_text)))
            else:
                namesakes.append(full_text)
        result.append(one)
    return result


def _of_library(library: Library, one: Incoming) -> list[KeptFullText]:
    """The full text of the paper that the library would take this one for."""
    (change,) = library.resolve([one.paper])
    kept = library.full_texts.of(change.stored.paper_id) if change.kind != "added" else None
    return [kept] if kept else []


def _is_same(one: KeptFullText, other: KeptFullText) -> bool:
    if one.source == other.source:
        return True
    ours, theirs = _runs(one.full_text), _runs(other.full_text)
    return len(ours & theirs) >= _ALIKE * min(len(ours), len(theirs))


def _runs(full_text: FullText) -> set[tuple[str, ...]]:
    """All runs of ``_WORDS`` words."""
    words = full_text.text[:_LOOKED_AT].split()
    return {tuple(words[at : at + _WORDS]) for at in range(len(words) - _WORDS + 1)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What has come of an incoming paper; ``spare`` when the library answers from another PDF of it."""

    kind: ChangeKind
    stored: StoredPaper
    spare: bool = False


def put(library: Library, incoming: Sequence[Incoming]) -> list[Taken]:
    """Write them; what has come of each, in order."""
    if not incoming:
        return []
    with library.write_session():
        incoming = told_apart(library, incoming)
        changes = library.resolve([one.paper for one in incoming])
        current, superseded = _full_texts(library, incoming, changes)
        new = _not_kept(library, changes)
        cut = [change.stored for change in changes if change.reindex]
        abstracts = dict(zip((stored.paper_id for stored in cut), abstract_passages(cut), strict=True))
        records = []
        for number, change in enumerate(changes):
            paper_id = change.stored.paper_id
            passages = abstracts[paper_id] if change.reindex else []
            full_text = current.get(number)
            if full_text:
                passages = passages + full_text_passages(change.stored, full_text.full_text)
            earlier = [
                _earlier(StoredPaper(paper_id=paper_id, paper=paper), superseded.get((paper_id, paper.version)))
                for paper in change.earlier
                if (paper_id, paper.version) in new or (paper_id, paper.version) in superseded
            ]
            records.append(Record(change, passages, full_text, earlier))
        writing = [one for one in records if one.change.kind != "unchanged" or one.full_text or one.earlier]
        if writing:
            library.put(writing)
    used = {one.full_text.sha256 for one in (*current.values(), *superseded.values())}
    return [
        Taken(
            kind=_kind(record),
            stored=record.change.stored,
            spare=one.full_text is not None and one.full_text.full_text.sha256 not in used,
        )
        for one, record in zip(incoming, records, strict=True)
    ]


def _full_texts(
    library: Library, incoming: Sequence[Incoming], changes: Sequence[Change]
) -> tuple[dict[int, KeptFullText], dict[tuple[str, int], KeptFullText]]:
    """The full texts to answer from, by the incoming paper's place, and those of superseded versions.

    Of several PDFs of a paper the first is kept, until the very file changes or one of a newer version comes.
    """
    present = library.full_texts.origins(change.stored.paper_id for change in changes)
    for old_id, origin in library.full_texts.origins(one for change in changes for one in change.old_ids).items():
        present.setdefault(next(change.stored.paper_id for change in changes if old_id in change.old_ids), origin)
    current: dict[str, tuple[int, KeptFullText]] = {}
    superseded: dict[tuple[str, int], KeptFullText] = {}
    for number, (one, change) in enumerate(zip(incoming, changes, strict=True)):
        full_text, stored = one.full_text, change.stored
        if full_text is None:
            continue
        if 0 < full_text.version < stored.paper.version:
            superseded.setdefault((stored.paper_id, full_text.version), full_text)
            continue
        version, source = present.get(stored.paper_id, (0, full_text.source))
        if full_text.version > version or full_text.source == source:
            current[stored.paper_id] = (number, full_text)
            present[stored.paper_id] = (full_text.version, full_text.source)
    return dict(current.values()), superseded


def _not_kept(library: Library, changes: Sequence[Change]) -> set[tuple[str, int]]:
    """The earlier versions, each paper's id with the number, that the library does not have yet."""
    named = {(change.stored.paper_id, paper.version) for change in changes for paper in change.earlier}
    return named - library.versions.known(named)


def _earlier(stored: StoredPaper, full_text: KeptFullText | None) -> EarlierVersion:
    passages = passages_of(stored, full_text.full_text if full_text else None)
    return EarlierVersion(paper=stored.paper, passages=tuple(passages))


def _kind(record: Record) -> ChangeKind:
    if record.change.kind == "unchanged" and (record.full_text or record.earlier):
        return "updated"
    return record.change.kind
