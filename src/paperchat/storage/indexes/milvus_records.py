"""A passage as a record in Milvus: its fields, and the conditions on them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from paperchat.storage.catalogue import checksum, short_checksum
from paperchat.storage.filters import ResolvedFilters
from paperchat.storage.indexes.milvus_server import TIMEOUT, load_pymilvus, milvus_error
from paperchat.storage.name_normalization import CATEGORY_PREFIX

if TYPE_CHECKING:
    from llama_index.core.schema import TextNode

    from paperchat.storage.indexes.milvus_server import MilvusClient

_MAX_TEXT_BYTES = 65_535  # by Milvus
_MAX_CATEGORY_BYTES = 1_024  # longer than any that can be filtered by
_MAX_CATEGORIES = 1_024

PASSAGE_ID, PAPER_ID, BASIS, DAY, CATEGORIES = "passage_id", "paper_id", "basis", "day", "categories"
CHECKSUM, LENGTH, WORDS, VECTOR, BM25 = "checksum", "length", "words", "vector", "bm25"


def create_collection(client: MilvusClient, name: str, dimension: int) -> None:
    """Create a collection of passages with vectors of this size, ready to be searched.

    The words of a passage are its stems, so that Milvus analyses what has been analysed already.
    """
    pymilvus = load_pymilvus()
    types, functions = pymilvus.DataType, pymilvus.FunctionType
    schema = client.create_schema(auto_id=False, enable_dynamic_field=False)
    schema.add_field(PASSAGE_ID, types.VARCHAR, is_primary=True, max_length=_MAX_TEXT_BYTES)
    schema.add_field(PAPER_ID, types.VARCHAR, max_length=_MAX_TEXT_BYTES)
    schema.add_field(BASIS, types.VARCHAR, max_length=_MAX_CATEGORY_BYTES)
    schema.add_field(DAY, types.INT64)
    schema.add_field(
        CATEGORIES,
        types.ARRAY,
        element_type=types.VARCHAR,
        max_capacity=_MAX_CATEGORIES,
        max_length=_MAX_CATEGORY_BYTES,
    )
    schema.add_field(CHECKSUM, types.INT64)
    schema.add_field(LENGTH, types.INT64)
    schema.add_field(
        WORDS,
        types.VARCHAR,
        max_length=_MAX_TEXT_BYTES,
        enable_analyzer=True,
        enable_match=True,
        analyzer_params={"tokenizer": "standard"},
    )
    schema.add_field(BM25, types.SPARSE_FLOAT_VECTOR)
    schema.add_field(VECTOR, types.FLOAT_VECTOR, dim=dimension)
    schema.add_function(
        pymilvus.Function(name=BM25, function_type=functions.BM25, input_field_names=[WORDS], output_field_names=[BM25])
    )
    indexes = client.prepare_index_params()
    # As in Chroma: with fewer neighbours some passages of a library of near-duplicates cannot be reached.
    indexes.add_index(VECTOR, index_type="HNSW", metric_type="COSINE", params={"M": 32, "efConstruction": 200})
    indexes.add_index(
        BM25, index_type="SPARSE_INVERTED_INDEX", metric_type="BM25", params={"bm25_k1": 1.2, "bm25_b": 0.75}
    )
    for field in (PAPER_ID, BASIS, DAY):
        indexes.add_index(field, index_type="INVERTED")
    client.create_collection(name, schema=schema, index_params=indexes, consistency_level="Strong", timeout=TIMEOUT)
    of_categories = client.prepare_index_params()
    of_categories.add_index(CATEGORIES, index_type="INVERTED")
    with suppress(milvus_error()):  # milvus-lite has none on lists, and filters by them all the same
        client.create_index(name, of_categories, timeout=TIMEOUT)
    client.load_collection(name, timeout=TIMEOUT)


def dimension_of(client: MilvusClient, name: str) -> int:
    """The size of a collection's vectors."""
    described: dict[str, Any] = client.describe_collection(name, timeout=TIMEOUT)
    (field,) = (field for field in described["fields"] if field["name"] == VECTOR)
    return int(field["params"]["dim"])


def make_record(node: TextNode, stems: Sequence[str]) -> dict[str, Any]:
    """The record of a passage with these stems."""
    names = (name.removeprefix(CATEGORY_PREFIX) for name in node.metadata if name.startswith(CATEGORY_PREFIX))
    categories = [name for name in names if len(name.encode()) <= _MAX_CATEGORY_BYTES]
    return {
        PASSAGE_ID: node.node_id,
        PAPER_ID: node.metadata["paper_id"],
        BASIS: node.metadata["basis"],
        DAY: node.metadata["day"],
        CATEGORIES: categories[:_MAX_CATEGORIES],
        CHECKSUM: short_checksum(checksum(node.text)),
        LENGTH: len(stems),
        WORDS: " ".join(stems)[:_MAX_TEXT_BYTES],
        VECTOR: node.get_embedding(),
    }


def conditions_of(filters: ResolvedFilters) -> list[str]:
    """What a passage must meet besides being of one of the papers."""
    conditions = []
    if filters.days:
        first, last = filters.days
        conditions.append(f"{DAY} >= {first} and {DAY} <= {last}")
    if filters.basis:
        conditions.append(f"{BASIS} == {_literal(filters.basis)}")
    if filters.categories is not None:
        conditions.append(f"array_contains_any({CATEGORIES}, {_literal(list(filters.categories))})")
    return conditions


def all_of(conditions: Iterable[str]) -> str:
    """That all conditions are met; empty without one."""
    return " and ".join(conditions)


def among(name: str, values: Sequence[str]) -> str:
    """That a field has one of these values."""
    return f"{name} in {_literal(list(values))}"


def has_word(stem: str) -> str:
    """That a passage has this stem."""
    return f"text_match({WORDS}, '{stem}')"


def _literal(value: str | list[str]) -> str:
    return json.dumps(value, ensure_ascii=False)


def encoded_stem(stem: str) -> str:
    """The stem as one word of ASCII letters and digits, which no tokenizer divides."""
    return stem if stem.isascii() and stem.isalnum() else f"x{stem.encode().hex()}"
