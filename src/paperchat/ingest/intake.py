"""Taking in: batches of papers are resolved, cut into passages and written, and every entry is accounted for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from paperchat.ingest.batch_writer import Taken, put
from paperchat.ingest.incoming import Incoming
from paperchat.ingest.items import FailedPdf, FileBegin, FileEnd, KnownFile, Outcome, ReadPdf
from paperchat.ingest.seen_files import Remembered
from paperchat.ingest.sources.base import failure
from paperchat.storage.library import Library
from paperchat.text.prompt_injection import suspicions
from paperchat.types import Failure, Paper, StoredPaper

BATCH = 128
"""So many papers are written at a time; of a full text, each stretch of ``_PASSAGE_CHARACTERS`` counts as one."""
_PASSAGE_CHARACTERS = 800


@dataclass(slots=True)
class _OpenFile:
    """What has come of a file so far."""

    path: Path
    entries: int = 0
    failures: list[Failure] = field(default_factory=list)
    paper_ids: list[str] = field(default_factory=list)


class Intake:
    """Takes papers into the library; what has been taken is in it before the next batch is looked at."""

    def __init__(self, library: Library, *, remembered: Remembered, progress: Callable[[int], None]) -> None:
        self.added = self.updated = self.unchanged = 0
        self.failed: list[Failure] = []
        self.warnings: list[Failure] = []
        self.entries = 0
        self.progress = progress
        self._paper_ids: dict[str, None] = {}
        self._library = library
        self._remembered = remembered
        self._file: _OpenFile | None = None

    def take(self, outcomes: Iterable[Outcome]) -> list[str]:
        """Take them all in; returns the ids of their papers, those of files that are known included."""
        self._paper_ids = {}
        for batch in _batches(outcomes):
            before = self.entries
            incoming = [Incoming.of(one) for one in batch if isinstance(one, Paper | ReadPdf)]
            results = iter(put(self._library, incoming))
            for outcome in batch:
                match outcome:
                    case Paper() | ReadPdf():
                        taken = next(results)
                        self._count(taken.kind)
                        self._belongs(outcome, taken)
                        if taken.kind != "unchanged":
                            self._flag(outcome, taken.stored)
                    case FailedPdf():
                        self._fail(outcome.failure)
                        if outcome.final:
                            self._remembered.keep(
                                outcome.file.path, entries=1, failures=[outcome.failure], paper_ids=[], whole=False
                            )
                    case Failure():
                        self._fail(outcome)
                    case KnownFile():
                        self.unchanged += outcome.entries - len(outcome.failures)
                        self.failed += outcome.failures
                        self.entries += outcome.entries
                        self._paper_ids |= dict.fromkeys(outcome.paper_ids)
                    case FileBegin():
                        self._file = _OpenFile(outcome.path)
                    case FileEnd():
                        self._close_file(outcome)
            if self.entries > before:
                self.progress(self.entries)
        return list(self._paper_ids)

    def _count(self, kind: str) -> None:
        self.entries += 1
        if kind == "added":
            self.added += 1
        elif kind == "updated":
            self.updated += 1
        else:
            self.unchanged += 1

    def _belongs(self, outcome: Paper | ReadPdf, taken: Taken) -> None:
        paper_id = taken.stored.paper_id
        self._paper_ids[paper_id] = None
        if isinstance(outcome, ReadPdf):
            self._remembered.keep(outcome.file.path, entries=1, paper_ids=[paper_id])
            spare = [f"not read in: of “{taken.stored.paper.title}” there is another PDF"] if taken.spare else []
            self.warnings += [failure(outcome.file.where, one) for one in (*outcome.reading.warnings, *spare)]
        if self._file and (isinstance(outcome, Paper) or outcome.file.about):
            self._file.entries += 1
            self._file.paper_ids.append(paper_id)

    def _flag(self, outcome: Paper | ReadPdf, stored: StoredPaper) -> None:
        """Tell of what in the paper speaks to a machine; it is taken in all the same, as any text."""
        known = stored.paper
        texts = [
            known.title,
            known.abstract,
            *((outcome.reading.full_text.text,) if isinstance(outcome, ReadPdf) else ()),
        ]
        self.warnings += [
            failure(stored.paper_id, f"{one.kind}, as if to a machine: “{one.excerpt}” (kept, and never obeyed)")
            for one in suspicions("\n".join(texts))
        ]

    def _fail(self, failure: Failure) -> None:
        self.entries += 1
        self.failed.append(failure)
        if self._file:
            self._file.entries += 1
            self._file.failures.append(failure)

    def _close_file(self, end: FileEnd) -> None:
        if self._file:
            self._remembered.keep(
                self._file.path,
                entries=self._file.entries,
                failures=self._file.failures,
                paper_ids=self._file.paper_ids,
                complete=end.complete,
                whole=end.whole,
            )
        self._file = None


def _batches(outcomes: Iterable[Outcome]) -> Iterator[list[Outcome]]:
    batch: list[Outcome] = []
    filled = 0
    for outcome in outcomes:
        batch.append(outcome)
        filled += _size(outcome)
        if filled >= BATCH:
            yield batch
            batch, filled = [], 0
    if batch:
        yield batch


def _size(outcome: Outcome) -> int:
    """About how many passages are written for it."""
    if isinstance(outcome, ReadPdf):
        return 1 + len(outcome.reading.full_text.text) // _PASSAGE_CHARACTERS
    return 0 if isinstance(outcome, FileBegin | FileEnd) else 1
