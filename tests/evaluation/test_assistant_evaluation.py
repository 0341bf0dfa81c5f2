from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from paperchat import PaperChat
from paperchat.errors import SourceError
from paperchat.evaluation.assistant_evaluation import AssistantEvaluation, AssistantRow, evaluate_assistant
from paperchat.evaluation.assistant_questions import AssistantQuestion, read_assistant_questions
from paperchat.evaluation.assistant_scoring import ScoredTurn, find_failures
from paperchat.evaluation.exact_quotes import quotes_are_exact
from paperchat.types import Answer, AnswerPaper, Citation, Paper, Quote, StoredPaper, TableRow

LAB = "LabSafety Bench: Benchmarking LLMs on Safety Issues in Scientific Labs"
HOW_MANY = "How many multiple-choice questions are in LabSafety Bench?"


def file_of(tmp_path: Path, *rows: object) -> Path:
    file = tmp_path / "questions.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return file


def paper(number: int, **values: Any) -> StoredPaper:
    return StoredPaper(paper_id=f"p{number}", paper=Paper(title=f"Paper {number}", **values))


PAPERS = [
    paper(
        number,
        authors=("Ada Lovelace", "Alan Turing"),
        date=f"2026-06-0{number}",
        arxiv_id=f"2606.0000{number}",
        daily={
            "featured": f"2026-06-0{number}",
            "upvotes": number * 10,
            **({"code": "https://c.org"} if number % 2 else {}),
        },
    )
    for number in range(1, 7)
]


def answer(
    kind: str, text: str = "", papers: Sequence[StoredPaper] = (), quotes: Sequence[tuple[StoredPaper, str]] = ()
) -> Answer:
    return Answer(
        id="a",
        question="q",
        standalone_question="q",
        text=text or "The library does not say.",
        citations=tuple(
            Citation(number=number, quote=Quote.of_record(one.paper_id, "abstract", quote), paper=one)
            for number, (one, quote) in enumerate(quotes, start=1)
        ),
        abstained=not text,
        reason=None,
        passages_considered=0,
        papers_considered=0,
        model="extractive",
        timings_ms={},
        kind=kind,  # type: ignore[arg-type]
        papers=tuple(AnswerPaper(paper=one) for one in papers),
    )


def question(tmp_path: Path, **row: Any) -> AssistantQuestion:
    """A question as it is read from a file, in the second turn of a conversation."""
    first = {"q": "which papers?", "kind": "list", "titles": ["Paper 1"]}
    file = file_of(tmp_path, {"turns": [first, {"q": "q", **row}]})
    return read_assistant_questions(file)[0].turns[1]


def is_right(asked: AssistantQuestion, given: Answer, *earlier: ScoredTurn) -> bool:
    return not list(find_failures(asked, given, earlier))


def test_questions_and_conversations_are_asked_and_counted(sample: PaperChat, tmp_path: Path) -> None:
    fact = {"q": HOW_MANY, "kind": "fact", "sub": "point", "titles": [LAB], "facts": ["765  Multiple-Choice questions"]}
    file = file_of(
        tmp_path,
        fact,
        {**fact, "facts": ["800 questions"]},
        {"q": "Who won the 2018 football World Cup?", "kind": "fact", "abstain": True},
        {"turns": [fact, {**fact, "q": "how many multiple-choice questions are in it?"}]},
    )
    before = sample.conversations.all()
    steps: list[tuple[int, int]] = []
    found = evaluate_assistant(sample, file, progress=lambda done, total: steps.append((done, total))).as_json()
    assert steps == [(number, 5) for number in range(1, 6)]
    assert sample.conversations.all() == before
    assert (found["questions"], found["right"], found["quotes_exact"]) == (5, 0.8, 1.0)
    assert found["by_kind"]["fact"]["questions"] == 4
    assert found["by_kind"]["fact"]["by_sub"] == {"point": {"questions": 4, "right": 0.75}}
    assert found["by_kind"]["fact"]["ms_median"] > 0
    assert found["later_turns"] == {"questions": 1, "right": 1.0}
    assert found["unanswerable"] == {"questions": 1, "abstained": 1.0}
    assert found["kinds"] == {"fact": {"fact": 4}}
    assert [row["turn"] for row in found["rows"]] == [0, 0, 0, 1, 2]
    assert found["rows"][1]["failures"] == ["no fact quoted"]


