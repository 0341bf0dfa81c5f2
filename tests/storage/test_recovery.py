"""A missing or damaged index is detected, reported in one line, and rebuilt from the catalogue."""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from storage_process import leave_pending

from paperchat.errors import LibraryMismatchError, StorageError
from paperchat.storage.indexer import PaperRecord
from paperchat.storage.library import Library
from paperchat.types import Paper, Passage, StoredPaper
from support import WordEmbedding, add_papers, open_library, passage_of

PAPERS = [
    Paper(title=f"Zebra number {n} of the herd", abstract=f"Stripes {n} {n * n}.", arxiv_id=f"2401.{n:05d}")
    for n in range(120)
]
EVERYWHERE = [1.0] * 64
VECTORS_DAMAGED = "the vector index is damaged"


def searches(library: Library) -> tuple[int, int]:
    return len(library.lexical_search("stripes", 999)), len(library.dense_search(EVERYWHERE, 999))


def graph(home: Path) -> Path:
    """The folder of Chroma's graph."""
    (folder,) = (entry for entry in (home / "chroma").iterdir() if entry.is_dir())
    return folder


@pytest.fixture
def closed(home: Path) -> Path:
    with open_library(home) as library:
        add_papers(library, *PAPERS)
    return home


def test_an_intact_library_has_no_problems(closed: Path) -> None:
    with open_library(closed) as library:
        diagnosis = library.doctor(fix=True)
    assert diagnosis.problems == ()
    assert diagnosis.papers == diagnosis.passages == diagnosis.vectors == diagnosis.texts == 120


@pytest.mark.parametrize(
    ("damage", "problem"),
    [
        (lambda home: shutil.rmtree(home / "chroma"), "the vector index lacks 120 of 120 passages"),
        (lambda home: shutil.rmtree(home / "tantivy"), "the lexical index lacks 120 of 120 passages"),
        (lambda home: (home / "chroma" / "chroma.sqlite3").write_bytes(b"x" * 9999), VECTORS_DAMAGED),
        (lambda home: (graph(home) / "index_metadata.pickle").unlink(), VECTORS_DAMAGED),
        (lambda home: (home / "tantivy" / "meta.json").write_text("{x"), "the lexical index is damaged"),
    ],
)
def test_a_damaged_index_is_reported_and_repaired(closed: Path, damage: Callable[[Path], object], problem: str) -> None:
    damage(closed)
    with open_library(closed) as library:
        with pytest.raises(StorageError, match="run `paperchat reindex`") as caught:
            searches(library)
        assert "\n" not in str(caught.value)
        assert library.doctor().problems == (problem,)
        repaired = library.doctor(fix=True)
        assert (repaired.problems, repaired.fixed) == ((problem,), True)
        assert searches(library) == (120, 120)
    with open_library(closed) as again:
        assert searches(again) == (120, 120)


@pytest.mark.parametrize("index", ["chroma", "tantivy"])
def test_the_loss_of_an_index_of_an_open_library_is_detected(closed: Path, index: str) -> None:
    with open_library(closed) as library, open_library(closed) as other:
        assert searches(library) == searches(other) == (120, 120)
        shutil.rmtree(closed / index)
        for one in (library, other):
            with pytest.raises(StorageError, match=r"is missing: run `paperchat reindex`"):
                searches(one)
        assert library.reindex() == 120
        assert searches(library) == searches(other) == (120, 120)


def test_the_loss_of_an_index_is_detected_after_a_write(closed: Path) -> None:
    with open_library(closed) as library:
        assert searches(library) == (120, 120)
        shutil.rmtree(closed / "chroma")
        add_papers(library, Paper(title="A late zebra of the herd", abstract="Stripes.", arxiv_id="2402.00001"))
        assert library.doctor().problems == ("the vector index lacks 120 of 121 passages",)
        assert library.doctor(fix=True).fixed
        assert searches(library) == (121, 121)


def test_passages_that_are_only_in_an_index_are_removed(closed: Path) -> None:
    shutil.copytree(closed, closed.with_name("copy"))
    with open_library(closed) as library:
        library.remove(["2401.00007", "2401.00008"])
    for index in ("chroma", "tantivy"):
        shutil.rmtree(closed / index)
        shutil.copytree(closed.with_name("copy") / index, closed / index)
    with open_library(closed) as library:
        assert library.doctor().problems == (
            "the lexical index has 2 passages that are not in the catalogue",
            "the vector index has 2 passages that are not in the catalogue",
        )
        assert library.doctor(fix=True).fixed
        assert searches(library) == (118, 118)


def test_reindexing_with_another_embedder_reports_progress(closed: Path) -> None:
    with open_library(closed) as library:
        library.store_sentence_vectors({"arxiv:2401.00000#abstract.0": [[1.0, 2.0]]})
    progress: list[tuple[int, int]] = []
    short = WordEmbedding(size=32)
    with open_library(closed, embedder=short, embedder_name="short", check_manifest=False) as library:
        diagnosis = library.doctor(fix=True)
        assert diagnosis.problems[0].endswith("settings say short: run `paperchat reindex`")
        assert not diagnosis.fixed
        assert library.reindex(lambda done, of: progress.append((done, of))) == 120
        assert len(library.dense_search([1.0] * 32, 999)) == 120
        assert library.sentence_vectors(["arxiv:2401.00000#abstract.0"]) == {}
    assert progress[-1] == (120, 120)
    with open_library(closed, embedder=short, embedder_name="short") as library:
        assert len(library.lexical_search("stripes", 999)) == 120
    with pytest.raises(LibraryMismatchError, match="embedder short, settings say words"):
        open_library(closed)


