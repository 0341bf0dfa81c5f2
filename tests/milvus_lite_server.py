"""A Milvus server on loopback: milvus-lite in a process of its own."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class MilvusLiteServer:
    """A server that stores in a folder, and can be killed and started again at the same address."""

    def __init__(self, folder: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self._port = free.getsockname()[1]
        self._folder = folder
        self.url = f"http://127.0.0.1:{self._port}"
        self.start()

    def start(self) -> None:
        """Start it, and wait until it answers."""
        place = ("--data-dir", str(self._folder), "--host", "127.0.0.1", "--port", str(self._port))
        self._process = subprocess.Popen(
            [sys.executable, "-m", "milvus_lite", "server", *place],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for _ in range(400):
            try:
                socket.create_connection(("127.0.0.1", self._port), timeout=1).close()
                return
            except OSError:
                time.sleep(0.05)

    def kill(self) -> None:
        """Kill it as a crash does."""
        self._process.kill()
        self._process.wait()


@contextmanager
def run_milvus_lite(folder: Path) -> Iterator[MilvusLiteServer]:
    """A server that stores in this folder."""
    server = MilvusLiteServer(folder)
    try:
        yield server
    finally:
        server.kill()
