"""The three stores of a library side by side, and what is done to all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from paperchat.storage.catalogue import Catalogue
from paperchat.storage.database import Database
from paperchat.storage.lexical_index import LexicalIndex
from paperchat.storage.locks import FolderLock
from paperchat.storage.metadata import Manifest, manifest

if TYPE_CHECKING:
    from llama_index.core.embeddings import BaseEmbedding
    from llama_index.core.schema import TextNode

    from paperchat.storage.vector_index import VectorIndex
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
