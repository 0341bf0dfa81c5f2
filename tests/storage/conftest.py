from collections.abc import Iterator
from pathlib import Path

import pytest

from paperchat.storage.library import Library
from support import open_library


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "library"


@pytest.fixture
def library(home: Path) -> Iterator[Library]:
    with open_library(home) as opened:
        yield opened
