"""The three stores of a library, and operations that concern several of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from paperchat.storage.catalogue import Catalogue
from paperchat.storage.database import Database
from paperchat.storage.filter_resolution import matching_passages, selected_passages
from paperchat.storage.filters import ResolvedFilters
from paperchat.storage.locks import ProcessLock
from paperchat.storage.metadata import Manifest, read_manifest

if TYPE_CHECKING:
    import numpy.typing as npt
    from llama_index.core.embeddings import BaseEmbedding
    from llama_index.core.schema import TextNode

    from paperchat.storage.indexes.lexical_index import LexicalIndex
    from paperchat.storage.indexes.vector_index import Hits, VectorIndex
    from paperchat.storage.names.name_index import NameIndex
    from paperchat.types import Passage, StoredPaper

KnownVectors = Callable[[str], "Sequence[float] | None"]
"""The vector of a text that was embedded ahead; ``None`` for any other text."""

# Vector search with filters: first the nearest of all passages, then the passages that match.
_FIRST_FACTOR = 4  # candidates for each hit asked for
_WIDENING_MARGIN = 1.5
_MAX_CANDIDATES = 4_000  # passages; above it, resolving the filters to passages is faster
_FEW_PAPERS = 200  # up to so many papers, resolving the filters to passages is faster from the start


@dataclass(frozen=True, kw_only=True)
class Stores:
    """The catalogue, and the indexes derived from it.

    ``find_embedder`` gives what embeds passages, and is called when there are some; ``configured`` is the manifest of
    the current settings.
    """

    home: Path
    database: Database
    lock: ProcessLock
    find_embedder: Callable[[], BaseEmbedding]
    configured: Manifest
    chroma_url: str = ""
    snapshot: TemporaryDirectory[str] | None = None  # a copy that is read where the home cannot be written
    catalogue: Catalogue = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "catalogue", Catalogue(self.database))

    @property
    def _folder(self) -> Path:
        return Path(self.snapshot.name) if self.snapshot else self.home

    # The indexes are imported when they are first used: to read the catalogue takes neither.

    @cached_property
    def lexical(self) -> LexicalIndex:
        """The lexical index, opened at first use."""
        from paperchat.storage.indexes.lexical_index import LexicalIndex

        return LexicalIndex(self._folder / "tantivy")

    @cached_property
    def vectors(self) -> VectorIndex:
        """The vector index, opened at first use."""
        from paperchat.storage.indexes.vector_index import VectorIndex

        return VectorIndex(self._folder / "chroma", url=self.chroma_url, lock_timeout=self.lock.timeout)

    @cached_property
    def names(self) -> NameIndex:
        """The index of names, opened at first use."""
        from paperchat.storage.names.name_index import NameIndex

        return NameIndex(self.database, self._folder / "names", analyse=self.lexical.analyse)

    def check_manifest(self) -> None:
        """Check that the library's passages were made with the current settings.

        Raises:
            LibraryMismatchError: they were made with other settings.
        """
        built = read_manifest(self.database)
        if built and built != self.configured and self.catalogue.has_passages():
            built.check(self.configured, where=self.home)

    def embed(self, pairs: Sequence[tuple[Passage, StoredPaper]], known: KnownVectors | None = None) -> list[TextNode]:
        """The passages as nodes that carry their embeddings, those that are not ``known`` made in one call."""
        if not pairs:
            return []
        from llama_index.core.ingestion import IngestionPipeline

        from paperchat.storage.nodes import embedded_text, to_node

        nodes: list[TextNode] = [to_node(passage, paper) for passage, paper in pairs]
        if known:
            for node in nodes:
                vector = known(embedded_text(node))
                node.embedding = None if vector is None else list(vector)
        missing = [node for node in nodes if node.embedding is None]
        if missing:
            IngestionPipeline(transformations=[self.find_embedder()], disable_cache=True).run(nodes=missing)
        return nodes

    def write(self, *, delete_papers: Sequence[str], nodes: Sequence[TextNode]) -> None:
        """In both indexes, delete the passages of the papers in ``delete_papers``, then add ``nodes``."""
        self.lexical.write(delete_papers=delete_papers, nodes=nodes)
        self.vectors.write(delete_papers=delete_papers, nodes=nodes)

    def clear(self) -> None:
        """Delete the indexes."""
        self.lexical.clear()
        self.vectors.clear()
        self.names.clear()

    def close(self) -> None:
        """Close the indexes and the database."""
        if "lexical" in self.__dict__:
            self.lexical.close()
        if "vectors" in self.__dict__:
            self.vectors.close()
        self.database.close()
        if self.snapshot:
            self.snapshot.cleanup()


def nearest_passages(stores: Stores, vector: npt.ArrayLike, k: int, filters: ResolvedFilters) -> Hits:
    """The ``k`` nearest passages that match the filters, or all if there are fewer: id and cosine, best first.

    Where many passages match, enough of them are among the nearest of all, and only those are checked. Where too few
    are, the filters are resolved to passages, and only these are compared.
    """
    if filters.is_everything:
        return stores.vectors.search(vector, k)
    if filters.papers is None or len(filters.papers) > _FEW_PAPERS:
        candidates = k * _FIRST_FACTOR
        while candidates <= _MAX_CANDIDATES:
            nearest = stores.vectors.search(vector, candidates)
            matching = matching_passages(stores.database, filters, [passage_id for passage_id, _ in nearest])
            hits = [(passage_id, cosine) for passage_id, cosine in nearest if passage_id in matching]
            if len(hits) >= k or len(nearest) < candidates:
                return hits[:k]
            candidates = round(_WIDENING_MARGIN * candidates * k / len(hits)) if hits else _MAX_CANDIDATES + 1
    among: Sequence[str] = selected_passages(stores.database, filters)
    return stores.vectors.search(vector, k, among) if among else []
