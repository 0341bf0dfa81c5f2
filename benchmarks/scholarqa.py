"""Do answers cite the papers that an expert cites? Precision, recall and F1 over papers, on ScholarQABench.

    python -m benchmarks.scholarqa --data DATA [--questions N] [--rows FILE]

The library holds the papers that the experts cite over all questions of ``qa/scholarqa_multi.jsonl``, one paper a
title; its abstract is the passages of it that the experts were given, in the order of the file. Each question is asked
without a language model. The expert cites the papers whose passages the marks of the answer name (``[2-4]`` names
three), and paperchat those of its citations; a paper that is cited for another question only is wrong. An abstention
cites nothing and counts 0 in all three. The baseline is the first papers found, as many as the expert cites: ranking
alone, given the right length of the list.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from pathlib import Path
from statistics import mean
from tempfile import TemporaryDirectory

from paperchat import Paper, PaperChat
from paperchat.ingest.pipeline import ingest_papers
from paperchat.text.cleaning import clean

_MARK = re.compile(r"\[([\d,;\s–-]+)\]")
_RANGE = re.compile(r"(\d+)(?:\s*[–-]\s*(\d+))?")


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpertQuestion:
    """``cited``: the titles of the papers that the expert's answer cites."""

    question: str
    cited: frozenset[str]


def read_expert_answers(data: Path) -> tuple[list[ExpertQuestion], list[Paper]]:
    asked = []
    texts: dict[str, dict[str, None]] = {}
    for line in (data / "qa" / "scholarqa_multi.jsonl").open(encoding="utf-8"):
        row = json.loads(line)
        titles = {context["n"]: clean(context["title"]) for context in row["contexts"]}
        cited = {number for number in cited_passages(row["answer"]) if number in titles}
        for context in row["contexts"]:
            if context["n"] in cited:
                texts.setdefault(titles[context["n"]], {})[clean(context["text"])] = None
        asked.append(
            ExpertQuestion(question=clean(row["question"]), cited=frozenset(titles[number] for number in cited))
        )
    papers = [Paper(title=title, abstract=" ".join(passages)) for title, passages in texts.items()]
    return asked, papers


def cited_passages(answer: str) -> Iterator[int]:
    """The numbers of the passages that an answer cites."""
    for listed in _MARK.findall(answer):
        for first, last in _RANGE.findall(listed):
            yield from range(int(first), int(last or first) + 1)


def precision_recall_f1(cited: Set[str], expected: Set[str]) -> tuple[float, float, float]:
    """Precision, recall and F1."""
    both = len(cited & expected)
    precision, recall = both / len(cited) if cited else 0.0, both / len(expected) if expected else 0.0
    return precision, recall, 2 * precision * recall / (precision + recall) if both else 0.0


def format_scores(name: str, found: Sequence[tuple[float, float, float]]) -> str:
    precision, recall, f1 = (mean(column) for column in zip(*found, strict=True))
    return f"{name}: precision {precision:.3f}, recall {recall:.3f}, F1 {f1:.3f} (mean of {len(found)} questions)"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--questions", type=int, help="only the first N")
    parser.add_argument("--rows", type=Path, help="where to write one JSON line for each question")
    options = parser.parse_args()
    asked, papers = read_expert_answers(options.data)
    answers, answered, ranked, rows = [], [], [], []
    with TemporaryDirectory(prefix="paperchat-") as home, PaperChat.open(home) as chat:
        ingest_papers(chat.library, papers)
        for one in asked[: options.questions]:
            answer = chat.ask(one.question)
            cited = {citation.paper.paper.title for citation in answer.citations}
            hits = {hit.paper.paper.title for hit in chat.search(one.question, k=len(one.cited))}
            answers.append(precision_recall_f1(cited, one.cited))
            answered += [answers[-1]] if cited else []
            ranked.append(precision_recall_f1(hits, one.cited))
            rows.append({"question": one.question, "expert": sorted(one.cited), "cited": sorted(cited)})
    print(f"papers {len(papers)}, cited by an expert's answer on average {mean(len(one.cited) for one in asked):.1f}")
    print(f"abstained {len(answers) - len(answered)} of {len(answers)}")
    print(f"papers cited by an answer that is given: {mean(len(row['cited']) for row in rows if row['cited']):.1f}")
    print(format_scores("answers", answers))
    print(format_scores("answers, abstentions left out", answered))
    print(format_scores("papers found first, as many as the expert cites", ranked))
    if options.rows:
        options.rows.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


if __name__ == "__main__":
    main()
