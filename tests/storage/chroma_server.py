"""A real Chroma server on loopback."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from loopback import ServerProcess


class ChromaServer(ServerProcess):
    """A server that stores in a folder."""

    def __init__(self, folder: Path) -> None:
        super().__init__(str(Path(sys.executable).with_name("chroma")), "run", "--path", str(folder))


@contextmanager
def run_chroma_server(folder: Path) -> Iterator[str]:
    """A server that stores in this folder; yields its address."""
    server = ChromaServer(folder)
    try:
        yield server.url
    finally:
        server.kill()
