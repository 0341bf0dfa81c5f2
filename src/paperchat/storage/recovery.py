"""Checks that a library's stores agree, and repairs them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass

from paperchat.errors import LibraryMismatchError, StorageError
from paperchat.storage import catalogue_writer, indexer
from paperchat.storage.catalogue import checksum, short_checksum
from paperchat.storage.full_texts import FullTexts
from paperchat.storage.library_counts import Diagnosis
from paperchat.storage.metadata import mark_index_changed
from paperchat.storage.stores import Stores
from paperchat.types import PassageBasis

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Findings:
    problems: tuple[str, ...]
    settings_match: bool
    damaged_texts: Mapping[str, str]  # passages in the catalogue, and what their text had for a checksum
    is_damaged: bool  # whether a part of the index cannot be used
    surplus: frozenset[str]  # passages in an index that are not in the catalogue
    missing: frozenset[str]  # papers with passages that are not in an index
    texts: int
    vectors: int


def diagnose(stores: Stores, *, fix: bool) -> Diagnosis:
    """Compare the stores; with ``fix``, repair the indexes from the catalogue while holding the lock.

    Problems of the catalogue's own file, or of the settings, are reported and not repaired.
    """
    before = after = _examine(stores)
    if fix and before.problems and before.settings_match:
        with stores.lock:
            _repair(stores, before)
        after = _examine(stores)
    counts = stores.catalogue.counts()
    return Diagnosis(
        problems=before.problems,
        fixed=bool(before.problems) and not after.problems,
        papers=counts.papers,
        pending=counts.pending,
        passages=counts.passages,
        vectors=after.vectors,
        texts=after.texts,
    )


def recover(stores: Stores) -> None:
    """Index what an interrupted process left pending, and repair what it damaged; the caller holds the lock."""
    try:
        indexer.index_pending(stores)
    except StorageError:
        if stores.index.has_intact_vectors():
            raise
    findings = _examine(stores)
    if findings.problems:
        logger.warning("repairing the library at %s: %s", stores.home, "; ".join(findings.problems))
        _repair(stores, findings)


def _examine(stores: Stores) -> _Findings:
    problems = stores.database.problems()
    settings_match = True
    try:
        stores.check_manifest()
    except LibraryMismatchError as error:
        settings_match = False
        problems.append(str(error))
    damaged_texts = stores.catalogue.damaged_passages()
    if damaged_texts:
        problems.append(f"the text of {len(damaged_texts)} passages is damaged, first {min(damaged_texts)}")
    pending = stores.catalogue.pending()
    if pending:
        problems.append(f"{len(pending)} papers are pending: another process is writing, or was stopped")
    expected = stores.catalogue.indexed_passages()
    allowed = expected.keys() | stores.catalogue.pending_passages()
    surplus: set[str] = set()
    missing: set[str] = set()
    parts = stores.index.contents()
    for part in parts:
        if part.passages is None:
            problems.append(f"{part.label} is damaged")
            continue
        lacking = expected.keys() - part.passages.keys()
        extra = part.passages.keys() - allowed
        outdated = _outdated(part.passages, stores.catalogue.checksums) & expected.keys()
        if lacking:
            problems.append(f"{part.label} lacks {len(lacking)} of {len(expected)} passages")
        if extra:
            problems.append(f"{part.label} has {len(extra)} passages that are not in the catalogue")
        if outdated:
            problems.append(f"{part.label} has {len(outdated)} passages with other texts than the catalogue")
        missing |= {expected[passage_id] for passage_id in lacking | outdated}
        surplus |= extra
    return _Findings(
        problems=tuple(problems),
        settings_match=settings_match,
        damaged_texts=damaged_texts,
        is_damaged=any(part.passages is None for part in parts),
        surplus=frozenset(surplus),
        missing=frozenset(missing),
        texts=len(parts[0].passages or ()),
        vectors=len(parts[-1].passages or ()),
    )


def _outdated(passages: Mapping[str, int | None], read_checksums: Callable[[], Mapping[str, str]]) -> set[str]:
    """The passages that were added with other texts than the catalogue's."""
    marks = {one: mark for one, mark in passages.items() if mark is not None}
    checksums = read_checksums() if marks else {}
    return {one for one, mark in marks.items() if one in checksums and mark != short_checksum(checksums[one])}


def _repair(stores: Stores, findings: _Findings) -> None:
    if findings.damaged_texts:
        _restore_texts(stores, findings.damaged_texts)
    if findings.is_damaged:
        indexer.rebuild_indexes(stores)
        return
    stores.index.delete_passages(findings.surplus)
    with stores.database.writing() as connection:
        catalogue_writer.set_index_state(connection, findings.missing, "pending")
        mark_index_changed(connection)
    indexer.index_pending(stores)


def _restore_texts(stores: Stores, damaged: Mapping[str, str]) -> None:
    """Cut damaged passages out of their papers' abstracts and full texts again, where these are as they were."""
    texts: dict[str, str] = {}
    for paper_id, spans in stores.catalogue.spans(damaged).items():
        for basis in {one.basis for one in spans}:
            with suppress(StorageError):  # it is damaged, too
                document = _document(stores, paper_id, basis)
                cut = {one.passage_id: document[one.start : one.end] for one in spans if one.basis == basis}
                texts |= {one: text for one, text in cut.items() if checksum(text) == damaged[one]}
    with stores.database.writing() as connection:
        catalogue_writer.restore_texts(connection, texts)


def _document(stores: Stores, paper_id: str, basis: PassageBasis) -> str:
    """What a paper's passages of this basis were cut out of."""
    if basis == "full_text":
        stored = FullTexts(stores.database).get(paper_id)
        return stored.full_text.text if stored else ""
    paper = stores.catalogue.papers([paper_id])[paper_id].paper
    return paper.abstract or paper.title
