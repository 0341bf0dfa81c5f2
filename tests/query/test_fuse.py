import pytest

from paperchat.query.fuse import fuse, min_max


def test_what_both_searches_find_comes_first() -> None:
    fused = fuse([("a", 0.9), ("b", 0.8), ("c", 0.1)], [("b", 12.0), ("d", 11.0), ("c", 2.0)])
    assert fused[0][0] == "b"
    assert {key for key, _ in fused} == {"a", "b", "c", "d"}


def test_scores_lie_between_zero_and_one_and_fall() -> None:
    scores = [score for _, score in fuse([("a", -0.3), ("b", 0.7)], [("c", 30.0), ("a", 1.0)])]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)


def test_ties_go_by_id_so_that_the_order_is_always_the_same() -> None:
    assert [key for key, _ in fuse([("b", 0.5), ("a", 0.5)], [])] == ["a", "b"]


def test_nothing_found_is_nothing() -> None:
    assert fuse([], []) == []


def test_min_max_of_equal_scores_is_one() -> None:
    assert min_max([("a", 3.0), ("b", 3.0)]) == pytest.approx({"a": 1.0, "b": 1.0})
