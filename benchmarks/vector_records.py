"""Adding to the vector index, and its size: paperchat's records, and those of LlamaIndex's Chroma store, in turn.

    python -m benchmarks.vector_records --library HOME [--passages 5000] [--rounds 2] [--json]

The first passages of the library, with their vectors, are added to new folders in batches of the same size.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from llama_index.core.schema import TextNode
from llama_index.vector_stores.chroma import ChromaVectorStore

from paperchat.storage.catalogue import Catalogue, batches
from paperchat.storage.database import Database
from paperchat.storage.indexes.chroma_client import open_client
from paperchat.storage.indexes.vector_index import VectorIndex
from paperchat.storage.library_counts import size_on_disk
from paperchat.storage.nodes import to_node

BATCH = 500  # as paperchat adds them


def embedded_nodes(home: Path, count: int) -> list[TextNode]:
    """The first passages of a library that have vectors."""
    with closing(Database(home)) as database, closing(VectorIndex(home / "chroma")) as index:
        catalogue = Catalogue(database)
        papers = {stored.paper_id: stored for stored in islice(catalogue.all_papers(), count)}
        passages = [one for several in catalogue.passages_of(papers).values() for one in several][:count]
        vectors = index.vectors(one.passage_id for one in passages)
    nodes: list[TextNode] = [to_node(one, papers[one.paper_id]) for one in passages if one.passage_id in vectors]
    for node in nodes:
        node.embedding = vectors[node.node_id].tolist()
    return nodes


def add_as_paperchat(folder: Path, nodes: Sequence[TextNode]) -> None:
    with closing(VectorIndex(folder)) as index:
        index.write(delete_papers=[], nodes=nodes)


def add_as_llamaindex(folder: Path, nodes: Sequence[TextNode]) -> None:
    chroma = open_client(str(folder))
    store = ChromaVectorStore.from_collection(chroma.collection)
    for batch in batches(nodes, BATCH):
        store.add(list(batch))
    chroma.client.close()


WAYS: dict[str, Callable[[Path, Sequence[TextNode]], None]] = {
    "LlamaIndex's store": add_as_llamaindex,
    "paperchat": add_as_paperchat,
}


def measure(home: Path, count: int, rounds: int) -> dict[str, Any]:
    nodes = embedded_nodes(home, count)
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in WAYS}
    sizes = {}
    for _ in range(rounds):
        for name, add in WAYS.items():
            with TemporaryDirectory(prefix="records-") as folder:
                add(Path(folder, "warm"), nodes[:1])
                clock, processor = time.perf_counter(), time.process_time()
                add(Path(folder, "index"), nodes)
                taken[name].append((time.perf_counter() - clock, time.process_time() - processor))
                sizes[name] = size_on_disk(Path(folder, "index"))
    return {
        name: {
            "passages": len(nodes),
            "per_second": round(len(nodes) / statistics.median(clock for clock, _ in taken[name])),
            "per_cpu_second": round(len(nodes) / statistics.median(processor for _, processor in taken[name])),
            "bytes_a_passage": round(sizes[name] / len(nodes)),
        }
        for name in WAYS
    }


def format_table(found: dict[str, Any]) -> str:
    lines = ["| | passages/s | passages/s of the processor | bytes a passage |", "|---|---|---|---|"]
    lines += [
        f"| {name} | {one['per_second']:,} | {one['per_cpu_second']:,} | {one['bytes_a_passage']:,} |"
        for name, one in found.items()
    ]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--library", type=Path, required=True)
    parser.add_argument("--passages", type=int, default=5_000)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    if not (options.library / "catalogue.sqlite").is_file():
        parser.error(f"{options.library} is no library: give the folder that `paperchat --home` was given")
    found = measure(options.library, options.passages, options.rounds)
    print(json.dumps(found) if options.json else format_table(found))


if __name__ == "__main__":
    main()
