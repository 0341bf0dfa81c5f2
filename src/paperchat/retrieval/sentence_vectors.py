"""Vectors of the sentences of passages: embedded when first needed, then stored in the library."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

import numpy as np
from numpy.typing import NDArray

from paperchat.errors import StorageError
from paperchat.models.minilm import MiniLM
from paperchat.storage.library import Library
from paperchat.text.sentences import sentence_spans
from paperchat.types import Passage

Vectors = NDArray[np.float32]


class SentenceIndex:
    """The sentences of a passage as vectors of the embedded encoder, whatever embedder the library uses."""

    def __init__(self, *, library: Library, encoder: MiniLM) -> None:
        self._library = library
        self._encoder = encoder

    def vectors(self, passages: Sequence[Passage]) -> dict[str, Vectors]:
        """For each passage, float32 [sentences, 384], in the order of ``sentence_spans(passage.text)``."""
        stored = self._library.sentence_vectors([passage.passage_id for passage in passages])
        new = {p.passage_id: _sentences(p.text) for p in passages if p.passage_id not in stored}
        if not new:
            return stored
        embedded = self._encoder.encode([text for texts in new.values() for text in texts])
        made: dict[str, Vectors] = {}
        at = 0
        for passage_id, texts in new.items():
            made[passage_id] = embedded[at : at + len(texts)]
            at += len(texts)
        with suppress(StorageError):  # on a full or read-only disk they are made again next time
            self._library.store_sentence_vectors(made)
        return stored | made


def _sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in sentence_spans(text)]
