"""How many 8-bit products a second this machine can do in ONNX Runtime, and how many the embedded model needs."""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from paperchat.models.onnx import ASSETS, untruncated_tokenizer

SIDE = 1024  # of the matrices: both operands and what is repacked of them fit a processor's own cache
SECONDS = 0.5
LAYERS, WIDTH, INNER = 6, 384, 1536  # of all-MiniLM-L6-v2
PRODUCTS_PER_TOKEN = LAYERS * (4 * WIDTH**2 + 2 * WIDTH * INNER)
"""Products with weights, all in 8 bits: query, key, value and output, and the two halves of the feed-forward. Those of
attention, between activations, are in floating point and not counted."""


class Int8Peak:
    """A large MatMulInteger on one thread for each processor, as the embedded model has its threads."""

    def __init__(self, threads: int) -> None:
        import onnxruntime  # type: ignore[import-untyped]  # paperchat.models.onnx has switched off its telemetry

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(_product_model(), options, providers=["CPUExecutionProvider"])
        self._threads = threads
        numbers = np.random.default_rng(0)
        self._feed = {"a": numbers.integers(0, 256, (SIDE, SIDE), np.uint8)}

    def measure(self) -> float:
        """Products a second of all threads together, over half a second."""
        with ThreadPoolExecutor(self._threads) as pool:
            return sum(pool.map(lambda _: self._products_of_one_thread(), range(self._threads)))

    def _products_of_one_thread(self) -> float:
        began, times = time.perf_counter(), 0
        while time.perf_counter() - began < SECONDS:
            self._session.run(["c"], self._feed)
            times += 1
        return times * SIDE**3 / (time.perf_counter() - began)


def count_tokens(texts: Sequence[str], most: int) -> int:
    """The tokens of the texts that the embedded model reads, at most ``most`` of each."""
    tokenizer = untruncated_tokenizer(ASSETS / "minilm" / "tokenizer.json")
    return sum(min(len(tokenizer.encode(text).ids), most) for text in texts)


def _product_model() -> bytes:
    """An ONNX model of one node: ``c``, int32, is the product of ``a``, uint8, and weights, int8, in the model."""
    uint8, int8, int32 = 2, 3, 6  # TensorProto.DataType
    weights = np.random.default_rng(1).integers(-127, 128, (SIDE, SIDE), np.int8).tobytes()
    side = _field(1, _field(1, SIDE))
    constant = _field(1, SIDE) + _field(1, SIDE) + _field(2, int8) + _field(8, b"b") + _field(9, weights)
    node = _field(1, b"a") + _field(1, b"b") + _field(2, b"c") + _field(4, b"MatMulInteger")
    graph = _field(1, node) + _field(2, b"product") + _field(5, constant)
    for number, name, element in ((11, b"a", uint8), (12, b"c", int32)):
        graph += _field(number, _field(1, name) + _field(2, _field(1, _field(1, element) + _field(2, side * 2))))
    return _field(1, 8) + _field(7, graph) + _field(8, _field(2, 13))  # versions of the format and of its operators


def _field(number: int, content: bytes | int) -> bytes:
    """A field of a protobuf message."""
    if isinstance(content, int):
        return bytes([number << 3]) + _varint(content)
    return bytes([number << 3 | 2]) + _varint(len(content)) + content


def _varint(value: int) -> bytes:
    digits = []
    while value > 127:
        digits.append(value & 127 | 128)
        value >>= 7
    return bytes([*digits, value])
