import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from chroma_server import run_chroma_server

from paperchat.storage.indexes.vector_index import VectorIndex
from paperchat.storage.library import Library
from support import CATALOGUE_VARIABLE, open_library


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run the tests marked ``both_databases`` with the catalogue in each of them."""
    if "catalogue" in metafunc.fixturenames and metafunc.definition.get_closest_marker("both_databases"):
        metafunc.parametrize("catalogue", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture
def catalogue(request: pytest.FixtureRequest) -> str:
    """The URL of the catalogue; empty where it is a file in the library's folder."""
    if getattr(request, "param", "sqlite") == "sqlite":
        return ""
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture
def home(tmp_path: Path, catalogue: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a library, whose catalogue `open_library` finds, also in other processes."""
    home = tmp_path / "library"
    monkeypatch.setenv(CATALOGUE_VARIABLE, f"{home}\n{catalogue}")
    return home


@pytest.fixture
def library(home: Path) -> Iterator[Library]:
    with open_library(home) as opened:
        yield opened


@pytest.fixture(scope="session")
def chroma_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a Chroma server."""
    with run_chroma_server(tmp_path_factory.mktemp("chroma")) as url:
        yield url


@pytest.fixture(scope="session")
def options_of(request: pytest.FixtureRequest) -> Callable[[str], dict[str, Any]]:
    """What `open_library` is given for each of ``embedded``, ``chroma`` (a server) and ``milvus``.

    With ``MILVUS_URL``, and ``MILVUS_TOKEN`` where it asks for one, in the environment, that server is Milvus.
    """

    def options(engine: str) -> dict[str, Any]:
        if engine == "chroma":  # all libraries on a server share a collection
            url = str(request.getfixturevalue("chroma_url"))
            VectorIndex(Path("unused"), url=url).clear()
            return {"chroma_url": url}
        if engine == "milvus":
            url, token = os.environ.get("MILVUS_URL", ""), os.environ.get("MILVUS_TOKEN", "")
            return {"milvus_url": url or request.getfixturevalue("milvus_lite").url, "milvus_token": token}
        return {}

    return options
