"""The statistics of the words in Milvus that BM25 needs, counted again when the index has changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import numpy as np

from paperchat.storage.indexes.bm25 import WordStatistics
from paperchat.storage.indexes.milvus_records import LENGTH, WORDS, has_word
from paperchat.storage.indexes.milvus_server import MOST_RESULTS, TIMEOUT

if TYPE_CHECKING:
    from paperchat.storage.indexes.milvus_server import MilvusClient

T = TypeVar("T")

COUNTED_HERE = MOST_RESULTS
"""Up to so many passages are counted here, from their words; of more, Milvus is asked for each stem."""


class ReadCollection(Protocol):
    """Runs a job on the collection in force; ``None`` where there is none."""

    def __call__(self, job: Callable[[MilvusClient, str], T]) -> T | None:
        """The job's result."""


@dataclass(slots=True)
class _Counts:
    """What has been counted at a revision of the index."""

    revision: str | None
    passages: int
    mean_length: float | None = None
    frequency: dict[str, int] = field(default_factory=dict)


class MilvusStatistics:
    """Counts passages and stems; safe to share between threads."""

    def __init__(self, read: ReadCollection, read_revision: Callable[[], str | None]) -> None:
        """``read_revision`` gives what differs after every change of the index, or ``None``."""
        self._read = read
        self._read_revision = read_revision
        self._counts: _Counts | None = None

    def forget(self) -> None:
        """Count again at the next call."""
        self._counts = None

    def passages(self) -> int:
        """The number of passages."""
        return self._current().passages

    def frequency(self, stems: Iterable[str]) -> Mapping[str, int]:
        """The number of passages with each of these stems, at least."""
        counts = self._current()
        self._count_lengths(counts)
        if counts.passages > COUNTED_HERE:
            for stem in stems:
                if stem not in counts.frequency:
                    counts.frequency[stem] = self._count(has_word(stem))
        return counts.frequency

    def of(self, stems: Sequence[str]) -> WordStatistics:
        """The statistics for a query; the mean length is of all passages, or of the 16,384 that Milvus gives."""
        frequency, counts = self.frequency(stems), self._current()
        return WordStatistics(passages=counts.passages, mean_length=self._count_lengths(counts), frequency=frequency)

    def _current(self) -> _Counts:
        revision = self._read_revision()
        counts = self._counts
        if counts is None or revision is None or counts.revision != revision:
            self._counts = counts = _Counts(revision, self._count(""))
        return counts

    def _count(self, condition: str) -> int:
        rows = self._query(condition, fields=["count(*)"])
        return int(rows[0]["count(*)"]) if rows else 0

    def _count_lengths(self, counts: _Counts) -> float:
        if counts.mean_length is None:
            is_small = counts.passages <= COUNTED_HERE
            rows = self._query("", fields=[LENGTH, WORDS] if is_small else [LENGTH], limit=MOST_RESULTS)
            if is_small:
                counts.frequency.update(Counter(stem for row in rows for stem in set(row[WORDS].split())))
            counts.mean_length = float(np.mean([row[LENGTH] for row in rows])) if rows else 0.0
        return counts.mean_length

    def _query(self, condition: str, *, fields: list[str], **options: Any) -> Sequence[Mapping[str, Any]]:
        def read(client: MilvusClient, collection: str) -> Sequence[Mapping[str, Any]]:
            return list(client.query(collection, filter=condition, output_fields=fields, timeout=TIMEOUT, **options))

        return self._read(read) or []
