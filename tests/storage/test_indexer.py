"""Papers are written to all stores, and replaced or removed in all of them."""

from dataclasses import replace

import numpy as np
import pytest

from paperchat.errors import LibraryMismatchError, NotFoundError
from paperchat.storage.deduplication import PaperChange
from paperchat.storage.indexer import PaperRecord
from paperchat.storage.library import Library
from paperchat.types import Filters, Paper, Passage
from support import WordEmbedding, add_papers, open_library, passage_of

pytestmark = pytest.mark.both_databases

PAPER = Paper(title="On zebras and their stripes", abstract="Zebras have stripes.", arxiv_id="2401.00001", version=1)


def passages_in_all_stores(library: Library) -> set[str]:
    """The passages that are in every store, each queried by itself."""
    by_words = {hit for hit, _ in library.lexical_search("zebras stripes", 99)}
    assert by_words == {hit for hit, _ in library.dense_search([1.0] * 64, 99)}
    assert by_words == set(library.passages(by_words))
    return by_words


def write_paper(library: Library, paper: Paper, *passages: Passage) -> PaperChange:
    with library.write_session():
        (change,) = library.plan_changes([paper])
        library.write_papers([PaperRecord(change, passages)])
    return change


def test_a_new_version_replaces_the_text_in_every_store(library: Library) -> None:
    add_papers(library, PAPER)
    old = library.vectors(["arxiv:2401.00001#abstract.0"])
    newer = Paper(title=PAPER.title, abstract="Quaggas had fewer.", arxiv_id="2401.00001", version=2)
    add_papers(library, newer)
    assert library.lexical_search("quaggas", 9)[0][0] == "arxiv:2401.00001#abstract.0"
    assert library.lexical_search("have", 9) == []
    vector = WordEmbedding().get_text_embedding(f"{PAPER.title}\nQuaggas had fewer.")
    new = library.vectors(old)
    assert new["arxiv:2401.00001#abstract.0"] == pytest.approx(np.asarray(vector), abs=1e-6)
    assert library.dense_search(vector, 9)[0][1] == pytest.approx(1.0, abs=1e-5)
    assert library.counts().passages == 1


def test_passages_missing_from_a_new_text_are_deleted(library: Library) -> None:
    (change,) = add_papers(library, PAPER)
    several = [passage_of(change.stored, text=f"Zebras {n}.", n=n) for n in range(3)]
    write_paper(library, PAPER, *several)
    assert len(passages_in_all_stores(library)) == 3
    write_paper(library, PAPER, several[0])
    assert passages_in_all_stores(library) == {"arxiv:2401.00001#abstract.0"}


def test_a_full_text_is_added_to_the_abstract_and_survives_its_changes(library: Library) -> None:
    (change,) = add_papers(library, PAPER)
    pages = [passage_of(change.stored, basis="full_text", text=f"Page {n} on zebras.", n=n) for n in range(2)]
    write_paper(library, PAPER, *pages)
    add_papers(library, replace(PAPER, date="2024-01-02"))
    assert [p.text for p in library.passages_of("arxiv:2401.00001")] == [
        "Zebras have stripes.",
        "Page 0 on zebras.",
        "Page 1 on zebras.",
    ]
    assert len(passages_in_all_stores(library)) == 3
    in_full = Filters(basis="full_text", since="2024-01-02", until="2024-01-02")
    assert (
        len(library.lexical_search("on stripes", 9, in_full)) == len(library.dense_search([1.0] * 64, 9, in_full)) == 2
    )
    counts = library.counts()
    assert (counts.abstract_passages, counts.full_text_passages) == (1, 2)


def test_a_passage_keeps_its_position(library: Library) -> None:
    (change,) = add_papers(library, PAPER)
    page = passage_of(change.stored, basis="full_text", text="On page twelve.", n=11)
    write_paper(library, PAPER, page)
    assert library.passages([page.passage_id]) == {page.passage_id: page}
    assert not library.passages(["no such"])
    assert not library.papers(["no such"])


def test_a_paper_without_an_abstract_is_stored_and_searchable_later(library: Library) -> None:
    add_papers(library, Paper(title=PAPER.title, arxiv_id=PAPER.arxiv_id))
    assert (library.counts().papers, library.counts().passages, library.counts().pending) == (1, 0, 0)
    add_papers(library, PAPER)
    assert passages_in_all_stores(library) == {"arxiv:2401.00001#abstract.0"}


def test_removed_papers_are_deleted_from_every_store(library: Library) -> None:
    other = Paper(title="More about zebras in general", abstract="Stripes.")
    changes = add_papers(library, PAPER, other)
    assert library.remove(["2401.00001v1", "no such"]) == 1
    assert {hit.split("#")[0] for hit in passages_in_all_stores(library)} == {changes[1].stored.paper_id}
    with pytest.raises(NotFoundError):
        library.paper("2401.00001")
    assert library.lexical_search("zebras", 9, Filters(authors=("Anyone",))) == []
    assert add_papers(library, PAPER)[0].kind == "added"
    assert len(passages_in_all_stores(library)) == 2
    assert library.doctor().problems == ()


