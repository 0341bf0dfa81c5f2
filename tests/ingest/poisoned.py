"""An embedder for workers of a cluster that ends its process when it reads a certain sentence."""

from __future__ import annotations

import os
import signal
from typing import Any

from paperchat.ingest.cluster.portion_worker import WorkerEmbedder

POISON = "This sentence ends whoever embeds it."


class Poisoned(WorkerEmbedder):
    """An embedder of the cluster's workers."""

    def make(self) -> Any:
        from paperchat.models.embeddings import MiniLMEmbedding
        from paperchat.models.minilm import MiniLM

        model = MiniLMEmbedding(encoder=MiniLM(threads=1))

        class Deadly:
            def get_text_embedding(self, text: str) -> Any:
                return model.get_text_embedding(text)

            def get_text_embedding_batch(self, texts: list[str]) -> Any:
                if any(POISON in text for text in texts):
                    os.kill(os.getpid(), signal.SIGKILL)
                return model.get_text_embedding_batch(texts)

        return Deadly()
