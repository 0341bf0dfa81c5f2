"""A Milvus server on loopback: milvus-lite in a process of its own."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from loopback import ServerProcess


class MilvusLiteServer(ServerProcess):
    """A server that stores in a folder."""

    def __init__(self, folder: Path) -> None:
        super().__init__(sys.executable, "-m", "milvus_lite", "server", "--data-dir", str(folder))


@contextmanager
def run_milvus_lite(folder: Path) -> Iterator[MilvusLiteServer]:
    """A server that stores in this folder."""
    server = MilvusLiteServer(folder)
    try:
        yield server
    finally:
        server.kill()
