"""A library with the sample page in it, for tests that only read; and settings from nowhere."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cli_runner import run


@pytest.fixture(autouse=True)
def no_settings_from_outside(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [*os.environ]:
        if name.startswith("PAPERCHAT_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="session")
def sample_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("sample") / "library"
    assert run("ingest", "--sample", "--home", home).status == 0
    return home


@pytest.fixture
def jsonl(tmp_path: Path) -> Path:
    """Three papers with authors, dates and categories."""
    file = tmp_path / "three.jsonl"
    file.write_text(
        '{"id": "2401.00001v2", "title": "Cats at night", "abstract": "Cats sleep for 16 hours a day.", '
        '"authors": ["Ada Lovelace"], "date": "2024-01-05", "categories": ["cs.CL"]}\n'
        '{"id": "2301.00002", "title": "Dogs at noon", "abstract": "Dogs sleep for 12 hours a day.", '
        '"authors": ["Alan Turing"], "date": "2023-01-05", "categories": ["stat.ML"]}\n'
        '{"title": "Owls", "abstract": "Owls sleep for 10 hours a day, mostly in trees."}\n',
        encoding="utf-8",
    )
    return file
