"""Surveys as turns of a conversation."""

from __future__ import annotations

from survey_samples import survey_of

from paperchat.conversation.chat_commands import survey_as_answer


def test_a_survey_as_an_answer_has_the_quotes_that_its_text_marks_and_no_others() -> None:
    answer = survey_as_answer(survey_of(), question="survey: safety", conversation="lab")
    assert [one.number for one in answer.citations] == [1, 2]
    assert "### Limitations \\<and\\> open problems" in answer.text
    assert (answer.abstained, answer.conversation, answer.question) == (False, "lab", "survey: safety")


def test_a_survey_of_nothing_is_an_abstention() -> None:
    answer = survey_as_answer(survey_of(sections=(), summary=""), question="survey: safety", conversation="lab")
    assert answer.abstained
    assert answer.reason
    assert not answer.citations
