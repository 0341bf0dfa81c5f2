"""Both indexes are rebuilt beside those in force, which are searched until the new ones take their place."""

import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from paperchat.errors import LibraryMismatchError, ModelError
from paperchat.storage.library import Library
from paperchat.types import Paper
from support import WordEmbedding, add_papers, open_library

pytestmark = pytest.mark.security

PAPERS = [
    Paper(title=f"Zebra number {n} of the herd", abstract=f"Stripes {n} {n * n}.", arxiv_id=f"2401.{n:05d}")
    for n in range(120)
]


class Failing(WordEmbedding):
    def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        raise ModelError(f"no answer for {len(texts)} texts")


def searches(library: Library, size: int = 64) -> tuple[int, int]:
    return len(library.lexical_search("stripes", 999)), len(library.dense_search([1.0] * size, 999))


@pytest.fixture
def closed(home: Path) -> Path:
    with open_library(home) as library:
        add_papers(library, *PAPERS)
    return home


def test_the_old_indexes_answer_while_new_ones_are_built(closed: Path) -> None:
    with open_library(closed) as reader:
        seen: list[tuple[int, int, int]] = []

        class Watched(WordEmbedding):
            def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
                seen.append((*searches(reader), reader.counts().pending))
                return super()._get_text_embeddings(texts)

        with open_library(closed, embedder=Watched()) as library:
            assert library.reindex(lambda *_: seen.append((*searches(reader), reader.counts().pending))) == 120
        assert len(seen) > 1
        assert set(seen) == {(120, 120, 0)}
        assert searches(reader) == (120, 120)
        assert reader.doctor().problems == ()
    assert sorted(entry.name for entry in closed.iterdir() if entry.is_dir()) == ["chroma", "names", "tantivy"]


@pytest.mark.parametrize("index", ["chroma/chroma.sqlite3", "tantivy/meta.json"])
def test_a_repair_that_fails_leaves_what_was_there(closed: Path, index: str) -> None:
    (closed / index).write_bytes(b"x" * 9999)
    with open_library(closed, embedder=Failing()) as library:
        with pytest.raises(ModelError):
            library.doctor(fix=True)
        assert library.counts().pending == 0
        if index.startswith("chroma"):
            assert len(library.lexical_search("stripes", 999)) == 120
        else:
            assert len(library.dense_search([1.0] * 64, 999)) == 120
    with open_library(closed) as library:
        assert library.doctor(fix=True).fixed
        assert searches(library) == (120, 120)


def die_while_reindexing(home: Path, moment: str) -> None:
    """Reindex with vectors of another size in a process of its own, which kills itself at this moment."""
    code = f"""
import os, signal, sys
from pathlib import Path
from paperchat.storage.indexes.vector_index import VectorIndex
from support import WordEmbedding, open_library

def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)

class Dying(WordEmbedding):
    size: int = 32
    def _get_text_embeddings(self, texts):
        die() if "{moment}" == "embedding" else None
        return super()._get_text_embeddings(texts)

library = open_library(Path(sys.argv[1]), embedder=Dying(), embedder_name="short", check_manifest=False)
if "{moment}" == "adopting":
    VectorIndex.adopt_staged = die
library.reindex(die if "{moment}" == "indexing" else None)
"""
    path = os.pathsep.join(filter(None, sys.path))
    done = subprocess.run([sys.executable, "-c", code, str(home)], env={**os.environ, "PYTHONPATH": path}, check=False)
    assert done.returncode == -signal.SIGKILL


@pytest.mark.parametrize("moment", ["embedding", "indexing"])
def test_a_process_that_dies_leaves_the_old_indexes_in_force(closed: Path, moment: str) -> None:
    files = len(list((closed / "tantivy").iterdir()))
    with open_library(closed) as reader:
        die_while_reindexing(closed, moment)
        assert searches(reader) == (120, 120)
    assert (closed / "reindex").exists()
    with open_library(closed) as library:
        assert searches(library) == (120, 120)
        assert library.counts().pending == 0
        assert library.doctor().problems == ()
    assert not (closed / "reindex").exists()
    assert len(list((closed / "tantivy").iterdir())) <= files + 2  # lock files
    with open_library(closed) as library:
        assert library.reindex() == 120


def test_a_process_that_dies_while_it_puts_new_indexes_in_place_has_them_put_there(closed: Path) -> None:
    die_while_reindexing(closed, "adopting")
    with pytest.raises(LibraryMismatchError, match="built with embedder short"):
        open_library(closed)
    assert not (closed / "reindex").exists()
    with open_library(closed, embedder=WordEmbedding(size=32), embedder_name="short") as library:
        assert searches(library, 32) == (120, 120)
        assert library.doctor().problems == ()
    with closing(sqlite3.connect(closed / "catalogue.sqlite")) as database:
        assert "rebuild" not in {name for (name,) in database.execute("SELECT name FROM meta")}


def test_a_library_without_papers_can_be_reindexed(closed: Path) -> None:
    with open_library(closed) as library:
        library.remove(f"2401.{n:05d}" for n in range(120))
        assert library.reindex() == 0
        add_papers(library, *PAPERS[:3])
        assert searches(library) == (3, 3)
