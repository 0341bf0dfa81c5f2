"""The development collections of the ranking, in BEIR's layout; two of them are made here from other data.

``known_items``: the machine-written summary of a paper of the Daily Papers is the query, that paper is the right one.
``scholarqa``: questions of experts (ScholarQABench), and the papers that their answers cite.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from benchmarks.lib.question_sets import days_of_months
from benchmarks.scholarqa import read_expert_answers

IR_COLLECTIONS = ("autoscholar_20k", "cacm", "cranfield", "lisa", "med", "scifact", "scitldr")
KNOWN_ITEM_MONTHS = ("2025-05", "2025-06", "2025-07", "2025-08", "2025-09", "2025-10")
KNOWN_ITEMS = 400


def collection_folders(data: Path, cache: Path) -> dict[str, Path]:
    """The folder of each collection by its name; those that are made are written to ``cache``."""
    folders = {name: data / "ir" / name for name in IR_COLLECTIONS}
    made: Mapping[str, Callable[[Path, Path], None]] = {"known_items": _known_items, "scholarqa": _scholarqa}
    for name, make in made.items():
        folders[name] = cache / "collections" / name
        folders[name].mkdir(parents=True, exist_ok=True)
        make(data, folders[name])
    return folders


def _known_items(data: Path, folder: Path) -> None:
    papers: dict[str, Mapping[str, Any]] = {}
    for day in days_of_months(KNOWN_ITEM_MONTHS, data):
        saved = json.loads(day.read_text(encoding="utf-8"))
        for entry in saved if isinstance(saved, list) else saved["data"]:
            if isinstance(entry, dict) and isinstance(paper := entry.get("paper"), dict) and paper.get("summary"):
                papers.setdefault(paper["id"], paper)
    summarized = sorted(name for name, paper in papers.items() if paper.get("ai_summary"))
    chosen = sorted(random.Random(0).sample(summarized, KNOWN_ITEMS))
    _write_lines(
        folder / "corpus.jsonl",
        ({"_id": name, "title": one["title"], "text": one["summary"]} for name, one in papers.items()),
    )
    _write_lines(folder / "queries.jsonl", ({"_id": name, "text": papers[name]["ai_summary"]} for name in chosen))
    _write_judgements(folder, ((name, name) for name in chosen))


def _scholarqa(data: Path, folder: Path) -> None:
    asked, papers = read_expert_answers(data)
    ids = {paper.title: f"p{number}" for number, paper in enumerate(papers)}
    _write_lines(
        folder / "corpus.jsonl", ({"_id": ids[one.title], "title": one.title, "text": one.abstract} for one in papers)
    )
    _write_lines(
        folder / "queries.jsonl", ({"_id": f"q{number}", "text": one.question} for number, one in enumerate(asked))
    )
    _write_judgements(
        folder, ((f"q{number}", ids[title]) for number, one in enumerate(asked) for title in sorted(one.cited))
    )


def _write_lines(file: Path, rows: Iterable[Mapping[str, str]]) -> None:
    file.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


def _write_judgements(folder: Path, relevant: Iterable[tuple[str, str]]) -> None:
    lines = [f"{query}\t{document}\t1\n" for query, document in relevant]
    (folder / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\n" + "".join(lines), encoding="utf-8")
