from collections.abc import Iterator
from pathlib import Path

import pytest

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
