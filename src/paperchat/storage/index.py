"""The seam between the library and its indexes: all that is asked of what finds passages by vectors and by words.

An index is derived from the catalogue, which stays the only truth: what is missing from it or foreign to it is found by
comparing ids and checksums, and it can be built anew at any time. It proposes passages; ranking and answering read
their texts from the catalogue, so that they are the same whichever index proposes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from llama_index.core.schema import TextNode

    from paperchat.storage.filters import ResolvedFilters

    Vector = npt.NDArray[np.float32]

Hits = list[tuple[str, float]]
AddNodes = Callable[[Sequence["TextNode"]], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexContents:
    """What a part of an index holds.

    Attributes:
        label: the part's name in messages: ``the vector index``.
        passages: the ids in it, each with the short checksum of its text as it was when it was added, or with ``None``
            in a part that has no checksums; ``None`` when the part cannot be used.
    """

    label: str
    passages: Mapping[str, int | None] | None


class PassageIndex(Protocol):
    """Finds passages by vectors and by words; safe to share between threads.

    Writes are visible to the next search, and whoever writes holds the library's write lock. Every method raises
    StorageError when the index cannot be used.
    """

    @property
    def name(self) -> str:
        """What it is and where, in words, without secrets."""

    def write(self, *, delete_papers: Sequence[str], nodes: Sequence[TextNode]) -> None:
        """Delete the passages of these papers, then add ``nodes``, which carry their embeddings.

        A node replaces the passage of its id.
        """

    def delete_passages(self, passage_ids: Iterable[str]) -> None:
        """Delete these passages; ids that are not in the index are ignored."""

    def nearest(self, vector: npt.ArrayLike, k: int, filters: ResolvedFilters) -> Hits:
        """The ``k`` nearest passages that match the filters, or all if fewer: id and cosine, best first."""

    def matching(self, text: str, k: int, filters: ResolvedFilters, *, every_word: bool = False) -> Hits:
        """At most ``k`` passages that share words with ``text`` and match the filters: id and BM25, best first.

        ``text`` is plain text, not a query language. With ``every_word``, only passages that have all its words but
        the stop words. BM25 has the statistics of the whole library.
        """

    def scores(self, text: str, passage_ids: Sequence[str]) -> dict[str, float]:
        """The score of each of these passages that shares a word with ``text``, as in `matching`."""

    def vectors(self, passage_ids: Iterable[str]) -> dict[str, Vector]:
        """The float32 vector of each of these passages that is in the index."""

    def analyse(self, text: str) -> list[str]:
        """The stems under which the text is found; stop words are dropped."""

    def document_frequency(self, words: Iterable[str]) -> dict[str, int]:
        """The number of passages with each word, by its rarest stem; a stop word counts as in all of them."""

    def count_texts(self) -> int:
        """The number of passages that can be found by words."""

    def count_vectors(self) -> int:
        """The number of passages that can be found by vectors."""

    def check(self) -> None:
        """Check that it can be searched; its server, if any, is asked each time, and for little."""

    def contents(self) -> Sequence[IndexContents]:
        """What each part holds: of words first, of vectors last; one where they are the same."""

    def has_intact_vectors(self) -> bool:
        """Whether every vector can be read, and a search finds a sample of them."""

    def rebuilding(self) -> AbstractContextManager[AddNodes]:
        """Build all anew, apart from what is in force: yields what adds nodes.

        Afterwards what was built waits for `adopt_rebuilt`, or, words in Tantivy, is in force. An exception, or the
        death of the process, leaves what was in force before.
        """

    def adopt_rebuilt(self) -> None:
        """Put what was built in its place; nothing where that is done."""

    def discard_rebuilt(self) -> None:
        """Delete what was built, complete or not."""

    def clear(self) -> None:
        """Delete all of it, whatever its state."""

    def close(self) -> None:
        """Close it; the next call opens it again."""
