"""Ingestion as a whole: every entry is accounted for, nothing is lost, and a second run writes nothing."""

from __future__ import annotations

from pathlib import Path

from source_reading import rows

from paperchat.ingest.passage_limits import CHUNKING
from paperchat.ingest.pipeline import BATCH_PASSAGES, ingest, ingest_papers
from paperchat.storage.library import Library
from paperchat.types import Failure, Filters, Paper
from support import WordEmbedding


def state(library: Library) -> dict[str, list[str]]:
    return {
        stored.paper_id: [passage.passage_id for passage in library.passages_of(stored.paper_id)]
        for stored in library.all_papers()
    }


def test_every_entry_is_accounted_for(library: Library, tmp_path: Path) -> None:
    file = rows(
        tmp_path / "some.jsonl",
        {"title": "Cats at night are asleep", "abstract": "Cats sleep."},
        {"title": "", "abstract": ""},
        {"title": "Dogs at noon are awake", "abstract": "Dogs run."},
        {"title": "Cats at night are asleep", "abstract": "Cats sleep."},
    )
    report = ingest(library, [file, tmp_path / "missing.jsonl"])
    assert (report.added, report.updated, report.unchanged) == (2, 0, 1)
    assert [failure.source for failure in report.failed] == [
        "some.jsonl line 2",
        str(tmp_path / "missing.jsonl"),
    ]
    assert (report.papers, report.passages) == (2, 2)


def test_a_second_run_writes_nothing(library: Library, tmp_path: Path) -> None:
    file = rows(tmp_path / "some.jsonl", *({"title": f"Paper number {n}", "abstract": f"Text {n}."} for n in range(5)))
    ingest(library, [file])
    before = {
        path: path.stat().st_mtime_ns for path in library.home.rglob("*") if path.is_file() and "lock" not in path.name
    }
    report = ingest(library, [file])
    after = {
        path: path.stat().st_mtime_ns for path in library.home.rglob("*") if path.is_file() and "lock" not in path.name
    }
    assert (report.added, report.updated, report.unchanged) == (0, 0, 5)
    assert before == after


def test_batches_make_the_same_library_as_one_by_one(library: Library, tmp_path: Path) -> None:
    papers = [
        Paper(title=f"On the matter {n % 200}", abstract=f"It is {n % 200}.") for n in range(2 * BATCH_PASSAGES + 7)
    ]
    ingest_papers(library, papers)
    with Library.open(tmp_path / "b", embedder=WordEmbedding(), embedder_name="words", chunking=CHUNKING) as other:
        for start in range(0, len(papers), 100):
            ingest_papers(other, papers[start : start + 100])
        assert state(library) == state(other)
        assert len(state(library)) == 200


def test_failures_stand_beside_what_was_taken_in(library: Library) -> None:
    report = ingest_papers(library, [Failure(source="x", reason="broken"), Paper(title="Fine", abstract="It is.")])
    assert (report.added, report.failed) == (1, (Failure(source="x", reason="broken"),))


def test_a_paper_that_cannot_be_stored_is_one_failure(library: Library) -> None:
    unstorable = [
        Paper(title="A\0b", abstract="NUL"),
        Paper(title="Half of a character", daily={"submitter": "\ud800"}),
        Paper(title="Liked by all", daily={"upvotes": 2**70}),
        Paper(title="Often revised", arxiv_id="2401.00001", version=2**40),
    ]
    report = ingest_papers(library, [*unstorable, Paper(title="Fine", abstract="It is.", daily={"upvotes": 2**40})])
    assert report.added == 1
    assert [failed.source for failed in report.failed] == ["Ab", "Half of a character", "Liked by all", "2401.00001"]
    assert all("cannot be stored" in failed.reason or "too large" in failed.reason for failed in report.failed)
    assert [one.upvotes for one in library.recent.list_papers(Filters())] == [2**40]


def test_a_paper_without_an_abstract_is_found_by_its_title(library: Library) -> None:
    ingest_papers(library, [Paper(title="Sleeping cats of the north")])
    (hit, *_) = library.lexical_search("northern cats sleeping", 5)
    assert library.passages([hit[0]])[hit[0]].section == "Title"


def test_an_abstract_that_comes_later_takes_the_place_of_the_title(library: Library) -> None:
    ingest_papers(library, [Paper(title="Sleeping cats of the north")])
    report = ingest_papers(library, [Paper(title="Sleeping cats of the north", abstract="They sleep a lot.")])
    (stored,) = library.all_papers()
    assert report.updated == 1
    assert [passage.section for passage in library.passages_of(stored.paper_id)] == ["Abstract"]


def test_an_abstract_of_200_kilobytes_becomes_passages(library: Library) -> None:
    abstract = "This sentence is about whales and their songs. " * 4300
    report = ingest_papers(library, [Paper(title="A very long abstract", abstract=abstract.strip())])
    assert report.passages > 50
    assert library.lexical_search("whale songs", 1)


def test_progress_counts_entries(library: Library) -> None:
    seen: list[tuple[int, int | None]] = []
    ingest_papers(
        library,
        [Paper(title=f"Paper number {n}") for n in range(BATCH_PASSAGES + 1)],
        progress=lambda *told: seen.append(told),
    )
    assert seen == [(BATCH_PASSAGES, None), (BATCH_PASSAGES + 1, None)]


def test_one_paper_from_two_sources_is_one_paper(library: Library) -> None:
    ingest_papers(library, [Paper(title="LabSafety Bench: A Benchmark", abstract="It has 765 questions.")])
    ingest_papers(
        library,
        [
            Paper(
                title="LabSafety Bench:  a benchmark",
                arxiv_id="2410.14182",
                version=2,
                authors=("Yujun Zhou",),
            )
        ],
    )
    (stored,) = library.all_papers()
    assert stored.paper_id == "arxiv:2410.14182"
    assert stored.paper.abstract == "It has 765 questions."
    assert [passage.paper_id for passage in library.passages_of(stored.paper_id)] == ["arxiv:2410.14182"]


def test_progress_through_files_tells_about_how_many_there_are(library: Library, tmp_path: Path) -> None:
    papers = [{"title": f"Paper number {n}", "abstract": "It says little. " * 60} for n in range(4 * BATCH_PASSAGES)]
    file = rows(tmp_path / "some.jsonl", *papers)
    seen: list[tuple[int, int | None]] = []
    ingest(library, [file], progress=lambda *told: seen.append(told))
    assert [done for done, _ in seen] == [BATCH_PASSAGES, 2 * BATCH_PASSAGES, 3 * BATCH_PASSAGES, 4 * BATCH_PASSAGES]
    assert all(of is not None and 3 * BATCH_PASSAGES < of < 5 * BATCH_PASSAGES for _, of in seen)
    assert seen[-1] == (4 * BATCH_PASSAGES, 4 * BATCH_PASSAGES)
