"""Makes ``tests/support.py`` importable from every test, as the folder of a conftest is; sample library, servers."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from chat_server import ChatServer, chat_server, written_by
from milvus_lite_server import MilvusLiteServer, run_milvus_lite
from paperchat.assistant import PaperChat
from postgres import PostgresTestServer


@pytest.fixture(scope="session")
def untouched_sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a library with the sample page in it, to be copied and never opened."""
    home = tmp_path_factory.mktemp("untouched") / "library"
    with PaperChat.open(home) as chat:
        chat.ingest_sample()
    return home


@pytest.fixture(scope="module")
def sample_library(untouched_sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a library with the sample page in it, which the tests of one file ask and change."""
    home = tmp_path_factory.mktemp("sample") / "library"
    shutil.copytree(untouched_sample, home)
    return home


@pytest.fixture(scope="session")
def sample(untouched_sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PaperChat]:
    """The sample page, for tests to which it is the same what the tests of other files asked it."""
    home = tmp_path_factory.mktemp("sample") / "library"
    shutil.copytree(untouched_sample, home)
    with PaperChat.open(home) as chat:
        yield chat


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresTestServer]:
    """A PostgreSQL server, started when the first test asks for it.

    Its user must be able to read its folder, which pytest's own folders prevent whenever another session starts.
    """
    with TemporaryDirectory(prefix="paperchat-postgres-") as folder:
        running = PostgresTestServer(Path(folder) / "data")
        yield running
        running.delete()


@pytest.fixture(scope="session")
def milvus_lite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MilvusLiteServer]:
    """A Milvus server, started when the first test asks for it."""
    with run_milvus_lite(tmp_path_factory.mktemp("milvus")) as running:
        yield running


@pytest.fixture
def postgres_url(postgres: PostgresTestServer) -> Iterator[str]:
    """The URL of a database of the test's own, with the tables of a catalogue."""
    with postgres.library_database() as url:
        yield url


@pytest.fixture
def server() -> Iterator[ChatServer]:
    """A language model on loopback that says what a test has it say."""
    with chat_server() as running:
        yield running


@pytest.fixture
def chat(server: ChatServer, sample_library: Path) -> Iterator[PaperChat]:
    """The sample page, with the prose of that model."""
    with written_by(server, sample_library) as opened:
        yield opened
