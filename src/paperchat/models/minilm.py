"""The embedded sentence encoder: all-MiniLM-L6-v2 in 8-bit integers.

Nothing is downloaded: the model is in ``assets/minilm``.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from paperchat.models.onnx import ASSETS, PieceModel, sound

MODEL_NAME = "all-MiniLM-L6-v2-int8"
DIMENSION = 384
SENTENCE_TOKENS = 256  # what the model was trained to take in for one vector
MAX_TOKENS = 512  # what it has positions for

_ASSETS = ASSETS / "minilm"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TokenEmbeddings:
    """The word pieces of one text, in order, without the marks for its start and end.

    Attributes:
        vectors: float32 [tokens, 384], each of length one.
        offsets: int64 [tokens, 2]; piece i comes from the characters ``text[offsets[i, 0]:offsets[i, 1]]``.
        words: int64 [tokens]; pieces of one word (a run of letters and digits, or one punctuation mark) share
            a number, counted from 0.
    """

    vectors: NDArray[np.float32]
    offsets: NDArray[np.int64]
    words: NDArray[np.int64]


class MiniLM:
    """Encodes texts, or their single word pieces, as vectors of length one; safe to share between threads.

    A text's vector depends on that text alone. Of a longer text, ``encode`` takes in the first 256 word pieces and
    ``encode_tokens`` the first 512, two of which mark start and end. The model is loaded at first use.

    Args:
        folder: where ``model.onnx`` and ``tokenizer.json`` are; the package's own by default.
        threads: how many texts are run at a time; by default one for each processor this process may use, up
            to 16.
    """

    def __init__(self, *, folder: Path = _ASSETS, threads: int | None = None) -> None:
        self._model = PieceModel(
            name="embedding model", folder=folder, tokenizer=folder / "tokenizer.json", threads=threads
        )

    def __reduce__(self) -> tuple[Any, ...]:
        return functools.partial(MiniLM, folder=self._model.folder, threads=self._model.threads), ()

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Sentence vectors, float32 [len(texts), 384].

        Raises:
            ModelError: the model's files are missing or damaged, or it cannot be run.
        """
        vectors = self._model.each(self._sentence, texts)
        return np.stack(vectors) if vectors else np.empty((0, DIMENSION), np.float32)

    def encode_tokens(self, texts: Sequence[str]) -> list[TokenEmbeddings]:
        """The vectors of each text's word pieces, in context.

        Raises:
            ModelError: the model's files are missing or damaged, or it cannot be run.
        """
        return self._model.each(self._tokens, texts)

    def _sentence(self, tokenizer: Tokenizer, text: str) -> NDArray[np.float32]:
        ids = tokenizer.encode(sound(text)).ids
        return self._run(_cut(ids, SENTENCE_TOKENS), "sentence_embedding")

    def _tokens(self, tokenizer: Tokenizer, text: str) -> TokenEmbeddings:
        encoding = tokenizer.encode(sound(text))
        vectors = self._run(_cut(encoding.ids, MAX_TOKENS), "token_embeddings")[1:-1]
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        inside = slice(1, 1 + len(vectors))
        return TokenEmbeddings(
            vectors=vectors,
            offsets=np.array(encoding.offsets[inside], dtype=np.int64).reshape(-1, 2),
            words=np.array(encoding.word_ids[inside], dtype=np.int64),
        )

    def _run(self, pieces: list[int], output: str) -> NDArray[np.float32]:
        (vectors,) = self._model.run([output], pieces, [0] * len(pieces))
        return vectors


def _cut(pieces: list[int], most: int) -> list[int]:
    """So many of them, of which the last still marks the end."""
    return pieces if len(pieces) <= most else [*pieces[: most - 1], pieces[-1]]
