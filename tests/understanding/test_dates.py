"""Days and periods in questions: relative ones, written ones, and dates that no calendar has."""

from __future__ import annotations

from datetime import date

import pytest

from paperchat.understanding.dates import DateReader

READER = DateReader(today=date(2026, 11, 20), oldest="2026-05-01", newest="2026-06-30")  # a Friday; a Tuesday


def days(question: str, reader: DateReader = READER) -> tuple[str, str]:
    found = reader.find(question)
    assert found is not None, question
    return found.period.since, found.period.until


@pytest.mark.parametrize(
    ("question", "since", "until"),
    [
        ("anything new today?", "2026-06-30", "2026-06-30"),
        ("papers from yesterday", "2026-06-29", "2026-06-29"),
        ("what came out this week", "2026-06-29", "2026-07-05"),
        ("last week's papers", "2026-06-22", "2026-06-28"),
        ("new since Monday", "2026-06-29", ""),
        ("since Tuesday", "2026-06-23", ""),
        ("since last Thursday", "2026-06-25", ""),
        ("last three days", "2026-06-28", "2026-06-30"),
        ("best of these two months", "2026-05-01", "2026-06-30"),
        ("in the past 7 days", "2026-06-24", "2026-06-30"),
        ("new this month", "2026-06-01", "2026-06-30"),
        ("what appeared two weeks ago", "2026-06-15", "2026-06-21"),
        ("was ist gestern erschienen?", "2026-06-29", "2026-06-29"),
        ("quoi de neuf cette semaine ?", "2026-06-29", "2026-07-05"),
        ("los mejores papers de la semana", "2026-06-29", "2026-07-05"),
        ("上周的论文", "2026-06-22", "2026-06-28"),
    ],
)
def test_relative_dates_are_relative_to_the_newest_day_of_an_old_library(question: str, since: str, until: str) -> None:
    assert days(question) == (since, until)
    found = READER.find(question)
    assert found
    assert found.period.anchored


def test_relative_dates_are_relative_to_today_in_a_library_of_today() -> None:
    reader = DateReader(today=date(2026, 7, 2), oldest="2026-05-01", newest="2026-06-30")
    assert days("papers from yesterday", reader) == ("2026-07-01", "2026-07-01")
    found = reader.find("papers from yesterday")
    assert found
    assert not found.period.anchored


@pytest.mark.parametrize(
    ("question", "since", "until"),
    [
        ("papers between the 3rd and the 7th", "2026-06-03", "2026-06-07"),
        ("highlights of the week from 8 to 12 June", "2026-06-08", "2026-06-12"),
        ("from the 28th to the 2nd", "2026-05-28", "2026-06-02"),
        ("anything on the 22nd?", "2026-06-22", "2026-06-22"),
        ("what came out between the 3rd and 7th of June", "2026-06-03", "2026-06-07"),
        ("vom 3. bis zum 7. juni", "2026-06-03", "2026-06-07"),
        ("papiers du 3 au 7 juin", "2026-06-03", "2026-06-07"),
        ("entre el 3 y el 7 de junio", "2026-06-03", "2026-06-07"),
        ("artigos de 3 a 7 de junho", "2026-06-03", "2026-06-07"),
        ("6月3日到7日的论文", "2026-06-03", "2026-06-07"),
        ("the last two weeks of May", "2026-05-18", "2026-05-31"),
        ("first three days of june", "2026-06-01", "2026-06-03"),
        ("papers of the week of June 10", "2026-06-08", "2026-06-14"),
        ("last week or this week", "2026-06-22", "2026-07-05"),
        ("last week (22 to 26 June)", "2026-06-22", "2026-06-26"),
        ("yesterday, 29 June", "2026-06-29", "2026-06-29"),
    ],
)
def test_days_of_a_month_and_dates_that_explain_each_other(question: str, since: str, until: str) -> None:
    assert days(question) == (since, until)


@pytest.mark.parametrize(
    ("question", "day"),
    [("on Christmas day", "2025-12-25"), ("papers from christmas eve", "2025-12-24"), ("an Weihnachten", "2025-12-25")],
)
def test_holidays_are_days(question: str, day: str) -> None:
    reader = DateReader(today=date(2026, 1, 3), oldest="2025-11-03", newest="2025-12-31")
    assert days(question, reader) == (day, day)


@pytest.mark.parametrize("question", ["welche Themen gibt es hier", "wie funktioniert das hier"])
def test_a_german_here_is_no_french_yesterday(question: str) -> None:
    assert READER.find(question) is None


