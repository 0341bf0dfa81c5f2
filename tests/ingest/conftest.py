"""A library and a web server of the test's own; no proxy of the machine stands between the tests and loopback."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from scripted_server import WebServer, client_of, web_server

from paperchat.ingest.fetch.client import WebClient
from paperchat.ingest.passage_limits import CHUNKING
from paperchat.storage.library import Library
from support import WordEmbedding


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    home = tmp_path / "home"
    with Library.open(home, embedder=WordEmbedding(), embedder_name="words", chunking=CHUNKING) as opened:
        yield opened


@pytest.fixture
def server() -> Iterator[WebServer]:
    with web_server() as server:
        yield server


@pytest.fixture
def client(server: WebServer, tmp_path: Path) -> Iterator[WebClient]:
    """A client that tries once; tests of trying again make their own."""
    with client_of(server, tmp_path / "cache", max_attempts=1) as client:
        yield client
