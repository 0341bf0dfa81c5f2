"""Evaluates each fitted set with a calibration fitted on the other sets."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping

import numpy as np

from benchmarks.lib.calibration_error import calibration_error
from benchmarks.lib.calibration_fitting import REFUSED_SHARE, fit_calibration
from benchmarks.lib.question_sets import FITTED_SETS, LabelledQuestion
from benchmarks.lib.scored_passages import ScoredQuestions, answering_passages, is_expected_paper, rescore
from paperchat.answering.calibration import Calibration, parse_calibration
from paperchat.answering.evidence_selection import Evidence, select_evidence
from paperchat.answering.passage_scoring import ScoredPassage
from paperchat.answering.scoring_features import SENTENCE_FEATURES


def cross_validate(unscored: Mapping[str, ScoredQuestions]) -> Iterator[str]:
    """Yield a line of JSON with the figures of each set."""
    for name in unscored:
        by = parse_calibration(fit_calibration({other: unscored[other] for other in FITTED_SETS if other != name}))
        yield json.dumps({"set": name, "by the others": set_figures(rescore(unscored[name], by), by)})


def set_figures(read: ScoredQuestions, by: Calibration) -> dict[str, float | int]:
    """Shares of the questions that this concerns, but for the log-loss and the calibration error of the probability,
    how many sentences of the best passage are quoted, and the reader's median log-odds for the passage that answers and
    for the one that it takes for likeliest to answer a near miss.
    """
    best_first = [(asked, sorted(readings, key=lambda reading: -reading.score)) for asked, readings in read if readings]
    found = [(asked, readings[0], select_evidence(readings, by)) for asked, readings in best_first]
    said = np.array([evidence.confidence for _, _, evidence in found])
    yes = np.array([asked.answerable for asked, _, _ in found])
    near = np.array([asked.style == "near_miss" for asked, _, _ in found])
    sure = np.clip(np.where(yes, said, 1 - said), 1e-9, 1)
    holding = [*answering_passages(read)]
    alone = SENTENCE_FEATURES.index("reader_starts")
    quoted = [len(evidence.quotes) for asked, _, evidence in found if asked.answerable and evidence.quotes]
    told = {
        "questions": len(found),
        "log-loss": -float(np.log(sure).mean()),
        "calibration error": calibration_error(said, yes),
        "near misses at 5 % refused": float((said[near] < np.quantile(said[yes], REFUSED_SHARE)).mean()),
        "near misses at the threshold": float((said[near] < by.threshold).mean()),
        "refused at the threshold": float((said[yes] < by.threshold).mean()),
        "right paper first": _share(is_expected_paper(first, asked) for asked, first, _ in found if asked.answerable),
        "fact in the quotes": _share(_has_fact(evidence, asked) for asked, _, evidence in found if asked.answerable),
        "quotes": float(np.mean(quoted)),
        "passages that answer": len(holding),
        "fact in the best sentence": _share(holds[int(np.argmax(r.sentence_scores))] > 0 for r, holds in holding),
    }
    if any(reading.reader_output for reading, _ in holding):
        told |= {
            "the reader alone": _share(holds[int(np.argmax(r.sentences[:, alone]))] > 0 for r, holds in holding),
            "log-odds, answering": _median_odds(reading for reading, _ in holding),
            "log-odds, near miss": _median_odds(
                max(readings, key=_odds) for asked, readings in best_first if asked.style == "near_miss"
            ),
        }
    return {name: value if isinstance(value, int) else round(value, 3) for name, value in told.items()}


def _share(of: Iterable[bool]) -> float:
    return float(np.mean([*of]))


def _has_fact(evidence: Evidence, asked: LabelledQuestion) -> bool:
    return any(asked.is_answered_by(quote.passage.text[quote.start : quote.end]) for quote in evidence.quotes)


def _odds(reading: ScoredPassage) -> float:
    return reading.reader_output.answerable if reading.reader_output else -np.inf


def _median_odds(of: Iterable[ScoredPassage]) -> float:
    return float(np.median([*filter(np.isfinite, map(_odds, of))]))
