"""The embedded sentence encoder: all-MiniLM-L6-v2 in 8-bit integers.

Nothing is downloaded: the model is in ``assets/minilm``.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tokenizers import Encoding, Tokenizer

from paperchat.models.onnx import ASSETS, OnnxModel, replace_lone_surrogates, untruncated_tokenizer

MODEL_NAME = "all-MiniLM-L6-v2-int8"
DIMENSION = 384
SENTENCE_TOKENS = 256  # the length the model was trained on for sentence vectors
MAX_TOKENS = 512  # the model's position embeddings
_REMEMBERED = 64  # questions
_SMALLEST_NORM = 1e-12

_ASSETS = ASSETS / "minilm"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TokenEmbeddings:
    """The embeddings of one text's tokens, in order, without the special tokens at start and end.

    Attributes:
        vectors: float32 [tokens, 384], unit vectors.
        offsets: int64 [tokens, 2]; token i comes from the characters ``text[offsets[i, 0]:offsets[i, 1]]``.
        words: int64 [tokens]; tokens of one word (a run of letters and digits, or one punctuation mark) share
            a number, counted from 0.
    """

    vectors: NDArray[np.float32]
    offsets: NDArray[np.int64]
    words: NDArray[np.int64]

    def mean_vectors(self, spans: Iterable[tuple[int, int]]) -> NDArray[np.float32]:
        """A unit vector for each stretch of characters, the mean of its tokens; zeros where it has none."""
        spans = list(spans)
        means = np.zeros((len(spans), self.vectors.shape[1]), np.float32)
        for row, (start, end) in zip(means, spans, strict=True):
            inside = (self.offsets[:, 0] < end) & (self.offsets[:, 1] > start)
            if inside.any():
                mean = self.vectors[inside].mean(axis=0)
                row[:] = mean / max(float(np.linalg.norm(mean)), _SMALLEST_NORM)
        return means


class MiniLM:
    """Encodes texts, or their tokens, as unit vectors; safe to share between threads.

    A text's vector depends on that text alone. Longer texts are truncated: ``encode`` uses the first 256 tokens and
    ``encode_tokens`` the first 512, two of which are special tokens. The model is loaded at first use.

    Args:
        folder: the folder of ``graph.onnx``, ``model.onnx`` and ``tokenizer.json``; the package's own by default.
        threads: the number of texts to run at a time; by default one for each processor this process may use, up
            to 16.
    """

    def __init__(self, *, folder: Path = _ASSETS, threads: int | None = None) -> None:
        self._model = OnnxModel(
            name="embedding model", folder=folder, tokenizer=folder / "tokenizer.json", threads=threads
        )
        self._remembered = functools.lru_cache(maxsize=_REMEMBERED)(self._encode_question)

    def __reduce__(self) -> tuple[Any, ...]:
        return functools.partial(MiniLM, folder=self._model.folder, threads=self._model.threads), ()

    def load(self) -> None:
        """Load the model before its first use.

        Raises:
            ModelError: the model's files are missing or damaged.
        """
        self._model.load()

    def unload(self) -> None:
        """Free the model's memory; it is loaded again if it is used again."""
        self._model.unload()

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Sentence vectors, float32 [len(texts), 384].

        Raises:
            ModelError: the model's files are missing or damaged, or it cannot be run.
        """
        vectors = self._model.map(self._encode_sentence, texts, length=len)
        return np.stack(vectors) if vectors else np.empty((0, DIMENSION), np.float32)

    def encode_question(self, text: str) -> NDArray[np.float32]:
        """The vector of one text, float32 [384], not writable; those of the last texts are remembered.

        A question is embedded where it is understood, where passages are retrieved and where they are scored.

        Raises:
            ModelError: the model's files are missing or damaged, or it cannot be run.
        """
        return self._remembered(text)[0]

    def encode_question_tokens(self, text: str) -> TokenEmbeddings:
        """The embeddings of a question's tokens, which come with its vector.

        Raises:
            ModelError: the model's files are missing or damaged, or it cannot be run.
        """
        return self._remembered(text)[1]

    def _encode_question(self, text: str) -> tuple[NDArray[np.float32], TokenEmbeddings]:
        ((vector, tokens),) = self._model.map(self._encode_both, [text], length=len)
        vector.flags.writeable = False
        return vector, tokens

    def encode_tokens(self, texts: Sequence[str]) -> list[TokenEmbeddings]:
        """The contextual embeddings of each text's tokens.

        Raises:
            ModelError: the model's files are missing or damaged, or it cannot be run.
        """
        return self._model.map(self._encode_text_tokens, texts, length=len)

    def _encode_sentence(self, tokenizer: Tokenizer, text: str) -> NDArray[np.float32]:
        ids = tokenizer.encode(replace_lone_surrogates(text)).ids
        return self._run(_truncate(ids, SENTENCE_TOKENS), "sentence_embedding")[0]

    def _encode_text_tokens(self, tokenizer: Tokenizer, text: str) -> TokenEmbeddings:
        encoding = tokenizer.encode(replace_lone_surrogates(text))
        (vectors,) = self._run(_truncate(encoding.ids, MAX_TOKENS), "token_embeddings")
        return _token_embeddings(vectors, encoding)

    def _encode_both(self, tokenizer: Tokenizer, text: str) -> tuple[NDArray[np.float32], TokenEmbeddings]:
        """The sentence vector and the embeddings of the tokens, by one run where the text is short enough for both."""
        encoding = tokenizer.encode(replace_lone_surrogates(text))
        if len(encoding.ids) > SENTENCE_TOKENS:
            return self._encode_sentence(tokenizer, text), self._encode_text_tokens(tokenizer, text)
        vector, vectors = self._run(encoding.ids, "sentence_embedding", "token_embeddings")
        return vector, _token_embeddings(vectors, encoding)

    def _run(self, ids: list[int], *outputs: str) -> list[NDArray[np.float32]]:
        return self._model.run(outputs, ids, [0] * len(ids))


def _token_embeddings(vectors: NDArray[np.float32], encoding: Encoding) -> TokenEmbeddings:
    """The embeddings of an encoding's first tokens, without those of start and end."""
    vectors = vectors[1:-1]
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    inside = slice(1, 1 + len(vectors))
    return TokenEmbeddings(
        vectors=vectors,
        offsets=np.array(encoding.offsets[inside], dtype=np.int64).reshape(-1, 2),
        words=np.array(encoding.word_ids[inside], dtype=np.int64),
    )


def _truncate(ids: list[int], length: int) -> list[int]:
    """The first tokens, of which the last is still the end token."""
    return ids if len(ids) <= length else [*ids[: length - 1], ids[-1]]


@functools.cache
def common_words() -> frozenset[str]:
    """The English words, in lower case, that the model has a token of their own for: about 20,000."""
    vocabulary = untruncated_tokenizer(_ASSETS / "tokenizer.json").get_vocab()
    return frozenset(word for word in vocabulary if word.isalpha())


def is_common_word(word: str) -> bool:
    """Whether a word in lower case, or what it is the plural of, is one of `common_words`."""
    return word in common_words() or word.removesuffix("s") in common_words()