def test_a_kind_taken_for_another_is_in_the_confusion_table(tmp_path: Path) -> None:
    asked = question(tmp_path, kind="record", gold=["Ada Lovelace"])
    row = AssistantRow(
        question=asked, answer=answer("fact", "Ada Lovelace"), turn=0, failures=(), quotes_exact=True, ms=1
    )
    found = AssistantEvaluation(rows=(row, replace(row, answer=answer("record", "Ada Lovelace")))).as_json()
    assert found["kinds"] == {"record": {"fact": 1, "record": 1}}
    assert (found["right"], found["kind_right"]) == (1.0, 0.5)


@pytest.mark.parametrize(
    ("named", "right"),
    [
        ([1, 2], True),
        ([1, 2, 5], True),
        ([1], False),
        ([1, 2, 5, 6], True),
        ([1, 2, 4], False),
        ([], False),
    ],
    ids=["enough", "also_ok", "too few", "three of four", "two of three", "none"],
)
@pytest.mark.parametrize("kind", ["list", "overview"])
def test_a_list_names_enough_papers_and_few_wrong_ones(
    tmp_path: Path, kind: str, named: Sequence[int], right: bool
) -> None:
    asked = question(tmp_path, kind=kind, titles=["Paper 1", "PAPER  2", "Paper 3"], also_ok=["Paper 5"])
    assert is_right(asked, answer(kind, "found", [PAPERS[number - 1] for number in named])) is right


def test_a_summary_quotes_most_facts_of_the_paper(tmp_path: Path) -> None:
    asked = question(tmp_path, kind="summary", titles=["Paper 1"], facts=["one fact", ["two", "2 facts"], "three"])
    both = [(PAPERS[0], "Here is One  fact."), (PAPERS[0], "There are 2 facts.")]
    assert is_right(asked, answer("summary", "text", quotes=both))
    assert not is_right(asked, answer("summary", "text", quotes=both[:1]))
    assert not is_right(asked, answer("summary", "text", quotes=[(PAPERS[1], quote) for _, quote in both]))


def test_a_comparison_quotes_a_fact_of_each_paper(tmp_path: Path) -> None:
    asked = question(
        tmp_path, kind="comparison", titles=["Paper 1", "Paper 2"], facts=["90 tasks", ["36 tasks", "fast"]]
    )
    given = answer("comparison", "text", quotes=[(PAPERS[0], "It has 90 tasks.")])
    assert not is_right(asked, given)
    cell = Citation(number=2, quote=Quote.of_record("p2", "abstract", "It is fast."), paper=PAPERS[1])
    assert is_right(asked, replace(given, table=(TableRow(paper=PAPERS[1], cells={"result": cell}),)))


def test_a_question_of_several_parts_needs_each(tmp_path: Path) -> None:
    asked = question(tmp_path, kind="fact", titles=["Paper 1"], facts_all=["90 tasks", "17 %"], gold=["Ada Lovelace"])
    quotes = [(PAPERS[0], "There are 90 tasks, and 17 % are solved.")]
    assert is_right(asked, answer("fact", "… By Ada Lovelace.", quotes=quotes))
    assert not is_right(asked, answer("fact", "…", quotes=quotes))
    assert not is_right(asked, answer("fact", "Ada Lovelace", quotes=[(PAPERS[0], "There are 90 tasks.")]))


@pytest.mark.parametrize(
    ("gold", "text", "right"),
    [
        ("25", "It has 25 upvotes [1].", True),
        ("25", "It has 12 upvotes [25].", False),
        ("25", "It has 125 upvotes, or 25.5.", False),
        ("25", "Published on 2026-06-25, featured on 25 June 2026.", False),
        ("3", "3. **Phi-3**", False),
        ("1,249", "The library has 1,249 papers.", True),
        ("2606.03159", "<https://arxiv.org/abs/2606.03159v2>", True),
        ("2606.0315", "arXiv:2606.03159", False),
        ("https://github.com/a/b_c", "Code: https://github.com/a/b\\_c", True),
        ("ada lovelace", "**Ada\nLovelace** and others", True),
        ("**8**", "There are **8** papers.", True),
    ],
)
def test_a_record_has_the_value_in_its_text(tmp_path: Path, gold: str, text: str, right: bool) -> None:
    asked = question(tmp_path, kind="record", gold=["never there", gold])
    assert is_right(asked, answer("record", text)) is right


