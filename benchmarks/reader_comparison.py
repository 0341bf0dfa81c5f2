"""Compares readers by themselves, each given the abstract that a question is about, such as readers that were each
trained without one source of the data.

    python -m benchmarks.reader_comparison --data DATA [DIR …] [--sets seed biology …]

Each DIR holds a ``model.onnx``; without any, the reader that ships is evaluated. Figures: whether the sentence in which
the answer most likely starts contains the fact; answerable questions against near misses, as the area under the curve
and as the share of near misses refused at ``REFUSED_SHARE`` of the answerable ones; and macro-F1 on SciFact's claims,
each given the abstract that it cites.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from sklearn.metrics import roc_auc_score

from benchmarks.lib import stance_scoring
from benchmarks.lib.question_sets import FITTED_SETS, TEST_SETS, LabelledQuestion, read_question_set, source_files
from paperchat.ingest.sources.registry import read_location
from paperchat.models.cross_encoder import Reader, Window
from paperchat.text.sentences import sentence_spans
from paperchat.types import Paper

SETS = ("seed", *TEST_SETS, *FITTED_SETS)
REFUSED_SHARE = 0.05

Pair = tuple[LabelledQuestion, Window]


def questions_with_abstracts(name: str, data: Path) -> Iterator[Pair]:
    """The questions that are about a paper, each with the paper's title and abstract."""
    with TemporaryDirectory(prefix="paperchat-") as scratch:
        items = [item for source in source_files(name, data, Path(scratch)) for item in read_location(source)]
    papers = {item.title: item for item in items if isinstance(item, Paper)}
    for asked in read_question_set(name):
        if asked.paper_title:
            paper = papers[asked.paper_title]
            yield asked, Window(title=paper.title, text=paper.abstract)


def reader_figures(reader: Reader, of: Sequence[Pair]) -> dict[str, float]:
    holds, odds, answerable = [], [], []
    for asked, window in of:
        judgement = reader.read(asked.question, [window])[0]
        odds.append(judgement.answerable)
        answerable.append(asked.answerable)
        if asked.answerable:
            spans = sentence_spans(window.text)
            start, end = spans[int(np.argmax(judgement.start_probabilities(spans)))]
            holds.append(asked.is_answered_by(window.text[start:end]))
    yes, sure = np.array(answerable), np.array(odds)
    level = np.quantile(sure[yes], REFUSED_SHARE)
    return {
        "best sentence": round(float(np.mean(holds)), 3),
        "answerable or near miss, area": round(float(roc_auc_score(yes, sure)), 3),
        "near misses refused": round(float(np.mean(sure[~yes] < level)), 3),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--sets", nargs="+", default=SETS, choices=SETS)
    parser.add_argument("readers", type=Path, nargs="*", metavar="DIR")
    options = parser.parse_args()
    asked = [pair for name in options.sets for pair in questions_with_abstracts(name, options.data)]
    for folder in options.readers or [None]:
        reader = Reader(folder=folder) if folder else Reader()
        found = reader_figures(reader, asked) | {
            "SciFact": stance_scoring.stance_f1(stance_scoring.scifact_by_reader(options.data, reader))["macro"]
        }
        print(
            json.dumps({"reader": folder.name if folder else "as it ships", "questions": len(asked)} | found),
            flush=True,
        )


if __name__ == "__main__":
    main()
