"""Answers about the library itself: counted from its catalogue, in sentences without citations."""

from __future__ import annotations

import pytest

from paperchat.assistant import PaperChat
from paperchat.kinds.draft import Draft
from paperchat.understanding.request import Constraints, Period, Request


def ask(chat: PaperChat, question: str, **slots: object) -> Draft:
    request = Request(question=question, kind="library", **slots)  # type: ignore[arg-type]
    draft = chat.components.responder.draft(request)
    assert draft.citations == ()
    assert draft.text
    return draft


def test_the_papers_are_counted(daily: PaperChat) -> None:
    entries = daily.library.directory.entries()
    draft = ask(daily, "How many papers do you have?", asks_for_count=True)
    assert draft.text == f"The library has {len(entries)} papers."
    assert draft.total == len(entries)


def test_a_number_that_the_catalogue_has_not_is_not_taken_from_that_of_all_papers(daily: PaperChat) -> None:
    entries = daily.library.directory.entries()
    draft = ask(daily, "how many papers in your collection have zero citations", asks_for_count=True)
    assert draft.text == f"The library has {len(entries)} papers in all."


def test_papers_that_satisfy_constraints_are_counted(daily: PaperChat) -> None:
    october = Period(since="2025-10-01", until="2025-10-31", label="October 2025")
    draft = ask(daily, "how many in October with code", constraints=Constraints(period=october, with_code=True))
    assert draft.text == "The library has 2 papers of October 2025 (2025-10-01 to 2025-10-31) with a code link."
    assert draft.total == 2


def test_nothing_that_matches_is_said_so(daily: PaperChat) -> None:
    may = Period(since="2020-05-01", until="2020-05-31", label="May 2020")
    assert "has no papers of May 2020" in ask(daily, "how many in May 2020", constraints=Constraints(period=may)).text


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("which dates do you cover?", "from 2024-05-27 to 2025-10-22"),
        ("what is the newest paper", "2025-10-22"),
        ("oldest paper?", "2024-05-27"),
        ("when was the library last updated", "The newest papers are of 2025-10-22"),
        ("do you have full texts or only abstracts", "no full text"),
        ("where do the papers come from", "Hugging Face's Daily Papers"),
        ("how many authors are there", "authors"),
        ("who has written the most papers", "The authors with the most papers"),
        ("number of organizations?", "no organisation"),
        ("how many days are loaded", "of 4 days"),
        ("which day had the most papers", "The most papers of one day are"),
        ("day with the highest number of papers", "The most papers of one day are"),
        ("biggest contributors", "The authors with the most papers"),
        ("company or lab with the largest number of papers?", "no organisation"),
        ("breakdown of papers by month", "- 2025-10: 2 papers"),
        ("what topics do you cover", "The most frequent topics"),
        ("which paper has the most authors?", "The most authors of one paper are"),
        ("who submits the most papers", "The submitters of the most papers are"),
        ("how many people submit papers?", "were submitted by"),
        ("how many upvotes do the papers have in total", "in the median"),
        ("which day had the fewest papers", "The fewest papers of a day"),
        ("library statistics", "have a code link"),
        ("Wie viele Paper hast du?", "The library has"),
        ("welche Themen deckt die Bibliothek ab", "The most frequent topics"),
        ("你们一共有多少篇论文", "The library has"),
    ],
)
def test_other_facts_of_the_library(daily: PaperChat, question: str, said: str) -> None:
    assert said in ask(daily, question).text


@pytest.mark.parametrize(
    "question", ["newest paper?", "which day had the most papers", "stats", "who wrote most papers"]
)
def test_a_catalogue_without_dates_and_authors_is_no_obstacle(sample: PaperChat, question: str) -> None:
    assert "catalogue" in ask(sample, question).text


def test_papers_on_a_topic_are_those_that_a_list_would_name(sample: PaperChat) -> None:
    draft = ask(sample, "how many papers on surgical video?", topic="surgical video", asks_for_count=True)
    listed = sample.components.responder.draft(
        Request(question="papers on surgical video", kind="list", topic="surgical video")
    )
    assert draft.total == listed.total
    assert "on “surgical video”" in draft.text


def test_words_about_the_library_are_no_topic(daily: PaperChat) -> None:
    assert "from 2024-05-27" in ask(daily, "which dates do you cover?", topic="dates do you cover").text


def test_what_papers_lack_is_counted_and_shares_are_of_all_papers(daily: PaperChat) -> None:
    asked = [daily.ask(f"{one} code?").text for one in ("How many papers have", "How many papers have no")]
    with_code, without = (int(text.split()[3]) for text in asked)
    assert with_code + without == len(daily.library.directory.entries())
    assert "% of the" in daily.ask("What share of the papers has a code link?").text


@pytest.mark.parametrize(
    ("question", "understood"),
    [
        ("who are the leading researchers in reasoning", "authors with the most papers on reasoning"),
        ("who publishes the most papers on language models?", "authors with the most papers on language models"),
        ("which labs publish the most on language models?", "organisations with the most papers on language models"),
        ("top companies working on language models", "organisations with the most papers on language models"),
    ],
)
def test_who_has_the_most_papers_on_a_topic_is_counted(daily: PaperChat, question: str, understood: str) -> None:
    answer = daily.ask(question)
    assert (answer.kind, answer.understood) == ("library", understood)
    topic = understood.rpartition(" on ")[2]
    unknown = "The catalogue names no organisation."
    assert f"papers on “{topic}”" in answer.text or (understood.startswith("organisations") and answer.text == unknown)


def test_whose_papers_are_not_ranked_get_a_list(daily: PaperChat) -> None:
    assert daily.ask("who works on language models").kind == "list"
    assert daily.ask("who is the leading author of the papers of October 2025").kind != "list"