def test_a_record_without_a_value_may_abstain_or_say_so(tmp_path: Path) -> None:
    asked = question(tmp_path, kind="record", gold=["no code", "does not say"])
    assert is_right(asked, answer("record"))
    assert is_right(asked, answer("record", "It has no code link."))
    assert not is_right(asked, answer("record", "Code: https://github.com/a/b"))


def test_a_feed_names_papers_of_its_days_and_the_only_one_first(tmp_path: Path) -> None:
    days = question(tmp_path, kind="feed", titles=["Paper 1", "Paper 2", "Paper 3"], min_hits=2)
    assert is_right(days, answer("feed", "new", PAPERS[:3]))
    assert not is_right(days, answer("feed", "new", PAPERS))
    top = question(tmp_path, kind="feed", titles=["Paper 1"], min_hits=1)
    assert is_right(top, answer("feed", "top", PAPERS))
    assert not is_right(top, answer("feed", "top", PAPERS[::-1]))
    assert is_right(top, answer("record", "It is **Paper 1**."))


def test_any_number_will_do_where_that_is_asked(tmp_path: Path) -> None:
    asked = question(tmp_path, kind="library", gold_any_number=True)
    assert is_right(asked, answer("library", "42 papers match."))
    assert not is_right(asked, answer("library", "Some papers match [1]."))


def test_help_is_friendly_and_quotes_nothing(tmp_path: Path) -> None:
    asked = question(tmp_path, kind="help")
    assert is_right(asked, answer("help", "Hello!"))
    assert not is_right(asked, answer("help"))
    assert not is_right(asked, answer("fact", "Hello!"))
    assert not is_right(asked, answer("help", "Hello!", quotes=[(PAPERS[0], "Hello")]))


def earlier(*papers: StoredPaper, text: str = "a longer answer") -> ScoredTurn:
    listed = AssistantQuestion(q="which?", kind="list", titles=("Paper 1", "Paper 6"))
    return ScoredTurn(question=listed, answer=answer("list", text, papers))


@pytest.mark.parametrize(
    ("item", "field", "text", "right"),
    [
        (2, "authors", "By Alan Turing.", True),
        (2, "first_author", "Alan Turing", False),
        (2, "last_author", "Alan Turing", True),
        (-1, "date", "3 June 2026", True),
        (-1, "date", "2026-06-02", False),
        (1, "code", "https://c.org", True),
        (1, "code", "It has no code.", False),
        (2, "code", "It has no code.", True),
        (2, "upvotes", "20 upvotes", True),
        (3, "id", "2606.00003", True),
        (4, "authors", "Ada Lovelace", False),
    ],
)
def test_what_an_earlier_turn_listed_is_asked_for(
    tmp_path: Path, item: int, field: str, text: str, right: bool
) -> None:
    asked = question(tmp_path, kind="record", gold_from_previous={"turn": 1, "item": item, "field": field})
    assert is_right(asked, answer("record", text), earlier(*PAPERS[:3])) is right


def test_either_of_two_lists_may_be_meant(tmp_path: Path) -> None:
    rows = [{"q": "which?", "kind": "list", "titles": ["Paper 1"]}] * 2
    last = {"q": "the first?", "kind": "record", "gold_from_previous": {"turn": [1, 2], "item": 1, "field": "date"}}
    asked = read_assistant_questions(file_of(tmp_path, {"turns": [*rows, last]}))[0].turns[2]
    for text, right in (("2026-06-01", True), ("2026-06-02", True), ("2026-06-03", False)):
        assert is_right(asked, answer("record", text), earlier(PAPERS[0]), earlier(PAPERS[1])) is right


