"""One contract for all indexes: Chroma and Tantivy in the folder, Chroma as a server, and Milvus."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from milvus_lite_server import MilvusLiteServer
from paperchat.errors import LibraryMismatchError, UnavailableError, UsageError
from paperchat.storage.filters import ResolvedFilters
from paperchat.storage.index import PassageIndex
from paperchat.storage.indexes import milvus_index, milvus_server, milvus_statistics
from paperchat.storage.library import Library
from paperchat.types import Paper
from support import WordEmbedding, add_papers, open_library

DAYS = Path(__file__).parents[1] / "data" / "daily_months"
HERD = [
    Paper(title=f"Zebra number {n} of the herd", abstract=f"Stripes {n} {n * n}.", arxiv_id=f"2401.{n:05d}", version=1)
    for n in range(60)
]
EVERYWHERE = [1.0] * 64


def daily_papers() -> list[Paper]:
    """The abstracts of two months of Daily Papers."""
    records = [
        record for file in sorted(DAYS.glob("*.json")) for record in json.loads(file.read_text(encoding="utf-8"))
    ]
    papers = [record["paper"] for record in records]
    return [
        Paper(
            title=paper["title"],
            abstract=paper["summary"],
            arxiv_id=paper["id"],
            date=paper["publishedAt"][:10],
            categories=("cs.CL", "cs.LG") if len(paper["title"]) % 2 else ("cs.CV",),
        )
        for paper in papers
    ]


def embedded(text: str) -> list[float]:
    return WordEmbedding().get_text_embedding(text)


def searches(library: Library, size: int = 64) -> tuple[int, int]:
    return len(library.lexical_search("stripes", 999)), len(library.dense_search([1.0] * size, 999))


def index_of(library: Library) -> PassageIndex:
    return library._stores.index


@pytest.fixture(params=["embedded", "chroma", "milvus"])
def index(request: pytest.FixtureRequest, options_of: Callable[[str], dict[str, Any]]) -> dict[str, Any]:
    """What a library with this index is opened with."""
    return options_of(request.param)


@pytest.fixture
def herd(home: Path, index: dict[str, Any]) -> Iterator[Library]:
    with open_library(home, **index) as library:
        library.check_reachable()
        add_papers(library, *HERD)
        library.check_reachable()
        yield library


def test_what_was_added_is_found_replaced_and_removed(herd: Library, home: Path, index: dict[str, Any]) -> None:
    assert searches(herd) == (60, 60)
    diagnosis = herd.doctor()
    assert (diagnosis.problems, diagnosis.texts, diagnosis.vectors) == ((), 60, 60)
    add_papers(herd, replace(HERD[3], abstract="Okapis are no zebras.", version=2))
    ((okapi, _),) = herd.lexical_search("okapi", 9)
    assert okapi == "arxiv:2401.00003#abstract.0"
    assert herd.lexical_search("okapi stripes", 99)[0][0] == okapi
    ((nearest, cosine),) = herd.dense_search(embedded(f"{HERD[3].title}\nOkapis are no zebras."), 1)
    assert (nearest, round(cosine, 4)) == (okapi, 1.0)
    assert herd.remove(["2401.00003", "2401.00004"]) == 2
    assert searches(herd) == (58, 58)
    with open_library(home, **index) as other:
        assert searches(other) == (58, 58)
        assert other.passage_count() == 58
        assert other.doctor().problems == ()


@pytest.fixture(scope="module")
def daily(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    with open_library(tmp_path_factory.mktemp("daily") / "library") as library:
        add_papers(library, *daily_papers())
        yield library


@pytest.mark.parametrize(
    ("index", "counted_here"), [("chroma", True), ("milvus", True), ("milvus", False)], indirect=["index"]
)
def test_every_index_proposes_and_scores_as_the_default_does(
    home: Path, daily: Library, index: dict[str, Any], monkeypatch: pytest.MonkeyPatch, *, counted_here: bool
) -> None:
    if not counted_here:
        monkeypatch.setattr(milvus_statistics, "COUNTED_HERE", 0)
    papers = daily_papers()
    with open_library(home, **index) as library:
        add_papers(library, *papers)
        for paper in papers[::8]:
            question = f"{paper.title}? {paper.title}"
            expected, found = daily.lexical_search(question, 10), library.lexical_search(question, 10)
            assert [hit for hit, _ in found] == [hit for hit, _ in expected]
            assert [score for _, score in found] == pytest.approx([score for _, score in expected], rel=1e-4)
            nearest = [hit for hit, _ in daily.dense_search(embedded(question), 10)]
            assert [hit for hit, _ in library.dense_search(embedded(question), 10)] == nearest
            assert library.lexical_scores(question, nearest) == pytest.approx(
                daily.lexical_scores(question, nearest), rel=1e-4
            )
            every_word = dict(library.lexical_search(paper.title, 99, every_word=True))
            assert every_word == pytest.approx(dict(daily.lexical_search(paper.title, 99, every_word=True)), rel=1e-4)
        words = ["models", "agents", "the", "zzzz", "state-of-the-art", "Größe", "3D"]
        assert library.document_frequency(words) == daily.document_frequency(words)
        ids = [hit for hit, _ in daily.dense_search(EVERYWHERE, 50)]
        stored, others = daily.vectors(ids), library.vectors([*ids, "none"])
        assert others.keys() == stored.keys()
        assert all(others[one] == pytest.approx(stored[one], abs=1e-6) for one in ids)


@pytest.mark.parametrize("k", [10, 5_000])
def test_a_filter_may_name_fifty_thousand_papers(herd: Library, k: int) -> None:
    others = {f"arxiv:2501.{n:05d}" for n in range(50_000)}
    some = {f"arxiv:2401.{n:05d}" for n in range(7, 20)}
    filters = ResolvedFilters(papers=frozenset(others | some))
    nearest = index_of(herd).nearest(EVERYWHERE, k, filters)
    matching = index_of(herd).matching("stripes", k, filters)
    for hits in (nearest, matching):
        assert len(hits) == min(k, 13)
        assert {hit.partition("#")[0] for hit, _ in hits} <= some


def test_doctor_notices_and_mends_what_is_missing_foreign_or_of_another_text(herd: Library) -> None:
    index = index_of(herd)
    with herd.write_session():
        foreign = herd._stores.embed([(herd.passages_of("arxiv:2401.00009")[0], herd.paper("2401.00009"))])
        foreign[0].id_ = "arxiv:2499.00001#abstract.0"
        index.write(delete_papers=[], nodes=foreign)
        foreign[0].id_, foreign[0].text = "arxiv:2401.00010#abstract.0", "Another text."
        index.write(delete_papers=[], nodes=foreign)
        index.delete_passages(["arxiv:2401.00007#abstract.0"])
    diagnosis = herd.doctor(fix=True)
    for problem in (
        "lacks 1 of 60 passages",
        "has 1 passages that are not in the catalogue",
        "has 1 passages with other texts than the catalogue",
    ):
        assert any(problem in one for one in diagnosis.problems)
    assert diagnosis.fixed
    assert searches(herd) == (60, 60)


def test_a_library_of_another_embedder_is_refused_and_can_be_rebuilt(
    herd: Library, home: Path, index: dict[str, Any]
) -> None:
    with pytest.raises(LibraryMismatchError, match="built with embedder words, settings say short"):
        open_library(home, embedder_name="short", **index)
    short = {"embedder": WordEmbedding(size=32), "embedder_name": "short", **index}
    with open_library(home, check_manifest=False, **short) as library:
        assert library.reindex() == 60
        assert searches(library, 32) == (60, 60)
        assert library.doctor().problems == ()
    assert searches(herd, 32) == (60, 60)


PROGRAM = """
import json, os, signal, sys
from pathlib import Path
from paperchat.types import Paper
from support import WordEmbedding, add_papers, open_library