@pytest.mark.parametrize(
    ("question", "since", "until"),
    [
        ("papers of 12 June", "2026-06-12", "2026-06-12"),
        ("featured on May 22?", "2026-05-22", "2026-05-22"),
        ("the 17th of june", "2026-06-17", "2026-06-17"),
        ("2026-06-03", "2026-06-03", "2026-06-03"),
        ("12.6.2026", "2026-06-12", "2026-06-12"),
        ("12 August", "2026-08-12", "2026-08-12"),
        ("june 2026", "2026-06-01", "2026-06-30"),
        ("in July", "2026-07-01", "2026-07-31"),
        ("how many in may", "2026-05-01", "2026-05-31"),
        ("top 5 of May", "2026-05-01", "2026-05-31"),
        ("papers since May with code", "2026-05-01", ""),
        ("before June", "", "2026-05-31"),
        ("from June on", "2026-06-01", ""),
        ("since 2024", "2024-01-01", ""),
        ("in 2025", "2025-01-01", "2025-12-31"),
        ("Q2 2026 papers", "2026-04-01", "2026-06-30"),
        ("the first week of june", "2026-06-01", "2026-06-07"),
        ("the last week of May", "2026-05-25", "2026-05-31"),
        ("the first half of june", "2026-06-01", "2026-06-15"),
        ("everything between 15 and 17 June", "2026-06-15", "2026-06-17"),
        ("from 3 June to 10 June", "2026-06-03", "2026-06-10"),
        ("from 10 June to 3 June", "2026-06-03", "2026-06-10"),
        ("5月有哪些论文", "2026-05-01", "2026-05-31"),
    ],
)
def test_written_dates(question: str, since: str, until: str) -> None:
    assert days(question) == (since, until)
    found = READER.find(question)
    assert found
    assert not found.period.anchored


@pytest.mark.parametrize(
    "question",
    [
        "may I ask what attention is?",
        "models may fail when they march on",
        "what is the March of the penguins",
        "2606.17321",
        "LiveCodeBench 2025 results of the model",
        "who wrote the paper",
        "",
    ],
)
def test_other_words_are_no_dates(question: str) -> None:
    assert READER.find(question) is None


@pytest.mark.parametrize(
    ("question", "day"),
    [
        ("papers from 05/17/2026", "2026-05-17"),
        ("papers of 17/5/26", "2026-05-17"),
        ("what came out on 6/5", "2026-06-05"),
        ("Tuesday's best paper, 16 June", "2026-06-16"),
        ("the papers from the first day in the library", "2026-05-01"),
        ("what was featured on the last day you have", "2026-06-30"),
    ],
)
def test_days_by_numbers_and_by_their_place_in_the_library(question: str, day: str) -> None:
    assert days(question) == (day, day)


def test_a_fraction_is_no_date() -> None:
    assert READER.find("why do 3/4 of the runs fail") is None


@pytest.mark.parametrize(
    ("question", "problem"),
    [
        ("papers from 31 June", "There is no 31 June: June has 30 days."),
        ("2026-02-30", "There is no 30 February 2026: February 2026 has 28 days."),
        ("what came out on 45 May?", "There is no 45 May: May has 31 days."),
        ("papers of 2026-13-01", "2026-13-01 is not a date: there are 12 months."),
    ],
)
def test_an_impossible_date_is_named(question: str, problem: str) -> None:
    found = READER.find(question)
    assert found
    assert found.problem == problem
    assert not found.period.label


def test_what_is_taken_out_of_the_question_is_the_date_alone() -> None:
    question = "show me everything between 15 and 17 June, please"
    found = READER.find(question)
    assert found
    assert question[: found.start] + question[found.end :] == "show me everything , please"


def test_the_label_is_in_plain_words() -> None:
    labels = {
        question: found.period.label
        for question in ("today", "last week", "in june", "in 2025", "since May", "until 12 May 2026")
        if (found := READER.find(question))
    }
    assert labels == {
        "today": "30 June 2026",
        "last week": "22 to 28 June 2026",
        "in june": "June 2026",
        "in 2025": "2025",
        "since May": "since 1 May 2026",
        "until 12 May 2026": "until 12 May 2026",
    }


def test_the_day_of_publication_is_asked_for_by_name() -> None:
    featured, published = READER.find("papers in June"), READER.find("submitted to arXiv in June")
    assert featured
    assert not featured.period.published
    assert published
    assert published.period.published


def test_a_visit_has_no_days_yet() -> None:
    found = READER.find("what's new since my last visit?")
    assert found
    assert found.since_last_visit


def test_a_library_without_papers_counts_from_today() -> None:
    assert days("yesterday", DateReader(today=date(2026, 3, 2))) == ("2026-03-01", "2026-03-01")
    assert days("in May", DateReader(today=date(2026, 3, 2))) == ("2025-05-01", "2025-05-31")