def test_listed_papers_are_summarised_and_compared(tmp_path: Path) -> None:
    asked = question(tmp_path, kind="comparison", gold_from_previous={"turn": 1, "item": [1, 2], "field": "abstract"})
    quotes = [(one, "quote") for one in PAPERS[:3]]
    assert is_right(asked, answer("comparison", "text", quotes=quotes[:2]), earlier(*PAPERS[:3]))
    assert not is_right(asked, answer("comparison", "text", quotes=quotes[:1]), earlier(*PAPERS[:3]))
    assert not is_right(asked, answer("comparison", "text", quotes=quotes), earlier(*PAPERS[:3]))


@pytest.mark.parametrize(
    ("where", "named", "right"),
    [
        ("code", [1, 3], True),
        ("code", [1, 2], False),
        ("code", [], False),
        ("upvotes>=30", [3, 4], True),
        ("featured=2026-06-02", [2], True),
        ("featured>=2027-01-01", [], True),
        ("text~paper 4", [4], True),
        ("code", [5], False),
    ],
)
def test_a_list_is_narrowed_down(tmp_path: Path, where: str, named: Sequence[int], right: bool) -> None:
    asked = question(tmp_path, kind="list", subset_of=1, where=where)
    given = answer("list", "kept", [PAPERS[number - 1] for number in named])
    assert is_right(asked, given, earlier(*PAPERS[:4])) is right


def test_more_names_others_and_shorter_is_shorter(tmp_path: Path) -> None:
    more = question(tmp_path, kind="list", titles=["Paper 1", "Paper 2"], min_hits=1, not_in=1)
    assert is_right(more, answer("list", "more", PAPERS[1:2]), earlier(PAPERS[0]))
    assert not is_right(more, answer("list", "more", PAPERS[:2]), earlier(PAPERS[0]))
    assert is_right(more, answer("list", "no more"), earlier(*PAPERS[:2]))
    shorter = question(tmp_path, kind="summary", facts=["fact"], shorter_than=1)
    quotes = [(PAPERS[0], "a fact")]
    assert is_right(shorter, answer("summary", "short", quotes=quotes), earlier())
    assert not is_right(shorter, answer("summary", "short", quotes=quotes), earlier(text="brief"))


def test_a_value_of_the_catalogue_is_exact_as_it_is_stored(sample: PaperChat) -> None:
    stored = next(one for one in sample.papers() if one.paper.title == LAB)
    for value, exact in ((LAB, True), (LAB.upper(), False)):
        cited = Citation(number=1, quote=Quote.of_record(stored.paper_id, "title", value), paper=stored)
        assert quotes_are_exact(sample, replace(answer("record", "text"), citations=(cited,))) is exact
        assert quotes_are_exact(sample, replace(answer("record", "text"), nearest=(cited,))) is exact


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("not json", "Expecting value"),
        ("[]", "not an object"),
        ('{"q": "x"}', "no 'kind'"),
        ('{"q": " ", "kind": "help"}', "q is not a text"),
        ('{"q": "x", "kind": "gossip"}', "none of the kinds"),
        ('{"q": "x", "kind": "list"}', "nothing says what a right answer"),
        ('{"q": "x", "kind": "list", "titles": "T"}', "titles is not a list"),
        ('{"q": "x", "kind": "list", "titles": ["T"], "min_hits": -1}', "min_hits"),
        ('{"q": "x", "kind": "comparison", "titles": ["S", "T"], "facts": ["f"]}', "for each of its titles"),
        ('{"q": "x", "kind": "list", "subset_of": 1}', "earlier turn"),
        ('{"turns": []}', "turns"),
        (
            '{"turns": [{"q": "x", "kind": "help"}, {"q": "y", "kind": "list", "subset_of": 1, "where": ">"}]}',
            "condition",
        ),
    ],
)
def test_a_line_that_is_no_question_is_named(tmp_path: Path, line: str, why: str) -> None:
    file = tmp_path / "q.jsonl"
    file.write_text('{"q": "hi", "kind": "help"}\n' + line + "\n", encoding="utf-8")
    with pytest.raises(SourceError, match=r"q\.jsonl line 2") as raised:
        read_assistant_questions(file)
    assert why in str(raised.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="absent"):
        read_assistant_questions(tmp_path / "absent.jsonl")