def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

home, options, moment = Path(sys.argv[1]), json.loads(sys.argv[2]), sys.argv[3]
library = open_library(home, check_manifest=False, **options)
index = library._stores.index
if moment == "adding":
    add, calls = index.write, []
    def write(*, delete_papers, nodes):
        add(delete_papers=delete_papers, nodes=nodes[:11])
        die()
    index.write = write
    numbers = [f"2402.{n:05d}" for n in range(30)]
    add_papers(library, *(Paper(title=f"Zebra {n}", abstract=f"Stripes {n}.", arxiv_id=n) for n in numbers))
elif moment == "removing":
    index.delete_passages(["arxiv:2401.00001#abstract.0"])
    index.write = die
    library.remove(["2401.00002", "2401.00003"])
else:
    index.adopt_rebuilt = die
    library.reindex()
"""


def die_at(moment: str, home: Path, index: dict[str, Any]) -> None:
    path = os.pathsep.join(filter(None, sys.path))
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(home), json.dumps(index), moment],
        env={**os.environ, "PYTHONPATH": path},
        check=False,
    )
    assert done.returncode == -signal.SIGKILL


def test_a_process_that_is_killed_while_it_adds_leaves_an_index_that_comes_to_equal_the_catalogue(
    herd: Library, home: Path, index: dict[str, Any]
) -> None:
    die_at("adding", home, index)
    with open_library(home, **index) as library:
        assert library.counts().pending == 0
        assert searches(library) == (90, 90)
        assert library.doctor().problems == ()
    assert searches(herd) == (90, 90)


@pytest.mark.parametrize("index", ["milvus"], indirect=True)
def test_a_process_that_is_killed_while_it_removes_or_rebuilds_leaves_one_collection(
    herd: Library, home: Path, index: dict[str, Any]
) -> None:
    for moment in ("removing", "adopting"):
        die_at(moment, home, index)
        with open_library(home, **index) as library:
            assert library.doctor().problems == ()
            assert searches(library) == (60, 60)
    assert searches(herd) == (60, 60)
    own = index_of(herd)
    assert isinstance(own, milvus_index.MilvusIndex)
    assert len(own.collections()) == 1


# Milvus alone


@pytest.fixture
def milvus(options_of: Callable[[str], dict[str, Any]]) -> dict[str, Any]:
    return options_of("milvus")


def test_libraries_on_one_milvus_do_not_mix(tmp_path: Path, milvus: dict[str, Any]) -> None:
    with open_library(tmp_path / "one", **milvus) as one, open_library(tmp_path / "other", **milvus) as other:
        add_papers(one, *HERD[:20])
        add_papers(other, *HERD[20:25])
        assert (searches(one), searches(other)) == ((20, 20), (5, 5))
        assert one.reindex() == 20
        assert other.doctor().problems == ()
        assert other.remove(paper.arxiv_id for paper in HERD[20:25]) == 5
        assert (searches(one), searches(other)) == ((20, 20), (0, 0))
    assert not (tmp_path / "one" / "chroma").exists()
    assert not (tmp_path / "one" / "tantivy").exists()


@pytest.mark.skipif("MILVUS_URL" in os.environ, reason="the server is not the tests' own")
def test_a_milvus_server_that_goes_away_is_one_line_and_comes_back_by_itself(home: Path, tmp_path: Path) -> None:
    server = MilvusLiteServer(tmp_path / "milvus")
    away = f"the Milvus server at {server.url} failed ("
    with open_library(home, milvus_url=server.url, milvus_token="geheim") as library:
        add_papers(library, *HERD[:20])
        assert library.passage_count() == 20  # which is remembered
        library.check_reachable()
        server.kill()
        jobs: tuple[Callable[[], Any], ...] = (
            library.check_reachable,
            lambda: library.dense_search(EVERYWHERE, 9),
            lambda: library.lexical_search("stripes", 9),
            lambda: add_papers(library, *HERD[20:30]),
            library.doctor,
        )
        for job in jobs:
            with pytest.raises(UnavailableError) as caught:
                job()
            assert str(caught.value).startswith(away)
            assert "\n" not in str(caught.value)
            assert "geheim" not in str(caught.value)
        with open_library(home, milvus_url=server.url) as other:
            assert other.counts().pending == 10
        server.start()
        library.check_reachable()
        assert searches(library) == (20, 20)
        library.complete_pending()
        assert searches(library) == (30, 30)
        assert library.doctor().problems == ()
    server.kill()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"milvus_url": "ftp://milvus"}, "write http://HOST:PORT"),
        ({"milvus_url": "http://milvus:port"}, "write http://HOST:PORT"),
        ({"milvus_url": "./milvus.db"}, "write http://HOST:PORT"),
        ({"milvus_url": "http://ada:geheim@127.0.0.1:1"}, "PAPERCHAT_MILVUS_TOKEN"),
        ({"milvus_url": "http://127.0.0.1:1", "chroma_url": "http://127.0.0.1:2"}, "unset one of them"),
    ],
)
def test_an_address_that_cannot_be_used_is_refused(home: Path, options: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said) as caught:
        open_library(home, **options)
    assert "geheim" not in str(caught.value)


def test_a_client_that_is_not_installed_is_said(
    home: Path, milvus: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pymilvus", None)
    milvus_server.load_pymilvus.cache_clear()
    with pytest.raises(UsageError, match=r"pip install 'paperchat\[milvus\]'"):
        open_library(home, **milvus)
