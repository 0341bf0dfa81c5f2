"""One open server over the sample page for tests that only ask, and libraries of a test's own."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from api_server import ApiServer, api_server


@pytest.fixture(autouse=True)
def no_settings_from_outside(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [*os.environ]:
        if name.startswith("PAPERCHAT_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))


@pytest.fixture(scope="module")
def own_library(untouched_sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the library with the sample page, which the tests of a module share."""
    home = tmp_path_factory.mktemp("served") / "library"
    shutil.copytree(untouched_sample, home)
    return home


@pytest.fixture(scope="module")
def open_server(own_library: Path) -> Iterator[ApiServer]:
    """A server on loopback without keys and users, for who sits at the machine."""
    with api_server(own_library) as server:
        yield server


@pytest.fixture
def api(open_server: ApiServer) -> Iterator[httpx.Client]:
    with open_server.client() as client:
        yield client


@pytest.fixture
def sample_copy(untouched_sample: Path, tmp_path: Path) -> Path:
    """A copy of the library with the sample page for one test."""
    home = tmp_path / "library"
    shutil.copytree(untouched_sample, home)
    return home
