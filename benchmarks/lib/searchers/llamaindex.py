"""LlamaIndex: its BM25 alone, and its usual recipe with Chroma and all-MiniLM-L6-v2 in fp32."""

# The packages of benchmarks/requirements.txt are not there when the code is checked.
# mypy: disable-error-code="import-not-found,import-untyped"

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from llama_index.core import Document
from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.node_parser import SentenceSplitter

from benchmarks.lib.searchers.documents import read_documents


class Bm25Searcher:
    """`BM25Retriever` (bm25s), in memory."""

    def index(self, corpus: Path, _home: Path) -> None:
        from llama_index.retrievers.bm25 import BM25Retriever

        self._nodes = SentenceSplitter().get_nodes_from_documents(_documents(corpus))
        self._retriever = BM25Retriever.from_defaults(nodes=self._nodes, similarity_top_k=1)

    def search(self, question: str, count: int) -> list[tuple[str, float]]:
        self._retriever.similarity_top_k = min(count, len(self._nodes))
        return _best_of_documents(self._retriever, question)


class RecipeSearcher:
    """`VectorStoreIndex` over a Chroma store in ``home``."""

    def __init__(self) -> None:
        from benchmarks.lib.llamaindex_recipe import published_model

        self._model = published_model()

    def index(self, corpus: Path, home: Path) -> None:
        from benchmarks.lib.llamaindex_recipe import index_in_chroma

        self._index, _ = index_in_chroma(_documents(corpus), home, self._model, SentenceSplitter())

    def search(self, question: str, count: int) -> list[tuple[str, float]]:
        return _best_of_documents(self._index.as_retriever(similarity_top_k=count), question)


def _documents(corpus: Path) -> Sequence[Document]:
    return [Document(text=text, doc_id=name) for name, text in read_documents(corpus)]


def _best_of_documents(retriever: BaseRetriever, question: str) -> list[tuple[str, float]]:
    """Of several nodes of a document the best counts."""
    best: dict[str, float] = {}
    for found in retriever.retrieve(question):
        best.setdefault(found.node.ref_doc_id or "", found.get_score())
    return list(best.items())
