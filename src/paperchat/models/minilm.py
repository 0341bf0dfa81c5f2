"""The embedded sentence encoder: all-MiniLM-L6-v2 in 8-bit integers, run by ONNX Runtime.

The only module that imports onnxruntime and tokenizers. Nothing is downloaded: the model is in
``assets/minilm``.
"""

from __future__ import annotations

import functools
import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import onnxruntime  # type: ignore[import-untyped]
from numpy.typing import NDArray
from tokenizers import Encoding, Tokenizer

from paperchat.errors import ModelError

MODEL_NAME = "all-MiniLM-L6-v2-int8"
DIMENSION = 384
SENTENCE_TOKENS = 256  # what the model was trained to take in for one vector
MAX_TOKENS = 512  # what it has positions for

_ASSETS = Path(__file__).parent / "assets" / "minilm"
_MAX_THREADS = 16
_T = TypeVar("_T")


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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Loaded:
    tokenizer: Tokenizer
    session: onnxruntime.InferenceSession


class MiniLM:
    """Encodes texts, or their single word pieces, as vectors of length one; safe to share between threads.

    A text's vector depends on that text alone: each is run by itself on one thread, several at a time.
    (Quantisation takes its scale from all that is in a run, so texts run together would change each other's
    vectors; and a run that fits the processor's cache is no slower than a batch.) Of a longer text,
    ``encode`` takes in the first 256 word pieces and ``encode_tokens`` the first 512, two of which mark start
    and end. The model is loaded at first use.

    Args:
        folder: where ``model.onnx`` and ``tokenizer.json`` are; the package's own by default.
        threads: how many texts are run at a time; by default one for each processor this process may use, up
            to 16.
    """

    def __init__(self, *, folder: Path = _ASSETS, threads: int | None = None) -> None:
        self._folder = folder
        self._threads = threads or min(_processors(), _MAX_THREADS)
        self._lock = threading.Lock()
        self._loaded: _Loaded | None = None

    def __reduce__(self) -> tuple[Any, ...]:
        return functools.partial(MiniLM, folder=self._folder, threads=self._threads), ()

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Sentence vectors, float32 [len(texts), 384].

        Raises:
            ModelError: the model's files are missing or damaged, or it cannot be run.
        """
        vectors = self._each(self._sentence, texts)
        return np.stack(vectors) if vectors else np.empty((0, DIMENSION), np.float32)

    def encode_tokens(self, texts: Sequence[str]) -> list[TokenEmbeddings]:
        """The vectors of each text's word pieces, in context.

        Raises:
            ModelError: the model's files are missing or damaged, or it cannot be run.
        """
        return self._each(self._tokens, texts)

    def _each(self, encode_one: Callable[[_Loaded, str], _T], texts: Sequence[str]) -> list[_T]:
        run = functools.partial(encode_one, self._load())
        threads = min(self._threads, len(texts))
        if threads < 2:
            return [run(text) for text in texts]
        with ThreadPoolExecutor(threads, "minilm") as pool:
            return list(pool.map(run, texts))

    def _sentence(self, loaded: _Loaded, text: str) -> NDArray[np.float32]:
        ids = _tokenise(loaded, text).ids
        if len(ids) > SENTENCE_TOKENS:
            ids = [*ids[: SENTENCE_TOKENS - 1], ids[-1]]
        return self._run(loaded, ids, "sentence_embedding")

    def _tokens(self, loaded: _Loaded, text: str) -> TokenEmbeddings:
        encoding = _tokenise(loaded, text)
        vectors = self._run(loaded, encoding.ids, "token_embeddings")[1:-1]
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        return TokenEmbeddings(
            vectors=vectors,
            offsets=np.array(encoding.offsets[1:-1], dtype=np.int64).reshape(-1, 2),
            words=np.array(encoding.word_ids[1:-1], dtype=np.int64),
        )

    def _run(self, loaded: _Loaded, pieces: list[int], output: str) -> NDArray[np.float32]:
        ids = np.array([pieces], dtype=np.int64)
        feed = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
        try:
            (result,) = loaded.session.run([output], feed)
        except Exception as error:
            raise ModelError(
                f"the embedding model in {self._folder} cannot be run ({_first_line(error)}): "
                "free memory, or install paperchat again"
            ) from error
        vectors: NDArray[np.float32] = result[0]
        return vectors

    def _load(self) -> _Loaded:
        with self._lock:
            if self._loaded is None:
                try:
                    self._loaded = _open(self._folder)
                except Exception as error:
                    raise ModelError(
                        f"the embedding model in {self._folder} cannot be loaded ({_first_line(error)}): "
                        "install paperchat again"
                    ) from error
            return self._loaded


def _open(folder: Path) -> _Loaded:
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_TOKENS)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(folder / "model.onnx"), options, providers=["CPUExecutionProvider"])
    return _Loaded(tokenizer=tokenizer, session=session)


def _tokenise(loaded: _Loaded, text: str) -> Encoding:
    # Lone surrogates have no UTF-8 form; each becomes "?", so that offsets stay true.
    return loaded.tokenizer.encode(text.encode("utf-8", "replace").decode("utf-8"))


def _processors() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]
