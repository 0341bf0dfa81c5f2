"""Writes the graph that paperchat runs, ``graph.onnx``, beside the ``model.onnx`` it gets its matrices from.

    python -m train.write_graph FOLDER...

ONNX Runtime's fused kernels for the quantised attention, the layer norm and the GELU of a processor are slower than
what they were fused from. So here attention is a product of all heads' queries, keys and values at once and two
products of batches, a layer norm is an instance norm, and bias and GELU are two nodes. The values are the same but for
the rounding of floats; the graph takes one text at a time. The quantised matrices stay in ``model.onnx``, where it
finds them by their place in that file.
"""

# The packages of train/requirements.txt are not there when the code is checked.
# mypy: disable-error-code="import-not-found,import-untyped"

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from train.model.quantize import write_sums

HEADS = 12
HEAD_WIDTH = 32
WIDTH = HEADS * HEAD_WIDTH
EPSILON = 1e-12
STORED_APART = 4096
"""The least bytes of a tensor that is left in ``model.onnx``."""


class GraphWriter:
    """Collects the nodes and constants of a graph."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.constants: dict[str, Any] = {}

    def add(self, operator: str, inputs: list[str], output: str, **attributes: Any) -> str:
        """Add a node with one output, whose name is returned; kernels of ONNX Runtime's own begin with "ort:"."""
        domain, _, name = operator.rpartition(":")
        self.nodes.append(
            helper.make_node(name, inputs, [output], domain="com.microsoft" if domain else "", **attributes)
        )
        return output

    def constant(self, name: str, value: Any) -> str:
        """The name of a constant, added once."""
        self.constants[name] = numpy_helper.from_array(np.asarray(value), name)
        return name

    def attention(self, node: Any) -> None:
        """Self-attention without a mask: each text is run by itself, without padding."""
        quantised, weight, bias, scale, weight_scale, _, zero, weight_zero = [*node.input][:8]
        name = node.output[0]
        product = self.add("MatMulInteger", [quantised, weight, zero, weight_zero], f"{name}/integers")
        product = self.add("Cast", [product], f"{name}/floats", to=TensorProto.FLOAT)
        scales = self.add("Mul", [scale, weight_scale], f"{name}/scales")
        product = self.add("Mul", [product, scales], f"{name}/scaled")
        product = self.add("Add", [product, bias], f"{name}/biased")
        by_head = self.constant("by_head", np.array([-1, 3 * HEADS, HEAD_WIDTH], np.int64))
        product = self.add("Reshape", [product, by_head], f"{name}/by_head")
        product = self.add("Transpose", [product], f"{name}/heads", perm=[1, 0, 2])
        parts = [f"{name}/query", f"{name}/key", f"{name}/value"]
        thirds = self.constant("thirds", np.array([HEADS] * 3, np.int64))
        self.nodes.append(helper.make_node("Split", [product, thirds], parts, axis=0))
        query, key, value = parts
        weights = self.add("ort:FusedMatMul", [query, key], f"{name}/products", transB=1, alpha=HEAD_WIDTH**-0.5)
        weights = self.add("Softmax", [weights], f"{name}/weights", axis=-1)
        mixed = self.add("MatMul", [weights, value], f"{name}/mixed")
        mixed = self.add("Transpose", [mixed], f"{name}/by_token", perm=[1, 0, 2])
        self.add("Reshape", [mixed, self.constant("one_text", np.array([1, -1, WIDTH], np.int64))], name)

    def layer_norm(self, node: Any) -> None:
        """The layer norm of the sum of two inputs and a bias: each token is an instance, or rather a channel of one."""
        given, skipped, gain, shift, bias = node.input
        name = node.output[0]
        total = self.add("Add", [self.add("Add", [given, bias], f"{name}/biased"), skipped], f"{name}/sum")
        scaled = self.add("InstanceNormalization", [total, *self.units()], f"{name}/scaled", epsilon=EPSILON)
        self.add("Add", [self.add("Mul", [scaled, gain], f"{name}/gained"), shift], name)

    def units(self) -> tuple[str, str]:
        """A one and a zero for each token."""
        if "one" not in self.constants:
            bounds = [self.constant(f"axis_{axis}", np.array([axis], np.int64)) for axis in (1, 2)]
            tokens = self.add("Slice", [self.add("Shape", ["input_ids"], "shape"), *bounds], "token_count")
            self.add("Expand", [self.constant("one", np.ones(1, np.float32)), tokens], "ones")
            self.add("Expand", [self.constant("zero", np.zeros(1, np.float32)), tokens], "zeros")
        return "ones", "zeros"

    def bias_gelu(self, node: Any) -> None:
        given, bias = node.input
        biased = self.add("Add", [given, bias], f"{node.output[0]}/biased")
        self.add("ort:Gelu", [biased], node.output[0])


def write_graph(folder: Path) -> Path:
    """Write ``graph.onnx`` for the ``model.onnx`` of a folder; exits if it has other nodes than expected."""
    source, target = folder / "model.onnx", folder / "graph.onnx"
    model, content = onnx.load(source), source.read_bytes()
    writer = GraphWriter()
    rewritten = {
        "QAttention": writer.attention,
        "SkipLayerNormalization": writer.layer_norm,
        "BiasGelu": writer.bias_gelu,
    }
    for node in model.graph.node:
        rewritten.get(node.op_type, writer.nodes.append)(node)
    del model.graph.node[:]
    model.graph.node.extend(writer.nodes)
    for tensor in model.graph.initializer:
        if len(tensor.raw_data) >= STORED_APART:
            refer(tensor, source.name, content)
    model.graph.initializer.extend(writer.constants.values())
    target.write_bytes(model.SerializeToString(deterministic=True))
    return target


def refer(tensor: Any, location: str, content: bytes) -> None:
    """Leave a tensor's values in the file ``location``, which has this ``content``."""
    place = content.find(tensor.raw_data)
    if place < 0 or content.find(tensor.raw_data, place + 1) >= 0:
        sys.exit(f"the values of {tensor.name} are not just once in {location}")
    where = {"location": location, "offset": place, "length": len(tensor.raw_data)}
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    for key, value in where.items():
        tensor.external_data.add(key=key, value=str(value))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", type=Path, nargs="+", help="each with a model.onnx")
    for folder in parser.parse_args().folders:
        print(f"{write_graph(folder)}: {(folder / 'graph.onnx').stat().st_size} bytes")
        write_sums(folder)


if __name__ == "__main__":
    main()