def test_a_failing_embedder_leaves_the_library_unchanged(library: Library) -> None:
    class Failing(WordEmbedding):
        def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
            raise ConnectionError(f"no answer for {len(texts)} texts")

    add_papers(library, PAPER)
    with (
        open_library(library.home, embedder=Failing()) as failing,
        pytest.raises(ConnectionError, match="no answer for 1 texts"),
    ):
        add_papers(failing, Paper(title="A second paper on zebras", abstract="Stripes."))
    assert library.counts().papers == 1
    assert library.counts().pending == 0


def test_vectors_of_another_size_are_refused_before_anything_is_written(library: Library) -> None:
    add_papers(library, PAPER)
    with (
        open_library(library.home, embedder=WordEmbedding(size=32)) as other,
        pytest.raises(LibraryMismatchError, match=r"dimension 64, settings say 32: run `paperchat reindex`"),
    ):
        add_papers(other, Paper(title="A second paper on zebras", abstract="Stripes."))
    assert len(passages_in_all_stores(library)) == library.counts().papers == 1


def test_an_emptied_library_accepts_another_embedder(library: Library) -> None:
    add_papers(library, PAPER)
    library.remove(["2401.00001"])
    with open_library(library.home, embedder=WordEmbedding(size=32), embedder_name="short") as other:
        add_papers(other, PAPER)
        assert len(other.dense_search([1.0] * 32, 9)) == 1
    with open_library(library.home, embedder=WordEmbedding(size=32), embedder_name="short") as again:
        assert again.doctor().problems == ()


def test_sentence_vectors_are_stored_until_their_passage_changes(library: Library) -> None:
    add_papers(library, PAPER)
    name = "arxiv:2401.00001#abstract.0"
    rows = np.asarray([[0.5, -0.25, 0.125], [1.0, 0.0, 1e-3]], dtype=np.float32)
    library.store_sentence_vectors({name: rows, "gone": rows})
    library.store_sentence_vectors({name: rows})
    kept = library.sentence_vectors([name, "gone"])
    assert kept.keys() == {name}
    assert kept[name].dtype == np.float32
    assert kept[name] == pytest.approx(rows, abs=1e-3)
    add_papers(library, Paper(title=PAPER.title, abstract="New.", arxiv_id="2401.00001", version=2))
    assert library.sentence_vectors([name]) == {}


def test_answers_are_stored(library: Library) -> None:
    library.store_answer("a1", '{"answer": "Stripes [1]"}')
    library.store_answer("a1", '{"answer": "Ştripes [1]"}')
    with open_library(library.home) as again:
        assert again.answer("a1") == '{"answer": "Ştripes [1]"}'
        with pytest.raises(NotFoundError, match="no answer 'a2'"):
            again.answer("a2")


def test_all_papers_come_once_and_in_order_while_more_are_written(library: Library) -> None:
    papers = [Paper(title=f"Paper number {n} on zebras", arxiv_id=f"2401.{n:05d}") for n in range(1200)]
    add_papers(library, *papers)
    streamed = library.all_papers()
    first = next(streamed)
    add_papers(library, Paper(title="A late paper on zebras", arxiv_id="2402.00001", comment="late"))
    ids = [first.paper_id, *(stored.paper_id for stored in streamed)]
    assert ids == [f"arxiv:2401.{n:05d}" for n in range(1200)] + ["arxiv:2402.00001"]


def test_every_field_of_a_paper_is_stored(library: Library) -> None:
    paper = Paper(
        title="Éverything — “kept”",
        abstract="Zebras.",
        authors=("A. B", "李 雷"),
        arxiv_id="2401.00002",
        version=3,
        doi="10.1000/x",
        date="2024-01-02",
        categories=("cs.CL",),
        url="https://arxiv.org/abs/2401.00002",
        pdf_url="https://arxiv.org/pdf/2401.00002",
        comment="9 pages",
        daily={"featured": "2024-01-03", "upvotes": 5, "keywords": ["zebra"], "submitter": {"name": "ak"}},
    )
    add_papers(library, paper)
    assert library.paper("2401.00002").paper == paper


def test_a_large_batch_is_written(library: Library) -> None:
    papers = [
        Paper(title=f"Zebra number {n} of many", abstract=f"Stripes {n}.", arxiv_id=f"2401.{n:05d}")
        for n in range(1700)
    ]
    with library.write_session():
        library.write_papers(
            [PaperRecord(change, [passage_of(change.stored)]) for change in library.plan_changes(papers)]
        )
    assert library.counts().passages == 1700
    assert {change.kind for change in library.plan_changes(papers)} == {"unchanged"}
    assert library.remove([f"2401.{n:05d}" for n in range(1699)]) == 1699
    assert passages_in_all_stores(library) == {"arxiv:2401.01699#abstract.0"}
