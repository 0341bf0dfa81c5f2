"""Commands typed into a conversation."""

from __future__ import annotations

import pytest

from paperchat.conversation.chat_commands import parse_claim, parse_survey_topic


@pytest.mark.parametrize(
    ("message", "topic"),
    [
        ("survey: speculative decoding", "speculative decoding"),
        ("Survey speculative decoding", "speculative decoding"),
        ("survey of speculative decoding", "speculative decoding"),
        ("survey the literature on gene drives", "gene drives"),
        ("survey research on dark matter", "dark matter"),
        (" survey:gene drives\n", "gene drives"),
        ("survey: what do gene drives do?", "what do gene drives do?"),
        ("survey papers say what about gene drives?", ""),
        ("What does the survey say?", ""),
        ("surveys of gene drives", ""),
        ("survey:", ""),
        ("survey", ""),
    ],
)
def test_survey_command(message: str, topic: str) -> None:
    assert parse_survey_topic(message) == topic


@pytest.mark.parametrize(
    ("message", "claim"),
    [
        ("claim: larger models err less", "larger models err less"),
        ("Claim: is it so?", "is it so?"),
        ("claim larger models", ""),
        ("What do they claim: nothing", ""),
        ("claim:", ""),
    ],
)
def test_claim_command(message: str, claim: str) -> None:
    assert parse_claim(message) == claim
