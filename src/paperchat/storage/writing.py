"""Changing all three stores so that they agree afterwards, also when the process dies in between.

The catalogue's rows are written first, as ``pending``; then the indexes; then the rows become ``indexed``.
What is found ``pending`` when the library is next opened is indexed anew from the catalogue.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import islice

from sqlalchemy import delete

from paperchat.storage import recording
from paperchat.storage.kept import manifest, write_manifest
from paperchat.storage.resolve import Change
from paperchat.storage.rows import IN_LIST
from paperchat.storage.schema import sentence_vectors
from paperchat.storage.stores import Stores
from paperchat.types import Basis, Passage, StoredPaper

_UNFINISHED = "(reindexing was stopped)"

Progress = Callable[[int, int], None]
Rechunk = Callable[[StoredPaper, Sequence[Passage]], Sequence[Passage]]


def put(stores: Stores, records: Sequence[tuple[Change, Sequence[Passage]]]) -> None:
    """Write the changes and index their passages; the lock is held by the caller.

    The passages given replace the paper's passages of the same basis, those of another basis stay. The
    embedder comes first: when it fails, nothing has been written.
    """
    changes = [change for change, _ in records if change.kind != "unchanged" or change.old_ids]
    given = _given(records)
    stored = {change.stored.paper_id: change.stored for change, _ in records}
    old_ids = [old_id for change in changes for old_id in change.old_ids]
    kept = stores.catalogue.passages_of([*given, *old_ids])
    owners = {old_id: change.stored.paper_id for change in changes for old_id in change.old_ids}
    final = {
        paper_id: _together(paper_id, passages, [kept.get(paper_id, []), *_of_old(paper_id, owners, kept)])
        for paper_id, passages in given.items()
    }
    fresh = not stores.catalogue.has_passages()
    stores.check_manifest()
    nodes = stores.embedded([(passage, stored[of]) for of, passages in final.items() for passage in passages])
    wanted = stores.wanted
    if nodes:
        wanted = replace(wanted, dimension=len(nodes[0].get_embedding()))
        built = manifest(stores.database)
        if built and not fresh:
            built.check(wanted, where=stores.home)
        elif built and built.dimension != wanted.dimension:
            stores.clear()
    with stores.database.writing() as connection:
        recording.record(connection, changes, final)
        if nodes:
            write_manifest(connection, wanted)
    if final:
        stores.write(forget=[*final, *old_ids], nodes=nodes)
        with stores.database.writing() as connection:
            recording.set_state(connection, final, "indexed")


def remove(stores: Stores, paper_ids: Iterable[str]) -> int:
    """Remove the papers from all stores; how many there were. The lock is held by the caller."""
    present = list(stores.catalogue.papers(paper_ids))
    if present:
        with stores.database.writing() as connection:
            recording.set_state(connection, present, "pending")
        stores.write(forget=present, nodes=[])
        with stores.database.writing() as connection:
            recording.forget(connection, present)
    return len(present)


def finish_pending(stores: Stores, progress: Progress | None = None) -> int:
    """Index what is pending, from the catalogue; how many passages. The lock is held by the caller."""
    waiting = stores.catalogue.pending()
    passages_done = 0
    for at in range(0, len(waiting), IN_LIST):
        batch = waiting[at : at + IN_LIST]
        papers = stores.catalogue.papers(batch)
        passages = stores.catalogue.passages_of(batch)
        nodes = stores.embedded([(passage, papers[of]) for of, several in passages.items() for passage in several])
        stores.write(forget=[*batch, *stores.catalogue.aliases_of(batch)], nodes=nodes)
        with stores.database.writing() as connection:
            recording.set_state(connection, batch, "indexed")
            if nodes:
                dimension = len(nodes[0].get_embedding())
                write_manifest(connection, replace(stores.wanted, dimension=dimension))
        passages_done += len(nodes)
        if progress:
            progress(at + len(batch), len(waiting))
    return passages_done


def reindex(stores: Stores, progress: Progress | None = None, rechunk: Rechunk | None = None) -> int:
    """Make both indexes anew with the settings in force; how many passages. The lock is held by the caller.

    ``rechunk`` gives passages to have in place of a paper's present ones of the same basis; the rest stay.
    """
    if rechunk:
        _cut_anew(stores, rechunk)
    with stores.database.writing() as connection:
        recording.set_all_pending(connection)
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
            recording.replace_passages(connection, anew)
            recording.set_state(connection, anew, "pending")


def _given(records: Sequence[tuple[Change, Sequence[Passage]]]) -> dict[str, list[Passage]]:
    """The passages given for each paper that must be indexed, be it with those it has."""
    given: dict[str, list[Passage]] = {}
    for change, passages in records:
        if change.reindex or passages:
            given.setdefault(change.stored.paper_id, []).extend(passages)
    return given


def _of_old(paper_id: str, owners: Mapping[str, str], kept: Mapping[str, list[Passage]]) -> Iterable[list[Passage]]:
    return (kept.get(old_id, []) for old_id, owner in owners.items() if owner == paper_id)


def _together(paper_id: str, given: Sequence[Passage], kept: Iterable[Sequence[Passage]]) -> list[Passage]:
    """Per basis the first passages that there are: those given, the paper's own, those of its old ids."""
    chosen: dict[Basis, list[Passage]] = {}
    for source in (given, *kept):
        by_basis: dict[Basis, list[Passage]] = defaultdict(list)
        for passage in source:
            by_basis[passage.basis].append(replace(passage, paper_id=paper_id))
        chosen = {**by_basis, **chosen}
    return [passage for basis in sorted(chosen) for passage in chosen[basis]]
