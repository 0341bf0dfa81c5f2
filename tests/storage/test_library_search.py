"""Lexical and vector search, with and without filters."""

import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from paperchat.errors import LibraryError, UsageError
from paperchat.storage.indexer import PaperRecord
from paperchat.storage.library import Library
from paperchat.types import Filters, Paper
from support import WordEmbedding, add_papers, open_library, passage_of

pytestmark = pytest.mark.both_databases

PAPERS = (
    Paper(
        title="Distilling the knowledge in a network",
        abstract="A large network teaches a small network.",
        authors=("Geoffrey Hinton", "Oriol Vinyals"),
        arxiv_id="1503.02531",
        date="2015-03-09",
        categories=("stat.ML", "cs.LG"),
    ),
    Paper(
        title="Visualizing data",
        abstract="A network of neighbours is drawn in the plane.",
        authors=("Laurens van der Maaten", "Hinton, G. E."),
        doi="10.1000/tsne",
        date="2008-11-01",
        categories=("cs.LG",),
    ),
    Paper(
        title="Schrödinger bridges in motion",
        abstract="Bridges between distributions, with a network.",
        authors=("Émile Borel",),
        arxiv_id="2410.00001",
        date="2024-10-18",
        categories=("math.PR",),
    ),
    Paper(title="An undated network", abstract="No date, no author, one network."),
)


@pytest.fixture(scope="module", params=["embedded", "milvus"])
def index(request: pytest.FixtureRequest, options_of: Callable[[str], dict[str, Any]]) -> dict[str, Any]:
    """What a library with this index is opened with."""
    return options_of(request.param)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory, index: dict[str, Any]) -> Iterator[Library]:
    with open_library(tmp_path_factory.mktemp("filled") / "library", **index) as library:
        add_papers(library, *PAPERS)
        yield library


def titles(library: Library, hits: list[tuple[str, float]]) -> set[str]:
    passages = library.passages(hit for hit, _ in hits)
    papers = library.papers(passage.paper_id for passage in passages.values())
    return {stored.paper.title.split()[0] for stored in papers.values()}


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        (Filters(), {"Distilling", "Visualizing", "Schrödinger", "An"}),
        (Filters(since="2015"), {"Distilling", "Schrödinger"}),
        (Filters(since="2015-03-09", until="2015-03-09"), {"Distilling"}),
        (Filters(until="2015-03"), {"Distilling", "Visualizing"}),
        (Filters(since="2030"), set()),
        (Filters(since="2020", until="2010"), set()),
        (Filters(authors=("Hinton",)), {"Distilling", "Visualizing"}),
        (Filters(authors=("geoffrey hinton",)), {"Distilling"}),
        (Filters(authors=("van der Maaten",)), {"Visualizing"}),
        (Filters(authors=("Laurens",)), {"Visualizing"}),
        (Filters(authors=("borel", "VINYALS")), {"Distilling", "Schrödinger"}),
        (Filters(authors=("Emile Borel",)), {"Schrödinger"}),
        (Filters(authors=("Nobody",)), set()),
        (Filters(authors=("%",)), set()),
        (Filters(categories=("cs.LG",)), {"Distilling", "Visualizing"}),
        (Filters(categories=("CS.lg",)), {"Distilling", "Visualizing"}),
        (Filters(categories=("math", "stat")), {"Distilling", "Schrödinger"}),
        (Filters(categories=("q-bio",)), set()),
        (Filters(papers=("1503.02531v4", "10.1000/TSNE", "no such")), {"Distilling", "Visualizing"}),
        (Filters(papers=("no such",)), set()),
        (Filters(basis="abstract"), {"Distilling", "Visualizing", "Schrödinger", "An"}),
        (Filters(basis="full_text"), set()),
        (Filters(authors=("Hinton",), since="2010", categories=("cs",)), {"Distilling"}),
        (Filters(papers=("10.1000/tsne",), authors=("Vinyals",)), set()),
    ],
)
def test_filters_select_the_same_papers_in_lexical_and_vector_search(
    filled: Library, filters: Filters, found: set[str]
) -> None:
    vector = WordEmbedding().get_query_embedding("network")
    assert titles(filled, filled.lexical_search("network", 9, filters)) == found
    assert titles(filled, filled.dense_search(vector, 9, filters)) == found


