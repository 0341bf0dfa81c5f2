"""Vectors of many abstracts, embedded once and stored in a folder, and an embedding model that replays them.

It measures everything but the embedding of the library, which takes half an hour for 80,000 abstracts and has a
benchmark of its own.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path

import numpy as np
from llama_index.core.bridge.pydantic import PrivateAttr
from llama_index.core.schema import MetadataMode
from numpy.typing import ArrayLike, NDArray

from paperchat.ingest.chunking import abstract_passages
from paperchat.ingest.passage_limits import CHUNKING
from paperchat.ingest.pipeline import ingest_papers
from paperchat.ingest.sources.files import ProgressMeter
from paperchat.ingest.sources.registry import read_location
from paperchat.models.embeddings import ThreadedEmbedding
from paperchat.models.minilm import MiniLM
from paperchat.storage.library import Library
from paperchat.storage.nodes import to_node
from paperchat.types import Paper, StoredPaper

SHARD_SIZE = 1024
Vector = NDArray[np.float32]


def read_papers(file: Path) -> Iterator[Paper]:
    return (item for item in read_location(file, ProgressMeter()) if isinstance(item, Paper))


def embed_papers(file: Path, cache: Path) -> None:
    """Embed what ingestion would embed of the papers in ``file``; resumes where an earlier run stopped."""
    encoder, papers, shard = MiniLM(), read_papers(file), 0
    while batch := list(islice(papers, SHARD_SIZE)):
        target = cache / f"{shard:03}.npz"
        shard += 1
        if target.exists():
            continue
        texts = [text for several in embedded_texts(batch) for text in several]
        save_vectors(target, [key_of(text) for text in texts], encoder.encode(texts))
        print(f"{shard * SHARD_SIZE:,} papers embedded", flush=True)


def embedded_texts(papers: Iterable[Paper]) -> Iterator[list[str]]:
    """For each paper, the texts of its passages as they are embedded."""
    stored = [StoredPaper(paper_id=f"p{number}", paper=paper) for number, paper in enumerate(papers)]
    for of, passages in zip(stored, abstract_passages(stored), strict=True):
        yield [to_node(passage, of).get_content(metadata_mode=MetadataMode.EMBED) for passage in passages]


def key_of(text: str) -> bytes:
    return hashlib.sha1(text.encode("utf-8", "replace"), usedforsecurity=False).digest()


def save_vectors(file: Path, keys: Sequence[bytes], vectors: ArrayLike) -> None:
    """Write vectors to ``file`` atomically."""
    file.parent.mkdir(parents=True, exist_ok=True)
    unfinished = file.with_suffix(".part.npz")
    flat = np.frombuffer(b"".join(keys), dtype=np.uint8).reshape(len(keys), -1)
    np.savez(unfinished, keys=flat, vectors=np.asarray(vectors, dtype=np.float32))
    unfinished.rename(file)


def load_vectors(cache: Path) -> dict[bytes, Vector]:
    """All vectors stored in a folder, by `key_of` their text."""
    found: dict[bytes, Vector] = {}
    for file in sorted(cache.glob("[0-9]*[0-9].npz")):
        shard = np.load(file)
        found.update(zip((row.tobytes() for row in shard["keys"]), shard["vectors"], strict=True))
    return found


class ReplayedEmbedding(ThreadedEmbedding):
    """Returns the stored vector of a text; a text that has none (a merged record) is embedded."""

    _kept: Mapping[bytes, Vector] = PrivateAttr()
    _encoder: MiniLM = PrivateAttr()

    def __init__(self, vectors: Mapping[bytes, Vector]) -> None:
        super().__init__(model_name="replay", embed_batch_size=256)
        self._kept = vectors
        self._encoder = MiniLM()

    def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        keys = [key_of(text) for text in texts]
        new = {key: text for key, text in zip(keys, texts, strict=True) if key not in self._kept}
        made = dict(zip(new, self._encoder.encode(list(new.values())), strict=True))
        return [(self._kept[key] if key in self._kept else made[key]).tolist() for key in keys]

    def _get_text_embedding(self, text: str) -> list[float]:
        return self._get_text_embeddings([text])[0]

    def _get_query_embedding(self, query: str) -> list[float]:
        return self._get_text_embedding(query)


def build_library(home: Path, papers: Iterable[Paper], embedder: ReplayedEmbedding) -> None:
    """Build an ordinary library that `PaperChat.open` can open, unless it exists already."""
    done = home / "built"
    if done.exists():
        return
    with Library.open(home, embedder=embedder, embedder_name="minilm", chunking=CHUNKING) as library:
        report = ingest_papers(library, papers)
    done.write_text(f"{report.papers} papers, {report.passages} passages, {report.seconds} s\n", encoding="ascii")
