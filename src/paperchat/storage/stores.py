"""The three stores of a library side by side, and what is done to all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy.typing as npt

from paperchat.storage.catalogue import Catalogue
from paperchat.storage.database import Database
from paperchat.storage.filters import Selection
from paperchat.storage.lexical_index import LexicalIndex
from paperchat.storage.locks import FolderLock
from paperchat.storage.metadata import Manifest, manifest
from paperchat.storage.selection import matching_passages, selected_passages

if TYPE_CHECKING:
    from llama_index.core.embeddings import BaseEmbedding
    from llama_index.core.schema import TextNode

    from paperchat.storage.vector_index import Hits, VectorIndex
    from paperchat.types import Passage, StoredPaper


@dataclass(frozen=True, kw_only=True)
class Stores:
    """The catalogue, and the two indexes derived from it; ``wanted`` is what the settings ask for."""

    home: Path
    database: Database
    lock: FolderLock
    embedder: BaseEmbedding
    wanted: Manifest
    chroma_url: str = ""
    catalogue: Catalogue = field(init=False)
    lexical: LexicalIndex = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "catalogue", Catalogue(self.database))
        object.__setattr__(self, "lexical", LexicalIndex(self.home / "tantivy"))

    @cached_property
    def vectors(self) -> VectorIndex:
        # Chroma takes a second to import, and what only reads the catalogue does without.
        from paperchat.storage.vector_index import VectorIndex

        return VectorIndex(self.home / "chroma", url=self.chroma_url, lock_timeout=self.lock.timeout)

    def check_manifest(self) -> None:
        """Raises LibraryMismatchError when passages were made with other settings than those in force."""
        built = manifest(self.database)
        if built and built != self.wanted and self.catalogue.has_passages():
            built.check(self.wanted, where=self.home)

    def embedded(self, pairs: Sequence[tuple[Passage, StoredPaper]]) -> list[TextNode]:
        """The passages as nodes that carry their vectors, made in one call of the embedder."""
        from llama_index.core.schema import MetadataMode

        from paperchat.storage.nodes import to_node

        nodes = [to_node(passage, paper) for passage, paper in pairs]
        texts = [node.get_content(metadata_mode=MetadataMode.EMBED) for node in nodes]
        vectors = self.embedder.get_text_embedding_batch(texts) if texts else []
        for node, vector in zip(nodes, vectors, strict=True):
            node.embedding = vector
        return nodes

    def write(self, *, forget: Sequence[str], nodes: Sequence[TextNode]) -> None:
        """In both indexes, delete the passages of the papers in ``forget`` and add ``nodes``."""
        self.lexical.write(forget=forget, nodes=nodes)
        self.vectors.write(forget=forget, nodes=nodes)

    def clear(self) -> None:
        self.lexical.clear()
        self.vectors.clear()

    def close(self) -> None:
        self.lexical.close()
        if "vectors" in self.__dict__:
            self.vectors.close()
        self.database.close()


_AT_FIRST = 4  # times as many as asked for
_MARGIN = 1.5
_WIDEST = 4_000  # passages; beyond it the ids of all that is selected are quicker had
_FEW = 200  # papers, whose passages are quicker had than looked for


def nearest(stores: Stores, vector: npt.ArrayLike, k: int, selection: Selection) -> Hits:
    """Pairs of passage id and cosine, best first: ``k`` of the selection where it has ``k``.

    Of a condition that many passages may meet, enough of them are among the nearest of all, and only those are
    looked up. Where too few are, the selection is resolved to its passages, and these alone are compared.
    """
    if selection.is_everything:
        return stores.vectors.search(vector, k)
    if selection.papers is None or len(selection.papers) > _FEW:
        wide = k * _AT_FIRST
        while wide <= _WIDEST:
            near = stores.vectors.search(vector, wide)
            held = matching_passages(stores.database, selection, [passage_id for passage_id, _ in near])
            hits = [(passage_id, cosine) for passage_id, cosine in near if passage_id in held]
            if len(hits) >= k or len(near) < wide:
                return hits[:k]
            wide = round(_MARGIN * wide * k / len(hits)) if hits else _WIDEST + 1
    among: Sequence[str] = selected_passages(stores.database, selection)
    return stores.vectors.search(vector, k, among) if among else []
