"""The default index: vectors in Chroma, in the library's folder or on a server, and words in Tantivy."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from paperchat.errors import StorageError
from paperchat.storage.filter_resolution import matching_passages, selected_passages
from paperchat.storage.filters import ResolvedFilters
from paperchat.storage.index import AddNodes, Hits, IndexContents

if TYPE_CHECKING:
    import numpy.typing as npt
    from llama_index.core.schema import TextNode

    from paperchat.storage.database import Database
    from paperchat.storage.index import Vector
    from paperchat.storage.indexes.lexical_index import LexicalIndex
    from paperchat.storage.indexes.vector_index import VectorIndex

# Vector search with filters: first the nearest of all passages, then the passages that match.
_FIRST_FACTOR = 4  # candidates for each hit asked for
_WIDENING_MARGIN = 1.5
_MAX_CANDIDATES = 4_000  # passages; above it, resolving the filters to passages is faster
_FEW_PAPERS = 200  # up to so many papers, resolving the filters to passages is faster from the start


class ChromaTantivyIndex:
    """Two indexes, each opened at first use: to read the catalogue takes neither, and some commands take one.

    Filters on vectors are resolved in the catalogue, since Chroma filters slowly.
    """

    def __init__(self, folder: Path, *, database: Database, chroma_url: str, lock_timeout: float) -> None:
        """``folder`` holds both; ``chroma_url`` is the address of a Chroma server to use for vectors instead."""
        self._folder = folder
        self._database = database
        self._chroma_url = chroma_url
        self._lock_timeout = lock_timeout

    @property
    def name(self) -> str:
        """What it is and where, in words."""
        return f"Chroma at {self._chroma_url}, Tantivy" if self._chroma_url else "Chroma and Tantivy"

    @cached_property
    def _words(self) -> LexicalIndex:
        from paperchat.storage.indexes.lexical_index import LexicalIndex

        return LexicalIndex(self._folder / "tantivy")

    @cached_property
    def _vectors(self) -> VectorIndex:
        from paperchat.storage.indexes.vector_index import VectorIndex

        return VectorIndex(self._folder / "chroma", url=self._chroma_url, lock_timeout=self._lock_timeout)

    def write(self, *, delete_papers: Sequence[str], nodes: Sequence[TextNode]) -> None:
        """In both, delete the passages of these papers, then add ``nodes``."""
        self._words.write(delete_papers=delete_papers, nodes=nodes)
        self._vectors.write(delete_papers=delete_papers, nodes=nodes)

    def delete_passages(self, passage_ids: Iterable[str]) -> None:
        """Delete these passages from both."""
        ids = sorted(passage_ids)
        self._words.write(delete_passages=ids)
        self._vectors.delete_passages(ids)

    def nearest(self, vector: npt.ArrayLike, k: int, filters: ResolvedFilters) -> Hits:
        """The ``k`` nearest passages that match the filters, or all if there are fewer: id and cosine, best first.

        Where many passages match, enough of them are among the nearest of all, and only those are checked. Where too
        few are, the filters are resolved to passages, and only these are compared.
        """
        if filters.is_everything:
            return self._vectors.search(vector, k)
        if filters.papers is None or len(filters.papers) > _FEW_PAPERS:
            candidates = k * _FIRST_FACTOR
            while candidates <= _MAX_CANDIDATES:
                nearest = self._vectors.search(vector, candidates)
                matching = matching_passages(self._database, filters, [passage_id for passage_id, _ in nearest])
                hits = [(passage_id, cosine) for passage_id, cosine in nearest if passage_id in matching]
                if len(hits) >= k or len(nearest) < candidates:
                    return hits[:k]
                candidates = round(_WIDENING_MARGIN * candidates * k / len(hits)) if hits else _MAX_CANDIDATES + 1
        among: Sequence[str] = selected_passages(self._database, filters)
        return self._vectors.search(vector, k, among) if among else []

    def matching(self, text: str, k: int, filters: ResolvedFilters, *, every_word: bool = False) -> Hits:
        """At most ``k`` passages that share words with ``text`` and match the filters: id and BM25, best first."""
        return self._words.search(text, k, filters, every_word=every_word)

    def scores(self, text: str, passage_ids: Sequence[str]) -> dict[str, float]:
        """The score of each of these passages that shares a word with ``text``."""
        return self._words.scores(text, passage_ids)

    def vectors(self, passage_ids: Iterable[str]) -> dict[str, Vector]:
        """The float32 vector of each of these passages that is in the index."""
        return self._vectors.vectors(passage_ids)

    def analyse(self, text: str) -> list[str]:
        """The stems under which the text is found; stop words are dropped."""
        return self._words.analyse(text)

    def document_frequency(self, words: Iterable[str]) -> dict[str, int]:
        """The number of passages with each word, by its rarest stem; a stop word counts as in all of them."""
        return self._words.document_frequency(words)

    def count_texts(self) -> int:
        """The number of passages in Tantivy."""
        return self._words.count()

    def count_vectors(self) -> int:
        """The number of passages in Chroma."""
        return self._vectors.count()

    def check(self) -> None:
        """Check that both can be read."""
        self._words.count()
        self._vectors.check()

    def contents(self) -> Sequence[IndexContents]:
        """The passages in each of the two; a damaged one has none, and a server that is away raises its error."""
        return (
            IndexContents(label="the lexical index", passages=self._ids_of_words()),
            IndexContents(label="the vector index", passages=self._checksums_of_vectors()),
        )

    def _ids_of_words(self) -> dict[str, None] | None:
        try:
            return dict.fromkeys(self._words.ids())
        except StorageError:
            return None

    def _checksums_of_vectors(self) -> dict[str, int] | None:
        try:
            return self._vectors.checksums() if self._vectors.is_intact() else None
        except StorageError:
            if self._chroma_url:
                raise
            return None

    def has_intact_vectors(self) -> bool:
        """Whether every vector can be read, and a search finds a sample of them."""
        return self._vectors.is_intact()

    @contextmanager
    def rebuilding(self) -> Iterator[AddNodes]:
        """Build both anew: vectors in a folder or collection of their own, words in one commit."""
        self._vectors.discard_staged()
        with closing(self._vectors.staged()) as staged, self._words.rebuilding() as add_words:
            staged.create()

            def add(nodes: Sequence[TextNode]) -> None:
                staged.write(delete_papers=[], nodes=nodes)
                add_words(nodes)

            yield add

    def adopt_rebuilt(self) -> None:
        """Put the new vectors in their place; nothing where that is done."""
        self._vectors.adopt_staged()

    def discard_rebuilt(self) -> None:
        """Delete the new vectors, and what a process left of new words."""
        self._vectors.discard_staged()
        self._words.write()  # a commit deletes the files that a process left behind

    def clear(self) -> None:
        """Delete both."""
        self._words.clear()
        self._vectors.clear()

    def close(self) -> None:
        """Close those that are open."""
        for opened in ("_words", "_vectors"):
            if opened in self.__dict__:
                self.__dict__[opened].close()
