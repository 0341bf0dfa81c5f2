"""A library opens when it can be used, and says in one line why it cannot."""

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
from support import WordEmbedding, open_library, take_in

PAPER = Paper(title="On zebras and their stripes", abstract="Zebras have stripes.", arxiv_id="2401.00001")


def test_a_library_is_made_where_there_is_none(tmp_path: Path) -> None:
    home = tmp_path / "new" / "library"
    with open_library(home) as library:
        assert library.counts().papers == 0
        assert library.home == home
    assert (home / "catalogue.sqlite").is_file()


def test_what_was_put_in_is_there_after_reopening(home: Path) -> None:
    for _ in range(3):
        with open_library(home) as library:
            take_in(library, PAPER)
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
def test_other_settings_do_not_open_it(home: Path, options: dict[str, Any], said: str) -> None:
    with open_library(home, **options) as empty:
        assert empty.counts().papers == 0
    with open_library(home) as library:
        take_in(library, PAPER)
    with pytest.raises(LibraryMismatchError, match=said) as caught:
        open_library(home, **options)
    assert str(home) in str(caught.value)
    with open_library(home, check_manifest=False, **options) as anyway:
        assert anyway.paper("2401.00001").paper.title == PAPER.title
        with pytest.raises(LibraryMismatchError):
            take_in(anyway, Paper(title="Another on zebras and stripes", abstract="x"))


def test_a_newer_library_asks_for_a_newer_paperchat(home: Path) -> None:
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
def test_a_damaged_catalogue_is_an_error_in_one_line(home: Path, damage: str) -> None:
    with open_library(home) as library:
        papers = [Paper(title=f"Zebras of herd {n}", arxiv_id=f"2401.{n:05d}") for n in range(400)]
        take_in(library, *papers)
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
def test_a_database_url_that_names_none_is_refused(home: Path, url: str) -> None:
    with pytest.raises(UsageError, match="PAPERCHAT_DATABASE_URL"):
        open_library(home, database_url=url)


def test_the_catalogue_may_be_elsewhere(home: Path, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'elsewhere.db'}"
    with open_library(home, database_url=url) as library:
        take_in(library, PAPER)
    assert not (home / "catalogue.sqlite").exists()
    with open_library(home, database_url=url) as library:
        assert library.counts().papers == 1


def test_what_was_left_pending_is_finished_on_opening(home: Path) -> None:
    with open_library(home) as library:
        take_in(library, PAPER, Paper(title="On gnus and their herds", abstract="Gnus.", arxiv_id="2401.00002"))
    leave_pending(home, "2401.00001")
    with open_library(home) as library:
        assert library.counts().pending == 0
        assert library.doctor().problems == ()


def test_what_another_process_is_writing_is_left_alone(home: Path) -> None:
    with open_library(home) as writer:
        take_in(writer, PAPER)
        leave_pending(home, "2401.00001")
        with writer.write_session(), open_library(home) as reader:
            assert reader.counts().pending == 1
            assert reader.paper("2401.00001").paper == PAPER


def test_a_model_that_does_not_answer_does_not_keep_the_library_shut(home: Path) -> None:
    class Silent(WordEmbedding):
        def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
            raise ModelError(f"no answer for {len(texts)} texts")

    with open_library(home) as library:
        take_in(library, PAPER)
    leave_pending(home, "2401.00001")
    with open_library(home, embedder=Silent()) as library:
        assert library.counts().pending == 1
        assert library.paper("2401.00001").paper == PAPER


def test_a_library_that_did_not_open_can_be_opened_later(home: Path) -> None:
    home.parent.mkdir(exist_ok=True)
    home.write_text("in the way")
    with pytest.raises(PaperchatError):
        open_library(home)
    home.unlink()
    with open_library(home) as library:
        assert library.counts().papers == 0
