"""Small models over word pieces, as ONNX files in the package: the only module that imports onnxruntime."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
import onnxruntime  # type: ignore[import-untyped]
from numpy.typing import NDArray
from tokenizers import Tokenizer

from paperchat.errors import ModelError

ASSETS = Path(__file__).parent / "assets"
_MAX_THREADS = 16
_T = TypeVar("_T")
_R = TypeVar("_R")


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A tokenizer that neither pads nor cuts, and a session on one thread."""

    tokenizer: Tokenizer
    session: onnxruntime.InferenceSession


class PieceModel:
    """Loaded at first use; safe to share between threads.

    What it gives for a text depends on that text alone: each is run by itself on one thread, several at a time.
    (Quantisation takes its scale from all that is in a run, so texts run together would change each other's results;
    and a run that fits the processor's cache is no slower than a batch.)

    Args:
        name: what a user is told cannot be run or loaded, as "embedding model".
        folder: where ``model.onnx`` is.
        tokenizer: the tokenizer's file.
        threads: how many texts are run at a time; by default one for each processor this process may use, up to 16.
    """

    def __init__(self, *, name: str, folder: Path, tokenizer: Path, threads: int | None = None) -> None:
        self._name = name
        self.folder = folder
        self._tokenizer = tokenizer
        self.threads = threads or min(_processors(), _MAX_THREADS)
        self._lock = threading.Lock()
        self._loaded: Loaded | None = None

    def each(self, do: Callable[[Tokenizer, _T], _R], of: Sequence[_T]) -> list[_R]:
        """What ``do`` gives for each, in order.

        Raises:
            ModelError: the model's files are missing or damaged, or it cannot be run.
        """
        tokenizer = self._load().tokenizer
        threads = min(self.threads, len(of))
        if threads < 2:
            return [do(tokenizer, one) for one in of]
        with ThreadPoolExecutor(threads, "pieces") as pool:
            return list(pool.map(lambda one: do(tokenizer, one), of))

    def run(self, outputs: Sequence[str], ids: Sequence[int], types: Sequence[int]) -> list[NDArray[np.float32]]:
        """What the model gives for one text's word pieces, each output without the axis of texts.

        Raises:
            ModelError: it cannot be loaded or run.
        """
        row = np.array([ids], dtype=np.int64)
        feed = {
            "input_ids": row,
            "attention_mask": np.ones_like(row),
            "token_type_ids": np.array([types], dtype=np.int64),
        }
        session = self._load().session
        try:
            return [result[0] for result in session.run([*outputs], feed)]
        except Exception as error:
            raise ModelError(
                f"the {self._name} in {self.folder} cannot be run ({_first_line(error)}): "
                "free memory, or install paperchat again"
            ) from error

    def _load(self) -> Loaded:
        with self._lock:
            if self._loaded is None:
                try:
                    self._loaded = _open(self.folder, self._tokenizer)
                except Exception as error:
                    raise ModelError(
                        f"the {self._name} in {self.folder} cannot be loaded ({_first_line(error)}): "
                        "install paperchat again"
                    ) from error
            return self._loaded


def _open(folder: Path, file: Path) -> Loaded:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(folder / "model.onnx"), options, providers=["CPUExecutionProvider"])
    return Loaded(tokenizer=whole_text_tokenizer(file), session=session)


def whole_text_tokenizer(file: Path) -> Tokenizer:
    """The word pieces of a text as it is: neither padded nor cut off, whatever the file says."""
    tokenizer = Tokenizer.from_file(str(file))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


def sound(text: str) -> str:
    """Lone surrogates have no UTF-8 form; each becomes "?", so that offsets stay true."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _processors() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]
