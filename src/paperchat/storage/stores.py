"""The stores of a library: the catalogue, and the index derived from it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from paperchat.errors import UsageError
from paperchat.storage.catalogue import Catalogue
from paperchat.storage.database import Database
from paperchat.storage.locks import ProcessLock
from paperchat.storage.metadata import Manifest, index_id, index_revision, read_manifest

if TYPE_CHECKING:
    from llama_index.core.embeddings import BaseEmbedding
    from llama_index.core.schema import TextNode

    from paperchat.storage.index import PassageIndex
    from paperchat.storage.names.name_index import NameIndex
    from paperchat.types import Passage, StoredPaper

KnownVectors = Callable[[str], "Sequence[float] | None"]
"""The vector of a text that was embedded ahead; ``None`` for any other text."""


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
    milvus_url: str = ""
    milvus_token: str = field(default="", repr=False)
    snapshot: TemporaryDirectory[str] | None = None  # a copy that is read where the home cannot be written
    catalogue: Catalogue = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "catalogue", Catalogue(self.database))

    @property
    def _folder(self) -> Path:
        return Path(self.snapshot.name) if self.snapshot else self.home

    @cached_property
    def index(self) -> PassageIndex:
        """The index of passages, imported when it is first used: to read the catalogue takes none.

        Raises:
            UsageError: the address of its server cannot be used, or its client is not installed.
        """
        if self.milvus_url and self.chroma_url:
            raise UsageError("PAPERCHAT_MILVUS_URL and PAPERCHAT_CHROMA_URL are both set: unset one of them")
        if self.milvus_url:
            from paperchat.storage.indexes.milvus_index import MilvusIndex
            from paperchat.storage.indexes.milvus_server import MilvusServer

            return MilvusIndex(
                MilvusServer(self.milvus_url, token=self.milvus_token),
                find_alias=lambda: f"paperchat_{index_id(self.database)}",
                read_revision=lambda: index_revision(self.database),
            )
        from paperchat.storage.indexes.chroma_tantivy_index import ChromaTantivyIndex

        return ChromaTantivyIndex(
            self._folder,
            database=self.database,
            chroma_url=self.chroma_url,
            lock_timeout=self.lock.timeout,
        )

    @cached_property
    def names(self) -> NameIndex:
        """The index of names, opened at first use."""
        from paperchat.storage.names.name_index import NameIndex

        return NameIndex(self.database, self._folder / "names", analyse=self.index.analyse)

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

    def close(self) -> None:
        """Close the index and the database."""
        if "index" in self.__dict__:
            self.index.close()
        self.database.close()
        if self.snapshot:
            self.snapshot.cleanup()
