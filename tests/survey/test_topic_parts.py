"""A topic of several words falls into its parts, without words that only say that it is a topic."""

from __future__ import annotations

import pytest

from paperchat.survey.topic import topic_parts


@pytest.mark.parametrize(
    ("topic", "parts"),
    [
        ("coral reefs", ()),
        ("reefs and seagrass", (("reefs", "seagrass"),)),
        ("sonar and radar mapping", (("sonar mapping", "radar mapping"),)),
        ("sensors for coral reefs", (("sensors",), ("coral reefs",))),
        ("LLM methods for reef mapping", (("reef mapping",),)),
        ("AI models in fishery, shipping", (("fishery", "shipping"),)),
        ("bleaching, benchmarks and evaluation", (("bleaching",),)),
        ("memory and planning for LLM agents", (("memory", "planning"), ("agents",))),
        ("large language models", ()),
    ],
)
def test_parts(topic: str, parts: tuple[tuple[str, ...], ...]) -> None:
    assert topic_parts(topic) == parts
