"""Runs the ONNX models in the package on tokenized texts. Only this module imports onnxruntime."""

from __future__ import annotations

import functools
import logging
import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from paperchat.errors import ModelError

# Otherwise importing it opens a database with a device id in the user's cache, and events are sent from there.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
import onnxruntime  # type: ignore[import-untyped]

logger = logging.getLogger(__name__)

ASSETS = Path(__file__).parent / "assets"
"""The folder of the models in the package."""
_MAX_THREADS = 16
_T = TypeVar("_T")
_R = TypeVar("_R")


@dataclass(frozen=True, slots=True, kw_only=True)
class _LoadedModel:
    """A tokenizer without padding and truncation, and a session on one thread."""

    tokenizer: Tokenizer
    session: onnxruntime.InferenceSession


class OnnxModel:
    """A model in an ONNX file, loaded at first use; safe to share between threads.

    Its result for a text depends on that text alone: each text is run by itself on one thread, several at a time.
    (Quantisation scales by all values of a run, so texts in one batch would change each other's results; and a run
    that fits the processor's cache is no slower than a batch.)

    Args:
        name: the model's name in messages, such as "embedding model".
        folder: the folder of ``graph.onnx``, and of ``model.onnx``, which has its matrices.
        tokenizer: the tokenizer's file.
        threads: the number of texts to run at a time; by default one for each processor this process may use, up
            to 16.
    """

    def __init__(self, *, name: str, folder: Path, tokenizer: Path, threads: int | None = None) -> None:
        self._name = name
        self.folder = folder
        self._tokenizer = tokenizer
        self.threads = threads or min(_processors(), _MAX_THREADS)
        self._lock = threading.Lock()
        self._loaded: _LoadedModel | None = None

    def map(
        self, function: Callable[[Tokenizer, _T], _R], items: Sequence[_T], *, length: Callable[[_T], int]
    ) -> list[_R]:
        """The function's result for each item, in order; run on several threads.

        Args:
            length: of an item, such as its characters: the longest are begun first, so that the threads end together.

        Raises:
            ModelError: the model's files are missing or damaged, or it cannot be run.
        """
        tokenizer = self.load().tokenizer
        threads = min(self.threads, len(items))
        if threads < 2:
            return [function(tokenizer, item) for item in items]
        order = sorted(range(len(items)), key=lambda place: -length(items[place]))
        with ThreadPoolExecutor(threads, "onnx") as pool:
            results = dict(zip(order, pool.map(lambda place: function(tokenizer, items[place]), order), strict=True))
        return [results[place] for place in range(len(items))]

    def run(self, outputs: Sequence[str], ids: Sequence[int], types: Sequence[int]) -> list[NDArray[np.float32]]:
        """Run the model on one text's token ids and types; the outputs have no batch axis.

        Raises:
            ModelError: the model cannot be loaded or run.
        """
        row = np.array([ids], dtype=np.int64)
        feed = {
            "input_ids": row,
            "attention_mask": np.ones_like(row),
            "token_type_ids": np.array([types], dtype=np.int64),
        }
        session = self.load().session
        try:
            return [result[0] for result in session.run([*outputs], feed)]
        except Exception as error:
            raise ModelError(
                f"the {self._name} in {self.folder} cannot be run ({_first_line(error)}): "
                "free memory, or install paperchat again"
            ) from error

    def unload(self) -> None:
        """Free the model's memory; it is loaded again if it is used again."""
        with self._lock:
            self._loaded = None

    def load(self) -> _LoadedModel:
        """Load the model, unless it is loaded.

        Raises:
            ModelError: its files are missing or damaged.
        """
        with self._lock:
            if self._loaded is None:
                logger.debug("loading the %s from %s", self._name, self.folder)
                try:
                    self._loaded = _open(self.folder, self._tokenizer)
                except Exception as error:
                    raise ModelError(
                        f"the {self._name} in {self.folder} cannot be loaded ({_first_line(error)}): "
                        "install paperchat again"
                    ) from error
            return self._loaded


def _open(folder: Path, file: Path) -> _LoadedModel:
    session = _session(str(folder / "graph.onnx"), exact_sums=_saturates())
    return _LoadedModel(tokenizer=untruncated_tokenizer(file), session=session)


def _session(model: str | bytes, *, exact_sums: bool) -> onnxruntime.InferenceSession:
    _share_arena()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.enable_mem_pattern = False  # it takes a block for each length of text
    options.add_session_config_entry("session.use_env_allocators", "1")
    options.add_session_config_entry("session.x64quantprecision", "1" if exact_sums else "0")
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


@functools.cache
def _share_arena() -> None:
    """Let the sessions of a process take their memory from one place; each would keep as much as it ever needed."""
    place = onnxruntime.OrtMemoryInfo(
        "Cpu", onnxruntime.OrtAllocatorType.ORT_ARENA_ALLOCATOR, 0, onnxruntime.OrtMemType.DEFAULT
    )
    onnxruntime.create_and_register_allocator(place, onnxruntime.OrtArenaCfg(0, -1, -1, -1))


@functools.cache
def _saturates() -> bool:
    """Whether this processor's fast 8-bit kernels cut off sums beyond 16 bits, as those of x86 without VNNI do.

    It is tried out, since ONNX Runtime does not say. Exact sums are not asked for where kernels are exact anyway: they
    would take twice as long there.
    """
    rows, inner, columns = 4, 64, 16
    largest = {"a": np.full((rows, inner), 255, np.uint8), "b": np.full((inner, columns), 127, np.int8)}
    (product,) = _session(_byte_product_model(), exact_sums=False).run(["c"], largest)
    return bool((product != inner * 255 * 127).any())


def _byte_product_model() -> bytes:
    """An ONNX model of one node: ``c``, int32, is the product of ``a``, uint8, and ``b``, int8."""
    uint8, int8, int32 = 2, 3, 6  # TensorProto.DataType

    def field(number: int, content: bytes | int) -> bytes:
        """A field of a protobuf message; lengths up to 127 take one byte, and more are not needed here."""
        if isinstance(content, int):
            return bytes([number << 3, content])
        return bytes([number << 3 | 2, len(content)]) + content

    def matrix(number: int, name: bytes, element: int) -> bytes:
        tensor = field(1, element) + field(2, field(1, b"") * 2)  # two axes of any length
        return field(number, field(1, name) + field(2, field(1, tensor)))

    node = field(1, b"a") + field(1, b"b") + field(2, b"c") + field(4, b"MatMulInteger")
    values = matrix(11, b"a", uint8) + matrix(11, b"b", int8) + matrix(12, b"c", int32)
    graph = field(1, node) + field(2, b"byte_product") + values
    return field(1, 8) + field(7, graph) + field(8, field(2, 13))  # versions of the format and of its operators


@functools.cache
def untruncated_tokenizer(file: Path) -> Tokenizer:
    """Load a tokenizer without padding and truncation, whatever the file says; models that have one share it."""
    tokenizer = Tokenizer.from_file(str(file))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


def replace_lone_surrogates(text: str) -> str:
    """Replace lone surrogates, which have no UTF-8 form, by "?", so that offsets stay correct."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _processors() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]