def test_a_malformed_date_is_refused(filled: Library) -> None:
    with pytest.raises(UsageError, match="'soon' is not a date"):
        filled.lexical_search("x", 1, Filters(since="soon"))
    with pytest.raises(UsageError, match="'2024-02-30' is not a date"):
        filled.dense_search([1.0] * 64, 1, Filters(until="2024-02-30"))


def test_filters_do_not_change_scores(filled: Library) -> None:
    free = dict(filled.lexical_search("network bridges", 9))
    held = dict(
        filled.lexical_search("network bridges", 9, Filters(since="2010", basis="abstract", authors=("Borel",)))
    )
    assert held == pytest.approx({hit: free[hit] for hit in held})
    assert held


@pytest.mark.parametrize(
    "question",
    [
        'What "is" a network?',
        "network AND OR NOT (network",
        "body:network^4 title:[a TO z}",
        "-network +network network~2 *",
        "\\ network / ' \x00 \u202e network",
        "network " * 3000,
    ],
)
def test_any_text_is_a_valid_query(filled: Library, question: str) -> None:
    assert len(filled.lexical_search(question, 9)) == 4


@pytest.mark.parametrize("question", ["", "   ", "the of and", "?!", "zzzz"])
def test_a_query_without_a_known_word_finds_nothing(filled: Library, question: str) -> None:
    assert filled.lexical_search(question, 9) == []


def test_words_are_found_by_their_stems_in_title_and_text(filled: Library) -> None:
    (best, _), *_ = filled.lexical_search("What does schrodinger's bridge do?", 9)
    assert best == "arxiv:2410.00001#abstract.0"
    assert filled.analyse("The networks of Schrödinger") == ["network", "schroding"]


def test_more_shared_words_rank_first(filled: Library) -> None:
    hits = filled.lexical_search("a small network taught by a large network", 9)
    assert hits[0][0] == "arxiv:1503.02531#abstract.0"
    assert [score for _, score in hits] == sorted((score for _, score in hits), reverse=True)


def test_document_frequency_counts_passages(filled: Library) -> None:
    assert filled.document_frequency(["networks", "Bridges", "zzzz", "the", "van-network"]) == {
        "networks": 4,
        "Bridges": 1,
        "zzzz": 0,
        "the": 4,
        "van-network": 0,
    }


def test_searching_an_empty_library_finds_nothing_and_creates_no_index(library: Library) -> None:
    assert library.dense_search([1.0] * 64, 5) == library.lexical_search("network", 5) == []
    assert library.vectors(["x"]) == {}
    assert library.document_frequency(["x"]) == {"x": 0}
    assert not (library.home / "chroma").exists()


def test_an_empty_query_finds_nothing(filled: Library) -> None:
    assert filled.dense_search([1.0] * 64, 0) == filled.lexical_search("network", 0) == []


def test_a_vector_of_another_size_is_reported_in_one_line(filled: Library) -> None:
    with pytest.raises(
        LibraryError, match=r"dimension of 64, got 3|vectors of 64 numbers, the embedder makes .* 3"
    ) as caught:
        filled.dense_search([1.0, 2.0, 3.0], 2)
    assert "\n" not in str(caught.value)
    assert len(filled.dense_search([1.0] * 64, 2)) == 2


