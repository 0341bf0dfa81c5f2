"""Haystack: BM25 and embeddings of its in-memory store, joined by reciprocal rank.

Its own embedders call servers or need torch, so that paperchat's embedded model stands behind two components: what
differs is then all but the model.
"""

# The packages of benchmarks/requirements.txt are not there when the code is checked.
# mypy: disable-error-code="import-not-found,import-untyped,untyped-decorator"

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

os.environ["HAYSTACK_TELEMETRY_ENABLED"] = "False"
from haystack import Document, Pipeline, component
from haystack.components.joiners import DocumentJoiner
from haystack.components.retrievers.in_memory import InMemoryBM25Retriever, InMemoryEmbeddingRetriever
from haystack.components.writers import DocumentWriter
from haystack.document_stores.in_memory import InMemoryDocumentStore

from benchmarks.lib.searchers.documents import read_documents
from paperchat.models.minilm import MiniLM


@component
class MiniLMDocumentEmbedder:
    """Gives documents with their embeddings."""

    def __init__(self, model: MiniLM) -> None:
        self._model = model

    @component.output_types(documents=list[Document])
    def run(self, documents: list[Document]) -> dict[str, list[Document]]:
        vectors = self._model.encode([document.content or "" for document in documents])
        embedded = zip(documents, vectors, strict=True)
        return {"documents": [replace(document, embedding=vector.tolist()) for document, vector in embedded]}


@component
class MiniLMTextEmbedder:
    """Embeds a question."""

    def __init__(self, model: MiniLM) -> None:
        self._model = model

    @component.output_types(embedding=list[float])
    def run(self, text: str) -> dict[str, list[float]]:
        return {"embedding": self._model.encode([text])[0].tolist()}


class HaystackSearcher:
    """A pipeline that indexes, and one that searches."""

    def __init__(self) -> None:
        self._model = MiniLM()
        self._model.encode(["ready"])
        self._store = InMemoryDocumentStore()
        self._searching = Pipeline()
        self._searching.add_component("embedder", MiniLMTextEmbedder(self._model))
        self._searching.add_component("vectors", InMemoryEmbeddingRetriever(self._store))
        self._searching.add_component("words", InMemoryBM25Retriever(self._store))
        self._searching.add_component("joiner", DocumentJoiner(join_mode="reciprocal_rank_fusion"))
        self._searching.connect("embedder.embedding", "vectors.query_embedding")
        self._searching.connect("vectors", "joiner")
        self._searching.connect("words", "joiner")

    def index(self, corpus: Path, _home: Path) -> None:
        indexing = Pipeline()
        indexing.add_component("embedder", MiniLMDocumentEmbedder(self._model))
        indexing.add_component("writer", DocumentWriter(self._store))
        indexing.connect("embedder", "writer")
        documents = [Document(id=name, content=text) for name, text in read_documents(corpus)]
        indexing.run({"embedder": {"documents": documents}})

    def search(self, question: str, count: int) -> list[tuple[str, float]]:
        found = self._searching.run(
            {
                "embedder": {"text": question},
                "vectors": {"top_k": count},
                "words": {"query": question, "top_k": count},
                "joiner": {"top_k": count},
            }
        )
        return [(document.id, document.score or 0.0) for document in found["joiner"]["documents"]]
