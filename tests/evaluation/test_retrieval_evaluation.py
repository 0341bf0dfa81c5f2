import json
from pathlib import Path

import pytest

from collections_on_disk import DOCUMENTS, write_collection, write_lines
from paperchat import PaperChat
from paperchat.errors import SourceError, UsageError
from paperchat.evaluation.beir import measure_run, strictly_decreasing, write_run
from paperchat.evaluation.retrieval_evaluation import evaluate_retrieval
from paperchat.evaluation.significance import compare_runs
from paperchat.settings import load_settings


@pytest.fixture
def collection(tmp_path: Path) -> Path:
    return write_collection(tmp_path / "set")


def test_a_documents_id_is_its_identity(collection: Path) -> None:
    told: list[tuple[int, int | None]] = []
    found = evaluate_retrieval(collection, settings=load_settings(), k=3, progress=lambda *now: told.append(now))
    figures = found.as_json()
    assert (figures["documents"], figures["queries"], figures["failed"]) == (4, 2, [])
    assert (figures["ndcg@10"], figures["recall@5"], figures["recall@100"]) == (1.0, 1.0, 1.0)
    assert [next(iter(ranking)) for ranking in found.run.values()] == ["d1", "d4"]
    assert len(found.run["q1"]) == 3
    assert [(row["query"], row["ndcg@10"]) for row in figures["per_query"]] == [("q1", 1.0), ("q2", 1.0)]
    assert told[-1] == (6, 6)


def test_documents_need_no_title(collection: Path) -> None:
    titled = evaluate_retrieval(collection, settings=load_settings()).as_json()
    write_lines(collection / "corpus.jsonl", ({"_id": i, "text": text} for i, _, text in DOCUMENTS))
    found = evaluate_retrieval(collection, settings=load_settings()).as_json()
    assert (found["documents"], found["failed"], found["ndcg@10"]) == (4, [], titled["ndcg@10"])


def test_an_index_that_is_kept_is_used_again(collection: Path, tmp_path: Path) -> None:
    home = tmp_path / "kept"
    first = evaluate_retrieval(collection, settings=load_settings(), home=home)
    again = evaluate_retrieval(collection, settings=load_settings(), home=home)
    assert (first.ingested.added, again.ingested.added, again.ingested.unchanged) == (4, 0, 4)
    assert [list(ranking) for ranking in again.run.values()] == [list(ranking) for ranking in first.run.values()]


def test_a_library_of_other_papers_is_left_alone(collection: Path, tmp_path: Path) -> None:
    home = tmp_path / "mine"
    with PaperChat.open(home) as chat:
        chat.ingest_sample()
        before = chat.status()
    with pytest.raises(UsageError, match="leave out --home"):
        evaluate_retrieval(collection, settings=load_settings(), home=home)
    with PaperChat.open(home) as chat:
        assert chat.status() == before
    other = write_collection(tmp_path / "other")
    write_lines(other / "corpus.jsonl", [{"_id": "x", "title": "X", "text": "Something else."}])
    evaluate_retrieval(collection, settings=load_settings(), home=tmp_path / "kept")
    with pytest.raises(UsageError, match="not from"):
        evaluate_retrieval(other, settings=load_settings(), home=tmp_path / "kept")


def test_documents_that_cannot_be_read_are_named_and_the_rest_is_measured(collection: Path) -> None:
    with (collection / "corpus.jsonl").open("a", encoding="utf-8") as corpus:
        corpus.write("{broken\n")
    found = evaluate_retrieval(collection, settings=load_settings()).as_json()
    assert found["documents"] == 4
    assert [failure["source"].rpartition(" ")[2] for failure in found["failed"]] == ["5"]


@pytest.mark.parametrize("missing", ["corpus.jsonl", "queries.jsonl", "qrels.tsv"])
def test_a_folder_that_lacks_a_file_is_told_so(collection: Path, missing: str) -> None:
    (collection / missing).unlink()
    with pytest.raises(SourceError, match=missing.replace(".", r"\.")):
        evaluate_retrieval(collection, settings=load_settings())


def test_a_collection_that_cannot_be_measured_is_told_so_before_it_is_taken_in(collection: Path) -> None:
    (collection / "qrels.tsv").write_text("elsewhere\td1\t1\n", encoding="utf-8")
    with pytest.raises(SourceError, match="no query with a judgement"):
        evaluate_retrieval(collection, settings=load_settings())
    (collection / "qrels.tsv").write_text("q1\td1\t1\n", encoding="utf-8")
    write_lines(collection / "queries.jsonl", [{"_id": "q1", "text": "x" * 10_001}])
    with pytest.raises(SourceError, match=r"'q1'.*shorten"):
        evaluate_retrieval(collection, settings=load_settings())
    write_lines(collection / "queries.jsonl", [{"_id": "q1", "text": "cats"}])
    (collection / "corpus.jsonl").write_text("", encoding="utf-8")
    with pytest.raises(SourceError, match=r"corpus\.jsonl has no document"):
        evaluate_retrieval(collection, settings=load_settings())


def test_equal_scores_keep_the_order_in_which_papers_were_shown() -> None:
    scores = strictly_decreasing([("a", 0.5), ("b", 0.5), ("c", 0.5), ("d", 0.1), ("e", 0.0), ("f", 0.0)])
    assert sorted(scores, key=lambda document: -scores[document]) == list("abcdef")
    assert scores == pytest.approx({"a": 0.5, "b": 0.5, "c": 0.5, "d": 0.1, "e": 0.0, "f": 0.0}, abs=1e-6)
    first_only = measure_run({"q": scores}, {"q": {"a": 1}})
    assert first_only["q"]["ndcg@10"] == 1.0


def test_two_runs_are_compared_query_by_query(tmp_path: Path) -> None:
    judgements = {f"q{n}": {"right": 1} for n in range(30)}
    qrels = tmp_path / "qrels.tsv"
    qrels.write_text("".join(f"{query}\tright\t1\n" for query in judgements), encoding="utf-8")
    files = [tmp_path / "worse.trec", tmp_path / "better.trec"]
    write_run(files[0], {query: {"wrong": 2.0, "right": 1.0} for query in judgements})
    write_run(files[1], {query: {"right": 2.0} for query in list(judgements)[:-1]})
    found = compare_runs(files[0], files[1], qrels=qrels)
    ndcg = found.measures["ndcg@10"]
    assert (ndcg.queries, ndcg.better, ndcg.worse) == (30, 29, 1)
    assert ndcg.p < 0.001
    assert ndcg.after - ndcg.before > 0.3
    document = found.as_json()
    assert document["per_query"][0] == {
        "query": "q29",
        "ndcg@10": {"before": 0.6309, "after": 0.0},
        "recall@5": {"before": 1.0, "after": 0.0},
        "recall@100": {"before": 1.0, "after": 0.0},
    }
    assert json.dumps(document)


def test_a_run_of_another_collection_is_refused(tmp_path: Path) -> None:
    qrels = tmp_path / "qrels.tsv"
    qrels.write_text("q1\td1\t1\n", encoding="utf-8")
    own, other = tmp_path / "own.trec", tmp_path / "other.trec"
    write_run(own, {"q1": {"d1": 1.0}})
    write_run(other, {"q9": {"d1": 1.0}})
    with pytest.raises(SourceError, match=r"other\.trec has no query"):
        compare_runs(own, other, qrels=qrels)
