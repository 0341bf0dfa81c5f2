"""Signals are put together so that scores lie between 0 and 1 and say what they should."""

import json
from pathlib import Path

import numpy as np
import pytest

from paperchat.retrieval.ngram_overlap import QueryNgrams
from paperchat.retrieval.ranker import (
    FEEDBACK,
    RANKING_FILE,
    SIGNALS,
    Candidates,
    RankingWeights,
    fuse,
    fuse_index_scores,
    load_weights,
    signal_matrix,
    standardize,
)
from paperchat.types import Paper, Passage, StoredPaper

VECTORS = np.eye(3, 4, dtype=np.float32)
EVENLY = dict.fromkeys((*SIGNALS, FEEDBACK), 1.0)


def candidates(texts: tuple[str, ...], **values: list[float]) -> Candidates:
    blank = [0.0] * len(texts)
    passages = tuple(
        Passage(
            passage_id=f"{name}#abstract.0",
            paper_id=name,
            basis="abstract",
            section="Abstract",
            page=None,
            start=0,
            end=len(text),
            text=text,
        )
        for name, text in zip("abcdef", texts, strict=False)
    )
    return Candidates(
        passages=passages,
        papers={one.paper_id: StoredPaper(paper_id=one.paper_id, paper=Paper(title="")) for one in passages},
        cosines=np.array(values.get("cosines", blank)),
        bm25=np.array(values.get("bm25", blank)),
        vectors=VECTORS[: len(texts)],
    )


def test_each_signal_raises_a_score() -> None:
    weights = RankingWeights.from_dict({**EVENLY, FEEDBACK: 0.0})
    wording = QueryNgrams.of("speculative decoding")
    for better in (
        candidates(("x", "x"), cosines=[0.9, 0.1]),
        candidates(("x", "x"), bm25=[9.0, 0.0]),
        candidates(("speculation", "x")),
        candidates(("speculative decoding", "decoding, speculative")),
    ):
        first, second = fuse(signal_matrix(better, wording), better.vectors, weights)
        assert first > 0.5 > second


def test_feedback_raises_what_is_near_the_leading_passages() -> None:
    rows = standardize(np.array([[3.0], [0.0], [0.0]]))
    vectors = np.array([[1.0, 0.0], [0.9, 0.1], [0.0, 1.0]], dtype=np.float32)
    weights = RankingWeights(signals=np.array([1.0]), feedback=1.0)
    scores = fuse(rows, vectors, weights)
    assert scores[0] > scores[1] > scores[2]


def test_one_passage_and_none_have_scores_too() -> None:
    weights = load_weights()
    alone = candidates(("x",), cosines=[0.2])
    assert fuse(signal_matrix(alone, QueryNgrams.of("x")), alone.vectors, weights).tolist() == [0.5]
    none = candidates(())
    assert fuse(signal_matrix(none, QueryNgrams.of("x")), none.vectors, weights).shape == (0,)
    assert fuse_index_scores(np.array([]), np.array([]), weights).shape == (0,)


def test_the_weights_that_ship_are_complete_and_count_everything(tmp_path: Path) -> None:
    weights = load_weights()
    assert (weights.signals > 0).all()
    assert weights.feedback > 0
    lacking = json.loads(RANKING_FILE.read_text(encoding="utf-8"))
    del lacking["weights"]["cosine"]
    (tmp_path / "ranking.json").write_text(json.dumps(lacking), encoding="utf-8")
    with pytest.raises(KeyError, match="cosine"):
        load_weights(tmp_path / "ranking.json")
