"""Lists of papers: those that match a topic under the constraints, best first, each with a sentence that shows why."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from daily_library import make_daily_library
from paperchat.assistant import PaperChat
from paperchat.kinds.draft import Draft
from paperchat.survey.topic_matcher import offers_sought
from paperchat.types import Paper, StoredPaper
from paperchat.understanding.request import Constraints, Request


@pytest.fixture(scope="module")
def few_days(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PaperChat]:
    with make_daily_library(tmp_path_factory.mktemp("daily")) as chat:
        yield chat


SAFETY = Request(question="papers on safety", kind="list", topic="safety of language models")


def papers_on(chat: PaperChat, request: Request) -> Draft:
    return chat.components.responder.draft(request)


def titles(draft: Draft) -> list[str]:
    return [one.paper.paper.title for one in draft.papers]


def test_a_list_counts_all_matches_and_shows_ten(sample: PaperChat) -> None:
    draft = papers_on(sample, SAFETY)
    assert len(draft.papers) == 10
    assert draft.total is not None
    assert draft.total > 10
    assert f"{draft.total - 10} more match: say “more” to go on." in draft.text
    following = papers_on(sample, replace(SAFETY, offset=10))
    assert following.text.startswith("11. **")
    assert not set(titles(draft)) & set(titles(following))


def test_each_line_cites_an_exact_sentence_of_its_paper(sample: PaperChat) -> None:
    draft = papers_on(sample, SAFETY)
    for place, (line, listed) in enumerate(zip(draft.text.splitlines(), draft.papers, strict=False), start=1):
        assert line.startswith(f"{place}. **")
        [number] = listed.citations
        citation = draft.citations[number - 1]
        assert line.endswith(f"[{number}]")
        assert citation.paper == listed.paper
        assert citation.quote.text in listed.paper.paper.abstract


def test_what_is_sought_comes_first(sample: PaperChat) -> None:
    draft = papers_on(sample, replace(SAFETY, sought="benchmark"))
    assert len(draft.papers) >= 5
    assert all(offers_sought(one.paper, "benchmark") for one in draft.papers[:3])


def test_other_words_for_the_topic_are_understood(few_days: PaperChat) -> None:
    request = Request(question="self driving car papers", kind="list", topic="self driving car")
    assert titles(papers_on(few_days, request)) == ["Planning Trajectories on Motorways"]


def test_alternatives_are_found_each(few_days: PaperChat) -> None:
    request = Request(question="music or turkish", kind="list", topic="music or turkish")
    assert set(titles(papers_on(few_days, request))) == {"Chords and Their Genres", "Tokenizers for Turkish"}


def test_constraints_narrow_the_list(few_days: PaperChat) -> None:
    request = Request(question="brain mri", kind="list", topic="brain MRI")
    assert papers_on(few_days, request).total == 2
    with_code = replace(request, constraints=Constraints(with_code=True))
    assert titles(papers_on(few_days, with_code)) == ["Wavelets for Brain MRI"]


def test_without_a_topic_all_that_satisfy_the_constraints_are_listed(few_days: PaperChat) -> None:
    request = Request(question="by Song Han", kind="list", constraints=Constraints(authors=("Song Han",)))
    assert titles(papers_on(few_days, request)) == ["Tokenizers for Turkish", "Wavelets for Brain MRI"]


@pytest.mark.parametrize("topic", ["medieval french poetry", "coral reef bleaching", "kidney transplantation"])
def test_a_topic_that_the_library_lacks_is_declined_with_what_is_nearest(sample: PaperChat, topic: str) -> None:
    draft = papers_on(sample, Request(question=topic, kind="list", topic=topic))
    assert not draft.text
    assert draft.reason == f"The library has no papers on “{topic}”."
    assert 0 < len(draft.nearest) <= 3


def test_of_somebody_whose_papers_are_not_there_no_list_is_made(sample: PaperChat) -> None:
    answer = sample.ask("papers by Ada Nobody on red teaming")
    assert (answer.abstained, answer.kind) == (True, "list")
    assert answer.reason == (
        "The library has no paper by “Ada Nobody”: no author and no organisation of its catalogue has that name."
    )


def test_a_count_is_said_where_it_is_asked_for(few_days: PaperChat) -> None:
    request = Request(question="how many on brain MRI?", kind="list", topic="brain MRI", asks_for_count=True)
    assert papers_on(few_days, request).text.startswith("2 papers match.")


def test_a_list_of_ten_thousand_is_cut(sample: PaperChat) -> None:
    draft = papers_on(sample, replace(SAFETY, topic="", count=10_000))
    assert len(draft.papers) == draft.total == 41


@pytest.mark.parametrize(
    ("sought", "title", "abstract", "expected"),
    [
        ("benchmark", "GymBench: Agents at Work", "", True),
        ("benchmark", "Agents at Work", "We introduce a large and realistic benchmark of office work.", True),
        ("benchmark", "Agents at Work", "Our agent wins on five benchmarks.", False),
        ("data set", "Agents at Work", "We release a dataset of 2,000 traces.", True),
        ("survey", "A Survey of Agents", "", True),
        ("survey", "Agents at Work", "We survey agents in this comprehensive review.", True),
        ("method", "Agents at Work", "", True),
    ],
)
def test_papers_offer_what_they_introduce(sought: str, title: str, abstract: str, expected: bool) -> None:
    stored = StoredPaper(paper_id="title:1", paper=Paper(title=title, abstract=abstract))
    assert offers_sought(stored, sought) is expected
