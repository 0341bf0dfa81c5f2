"""The results of papers, each read once: what was read is kept in the library until the paper or the rules change."""

from __future__ import annotations

import threading
from collections.abc import Generator, Mapping, Sequence
from contextlib import suppress

from paperchat.errors import StorageError
from paperchat.results.kept_reading import passages_of_reading, reading_as_json, reading_from_json, reading_version
from paperchat.results.paper_results import PaperResults, read_paper
from paperchat.storage.kept_results import KeptReading
from paperchat.storage.library import Library

_BATCH_SIZE = 100


class PaperReadings:
    """Reads papers, or takes what was read of them before; safe to share between threads."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._lock = threading.Lock()
        self._not_stored: dict[str, KeptReading] = {}
        """Those that the library, which cannot be written, could not keep."""

    def of(self, paper_ids: Sequence[str]) -> Generator[PaperResults, None, None]:
        """The results of each paper in order; papers that are not in the library are left out.

        What was read anew is kept also where the caller stops early.
        """
        for at in range(0, len(paper_ids), _BATCH_SIZE):
            yield from self._of_batch(paper_ids[at : at + _BATCH_SIZE])

    def _of_batch(self, paper_ids: Sequence[str]) -> Generator[PaperResults, None, None]:
        sources = self._library.kept_results.sources(paper_ids)
        kept = self._kept(paper_ids, sources)
        new: dict[str, KeptReading] = {}
        try:
            for paper_id in paper_ids:
                reading = kept.get(paper_id) or self._read(paper_id)
                if reading is None:
                    continue
                if paper_id not in kept:
                    new[paper_id] = KeptReading(sources.get(paper_id, ""), reading_as_json(reading))
                yield reading
        finally:
            self._keep(new)

    def _kept(self, paper_ids: Sequence[str], sources: Mapping[str, str]) -> dict[str, PaperResults]:
        found = self._library.kept_results.get(paper_ids, reader=reading_version())
        with self._lock:
            for paper_id in paper_ids:
                one = self._not_stored.get(paper_id)
                if one is not None and one.source == sources.get(paper_id):
                    found.setdefault(paper_id, one)
        papers = self._library.papers(found)
        passages = self._library.passages(
            passage_id for one in found.values() for passage_id in passages_of_reading(one.body)
        )
        kept = {}
        for paper_id, paper in papers.items():
            with suppress(KeyError):  # the paper has just been changed, and is read anew
                kept[paper_id] = reading_from_json(found[paper_id].body, paper, passages)
        return kept

    def _read(self, paper_id: str) -> PaperResults | None:
        paper = self._library.papers([paper_id]).get(paper_id)
        if paper is None:
            return None
        stored = self._library.full_texts.get(paper_id)
        return read_paper(paper, self._library.passages_of(paper_id), stored.full_text if stored else None)

    def _keep(self, new: Mapping[str, KeptReading]) -> None:
        if not new:
            return
        try:
            self._library.kept_results.keep(new, reader=reading_version())
        except StorageError:  # the library is read-only, or its disk full
            with self._lock:
                self._not_stored |= new
