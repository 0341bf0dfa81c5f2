"""A library whose vector index was written by an earlier paperchat, with texts, works as before and can be shrunk."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from chroma_server import run_chroma_server

from older_library import put_texts_into_vector_index
from paperchat.storage.library import Library
from paperchat.storage.library_counts import size_on_disk
from paperchat.types import Filters, Paper
from support import WordEmbedding, add_papers, open_library

PAPERS = [
    Paper(
        title=f"Zebra number {n} of the herd",
        abstract=" ".join(f"Zebra {n} of herd {k} has {n * k} stripes." for k in range(30)),
        arxiv_id=f"2401.{n:05d}",
        version=1,
    )
    for n in range(120)
]
EVERYWHERE = [1.0] * 64


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with run_chroma_server(tmp_path_factory.mktemp("server")) as url:
        yield url


@pytest.fixture(params=["embedded", "server"])
def chroma_url(request: pytest.FixtureRequest) -> str:
    return str(request.getfixturevalue("server")) if request.param == "server" else ""


@pytest.fixture
def older(home: Path, chroma_url: str) -> Path:
    with open_library(home, chroma_url=chroma_url) as library:
        library.reindex()
        add_papers(library, *PAPERS)
    put_texts_into_vector_index(home, chroma_url=chroma_url)
    return home


def found(library: Library, paper: Paper) -> list[tuple[str, float]]:
    """The paper and two others by their vectors, compared one by one: the graph may miss one of so many alike."""
    query = WordEmbedding().get_text_embedding(f"{paper.title}\n{paper.abstract}")
    among = Filters(papers=(paper.arxiv_id, "2401.00100", "2401.00110"))
    return [(hit, round(cosine, 5)) for hit, cosine in library.dense_search(query, 5, among)]


def test_it_answers_and_is_checked_removed_from_and_added_to(older: Path, chroma_url: str) -> None:
    changed = replace(PAPERS[7], abstract="Okapis are no zebras, whatever their legs look like.", version=2)
    late = Paper(title="Zorses", abstract="Zorses have stripes, too.", arxiv_id="2402.00001")
    with open_library(older, chroma_url=chroma_url) as library:
        assert library.doctor().problems == ()
        assert found(library, PAPERS[7])[0] == ("arxiv:2401.00007#abstract.0", 1.0)
        assert len(library.dense_search(EVERYWHERE, 999, Filters(papers=("2401.00003", "2401.00004")))) == 2
        assert library.remove(["2401.00003"]) == 1
        add_papers(library, changed, late)
        assert found(library, changed)[0] == ("arxiv:2401.00007#abstract.0", 1.0)
        assert found(library, late)[0] == ("arxiv:2402.00001#abstract.0", 1.0)
        assert len(library.dense_search(EVERYWHERE, 999)) == 120
        assert library.doctor().problems == ()
        before = [found(library, paper)[0] for paper in PAPERS[20:40]]
        assert library.reindex() == 120
        assert [found(library, paper)[0] for paper in PAPERS[20:40]] == before
        assert library.doctor().problems == ()


@pytest.mark.parametrize("with_texts", [True, False])
def test_vectors_of_other_texts_are_noticed_and_replaced(home: Path, tmp_path: Path, *, with_texts: bool) -> None:
    changed = [replace(paper, abstract=f"Okapis of {paper.arxiv_id}.", version=2) for paper in PAPERS[:3]]
    with open_library(home) as library:
        add_papers(library, *PAPERS)
    if with_texts:
        put_texts_into_vector_index(home)
    shutil.copytree(home / "chroma", tmp_path / "before")
    with open_library(home) as library:
        add_papers(library, *changed)
        assert library.doctor().problems == ()
    shutil.rmtree(home / "chroma")
    shutil.copytree(tmp_path / "before", home / "chroma")
    with open_library(home) as library:
        problem = "the vector index has 3 passages with other texts than the catalogue"
        assert library.doctor().problems == (problem,)
        assert library.doctor(fix=True).fixed
        assert found(library, changed[0])[0] == ("arxiv:2401.00000#abstract.0", 1.0)
        assert library.doctor().problems == ()


def test_reindexing_shrinks_it(home: Path) -> None:
    with open_library(home) as library:
        add_papers(library, *PAPERS)
    put_texts_into_vector_index(home)
    before = size_on_disk(home / "chroma")
    with open_library(home) as library:
        assert library.reindex() == 120
    assert size_on_disk(home / "chroma") < before / 2
    assert b"stripes" not in (home / "chroma" / "chroma.sqlite3").read_bytes()
