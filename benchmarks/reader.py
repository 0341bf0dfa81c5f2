"""Evaluation of the embedded reader: the answering sentence, answerability, and stance.

    python -m benchmarks.reader --data DATA [--reader DIR] [--sets seed] [--curve FILE]

Questions are those of the sample page, of biology and of physics, which took no part in training or calibration; claims
are SciFact's training claims, each given the abstract that it cites, and none was trained on. "alone" is the reader
without any other feature. Changed numbers: sentences of these abstracts, as they are and with another number.
``--reader`` is the folder of another reader, such as one trained without a part of the data: figures that are not
"alone" then use weights fitted to the reader that ships. The committed curve is ``benchmarks/results/reliability.csv``.
"""

from __future__ import annotations

import argparse
import csv
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.lib import stance_scoring
from benchmarks.lib.calibration_error import calibration_error, error_if_calibrated, reliability_bins
from benchmarks.lib.question_sets import TEST_SETS, LabelledQuestion, open_library, read_question_set
from paperchat.answering.calibration import load_calibration
from paperchat.answering.passage_scoring import SCORED_PAPERS, PassageScorer, ScoredPassage
from paperchat.answering.scoring_features import PASSAGE_FEATURES, SENTENCE_FEATURES
from paperchat.assistant import PaperChat
from paperchat.models.cross_encoder import Reader, ReaderOutput, Window
from paperchat.models.minilm import MiniLM
from paperchat.retrieval.search import Searcher

SETS = ("seed", *TEST_SETS)
REFUSED_SHARE = 0.05
WHOLE_PASSAGES = 10
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderResult:
    """The result of one question.

    ``right`` tells for each way of choosing one sentence whether it contains the fact, if the right paper is first.
    ``milliseconds`` are the reader's for the question, and for ten passages read whole.
    """

    asked: LabelledQuestion
    probability: float
    alone: float
    right: dict[str, bool] | None
    milliseconds: tuple[float, float]


class TimedReader(Reader):
    """A reader that adds up the time it takes."""

    milliseconds = 0.0

    def read(self, query: str, windows: Sequence[Window]) -> list[ReaderOutput]:
        began = time.perf_counter()
        judgements = super().read(query, windows)
        self.milliseconds += 1000 * (time.perf_counter() - began)
        return judgements


def read_questions(chat: PaperChat, asked: Sequence[LabelledQuestion], reader: TimedReader) -> Iterator[ReaderResult]:
    calibration, encoder = load_calibration(), MiniLM()
    searcher = Searcher(library=chat.library, embedder=chat.embedder, encoder=encoder)
    scorer = PassageScorer(
        library=chat.library, encoder=encoder, index=searcher.sentences, calibration=calibration, reader=reader
    )
    for one in asked:
        nodes = searcher.passages(one.question, papers=SCORED_PAPERS)
        before = reader.milliseconds
        readings = scorer.score(one.question, nodes)
        took = reader.milliseconds - before
        if not readings:
            yield ReaderResult(asked=one, probability=0.0, alone=-99.0, right=None, milliseconds=(0.0, 0.0))
            continue
        before = reader.milliseconds
        reader.read(
            one.question,
            [Window(title=item.paper.paper.title, text=item.passage.text) for item in nodes[:WHOLE_PASSAGES]],
        )
        first = readings[0]
        odds = float(calibration.answerable(first.features))
        is_right = one.answerable and first.paper.paper.title == one.paper_title
        yield ReaderResult(
            asked=one,
            probability=float(1 / (1 + np.exp(-odds))),
            alone=float(first.features[PASSAGE_FEATURES.index("reader_answerable")]),
            right=best_sentence_by_score(first, one) if is_right else None,
            milliseconds=(took, reader.milliseconds - before),
        )


def best_sentence_by_score(reading: ScoredPassage, asked: LabelledQuestion) -> dict[str, bool]:
    """For each score whether its best sentence contains the fact, and whether the extracted span does."""
    text, spans = reading.passage.text, reading.alignment.spans
    scores = {
        "all": reading.sentence_scores,
        "cosine": reading.sentences[:, SENTENCE_FEATURES.index("cosine")],
        "alone": reading.sentences[:, SENTENCE_FEATURES.index("reader_starts")],
    }
    right = {way: asked.is_answered_by(text[slice(*spans[int(np.argmax(by))])]) for way, by in scores.items()}
    answer = reading.reader_output.best_answer(spans[int(np.argmax(scores["all"]))]) if reading.reader_output else None
    span = text[slice(*answer[0])] if answer else ""
    return right | {"pointed out": any(e in span or span in e for e in asked.expect)}


def format_results(name: str, found: Sequence[ReaderResult]) -> str:
    answerable = [one for one in found if one.asked.answerable]
    first = [one.right for one in answerable if one.right]
    shares = {way: round(float(np.mean([right[way] for right in first])), 3) for way in first[0]}
    refused = {}
    for by in ("probability", "alone"):
        level = float(np.quantile([getattr(one, by) for one in answerable], REFUSED_SHARE))
        for style in ("near_miss", "far"):
            below = [getattr(one, by) < level for one in found if one.asked.style == style]
            refused[f"{style}, {by}"] = round(float(np.mean(below)), 3) if below else None
    return json.dumps(
        {"set": name, "right paper first": len(first), "best sentence": shares, "at 5 % refused": refused}
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--reader", type=Path, help="folder of another reader")
    parser.add_argument("--sets", nargs="+", default=SETS, choices=SETS)
    parser.add_argument("--curve", type=Path, help="where to write the reliability curve")
    options = parser.parse_args()
    reader = TimedReader(folder=options.reader) if options.reader else TimedReader()
    everything: list[ReaderResult] = []
    for name in options.sets:
        with open_library(name, options.data) as chat:
            found = [*read_questions(chat, read_question_set(name), reader)]
            if name == "biology":
                print(
                    "SciFact, given the cited abstract:",
                    json.dumps(stance_scoring.stance_f1(stance_scoring.scifact_by_claim(options.data, chat))),
                )
        print(format_results(name, found), flush=True)
        everything += found
    print(format_results("all", everything))
    probabilities = np.array([one.probability for one in everything])
    answerable = np.array([one.asked.answerable for one in everything])
    by_chance, seldom = error_if_calibrated(probabilities)
    print(
        f"calibration error {calibration_error(probabilities, answerable):.3f} over {len(everything)} questions; "
        f"true probabilities would give {by_chance:.3f}, and more than {seldom:.3f} one time in twenty"
    )
    per_question, whole = np.median([one.milliseconds for one in everything], axis=0)
    print(
        f"the reader's part of a question: {per_question:.0f} ms; "
        f"{WHOLE_PASSAGES} passages read whole: {whole:.0f} ms (medians)"
    )
    print(
        "SciFact, given the cited abstract, alone:",
        json.dumps(stance_scoring.stance_f1(stance_scoring.scifact_by_reader(options.data, reader))),
    )
    print(f"changed numbers, alone: accuracy {stance_scoring.changed_number_accuracy(options.data, reader):.3f}")
    if options.curve:
        with options.curve.open("w", newline="", encoding="utf-8") as file:
            table = csv.writer(file)
            table.writerow(["said", "true", "questions"])
            table.writerows(
                [round(said, 4), round(true, 4), size]
                for said, true, size in reliability_bins(probabilities, answerable)
            )


if __name__ == "__main__":
    main()
