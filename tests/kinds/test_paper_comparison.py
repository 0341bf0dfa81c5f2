"""Comparisons of papers: a table of exact quotes, numbers and dates weighed, and one line where there is none."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from paperchat.assistant import PaperChat
from paperchat.kinds.draft import Draft
from paperchat.kinds.number_comparison import find_counts
from paperchat.understanding.request import Mention, Request

PAPERS = [
    {
        "title": "CatBench: Cats at Night",
        "abstract": "Sleep is poorly understood. We introduce CatBench, a benchmark of 400 tasks on the sleep of cats. "
        "The best model solves only 40% of the tasks. Night vision remains a challenge for all models.",
        "date": "2026-05-04",
    },
    {
        "title": "DogBench: Dogs by Day",
        "abstract": "Play is hard to measure. We present DogBench, a benchmark of 1,200 tasks on the play of dogs. "
        "Our experiments show that models reach 71.5% accuracy. It runs in 3 hours.",
        "date": "2026-06-01",
    },
    {
        "title": "A Study of Owls",
        "abstract": "Owls are seldom studied. We examine what owls hear at night. We find that owls hear mice.",
        "date": "2026-06-02",
    },
]


@pytest.fixture(scope="module")
def animals(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PaperChat]:
    folder = tmp_path_factory.mktemp("animals")
    (folder / "papers.jsonl").write_text("\n".join(map(json.dumps, PAPERS)))
    with PaperChat.open(folder / "home") as chat:
        chat.ingest(folder / "papers.jsonl")
        yield chat


def compare(chat: PaperChat, question: str, *names: str) -> Draft:
    ids = {one.title.split()[0].rstrip(":"): paper for paper, one in chat.library.directory.entries().items()}
    ids["Owls"] = ids["A"]
    mentions = tuple(Mention(text=one, papers=(ids[one],) if one in ids else ()) for one in names)
    return chat.components.responder.draft(Request(question=question, kind="comparison", mentions=mentions))


def test_each_cell_is_a_quote_of_its_paper(animals: PaperChat) -> None:
    draft = compare(animals, "compare CatBench and DogBench", "CatBench", "DogBench")
    assert draft.table is not None
    assert [row.paper.paper.title for row in draft.table] == ["CatBench: Cats at Night", "DogBench: Dogs by Day"]
    cat, dog = draft.table
    assert "a benchmark of 400 tasks" in cat.cells["what it is"].quote.text
    assert cat.cells["size"].quote.text == "400 tasks"
    assert "71.5% accuracy" in dog.cells["result"].quote.text
    for row in draft.table:
        assert all(cell.quote.text in row.paper.paper.abstract for cell in row.cells.values())
    assert draft.text.startswith("| Paper | What it is |")


def test_aspects_are_added_as_columns_of_quotes_or_said_to_be_silent(animals: PaperChat) -> None:
    answer = animals.ask("Compare CatBench and DogBench, aspects: accuracy; Night vision; robots")
    assert answer.table is not None
    cat, dog = (row.cells for row in answer.table)
    assert "71.5% accuracy" in dog["accuracy"].quote.text
    assert cat["Night vision"].quote.text.startswith("Night vision remains")
    assert "accuracy" not in cat
    assert "| Accuracy | Night vision |" in answer.text
    assert answer.understood.endswith("also on accuracy; Night vision; robots, none of them says anything of “robots”")
    assert all(one.quote.text in one.quote.passage.text for one in answer.citations)
    assert not {"accuracy", "robots"} & {*(animals.ask("Compare CatBench and DogBench").table or ())[0].cells}


def test_numbers_of_the_same_things_are_compared(animals: PaperChat) -> None:
    draft = compare(animals, "CatBench or DogBench, which has more tasks?", "CatBench", "DogBench")
    assert "More by these quotes: **DogBench**, “1,200 tasks” [1]; against **CatBench**, “400 tasks” [2]." in draft.text
    assert draft.citations[0].paper.paper.title.startswith("DogBench")


def test_fewer_is_the_smaller_number(animals: PaperChat) -> None:
    draft = compare(animals, "which of CatBench and DogBench has fewer tasks", "CatBench", "DogBench")
    assert "Fewer by these quotes: **CatBench**" in draft.text


def test_a_number_that_only_one_states_decides_nothing(animals: PaperChat) -> None:
    draft = compare(animals, "has CatBench more tasks than Owls?", "CatBench", "Owls")
    assert "Stated of **CatBench**, “400 tasks” [1]. No such number was found of **A Study of Owls**." in draft.text


def test_what_is_not_measured_alike_is_not_decided(animals: PaperChat) -> None:
    draft = compare(animals, "which is better, DogBench or Owls?", "DogBench", "Owls")
    assert "is not decided by these quotes" in draft.text


def test_dates_are_those_of_the_catalogue(animals: PaperChat) -> None:
    draft = compare(animals, "which one is newer, CatBench or DogBench?", "CatBench", "DogBench")
    assert "Newer: **DogBench** (2026-06-01) [1]; then **CatBench** (2026-05-04) [2]." in draft.text
    assert draft.citations[0].quote.passage.basis == "record"


def test_a_paper_is_not_compared_with_itself(animals: PaperChat) -> None:
    draft = compare(animals, "CatBench vs CatBench", "CatBench", "CatBench")
    assert (
        draft.reason
        == "Both names stand for the same paper, “CatBench: Cats at Night”: there is nothing to compare it with."
    )


def test_more_than_five_are_declined(animals: PaperChat) -> None:
    draft = compare(animals, "compare all", *["CatBench", "DogBench", "Owls"] * 2)
    assert draft.reason == "At most 5 papers can be compared at a time, and the question names 6."


def test_an_unknown_name_is_said_to_be_unknown(animals: PaperChat) -> None:
    draft = compare(animals, "CatBench vs FooBarNet", "CatBench", "FooBarNet")
    assert draft.reason == "The library has no paper called “FooBarNet”."


def test_what_is_no_paper_is_compared_by_the_paper_that_covers_it(animals: PaperChat) -> None:
    draft = compare(animals, "CatBench vs play of dogs", "CatBench", "play of dogs")
    assert draft.table is not None
    assert draft.table[1].paper.paper.title == "DogBench: Dogs by Day"


@pytest.mark.parametrize(
    ("text", "counts"),
    [
        ("a 439-problem benchmark by 64 mathematicians", ["439-problem", "64 mathematicians"]),
        ("over 43M papers", ["43M papers"]),
        ("45 domain experts", ["45 domain experts"]),
        ("a 7B model, and GPT-4 in 2024", ["7B"]),
        ("version 1.3 of it", []),
    ],
)
def test_what_is_counted_is_found(text: str, counts: list[str]) -> None:
    assert [match[0].strip() for match in find_counts(text)] == counts


def test_a_number_of_things_does_not_decide_which_is_better(animals: PaperChat) -> None:
    assert (
        "Better by these quotes"
        not in compare(animals, "which is better, CatBench or DogBench", "CatBench", "DogBench").text
    )


@pytest.mark.parametrize(
    ("question", "count"),
    [
        ("Compare two papers on safety benchmarks for language models", 2),
        ("papers on safety benchmarks for language models side by side", 3),
    ],
)
def test_the_first_papers_of_a_list_are_compared(sample: PaperChat, question: str, count: int) -> None:
    answer = sample.ask(question)
    listed = sample.ask("Which papers are about safety benchmarks for language models?", kind="list")
    assert answer.kind == "comparison"
    assert answer.understood.startswith("comparison of papers on safety benchmarks for language models")
    assert answer.table is not None
    assert len(answer.table) == count
    assert all("asked" not in one.cells for one in answer.table)  # the topic is what all of them are on
    assert {one.paper.paper_id for one in answer.table} <= {one.paper.paper_id for one in listed.papers}


def test_papers_that_compare_are_a_list(sample: PaperChat) -> None:
    assert sample.ask("Which papers compare language models?").kind == "list"
    assert sample.ask("Compare two papers on coral reefs").abstained
