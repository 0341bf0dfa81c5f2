"""Damage on disk is said in one line, is never quoted, and is repaired where what it destroyed is still somewhere."""

import random
import shutil
import sqlite3
from contextlib import closing, suppress
from functools import partial
from pathlib import Path

import pytest

from older_library import downgrade
from paperchat.errors import PaperchatError, StorageError
from paperchat.storage.filters import ResolvedFilters
from paperchat.storage.indexes.lexical_index import LexicalIndex
from paperchat.storage.library import Library
from paperchat.types import Paper
from support import add_papers, open_library

pytestmark = pytest.mark.security

PAPERS = [
    Paper(
        title=f"Zebra number {n} of the herd",
        abstract=f"Zebras of herd {n} have {n * n} stripes, which is more than was thought.",
        arxiv_id=f"2401.{n:05d}",
        authors=(f"Ada Author{n}",),
    )
    for n in range(60)
]
PASSAGE = "arxiv:2401.00007#abstract.0"


def read_all(library: Library) -> None:
    list(library.all_papers())
    library.counts()
    hits = library.lexical_search("stripes", 99) + library.dense_search([1.0] * 64, 99)
    library.passages(passage_id for passage_id, _ in hits)
    library.doctor()


def files(home: Path) -> set[str]:
    return {str(file.relative_to(home)) for file in home.rglob("*") if file.is_file()}


@pytest.fixture
def closed(home: Path) -> Path:
    with open_library(home) as library:
        add_papers(library, *PAPERS)
    return home


