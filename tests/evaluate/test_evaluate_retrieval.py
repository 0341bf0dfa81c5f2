import json
from pathlib import Path

import pytest

from paperchat.errors import SourceError
from paperchat.evaluate.retrieval import evaluate_retrieval
from paperchat.settings import load_settings


@pytest.fixture
def collection(tmp_path: Path) -> Path:
    """Four documents, two of them with the same title, and three queries of which one is not judged."""
    folder = tmp_path / "set"
    folder.mkdir()
    documents = [
        ("d1", "On cats", "Cats sleep for sixteen hours a day."),
        ("d2", "On dogs", "Dogs bark at the postman in the morning."),
        ("d3", "On cats", "Cats hunt mice in the barn at night."),
        ("d4", "On ships", "Container ships burn heavy fuel oil."),
    ]
    (folder / "corpus.jsonl").write_text(
        "".join(json.dumps({"_id": i, "title": t, "text": x}) + "\n" for i, t, x in documents),
        encoding="utf-8",
    )
    queries = [("q1", "how long do cats sleep"), ("q2", "fuel of container ships"), ("q3", "nothing judged")]
    (folder / "queries.jsonl").write_text(
        "".join(json.dumps({"_id": i, "text": x}) + "\n" for i, x in queries), encoding="utf-8"
    )
    (folder / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\nq1\td1\t1\nq2\td4\t2\nq2\td2\t0\n", encoding="utf-8")
    return folder


def test_a_documents_id_is_its_identity_and_the_run_is_written(collection: Path, tmp_path: Path) -> None:
    run = tmp_path / "run.trec"
    found = evaluate_retrieval(collection, settings=load_settings(), run=run, k=3).as_json()
    assert (found["documents"], found["queries"]) == (4, 2)
    assert (found["ndcg@10"], found["recall@5"], found["recall@100"]) == (1.0, 1.0, 1.0)
    lines = [line.split() for line in run.read_text(encoding="utf-8").splitlines()]
    assert [(query, document, rank) for query, _, document, rank, _, _ in lines if rank == "1"] == [
        ("q1", "d1", "1"),
        ("q2", "d4", "1"),
    ]
    assert all(len(line) == 6 and line[1] == "Q0" for line in lines)
    assert sum(line[0] == "q1" for line in lines) == 3


@pytest.mark.parametrize("missing", ["corpus.jsonl", "queries.jsonl", "qrels.tsv"])
def test_a_folder_that_lacks_a_file_is_told_so(collection: Path, missing: str) -> None:
    (collection / missing).unlink()
    with pytest.raises(SourceError, match=missing.replace(".", r"\.")):
        evaluate_retrieval(collection, settings=load_settings())
