"""Chroma's own client, for writing and for servers. Only this module imports chromadb, which takes a second."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import chromadb
import numpy as np
from chromadb.api.collection_configuration import CreateCollectionConfiguration, CreateHNSWConfiguration
from chromadb.config import Settings
from chromadb.errors import NotFoundError

from paperchat.errors import UsageError
from paperchat.storage.catalogue import checksum, short_checksum
from paperchat.storage.indexes.chroma_bindings import CHECKSUM, COLLECTION, PAPER_ID, OpenedChroma

if TYPE_CHECKING:
    from llama_index.core.schema import TextNode

STAGED_COLLECTION = "paperchat-reindex"
# recall@10 is .999 at 20,000 vectors of 384. With 16 neighbours, Chroma's default, some passages of a library
# of near-duplicates cannot be reached at all. With the small sync threshold each batch's graph is written to disk
# at once; Chroma would otherwise rebuild the rest of it at a process's first query.
_CONFIGURATION = CreateCollectionConfiguration(
    hnsw=CreateHNSWConfiguration(
        space="cosine", max_neighbors=32, ef_construction=100, ef_search=200, sync_threshold=100
    )
)


def open_client(path: str) -> OpenedChroma:
    """The collection in a folder, created where there is none."""
    return _opened(chromadb.PersistentClient(path=path, settings=_settings()))


def open_server(url: str, collection: str) -> OpenedChroma:
    """The collection on a server, created where there is none.

    Raises:
        UsageError: ``url`` is not an address.
    """
    parts = urlsplit(url if "://" in url else f"http://{url}")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise UsageError(f"{url!r} is not the address of a Chroma server: write http://HOST:PORT")
    ssl = parts.scheme == "https"
    port = parts.port or (443 if ssl else 8000)
    return _opened(chromadb.HttpClient(host=parts.hostname, port=port, ssl=ssl, settings=_settings()), collection)


def close_server(chroma: OpenedChroma) -> None:
    """Close the connections to a server."""
    chroma.client.close()
    for part in (chroma.client, chroma.client._admin_client):
        part._server._session.close()  # Chroma would leave the connections open


def rename_staged(chroma: OpenedChroma) -> None:
    """Put a server's staged collection in the place of the one in use; nothing where that is done."""
    try:
        staged = chroma.client.get_collection(STAGED_COLLECTION, embedding_function=None)
    except NotFoundError:
        return
    chroma.client.delete_collection(COLLECTION)
    staged.modify(name=COLLECTION)


def add(nodes: Sequence[TextNode], chroma: OpenedChroma) -> None:
    """Add nodes, none of whose ids are in the collection; their texts stay in the catalogue."""
    chroma.collection.add(
        ids=[node.node_id for node in nodes],
        embeddings=[np.asarray(node.get_embedding(), dtype=np.float32) for node in nodes],
        metadatas=[
            {PAPER_ID: node.metadata["paper_id"], CHECKSUM: short_checksum(checksum(node.text))} for node in nodes
        ],
    )


def _settings() -> Settings:
    return Settings(_env_file=None, anonymized_telemetry=False)  # type: ignore[call-arg]


def _opened(client: Any, name: str = COLLECTION) -> OpenedChroma:
    collection = client.get_or_create_collection(name, configuration=_CONFIGURATION, embedding_function=None)
    collection.count()  # loads the graph into memory while nobody writes
    return OpenedChroma(client, collection)
