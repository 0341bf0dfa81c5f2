"""What is missing or fails is a limitation; what is announced, overcome or praised is not."""

from __future__ import annotations

import pytest

from paperchat.survey.sections.limitations import states_gap


@pytest.mark.parametrize(
    ("is_gap", "sentence"),
    [
        (True, "Coral bleaching remains poorly understood in deep reefs."),
        (True, "Robustness, real-time efficiency and verification are open problems."),
        (False, "Finally, we discuss open challenges and future directions."),
        (False, "Our method does not require labels and overcomes the limitations of earlier sensors."),
        (False, "We ask whether the sensors fail in deep water?"),
        (False, "We show that the new sensor achieves the best failure detection of all."),
        (True, "The new sensor outperforms divers, but it still fails in deep water."),
        (False, "Bleaching has gradually become an important problem in many regions."),
        (False, "We propose a sensor that overcomes noise and sets a direction for future work."),
        (False, "The findings suggest several promising avenues for future work."),
        (True, "The findings suggest avenues for future work, including sensors for deep water."),
    ],
)
def test_a_gap_is_stated_not_announced_or_overcome(is_gap: bool, sentence: str) -> None:
    assert states_gap(sentence) is is_gap
