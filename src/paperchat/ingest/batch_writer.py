"""What a batch of incoming papers writes to the library: their changes, passages, full texts and earlier versions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from paperchat.ingest.apart import told_apart
from paperchat.ingest.cut import abstract_passages, full_text_passages, passages_of
from paperchat.ingest.incoming import Incoming
from paperchat.storage.deduplication import Change, ChangeKind
from paperchat.storage.full_texts import KeptFullText
from paperchat.storage.indexer import Record
from paperchat.storage.library import Library
from paperchat.storage.versions import EarlierVersion
from paperchat.types import StoredPaper


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
