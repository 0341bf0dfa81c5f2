"""Servers that an index may be on, started on loopback, and an index filled from another library's."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

from llama_index.core.schema import TextNode

from paperchat.assistant import PaperChat
from paperchat.storage.nodes import to_node

_PORTION = 200  # papers


class IndexServer:
    """A server that stores in a folder, and can be killed and started again at its address."""

    def __init__(self, engine: str, folder: Path) -> None:
        """``engine`` is ``chroma``, or ``milvus`` for milvus-lite as a server."""
        commands = {
            "chroma": [str(Path(sys.executable).with_name("chroma")), "run", "--path", str(folder)],
            "milvus": [sys.executable, "-m", "milvus_lite", "server", "--data-dir", str(folder)],
        }
        with socket.create_server(("127.0.0.1", 0)) as free:
            self._port = free.getsockname()[1]
        self._command = [*commands[engine], "--host", "127.0.0.1", "--port", str(self._port)]
        self.url = f"http://127.0.0.1:{self._port}"
        self.revive()

    def kill(self) -> None:
        """Kill it, as when its machine loses power."""
        self._process.kill()
        self._process.wait()

    def revive(self) -> None:
        """Start it, and wait until it listens."""
        self._process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(600):
            try:
                socket.create_connection(("127.0.0.1", self._port), timeout=1).close()
                return
            except OSError:
                time.sleep(0.1)


@contextmanager
def index_server(engine: str, folder: Path) -> Iterator[str]:
    """The address of such a server."""
    server = IndexServer(engine, folder)
    try:
        yield server.url
    finally:
        server.kill()


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
