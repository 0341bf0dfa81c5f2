"""Opening a library, and the one-line errors when it cannot be opened."""

import sqlite3
from pathlib import Path
from typing import Any

import pytest
from storage_process import leave_pending

from paperchat.errors import (
    LibraryMismatchError,
    LibraryVersionError,
    ModelError,
    PaperchatError,
    StorageError,
    UsageError,
)
from paperchat.types import Paper
from support import WordEmbedding, add_papers, open_library

PAPER = Paper(title="On zebras and their stripes", abstract="Zebras have stripes.", arxiv_id="2401.00001")


def test_a_missing_library_is_created(tmp_path: Path) -> None:
    home = tmp_path / "new" / "library"
    with open_library(home) as library:
        assert library.counts().papers == 0
        assert library.home == home
    assert (home / "catalogue.sqlite").is_file()


def test_papers_persist_after_reopening(home: Path) -> None:
    for _ in range(3):
        with open_library(home) as library:
            add_papers(library, PAPER)
            assert len(library.dense_search([1.0] * 64, 5)) == len(library.lexical_search("zebras", 5)) == 1


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (
            {"embedder_name": "other"},
            "built with embedder words, settings say other: run `paperchat reindex`",
        ),
        ({"chunking": "half"}, "built with chunking whole, settings say half: run `paperchat reindex`"),
    ],
)
def test_a_library_of_other_settings_is_refused(home: Path, options: dict[str, Any], said: str) -> None:
    with open_library(home, **options) as empty:
        assert empty.counts().papers == 0
    with open_library(home) as library:
        add_papers(library, PAPER)
    with pytest.raises(LibraryMismatchError, match=said) as caught:
        open_library(home, **options)
    assert str(home) in str(caught.value)
    with open_library(home, check_manifest=False, **options) as anyway:
        assert anyway.paper("2401.00001").paper.title == PAPER.title
        with pytest.raises(LibraryMismatchError):
            add_papers(anyway, Paper(title="Another on zebras and stripes", abstract="x"))


def test_a_newer_library_asks_to_upgrade_paperchat(home: Path) -> None:
    open_library(home).close()
    connection = sqlite3.connect(home / "catalogue.sqlite")
    with connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    with pytest.raises(LibraryVersionError, match=r"written by a newer paperchat .*: upgrade paperchat"):
        open_library(home)


def test_a_home_that_is_a_file_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("not a folder")
    for home in (file, file / "below"):
        with pytest.raises(StorageError, match="is not a folder"):
            open_library(home)


@pytest.mark.parametrize("damage", ["header", "middle"])
def test_a_damaged_catalogue_is_reported_in_one_line(home: Path, damage: str) -> None:
    with open_library(home) as library:
        papers = [Paper(title=f"Zebras of herd {n}", arxiv_id=f"2401.{n:05d}") for n in range(400)]
        add_papers(library, *papers)
    file = home / "catalogue.sqlite"
    content = bytearray(file.read_bytes())
    if damage == "header":
        content[:100] = b"x" * 100
    else:
        content[4096:] = b"x" * (len(content) - 4096)
    file.write_bytes(content)
    with pytest.raises(StorageError, match="is damaged") as caught, open_library(home) as library:
        list(library.all_papers())
    assert "restore it from a backup" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("url", ["nonsense", "nosuch://x/y"])
def test_an_invalid_database_url_is_refused(home: Path, url: str) -> None:
    with pytest.raises(UsageError, match="PAPERCHAT_DATABASE_URL"):
        open_library(home, database_url=url)


def test_the_catalogue_can_be_in_another_database(home: Path, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'elsewhere.db'}"
    with open_library(home, database_url=url) as library:
        add_papers(library, PAPER)
    assert not (home / "catalogue.sqlite").exists()
    with open_library(home, database_url=url) as library:
        assert library.counts().papers == 1


@pytest.mark.both_databases
def test_pending_papers_are_indexed_on_opening(home: Path) -> None:
    with open_library(home) as library:
        add_papers(library, PAPER, Paper(title="On gnus and their herds", abstract="Gnus.", arxiv_id="2401.00002"))
    leave_pending(home, "2401.00001")
    with open_library(home) as library:
        assert library.counts().pending == 0
        assert library.doctor().problems == ()


@pytest.mark.both_databases
def test_papers_that_another_process_is_writing_stay_pending(home: Path) -> None:
    with open_library(home) as writer:
        add_papers(writer, PAPER)
        leave_pending(home, "2401.00001")
        with writer.write_session(), open_library(home) as reader:
            assert reader.counts().pending == 1
            assert reader.paper("2401.00001").paper == PAPER


@pytest.mark.both_databases
def test_a_library_opens_although_the_embedder_does_not_answer(home: Path) -> None:
    class Silent(WordEmbedding):
        def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
            raise ModelError(f"no answer for {len(texts)} texts")

    with open_library(home) as library:
        add_papers(library, PAPER)
    leave_pending(home, "2401.00001")
    with open_library(home, embedder=Silent()) as library:
        assert library.counts().pending == 1
        assert library.paper("2401.00001").paper == PAPER


def test_a_library_can_be_opened_after_a_failure(home: Path) -> None:
    home.parent.mkdir(exist_ok=True)
    home.write_text("in the way")
    with pytest.raises(PaperchatError):
        open_library(home)
    home.unlink()
    with open_library(home) as library:
        assert library.counts().papers == 0