@pytest.mark.parametrize("seed", range(12))
def test_flipped_bytes_in_the_catalogue_are_one_line(closed: Path, seed: int) -> None:
    noise = random.Random(seed)
    file = closed / "catalogue.sqlite"
    content = bytearray(file.read_bytes())
    first = noise.choice((0, 100, len(content) // 2))
    for _ in range(noise.choice((1, 20, 300))):
        content[noise.randrange(first, len(content))] = noise.choice((0xFF, 0x80, noise.randrange(256)))
    file.write_bytes(content)
    said = f"the library at {closed}"
    try:
        with open_library(closed) as library:
            read_all(library)
    except PaperchatError as error:
        said = str(error)
    assert "\n" not in said
    assert str(closed) in said or "passage arxiv:" in said


def change_text(home: Path, text: str | bytes, *, everywhere: bool = False) -> None:
    with closing(sqlite3.connect(home / "catalogue.sqlite")) as database, database:
        database.execute("UPDATE passages SET text = CAST(? AS TEXT) WHERE passage_id = ?", (text, PASSAGE))
        if everywhere:
            paper = PASSAGE.partition("#")[0]
            database.execute("UPDATE papers SET abstract = CAST(? AS TEXT) WHERE paper_id = ?", (text, paper))


@pytest.mark.parametrize("text", ["Zebras have no stripes.", b"Zebras of herd 7 have \xff\xfe stripes"])
def test_a_text_that_changed_on_disk_is_not_quoted_and_is_restored(closed: Path, text: str | bytes) -> None:
    change_text(closed, text)
    with open_library(closed) as library:
        with pytest.raises(StorageError, match="damaged"):
            library.passages([PASSAGE])
        with pytest.raises(StorageError, match="damaged"):
            library.passages_of("arxiv:2401.00007")
        assert library.passages(["arxiv:2401.00008#abstract.0"])
        problem = f"the text of 1 passages is damaged, first {PASSAGE}"
        assert library.doctor().problems == (problem,)
        with pytest.raises(StorageError, match="damaged"):
            library.reindex()
        repaired = library.doctor(fix=True)
        assert (repaired.problems, repaired.fixed) == ((problem,), True)
        assert library.passages([PASSAGE])[PASSAGE].text == PAPERS[7].abstract
        assert library.doctor().problems == ()


def test_a_changed_text_that_is_nowhere_else_is_reported(closed: Path) -> None:
    change_text(closed, "Zebras have no stripes.", everywhere=True)
    with open_library(closed) as library:
        for _ in range(2):
            found = library.doctor(fix=True)
            assert (found.problems, found.fixed) == ((f"the text of 1 passages is damaged, first {PASSAGE}",), False)
        with pytest.raises(StorageError, match=f"text of passage {PASSAGE} in the catalogue is damaged"):
            library.passages([PASSAGE])
        assert library.remove(["arxiv:2401.00007"]) == 1
        add_papers(library, PAPERS[7])
        assert library.doctor().problems == ()
        assert library.passages([PASSAGE])[PASSAGE].text == PAPERS[7].abstract


def test_an_older_library_gets_checksums(closed: Path) -> None:
    downgrade(closed, "0006")
    with open_library(closed) as library:
        assert library.doctor().problems == ()
    change_text(closed, "Zebras have no stripes.")
    with open_library(closed) as library, pytest.raises(StorageError, match="damaged"):
        library.passages([PASSAGE])


@pytest.mark.parametrize("loss", ["deleted", "emptied", "replaced"])
def test_a_lost_catalogue_is_said_and_its_indexes_are_left_alone(closed: Path, tmp_path: Path, loss: str) -> None:
    kept = shutil.copy(closed / "catalogue.sqlite", tmp_path / "kept")
    for suffix in ("", "-wal", "-shm"):
        (closed / f"catalogue.sqlite{suffix}").unlink(missing_ok=True)
    if loss == "emptied":
        (closed / "catalogue.sqlite").touch()
    elif loss == "replaced":  # as by a paperchat that made a new one in its place
        open_library(tmp_path / "new").close()
        shutil.copy(tmp_path / "new" / "catalogue.sqlite", closed)
    before = files(closed)
    for check_manifest in (True, False):
        with pytest.raises(StorageError, match="restore a backup"):
            open_library(closed, check_manifest=check_manifest)
    assert before - {"catalogue.sqlite-wal", "catalogue.sqlite-shm"} <= files(closed)
    shutil.copy(kept, closed / "catalogue.sqlite")
    with open_library(closed) as library:
        assert library.doctor().problems == ()
        assert len(library.dense_search([1.0] * 64, 99)) == len(library.lexical_search("stripes", 99)) == 60


def test_a_damaged_vector_index_prints_no_traceback(closed: Path, capfd: pytest.CaptureFixture[str]) -> None:
    file = closed / "chroma" / "chroma.sqlite3"
    content = file.read_bytes()
    with closing(sqlite3.connect(file)) as database:
        (metadata,) = database.execute("SELECT metadata FROM embeddings_queue").fetchone()
    start = metadata[:20].encode()
    file.write_bytes(content.replace(start, start[:-3] + b"\xff\xfe\xff"))
    with open_library(closed) as library:
        with pytest.raises(StorageError, match="run `paperchat reindex`"):
            library.dense_search([1.0] * 64, 9)
        assert capfd.readouterr().err == ""
        assert library.doctor(fix=True).fixed
        assert len(library.dense_search([1.0] * 64, 99)) == 60


def test_flipped_bytes_in_the_lexical_index_are_one_line(closed: Path, tmp_path: Path) -> None:
    names = sorted(file.name for file in (closed / "tantivy").iterdir() if file.stat().st_size)
    for seed in range(120):
        noise = random.Random(seed)
        copy = shutil.copytree(closed / "tantivy", tmp_path / "copy", dirs_exist_ok=True)
        file = copy / names[seed % len(names)]
        content = bytearray(file.read_bytes())
        for _ in range(noise.choice((1, 20, 300))):
            content[noise.randrange(len(content))] = noise.randrange(256)
        file.write_bytes(content)
        index = LexicalIndex(copy)
        for job in (partial(index.search, "stripes herd", 9, ResolvedFilters()), index.ids, index.write):
            with suppress(StorageError):
                job()


def test_a_library_whose_papers_were_all_removed_opens(closed: Path) -> None:
    with open_library(closed) as library:
        library.remove(f"2401.{n:05d}" for n in range(60))
    with open_library(closed) as library:
        assert library.counts().papers == 0
        assert library.doctor(fix=True).problems == ()
