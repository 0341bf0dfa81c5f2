"""Follow-ups on the sample page, resolved without a model."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from paperchat import Answer, Filters, PaperChat

_NUMBERS = itertools.count()


def converse(chat: PaperChat, *questions: str) -> list[Answer]:
    name = f"conversation {next(_NUMBERS)}"
    return [chat.ask(question, conversation=name) for question in questions]


def titles(answer: Answer) -> list[str]:
    return list(dict.fromkeys(citation.paper.paper.title for citation in answer.citations))


@pytest.mark.parametrize(
    ("first", "then", "standalone", "fact"),
    [
        (
            "How many multiple-choice questions are in LabSafety Bench?",
            "Does GPT-4o outperform humans on it?",
            "Does GPT-4o outperform humans on LabSafety Bench?",
            "outperforms human",
        ),
        (
            "What is RiOSWorld?",
            "How many risky tasks does that benchmark include?",
            "How many risky tasks does RiOSWorld include?",
            "492",
        ),
        (
            "How can LoRA undo the safety training of Llama 2-Chat?",
            "What did that cost per model?",
            "What did that cost per model, "
            "in “LoRA Fine-tuning Efficiently Undoes Safety Training in Llama 2-Chat 70B”?",
            "$200",
        ),
        (
            "How many government regulations went into AIR-Bench 2024?",
            "And company policies?",
            "How many company policies went into AIR-Bench 2024?",
            "16 company policies",
        ),
        (
            "What does frontier AI regulation need?",
            "Which safety standards does that paper propose?",
            "Which safety standards does “Frontier AI Regulation” propose?",
            "safety standards",
        ),
    ],
)
def test_a_follow_up_is_completed_and_answered_from_the_paper_in_focus(
    sample: PaperChat, first: str, then: str, standalone: str, fact: str
) -> None:
    before, after = converse(sample, first, then)
    assert (after.question, after.standalone_question) == (then, standalone)
    assert titles(after) == titles(before)[:1]
    assert fact in " ".join(citation.quote.text for citation in after.citations)


@pytest.mark.parametrize(
    ("then", "title"),
    [
        ("What is neurosymbolic AI?", "Neurosymbolic AI"),
        ("And what about attacks on multi-view object detectors?", "Fool the Hydra"),
        ("And AILuminate, how many hazard categories does it have?", "AILuminate"),
    ],
)
def test_a_change_of_topic_is_followed(sample: PaperChat, then: str, title: str) -> None:
    _, after = converse(sample, "How many multiple-choice questions are in LabSafety Bench?", then)
    assert titles(after)[0].startswith(title)
    assert "LabSafety" not in after.standalone_question


def test_a_cited_paper_is_found_by_number_and_by_description(sample: PaperChat) -> None:
    listed, second, one = converse(
        sample,
        "Which papers are about surgery?",
        "How many pre-training datasets does the second paper use?",
        "What does the one on jumpstarting explore?",
    )
    assert len(titles(listed)) >= 2
    cited = list(dict.fromkeys(citation.paper.paper_id for citation in listed.citations))
    assert second.filters.papers == (cited[1],)
    assert titles(listed)[1].partition(":")[0] in second.standalone_question
    assert set(titles(second)) <= {titles(listed)[1]}
    assert set(titles(one)) <= {"Jumpstarting Surgical Computer Vision"}


def test_a_follow_up_that_the_paper_does_not_answer_is_not_answered(sample: PaperChat) -> None:
    for then in ("Who funded it?", "What batch size was used?", "How deep is the Mariana Trench?"):
        _, after = converse(sample, "How many multiple-choice questions are in LabSafety Bench?", then)
        assert after.abstained, then


def test_a_follow_up_to_an_unanswered_question_is_resolved(sample: PaperChat) -> None:
    answers = converse(sample, "How deep is the Mariana Trench?", "And in 2014?", "What is Bresa inspired by?")
    assert answers[1].standalone_question == "How deep is the Mariana Trench in 2014?"
    assert titles(answers[2])[0].startswith("Bresa")


def test_filter_phrases_stay_in_force_and_can_be_removed(tmp_path: Path) -> None:
    file = tmp_path / "pets.jsonl"
    file.write_text(
        '{"title": "Cats at night", "abstract": "Cats sleep for 16 hours a day.", "date": "2024-01-05"}\n'
        '{"title": "Cats at noon", "abstract": "Cats sleep for 12 hours a day.", "date": "2020-01-05"}\n'
    )
    with PaperChat.open(tmp_path / "home") as chat:
        chat.ingest(file)
        answers = converse(
            chat, "How long do cats sleep?", "only before 2021", "How long do cats sleep a day?", "no filters"
        )
    asked = "How long do cats sleep?"
    assert [answer.standalone_question for answer in answers[:2]] == [asked, asked]
    assert [answer.filters for answer in answers[1:3]] == [Filters(until="2020")] * 2
    for answer in answers[1:3]:
        assert titles(answer) == ["Cats at noon"]
    assert not answers[3].filters
    assert answers[3].papers_considered == 2


def test_a_first_message_sets_and_lifts_filters(sample: PaperChat) -> None:
    lifted = sample.ask("no filters", conversation="filtered", filters=Filters(authors=("Nobody",)))
    assert not lifted.filters
    narrowed, asked = converse(sample, "only since 2024", "What is RiOSWorld?")
    assert narrowed.filters == asked.filters == Filters(since="2024")
    listed, asked = converse(sample, "papers since 2024", "What is RiOSWorld?")
    assert (listed.kind, listed.filters, asked.filters) == ("feed", Filters(), Filters())


def test_without_a_conversation_a_question_is_standalone(sample: PaperChat) -> None:
    sample.ask("What is RiOSWorld?")
    answer = sample.ask("only since 2024")
    assert (answer.standalone_question, answer.filters) == ("only since 2024", Filters())


@pytest.mark.parametrize("said", ["What came out?", "What does it comprise?", "and images?"])
def test_words_that_fit_anything_are_asked_of_the_paper_before(sample: PaperChat, said: str) -> None:
    first, then = converse(sample, "How was T2ISafety built?", said)
    assert titles(then)[:1] == titles(first)[:1]


def test_what_another_paper_says_more_surely_is_asked_of_the_library(sample: PaperChat) -> None:
    _, then = converse(sample, "How was T2ISafety built?", "How many risky tasks does RiOSWorld include?")
    assert titles(then) == ["RiOSWorld: Benchmarking the Risk of Multimodal Compter-Use Agents"]
    assert then.standalone_question == "How many risky tasks does RiOSWorld include?"


def test_a_part_without_a_certain_answer_is_answered_from_the_paper(sample: PaperChat) -> None:
    (answer,) = converse(sample, "LabSafety Bench: how many questions, what do the areas cover?")
    assert not answer.abstained
    assert "library does not say" not in answer.text
