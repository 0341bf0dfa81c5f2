"""A real Chroma server on loopback."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from loopback import ServerProcess


@contextmanager
def run_chroma_server(folder: Path) -> Iterator[str]:
    """A server that stores in this folder; yields its address."""
    server = ServerProcess(str(Path(sys.executable).with_name("chroma")), "run", "--path", str(folder))
    try:
        yield server.url
    finally:
        server.kill()
