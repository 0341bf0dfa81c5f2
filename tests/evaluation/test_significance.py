"""The paired randomisation test against exact results and a maintained library's."""

import itertools
import random

import pytest

from paperchat.evaluation.significance import compare, paired_randomisation_test


def exact(differences: list[float]) -> float:
    observed = abs(sum(differences)) - 1e-9
    sums = [abs(sum(map(float.__mul__, differences, signs))) for signs in itertools.product((1.0, -1.0), repeat=9)]
    return sum(total >= observed for total in sums) / len(sums)


@pytest.mark.parametrize("shift", [0.0, 0.1, 0.3])
def test_p_is_that_of_all_possible_signs(shift: float) -> None:
    numbers = random.Random(3)
    differences = [numbers.gauss(shift, 0.3) for _ in range(9)]
    assert paired_randomisation_test(differences) == pytest.approx(exact(differences), abs=0.01)


def test_a_difference_that_is_always_there_is_no_chance_and_p_is_never_nought() -> None:
    assert 0 < paired_randomisation_test([0.1] * 60) < 0.001


def test_what_is_the_same_is_not_better() -> None:
    assert paired_randomisation_test([]) == paired_randomisation_test([0.0] * 9) == 1.0
    assert paired_randomisation_test([0.2, -0.2] * 20) == 1.0


def test_only_queries_that_both_have_are_compared() -> None:
    found = compare({"a": 0.5, "b": 1.0, "c": 0.0}, {"b": 0.5, "c": 1.0, "d": 1.0})
    assert found
    assert (found.queries, found.before, found.after, found.better, found.worse) == (2, 0.5, 0.75, 1, 1)
    assert compare({"a": 1.0}, {"b": 1.0}) is None
