"""Shared by tests: a small deterministic embedder, and libraries of papers with an abstract each."""

from __future__ import annotations

import os
import re
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from llama_index.core.base.embeddings.base import BaseEmbedding

from paperchat.storage.deduplication import PaperChange
from paperchat.storage.indexer import PaperRecord
from paperchat.storage.library import Library
from paperchat.storage.versions import EarlierVersion
from paperchat.types import Paper, Passage, StoredPaper

CATALOGUE_VARIABLE = "TEST_CATALOGUE"
"""The folder of a library and the URL of its catalogue, for all processes of a test."""

_WORD = re.compile(r"\w+")


class WordEmbedding(BaseEmbedding):
    """Texts that share words are near: each word adds to one of ``size`` dimensions, with its own sign."""

    size: int = 64

    def _get_text_embedding(self, text: str) -> list[float]:
        vector = np.zeros(self.size)
        for word in _WORD.findall(text.lower()):
            code = zlib.crc32(word.encode())
            vector[code % self.size] += 1 if code & 0x8000_0000 else -1
        length = float(np.linalg.norm(vector))
        return [float(value) for value in vector / length] if length else [1.0] + [0.0] * (self.size - 1)

    def _get_query_embedding(self, query: str) -> list[float]:
        return self._get_text_embedding(query)

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return self._get_text_embedding(query)


def catalogue_url(home: Path) -> str:
    """The URL of the catalogue of the test's library; empty where it is a file in the folder."""
    of, _, url = os.environ.get(CATALOGUE_VARIABLE, "").partition("\n")
    return url if of == str(home) else ""


def open_library(home: Path, *, embedder: BaseEmbedding | None = None, **options: Any) -> Library:
    options = {"embedder_name": "words", "chunking": "whole", "database_url": catalogue_url(home), **options}
    return Library.open(home, embedder=embedder or WordEmbedding(), **options)


def passage_of(stored: StoredPaper, *, basis: Any = "abstract", text: str | None = None, n: int = 0) -> Passage:
    text = stored.paper.abstract if text is None else text
    return Passage(
        passage_id=f"{stored.paper_id}#{basis}.{n}",
        paper_id=stored.paper_id,
        basis=basis,
        section="Abstract" if basis == "abstract" else "Introduction",
        page=None if basis == "abstract" else n + 1,
        start=0,
        end=len(text),
        text=text,
    )


def add_papers(library: Library, *papers: Paper) -> list[PaperChange]:
    """Add papers, each abstract as one passage, as ingestion does."""
    with library.write_session():
        changes = library.plan_changes(papers)
        library.write_papers(
            [
                PaperRecord(
                    change,
                    [passage_of(change.stored)] if change.reindex and change.stored.paper.abstract else [],
                    earlier=[EarlierVersion(paper=paper) for paper in change.earlier],
                )
                for change in changes
            ]
        )
    return changes