@pytest.mark.slow
def test_long_papers_are_reindexed_a_few_at_a_time(library: Library) -> None:
    with library.write_session():
        changes = library.plan_changes([Paper(title=f"Zebras {n}", arxiv_id=f"2402.0000{n}") for n in range(3)])
        library.write_papers(
            [
                PaperRecord(
                    one, [passage_of(one.stored, basis="full_text", text=f"Zebra {n}.", n=n) for n in range(1_000)]
                )
                for one in changes
            ]
        )
    progress: list[tuple[int, int]] = []
    assert library.reindex(lambda done, of: progress.append((done, of))) == 3_000
    assert progress == [(1, 3), (2, 3), (3, 3)]
    assert library.doctor().problems == ()


def halves(stored: StoredPaper, present: Sequence[Passage]) -> list[Passage]:
    """The abstract as two passages."""
    text = stored.paper.abstract
    at = len(text) // 2
    whole = next(passage for passage in present if passage.basis == "abstract")
    first = replace(whole, passage_id=f"{stored.paper_id}#0", end=at, text=text[:at])
    return [first, replace(whole, passage_id=f"{stored.paper_id}#1", start=at, text=text[at:])]


def test_reindexing_can_rechunk_abstracts_and_leaves_full_texts(closed: Path) -> None:
    with open_library(closed) as library, library.write_session():
        (change,) = library.plan_changes(PAPERS[3:4])
        library.write_papers(
            [PaperRecord(change, [passage_of(change.stored, basis="full_text", text="All about stripes.")])]
        )
    with open_library(closed, chunking="halves", check_manifest=False) as library:
        assert library.reindex(rechunk=halves) == 241
    with open_library(closed, chunking="halves") as library:
        assert library.counts().passages == len(library.dense_search(EVERYWHERE, 999)) == 241
        *abstract, full_text = library.passages_of("arxiv:2401.00003")
        assert "".join(passage.text for passage in abstract) == PAPERS[3].abstract
        assert full_text.text == "All about stripes."


class Stopping(WordEmbedding):
    def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        raise KeyboardInterrupt(f"before {len(texts)} texts")


def test_interrupted_rechunking_must_be_repeated(closed: Path) -> None:
    with (
        open_library(closed, embedder=Stopping(), chunking="halves", check_manifest=False) as library,
        pytest.raises(KeyboardInterrupt),
    ):
        library.reindex(rechunk=halves)
    for chunking in ("whole", "halves"):
        with pytest.raises(LibraryMismatchError, match=r"\(reindexing was stopped\), settings say"):
            open_library(closed, chunking=chunking)
    with open_library(closed, chunking="halves", check_manifest=False) as library:
        assert library.reindex(rechunk=halves) == 240


def test_rechunking_that_is_stopped_before_a_passage_has_changed_leaves_the_library_as_it_was(closed: Path) -> None:
    def stop(stored: StoredPaper, present: Sequence[Passage]) -> list[Passage]:
        raise KeyboardInterrupt(f"{stored.paper_id} of {len(present)}")

    with (
        open_library(closed, chunking="halves", check_manifest=False) as library,
        pytest.raises(KeyboardInterrupt),
    ):
        library.reindex(rechunk=stop)
    with open_library(closed) as library:
        assert searches(library) == (120, 120)


def test_an_interrupted_reindexing_leaves_the_indexes_in_force(closed: Path) -> None:
    with open_library(closed, embedder=Stopping()) as library, pytest.raises(KeyboardInterrupt):
        library.reindex()
    with open_library(closed) as library:
        assert searches(library) == (120, 120)
        assert library.counts().pending == 0


def test_a_write_that_failed_for_a_damaged_index_is_completed_on_opening(closed: Path) -> None:
    (closed / "chroma" / "chroma.sqlite3").write_bytes(b"x" * 9999)
    late = Paper(title="A late zebra of the herd", abstract="Stripes.", arxiv_id="2402.00001")
    with open_library(closed) as library, pytest.raises(StorageError, match="run `paperchat reindex`"):
        add_papers(library, late)
    with open_library(closed) as library:
        assert library.counts().papers == 121
        assert library.counts().pending == 0
        assert searches(library) == (121, 121)


@pytest.mark.slow
def test_a_half_written_graph_is_rebuilt(closed: Path) -> None:
    data = graph(closed) / "data_level0.bin"
    data.write_bytes(data.read_bytes()[:999])
    (closed / "chroma" / "stamp").write_text("changing 0")
    with open_library(closed) as library:
        with pytest.raises(StorageError, match=r"by a process that was stopped\): run `paperchat reindex`"):
            library.dense_search(EVERYWHERE, 5)
        assert library.doctor().problems == (VECTORS_DAMAGED,)
        assert len(library.lexical_search("stripes", 999)) == 120
        leave_pending(closed, "2401.00001")
    with open_library(closed) as library:
        assert searches(library) == (120, 120)


def test_an_interrupted_change_without_damage_needs_no_rebuild(closed: Path) -> None:
    (closed / "chroma" / "stamp").write_text("changing 0")
    with open_library(closed) as library:
        assert searches(library) == (120, 120)
    assert (closed / "chroma" / "stamp").read_text().startswith("whole")
