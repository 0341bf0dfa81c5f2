import pytest

from paperchat.retrieval.query_analysis import correct_spelling, is_one_edit_apart


@pytest.mark.parametrize("written", ["saftey", "safty", "saffety", "sufety", "safetyy"])
def test_one_slip_is_one_slip(written: str) -> None:
    assert is_one_edit_apart(written, "safety")


@pytest.mark.parametrize("written", ["safety", "asfety", "safe", "sfaeyt", "saftye2", "", "modesty"])
def test_more_or_less_than_one_slip_is_not(written: str) -> None:
    assert not is_one_edit_apart(written, "safety")


def test_an_unknown_word_becomes_the_word_that_the_passages_have() -> None:
    passages = ["The safety benchmark has many questions.", "Safety matters."]
    assert correct_spelling("How many quesitons on safety?", unknown={"quesitons"}, passages=passages) == (
        "How many questions on safety?"
    )


@pytest.mark.parametrize("unknown", ["LoRA", "GPT-4x", "xyzzy", "hour"])
def test_a_word_that_is_short_or_no_slip_stays(unknown: str) -> None:
    text = f"What about {unknown}?"
    assert correct_spelling(text, unknown={unknown}, passages=["Lora and hours of GPT-4o are here."]) == text
