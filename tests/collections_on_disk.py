"""Small test collections, written to a folder."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

DOCUMENTS = (
    ("d1", "On cats", "Cats sleep for sixteen hours a day."),
    ("d2", "On dogs", "Dogs bark at the postman in the morning."),
    ("d3", "On cats", "Cats hunt mice in the barn at night."),
    ("d4", "On ships", "Container ships burn heavy fuel oil."),
)
QUERIES = (("q1", "how long do cats sleep"), ("q2", "fuel of container ships"), ("q3", "nothing judged"))
HEADING = "query-id\tcorpus-id\tscore\n"
QRELS = f"{HEADING}q1\td1\t1\nq2\td4\t2\nq2\td2\t0\n"


def write_lines(file: Path, rows: Iterable[Mapping[str, object]]) -> None:
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def write_collection(folder: Path) -> Path:
    """Four documents, two of them with the same title, and three queries of which one is not judged."""
    folder.mkdir(parents=True)
    write_lines(folder / "corpus.jsonl", ({"_id": i, "title": t, "text": x} for i, t, x in DOCUMENTS))
    write_lines(folder / "queries.jsonl", ({"_id": i, "text": x} for i, x in QUERIES))
    (folder / "qrels.tsv").write_text(QRELS, encoding="utf-8")
    return folder
