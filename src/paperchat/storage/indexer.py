"""Changing all three stores so that they agree afterwards, also when the process dies in between.

The catalogue's rows are written first, as ``pending``; then the indexes; then the rows become ``indexed``.
What is found ``pending`` when the library is next opened is indexed anew from the catalogue.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING

from sqlalchemy import delete

from paperchat.storage import catalogue_writer
from paperchat.storage.catalogue import IN_LIST, renamed
from paperchat.storage.deduplication import Change
from paperchat.storage.full_texts import KeptFullText
from paperchat.storage.metadata import Manifest, manifest, write_manifest
from paperchat.storage.schema import sentence_vectors
from paperchat.storage.stores import Stores
from paperchat.storage.versions import EarlierVersion, keep_version
from paperchat.types import Basis, Passage, StoredPaper

if TYPE_CHECKING:
    from llama_index.core.schema import TextNode

_UNFINISHED = "(reindexing was stopped)"
_AT_ONCE = 1_000  # passages that are held with their vectors when they are indexed anew

Progress = Callable[[int, int], None]
Rechunk = Callable[[StoredPaper, Sequence[Passage]], Sequence[Passage]]


@dataclass(frozen=True, slots=True)
class Record:
    """A change with the passages made for it, the full text they were cut from, and versions it supersedes."""

    change: Change
    passages: Sequence[Passage] = ()
    full_text: KeptFullText | None = None
    earlier: Sequence[EarlierVersion] = ()


def put(stores: Stores, records: Sequence[Record]) -> None:
    """Write the changes and index their passages; the lock is held by the caller.

    The passages given replace the paper's passages of the same basis, those of another basis stay, unless they
    are of a version that is superseded; those given with a full text replace all but the abstract's. The embedder
    comes first: when it fails, nothing has been written.
    """
    changes = [record.change for record in records if record.change.kind != "unchanged" or record.change.old_ids]
    stored = {record.change.stored.paper_id: record.change.stored for record in records}
    owners = {old_id: change.stored.paper_id for change in changes for old_id in change.old_ids}
    outdated = _outdated(records, stores.catalogue.papers([*stored, *owners]), owners)
    given = _given(records)
    for paper_id in outdated:
        given.setdefault(owners.get(paper_id, paper_id), [])
    kept = stores.catalogue.passages_of([*given, *owners])
    full_texts = _full_texts(records, outdated, owners)
    lasting = {
        paper_id: [
            one for one in several if one.basis == "abstract" or owners.get(paper_id, paper_id) not in full_texts
        ]
        for paper_id, several in kept.items()
    }
    final = {
        paper_id: _together(paper_id, passages, [lasting.get(one, []) for one in _names(paper_id, owners)])
        for paper_id, passages in given.items()
    }
    nodes = stores.embedded([(passage, stored[of]) for of, passages in final.items() for passage in passages])
    wanted = _fitting_manifest(stores, nodes)
    with stores.database.writing() as connection:
        catalogue_writer.record(connection, changes, final)
        for record in records:
            paper_id = record.change.stored.paper_id
            for earlier in record.earlier:
                read = [kept.get(one, []) for one in _names(paper_id, owners) if outdated.get(one) == earlier.version]
                keep_version(connection, paper_id, earlier.joined_by(*read))
        catalogue_writer.replace_full_texts(connection, full_texts)
        if nodes:
            write_manifest(connection, wanted)
    if final:
        stores.write(forget=[*final, *owners], nodes=nodes)
        with stores.database.writing() as connection:
            catalogue_writer.set_state(connection, final, "indexed")


def remove(stores: Stores, paper_ids: Iterable[str]) -> int:
    """Remove the papers from all stores; how many there were. The lock is held by the caller."""
    present = list(stores.catalogue.papers(paper_ids))
    if present:
        with stores.database.writing() as connection:
            catalogue_writer.set_state(connection, present, "pending")
        stores.write(forget=present, nodes=[])
        with stores.database.writing() as connection:
            catalogue_writer.forget(connection, present)
    return len(present)


def finish_pending(stores: Stores, progress: Progress | None = None) -> int:
    """Index what is pending, from the catalogue; how many passages. The lock is held by the caller."""
    waiting = stores.catalogue.pending()
    passages_done = 0
    for at in range(0, len(waiting), IN_LIST):
        batch = waiting[at : at + IN_LIST]
        papers = stores.catalogue.papers(batch)
        passages = stores.catalogue.passages_of(batch)
        done = at
        for portion in _portions(batch, passages):
            nodes = stores.embedded([(passage, papers[of]) for of in portion for passage in passages.get(of, ())])
            stores.write(forget=[*portion, *stores.catalogue.aliases_of(portion)], nodes=nodes)
            with stores.database.writing() as connection:
                catalogue_writer.set_state(connection, portion, "indexed")
                if nodes:
                    dimension = len(nodes[0].get_embedding())
                    write_manifest(connection, replace(stores.wanted, dimension=dimension))
            passages_done += len(nodes)
            done += len(portion)
            if progress:
                progress(done, len(waiting))
    return passages_done


def _portions(paper_ids: Iterable[str], passages: Mapping[str, Sequence[Passage]]) -> Iterator[list[str]]:
    """The papers by about so many as have ``_AT_ONCE`` passages together."""
    portion: list[str] = []
    filled = 0
    for paper_id in paper_ids:
        portion.append(paper_id)
        filled += len(passages.get(paper_id, ()))
        if filled >= _AT_ONCE:
            yield portion
            portion, filled = [], 0
    if portion:
        yield portion


def reindex(stores: Stores, progress: Progress | None = None, rechunk: Rechunk | None = None) -> int:
    """Make both indexes anew with the settings in force; how many passages. The lock is held by the caller.

    ``rechunk`` gives passages to have in place of a paper's present ones of the same basis; the rest stay.
    """
    if rechunk:
        _cut_anew(stores, rechunk)
    with stores.database.writing() as connection:
        catalogue_writer.set_all_pending(connection)
        write_manifest(connection, stores.wanted)
        connection.execute(delete(sentence_vectors))
    stores.clear()
    return finish_pending(stores, progress)


def _cut_anew(stores: Stores, rechunk: Rechunk) -> None:
    """Give all papers new passages, in steps that do not hold up others; to be done again when stopped."""
    with stores.database.writing() as connection:
        write_manifest(connection, replace(stores.wanted, chunking=_UNFINISHED))
    papers = stores.catalogue.all_papers()
    while batch := list(islice(papers, IN_LIST)):
        present = stores.catalogue.passages_of(stored.paper_id for stored in batch)
        anew = {}
        for stored in batch:
            had = present.get(stored.paper_id, [])
            anew[stored.paper_id] = _together(stored.paper_id, rechunk(stored, had), [had])
        with stores.database.writing() as connection:
            catalogue_writer.replace_passages(connection, anew)
            catalogue_writer.set_state(connection, anew, "pending")


def _fitting_manifest(stores: Stores, nodes: Sequence[TextNode]) -> Manifest:
    """The manifest as it will be with the nodes in."""
    stores.check_manifest()
    if not nodes:
        return stores.wanted
    wanted = replace(stores.wanted, dimension=len(nodes[0].get_embedding()))
    built = manifest(stores.database)
    if built and stores.catalogue.has_passages():
        built.check(wanted, where=stores.home)
    elif built and built.dimension != wanted.dimension:
        stores.clear()
    return wanted


def _given(records: Sequence[Record]) -> dict[str, list[Passage]]:
    """The passages given for each paper that must be indexed, be it with those it has."""
    given: dict[str, list[Passage]] = {}
    for record in records:
        if record.change.reindex or record.passages or record.full_text:
            given.setdefault(record.change.stored.paper_id, []).extend(record.passages)
    return given


def _outdated(
    records: Sequence[Record], before: Mapping[str, StoredPaper], owners: Mapping[str, str]
) -> dict[str, int]:
    """The papers that the library holds in a version which the records supersede, and that version."""
    found = {}
    for record in records:
        superseded = {earlier.version for earlier in record.earlier}
        for name in _names(record.change.stored.paper_id, owners):
            if name in before and before[name].paper.version in superseded:
                found[name] = before[name].paper.version
    return found


def _full_texts(
    records: Sequence[Record], outdated: Iterable[str], owners: Mapping[str, str]
) -> dict[str, KeptFullText | None]:
    gone: dict[str, KeptFullText | None] = {owners.get(paper_id, paper_id): None for paper_id in outdated}
    return gone | {record.change.stored.paper_id: record.full_text for record in records if record.full_text}


def _names(paper_id: str, owners: Mapping[str, str]) -> list[str]:
    """The paper's id and those it had so far."""
    return [paper_id, *(old_id for old_id, owner in owners.items() if owner == paper_id)]


def _together(paper_id: str, given: Sequence[Passage], kept: Iterable[Sequence[Passage]]) -> list[Passage]:
    """Per basis the first passages that there are: those given, the paper's own, those of its old ids."""
    chosen: dict[Basis, list[Passage]] = {}
    for source in (given, *kept):
        by_basis: dict[Basis, list[Passage]] = defaultdict(list)
        for passage in source:
            by_basis[passage.basis].append(renamed(passage, paper_id))
        chosen = {**by_basis, **chosen}
    return [passage for basis in sorted(chosen) for passage in chosen[basis]]
