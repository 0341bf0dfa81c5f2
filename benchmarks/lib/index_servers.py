"""Servers that an index may be on, started on loopback, and an index filled from another library's."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

from llama_index.core.schema import TextNode

from paperchat.assistant import PaperChat
from paperchat.storage.nodes import to_node

_PORTION = 200  # papers


@contextmanager
def chroma_server(folder: Path) -> Iterator[str]:
    """The address of a Chroma server that stores in this folder."""
    command = [str(Path(sys.executable).with_name("chroma")), "run", "--path", str(folder)]
    with _server(command, "--host", "127.0.0.1", "--port") as url:
        yield url


@contextmanager
def milvus_lite(folder: Path) -> Iterator[str]:
    """The address of milvus-lite as a server that stores in this folder."""
    command = [sys.executable, "-m", "milvus_lite", "server", "--data-dir", str(folder)]
    with _server(command, "--host", "127.0.0.1", "--port") as url:
        yield url


@contextmanager
def _server(command: Sequence[str], *place: str) -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = subprocess.Popen([*command, *place, str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for _ in range(600):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            break
        except OSError:
            time.sleep(0.1)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


def fill_index(source: PaperChat, target: PaperChat) -> float:
    """Build the index of a library whose catalogue is a copy, with the vectors of the other; the seconds it took."""
    index = target.library._stores.index
    began = time.perf_counter()
    papers = target.library.all_papers()
    with target.library.write_session():
        with index.rebuilding() as add:
            while portion := list(islice(papers, _PORTION)):
                pairs = [(one, stored) for stored in portion for one in target.library.passages_of(stored.paper_id)]
                vectors = source.library.vectors(passage.passage_id for passage, _ in pairs)
                nodes: list[TextNode] = [to_node(passage, stored) for passage, stored in pairs]
                for node in nodes:
                    node.embedding = vectors[node.node_id].tolist()
                add(nodes)
        index.adopt_rebuilt()
    return time.perf_counter() - began
