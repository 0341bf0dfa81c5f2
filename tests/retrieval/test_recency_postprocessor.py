"""Age counts as much as one asks for, and not otherwise."""

import pytest
from llama_index.core.schema import NodeWithScore, TextNode

from paperchat.retrieval.postprocessors import RecencyPostprocessor

AGED = {"fits": (20200101, 1.0), "newer": (20230101, 0.8), "newest": (20240101, 0.1), "undated": (0, 0.9)}


def order(weight: float, days: dict[str, tuple[int, float]] = AGED) -> list[tuple[str, float]]:
    nodes = [
        NodeWithScore(node=TextNode(id_=name, text="x", metadata={"day": day}), score=score)
        for name, (day, score) in days.items()
    ]
    return [(item.node_id, item.get_score()) for item in RecencyPostprocessor(weight=weight).postprocess_nodes(nodes)]


def test_without_a_share_age_counts_nothing() -> None:
    assert order(0.0) == [("fits", 1.0), ("undated", 0.9), ("newer", 0.8), ("newest", 0.1)]


def test_with_all_of_it_the_newest_come_first_and_the_undated_last() -> None:
    assert [name for name, _ in order(1.0)] == ["newest", "newer", "fits", "undated"]


def test_a_year_halves_what_age_counts() -> None:
    scores = dict(order(0.5))
    assert scores["newest"] == pytest.approx(0.5 * 0.1 + 0.5)
    assert scores["newer"] == pytest.approx(0.5 * 0.8 + 0.25)
    assert all(0 <= score <= 1 for score in scores.values())
    assert [name for name, _ in order(0.5)] == ["newer", "newest", "fits", "undated"]


def test_of_equal_scores_the_better_fit_stays_first_and_nothing_dated_is_no_error() -> None:
    assert [name for name, _ in order(1.0, {"a": (0, 0.9), "b": (0, 0.2)})] == ["a", "b"]
    assert order(0.5, {}) == []
