"""The embedded encoder as a LlamaIndex embedding."""

from __future__ import annotations

import asyncio
import pickle
import subprocess
import sys
import time

import numpy as np
from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.ingestion import IngestionPipeline
from llama_index.core.schema import TextNode

from paperchat.models.embeddings import MiniLMEmbedding
from paperchat.models.minilm import DIMENSION, MiniLM

TEXTS = [f"Passage {number} speaks of {topic}." for number in range(20) for topic in ("proteins", "planets")]


def test_query_text_and_batch_agree_with_the_encoder() -> None:
    encoder = MiniLM()
    embedder = MiniLMEmbedding(encoder=encoder)
    expected = encoder.encode(TEXTS[:3])
    assert embedder.encoder is encoder
    np.testing.assert_allclose(embedder.get_text_embedding_batch(TEXTS[:3]), expected, rtol=1e-6)
    np.testing.assert_allclose(embedder.get_text_embedding(TEXTS[0]), expected[0], rtol=1e-6)
    np.testing.assert_allclose(embedder.get_query_embedding(TEXTS[0]), expected[0], rtol=1e-6)


def test_asynchronous_methods_give_the_same_vectors() -> None:
    embedder = MiniLMEmbedding(embed_batch_size=8)

    async def embed() -> tuple[list[float], list[float], list[list[float]]]:
        return (
            await embedder.aget_query_embedding(TEXTS[0]),
            await embedder.aget_text_embedding(TEXTS[0]),
            await embedder.aget_text_embedding_batch(TEXTS),
        )

    query, text, batch = asyncio.run(embed())
    assert batch == embedder.get_text_embedding_batch(TEXTS)
    assert query == text == batch[0]


def test_the_event_loop_is_not_blocked_while_texts_are_embedded() -> None:
    embedder = MiniLMEmbedding()
    embedder.get_text_embedding("load the model first")
    gaps: list[float] = []

    async def tick() -> None:
        while True:
            started = time.perf_counter()
            await asyncio.sleep(0.01)
            gaps.append(time.perf_counter() - started)

    async def embed() -> float:
        ticking = asyncio.create_task(tick())
        started = time.perf_counter()
        await embedder.aget_text_embedding_batch(["A long sentence about little. " * 40] * 40)
        ticking.cancel()
        return time.perf_counter() - started

    duration = asyncio.run(embed())
    assert len(gaps) > 10
    assert max(gaps) < duration / 2


def test_it_works_in_an_ingestion_pipeline() -> None:
    embedder = MiniLMEmbedding()
    nodes = IngestionPipeline(transformations=[embedder]).run(nodes=[TextNode(text=text) for text in TEXTS])
    assert [len(node.embedding or []) for node in nodes] == [DIMENSION] * len(TEXTS)


def test_a_pickled_embedder_works() -> None:
    copy: BaseEmbedding = pickle.loads(pickle.dumps(MiniLMEmbedding()))
    assert len(copy.get_query_embedding("a question")) == DIMENSION


def test_the_encoder_is_imported_without_the_framework() -> None:
    code = "import sys, paperchat.models.minilm; sys.exit('llama_index' in ' '.join(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
