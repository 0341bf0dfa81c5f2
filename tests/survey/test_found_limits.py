"""What a paper finds to fail or leaves open is a limitation; what motivates it, what it mends or announces is not."""

from __future__ import annotations

import pytest

from paperchat.survey.found_limits import limit_strength


@pytest.mark.parametrize(
    ("is_limit", "sentence"),
    [
        (True, "We find that divers struggle to read the sensor in deep water."),
        (True, "Experiments on nine sensors reveal a large gap between shallow and deep water."),
        (True, "Even the best sensor reads only 34% of the reefs correctly and fails at night."),
        (True, "A limitation of our sensor is that it must be cleaned every day."),
        (True, "The cleaning of sensors is left to future work."),
        (False, "Bleaching is a key challenge for the monitoring of reefs."),
        (False, "Existing sensors fail in deep water."),
        (False, "Finally, we discuss open challenges and future directions."),
        (False, "Experiments show that our sensor overcomes the limitations of earlier ones."),
        (False, "We ask whether the sensors fail in deep water?"),
        (False, "We show that the new sensor outperforms divers without degrading the image."),
        (False, "We propose a sensor that reduces errors and bridges the gap between reefs."),
    ],
)
def test_a_limitation_is_found_and_not_the_reason_for_the_work(is_limit: bool, sentence: str) -> None:
    assert bool(limit_strength(sentence)) is is_limit