def test_hostile_text_is_stored_unchanged(library: Library, catalogue: str) -> None:
    nul = "" if catalogue else "\x00"  # which PostgreSQL refuses
    text = f"a{nul}b \u202ereversed\u202c <script>alert('x')</script> {{braces}} %s \ufeff network"
    add_papers(library, Paper(title=f"Hostile {text}", abstract=text, authors=(text,), categories=(text,)))
    ((hit, _),) = library.lexical_search("network", 5)
    assert library.passages([hit])[hit].text == text
    assert library.dense_search([1.0] * 64, 5)[0][0] == hit
    (stored,) = library.all_papers()
    assert (stored.paper.abstract, stored.paper.authors) == (text, (text,))


@pytest.fixture(scope="module")
def large_library(tmp_path_factory: pytest.TempPathFactory, index: dict[str, Any]) -> Iterator[Library]:
    """3,000 papers in ten categories and months, of which the last category has only 30."""
    numbers = random.Random(7)
    words = [f"word{n}" for n in range(500)]
    papers = [
        Paper(
            title=" ".join(numbers.choices(words, k=4)),
            abstract=" ".join(numbers.choices(words, k=30)),
            arxiv_id=f"2401.{n:05d}",
            date=f"2024-{1 + n % 9:02d}-01",
            categories=("cs.RARE",) if n % 100 == 99 else ("cs.CL",),
        )
        for n in range(3000)
    ]
    with open_library(tmp_path_factory.mktemp("large_library") / "library", **index) as library:
        add_papers(library, *papers)
        yield library


@pytest.mark.parametrize(
    ("filters", "size"),
    [
        (Filters(), 3000),
        (Filters(categories=("cs.CL",)), 2970),
        (Filters(categories=("cs.RARE",)), 30),
        (Filters(since="2024-03", until="2024-08"), 1999),
        (Filters(since="2024-09"), 333),
    ],
)
@pytest.mark.parametrize("k", [1, 10, 400, 5000])
def test_k_hits_are_returned_where_k_exist(large_library: Library, filters: Filters, size: int, k: int) -> None:
    query = WordEmbedding().get_query_embedding("word1 word2 word3 word4")
    hits = large_library.dense_search(query, k, filters)
    assert len(hits) == len(dict(hits)) == min(k, size)
    assert [score for _, score in hits] == sorted((score for _, score in hits), reverse=True)


@pytest.mark.parametrize(
    "filters", [Filters(), Filters(categories=("cs.RARE",)), Filters(since="2024-03", until="2024-08")]
)
def test_the_nearest_passages_are_found_with_their_cosines(large_library: Library, filters: Filters) -> None:
    everything = large_library.vectors(f"arxiv:2401.{n:05d}#abstract.0" for n in range(3000))
    assert len(everything) == 3000
    query = np.asarray(WordEmbedding().get_query_embedding("word5 word6 word7 word8 word9"), dtype=np.float32)
    allowed = {hit for hit, _ in large_library.dense_search(query, 5000, filters)}
    exact = {hit: float(row @ query / np.linalg.norm(row)) for hit, row in everything.items() if hit in allowed}
    best = sorted(exact.values(), reverse=True)[:20]
    found = large_library.dense_search(query, 20, filters)
    assert [score for _, score in found] == pytest.approx([exact[hit] for hit, _ in found], abs=1e-5)
    assert sum(score >= best[-1] - 1e-5 for _, score in found) >= 19


def test_writes_of_another_library_object_are_visible_at_once(home: Path) -> None:
    with open_library(home) as one, open_library(home) as other:
        add_papers(one, PAPERS[0])
        assert len(other.dense_search([1.0] * 64, 9)) == len(other.lexical_search("network", 9)) == 1
        add_papers(other, *PAPERS[1:])
        assert len(one.dense_search([1.0] * 64, 9)) == len(one.lexical_search("network", 9)) == 4
        (change,) = one.plan_changes([PAPERS[0]])
        with one.write_session():
            one.write_papers(
                [PaperRecord(change, [passage_of(change.stored, basis="full_text", text="More network.")])]
            )
        assert len(other.dense_search([1.0] * 64, 9, Filters(basis="full_text"))) == 1
