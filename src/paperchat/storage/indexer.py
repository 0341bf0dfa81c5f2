"""Writes to all three stores so that they stay consistent, even when the process dies in between.

The catalogue's rows are written first, as ``pending``; then the indexes; then the rows become ``indexed``.
Papers that are ``pending`` when the library is next opened are reindexed from the catalogue. Rebuilding leaves the
indexes in force until new ones are complete.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING

from sqlalchemy import delete

from paperchat.errors import StorageError
from paperchat.storage import catalogue_writer
from paperchat.storage.catalogue import MAX_IN_VALUES, with_paper_id
from paperchat.storage.deduplication import PaperChange
from paperchat.storage.full_texts import StoredFullText
from paperchat.storage.metadata import (
    Manifest,
    mark_index_changed,
    read_manifest,
    read_rebuild,
    write_manifest,
    write_rebuild,
)
from paperchat.storage.schema import sentence_vectors
from paperchat.storage.stores import KnownVectors, Stores
from paperchat.storage.versions import EarlierVersion, store_version
from paperchat.types import Passage, PassageBasis, StoredPaper

if TYPE_CHECKING:
    from llama_index.core.schema import TextNode

logger = logging.getLogger(__name__)

_INTERRUPTED = "(reindexing was stopped)"
_BATCH_PASSAGES = 1_000  # held in memory with their vectors while reindexing

Progress = Callable[[int, int], None]
Rechunk = Callable[[StoredPaper, Sequence[Passage]], Sequence[Passage]]


@dataclass(frozen=True, slots=True)
class PaperRecord:
    """A change to write, with its passages, the full text they were cut from, and the versions it supersedes."""

    change: PaperChange
    passages: Sequence[Passage] = ()
    full_text: StoredFullText | None = None
    earlier: Sequence[EarlierVersion] = ()


def write_papers(stores: Stores, records: Sequence[PaperRecord], known: KnownVectors | None = None) -> None:
    """Write the changes and index their passages; the caller holds the lock.

    New passages replace the paper's passages of the same basis; those of another basis stay, unless they belong to
    a superseded version; passages with a full text replace all but the abstract's. The embedder runs first: when it
    fails, nothing has been written.

    Raises:
        StorageError: the index cannot be written; the papers are stored and pending.
    """
    changes = [record.change for record in records if record.change.kind != "unchanged" or record.change.old_ids]
    stored = {record.change.stored.paper_id: record.change.stored for record in records}
    owners = {old_id: change.stored.paper_id for change in changes for old_id in change.old_ids}
    outdated = _outdated(records, stores.catalogue.papers([*stored, *owners]), owners)
    given = _given(records)
    for paper_id in outdated:
        given.setdefault(owners.get(paper_id, paper_id), [])
    present = stores.catalogue.passages_of([*given, *owners])
    full_texts = _full_texts(records, outdated, owners)
    remaining = {
        paper_id: [
            passage
            for passage in passages
            if passage.basis == "abstract" or owners.get(paper_id, paper_id) not in full_texts
        ]
        for paper_id, passages in present.items()
    }
    final = {
        paper_id: _combine(paper_id, passages, [remaining.get(name, []) for name in _names(paper_id, owners)])
        for paper_id, passages in given.items()
    }
    nodes = stores.embed([(passage, stored[of]) for of, passages in final.items() for passage in passages], known)
    manifest = _manifest_with(stores, nodes)
    with stores.database.writing() as connection:
        catalogue_writer.write_changes(connection, changes, final)
        for record in records:
            paper_id = record.change.stored.paper_id
            for earlier in record.earlier:
                superseded = [
                    present.get(name, []) for name in _names(paper_id, owners) if outdated.get(name) == earlier.version
                ]
                store_version(connection, paper_id, earlier.completed_with(*superseded))
        catalogue_writer.replace_full_texts(connection, full_texts)
        if nodes:
            write_manifest(connection, manifest)
    if final:
        stores.index.write(delete_papers=[*final, *owners], nodes=nodes)
        with stores.database.writing() as connection:
            catalogue_writer.set_index_state(connection, final, "indexed")
            mark_index_changed(connection)
    logger.debug("wrote %d papers with %d passages", len(changes), len(nodes))


def remove_papers(stores: Stores, paper_ids: Iterable[str]) -> int:
    """Remove the papers from all stores; return how many were removed. The caller holds the lock."""
    present = list(stores.catalogue.papers(paper_ids))
    if present:
        with stores.database.writing() as connection:
            catalogue_writer.set_index_state(connection, present, "pending")
        stores.index.write(delete_papers=present, nodes=[])
        with stores.database.writing() as connection:
            catalogue_writer.delete_papers(connection, present)
            mark_index_changed(connection)
    return len(present)


def index_pending(stores: Stores, progress: Progress | None = None) -> int:
    """Index pending papers from the catalogue; return the number of passages. The caller holds the lock."""
    pending = stores.catalogue.pending()
    passages_done = 0
    for at in range(0, len(pending), MAX_IN_VALUES):
        batch = pending[at : at + MAX_IN_VALUES]
        papers = stores.catalogue.papers(batch)
        passages = stores.catalogue.passages_of(batch)
        done = at
        for portion in _portions(batch, passages):
            nodes = stores.embed([(passage, papers[of]) for of in portion for passage in passages.get(of, ())])
            stores.index.write(delete_papers=[*portion, *stores.catalogue.aliases_of(portion)], nodes=nodes)
            with stores.database.writing() as connection:
                catalogue_writer.set_index_state(connection, portion, "indexed")
                mark_index_changed(connection)
                if nodes:
                    dimension = len(nodes[0].get_embedding())
                    write_manifest(connection, replace(stores.configured, dimension=dimension))
            passages_done += len(nodes)
            done += len(portion)
            if progress:
                progress(done, len(pending))
    return passages_done


def _portions(paper_ids: Iterable[str], passages: Mapping[str, Sequence[Passage]]) -> Iterator[list[str]]:
    """Split the papers into portions of about ``_BATCH_PASSAGES`` passages."""
    portion: list[str] = []
    filled = 0
    for paper_id in paper_ids:
        portion.append(paper_id)
        filled += len(passages.get(paper_id, ()))
        if filled >= _BATCH_PASSAGES:
            yield portion
            portion, filled = [], 0
    if portion:
        yield portion


def reindex(stores: Stores, progress: Progress | None = None, rechunk: Rechunk | None = None) -> int:
    """Rebuild both indexes with the current settings; return the number of passages. The caller holds the lock.

    ``rechunk`` returns passages that replace a paper's passages of the same basis; the others stay.
    """
    if rechunk:
        _rechunk_all(stores, rechunk)
    return rebuild_indexes(stores, progress)


def rebuild_indexes(stores: Stores, progress: Progress | None = None) -> int:
    """Build both indexes anew, beside those in force, which are searched until the new ones take their place.

    Whatever ends this earlier leaves the old ones in force; `finish_rebuild` tidies up after a process that died.
    Returns the number of passages. The caller holds the lock.
    """
    with stores.database.writing() as connection:
        write_rebuild(connection, "building")
    try:
        dimension, passages_done = _build(stores, progress)
        with stores.database.writing() as connection:
            catalogue_writer.mark_all_indexed(connection)
            write_manifest(connection, replace(stores.configured, dimension=dimension))
            write_rebuild(connection, "built")
            connection.execute(delete(sentence_vectors))
    except BaseException:
        with suppress(StorageError):
            finish_rebuild(stores)
        raise
    finish_rebuild(stores)
    with suppress(StorageError):  # whoever needs it next makes it
        stores.names.clear()
        stores.names.sync()
    return passages_done


def _build(stores: Stores, progress: Progress | None) -> tuple[int, int]:
    """Index all papers apart from what is in force; return the dimension and the number of passages."""
    total = stores.catalogue.counts().papers
    done = passages_done = dimension = 0
    papers = stores.catalogue.all_papers()
    with stores.index.rebuilding() as add_nodes:
        while batch := {stored.paper_id: stored for stored in islice(papers, MAX_IN_VALUES)}:
            passages = stores.catalogue.passages_of(batch)
            for portion in _portions(batch, passages):
                nodes = stores.embed([(passage, batch[of]) for of in portion for passage in passages.get(of, ())])
                add_nodes(nodes)
                if nodes:
                    dimension = len(nodes[0].get_embedding())
                passages_done += len(nodes)
                done += len(portion)
                if progress:
                    progress(done, total)
    return dimension, passages_done


def finish_rebuild(stores: Stores) -> None:
    """Put complete new vectors in their place, or delete incomplete ones; the caller holds the lock."""
    state = read_rebuild(stores.database)
    if state == "built":
        stores.index.adopt_rebuilt()
    elif state:
        stores.index.discard_rebuilt()
    with stores.database.writing() as connection:
        write_rebuild(connection, None)
        mark_index_changed(connection)


def _rechunk_all(stores: Stores, rechunk: Rechunk) -> None:
    """Replace the passages that change, in short transactions; the manifest tells when this was interrupted."""
    papers = stores.catalogue.all_papers()
    while batch := list(islice(papers, MAX_IN_VALUES)):
        present = stores.catalogue.passages_of(stored.paper_id for stored in batch)
        new = {}
        for stored in batch:
            old = present.get(stored.paper_id, [])
            combined = _combine(stored.paper_id, rechunk(stored, old), [old])
            if combined != old:
                new[stored.paper_id] = combined
        if not new:
            continue
        with stores.database.writing() as connection:
            write_manifest(connection, replace(stores.configured, chunking=_INTERRUPTED))
            catalogue_writer.replace_passages(connection, new)
            catalogue_writer.set_index_state(connection, new, "pending")


def _manifest_with(stores: Stores, nodes: Sequence[TextNode]) -> Manifest:
    """The manifest after the nodes are added.

    Raises:
        LibraryMismatchError: the nodes do not fit the library.
    """
    stores.check_manifest()
    if not nodes:
        return stores.configured
    manifest = replace(stores.configured, dimension=len(nodes[0].get_embedding()))
    built = read_manifest(stores.database)
    if built and stores.catalogue.has_passages():
        built.check(manifest, where=stores.home)
    elif built and built.dimension != manifest.dimension:
        stores.index.clear()
    return manifest


def _given(records: Sequence[PaperRecord]) -> dict[str, list[Passage]]:
    """The new passages of each paper that must be indexed; empty where its present ones are indexed again."""
    given: dict[str, list[Passage]] = {}
    for record in records:
        if record.change.reindex or record.passages or record.full_text:
            given.setdefault(record.change.stored.paper_id, []).extend(record.passages)
    return given


def _outdated(
    records: Sequence[PaperRecord], before: Mapping[str, StoredPaper], owners: Mapping[str, str]
) -> dict[str, int]:
    """The papers that the library holds in a version that the records supersede, and that version."""
    found = {}
    for record in records:
        superseded = {earlier.version for earlier in record.earlier}
        for name in _names(record.change.stored.paper_id, owners):
            if name in before and before[name].paper.version in superseded:
                found[name] = before[name].paper.version
    return found


def _full_texts(
    records: Sequence[PaperRecord], outdated: Iterable[str], owners: Mapping[str, str]
) -> dict[str, StoredFullText | None]:
    """The full texts to store; ``None`` for those of superseded versions, which are deleted."""
    deleted: dict[str, StoredFullText | None] = {owners.get(paper_id, paper_id): None for paper_id in outdated}
    return deleted | {record.change.stored.paper_id: record.full_text for record in records if record.full_text}


def _names(paper_id: str, owners: Mapping[str, str]) -> list[str]:
    """The paper's id and its old ids."""
    return [paper_id, *(old_id for old_id, owner in owners.items() if owner == paper_id)]


def _combine(paper_id: str, given: Sequence[Passage], present: Iterable[Sequence[Passage]]) -> list[Passage]:
    """For each basis the first passages that exist: those given, the paper's own, those of its old ids."""
    chosen: dict[PassageBasis, list[Passage]] = {}
    for source in (given, *present):
        by_basis: dict[PassageBasis, list[Passage]] = defaultdict(list)
        for passage in source:
            by_basis[passage.basis].append(with_paper_id(passage, paper_id))
        chosen = {**by_basis, **chosen}
    return [passage for basis in sorted(chosen) for passage in chosen[basis]]
