from __future__ import annotations

import re
from pathlib import Path

import pytest

from cli_runner import assert_one_line_error, run

QUESTION = "How many multiple-choice questions are in LabSafety Bench?"
ANSWER_FIELDS = [
    "id",
    "question",
    "standalone_question",
    "conversation",
    "filters",
    "answer",
    "abstained",
    "reason",
    "note",
    "pending",
    "kind",
    "understood",
    "total",
    "papers",
    "table",
    "citations",
    "nearest",
    "suggestions",
    "considered",
    "model",
    "timings_ms",
    "usage",
]
CITATION_FIELDS = [
    "number",
    "status",
    "paper_id",
    "version",
    "title",
    "authors",
    "date",
    "url",
    "withdrawn",
    "basis",
    "section",
    "page",
    "passage_id",
    "start",
    "end",
    "quote",
    "answer",
]
HIT_FIELDS = ["rank", "paper_id", "title", "score", "passage_id", "basis", "page", "snippet"]


def test_an_answer_quotes_its_passage_to_the_byte(sample_home: Path) -> None:
    done = run("--home", sample_home, "ask", QUESTION, "--json")
    assert done.status == 0
    answer = done.json
    assert list(answer) == ANSWER_FIELDS
    assert not answer["abstained"]
    assert (answer["question"], answer["model"], answer["conversation"]) == (QUESTION, "extractive", None)
    assert answer["timings_ms"].keys() == {"retrieve", "evidence", "write", "total"}
    assert any("765" in citation["quote"] for citation in answer["citations"])
    for citation in answer["citations"]:
        assert list(citation) == CITATION_FIELDS
        shown = run("show", citation["paper_id"], "--json", "--home", sample_home).json
        (text,) = (one["text"] for one in shown["passages"] if one["passage_id"] == citation["passage_id"])
        assert text[citation["start"] : citation["end"]] == citation["quote"]
        assert f"[{citation['number']}]" in answer["answer"]


def test_an_answer_in_the_terminal_has_quote_mark_and_source(sample_home: Path) -> None:
    done = run("ask", QUESTION, "--home", sample_home)
    assert (done.status, done.err) == (0, "")
    assert "765 multiple-choice questions" in " ".join(done.out.split())
    assert "[1]" in done.out
    assert "Sources" in done.out
    assert "\x1b" not in done.out


def test_it_abstains_when_the_library_has_no_answer(sample_home: Path) -> None:
    question = "Who won the 2018 football World Cup?"
    answer = run("ask", question, "--json", "--home", sample_home).json
    assert (answer["abstained"], answer["citations"]) == (True, [])
    assert answer["reason"]
    result = run("ask", question, "--home", sample_home)
    assert result.status == 0
    assert result.out.startswith("No answer.")
    assert "Try:" in result.out


def test_an_empty_library_says_what_to_do(tmp_path: Path) -> None:
    done = run("ask", "What is attention?", "--home", tmp_path / "new")
    assert done.status == 0
    assert "paperchat ingest" in done.out


@pytest.mark.parametrize("command", ["ask", "search"])
@pytest.mark.parametrize("text", ["", " \t\n", "x" * 10_001, "bad \udcff byte"])
def test_an_invalid_question_is_a_usage_error(command: str, text: str, sample_home: Path) -> None:
    assert_one_line_error(run(command, text, "--home", sample_home))


@pytest.mark.parametrize(
    "text", ["?", "the", "日本語", "🙂", "a OR b) AND title:(", "'; DROP TABLE papers; --", "[x](y)"]
)
def test_odd_questions_are_plain_text(text: str, sample_home: Path) -> None:
    for command in ("ask", "search"):
        done = run(command, text, "--json", "--home", sample_home)
        assert (done.status, done.err) == (0, "")


def test_search_ranks_papers(sample_home: Path) -> None:
    hits = run("search", "safety in laboratories", "-k", "5", "--json", "--home", sample_home).json["hits"]
    assert [hit["rank"] for hit in hits] == [1, 2, 3, 4, 5]
    assert all(list(hit) == HIT_FIELDS for hit in hits)
    assert "LabSafety" in hits[0]["title"]
    scores = [hit["score"] for hit in hits]
    assert scores == sorted(scores, reverse=True)
    assert len({hit["paper_id"] for hit in hits}) == 5
    result = run("search", "safety in laboratories", "-k", "1", "--home", sample_home)
    assert hits[0]["paper_id"] in result.out


def test_search_returns_all_papers_when_fewer_than_k(sample_home: Path) -> None:
    assert len(run("search", "safety", "-k", "1000", "--json", "--home", sample_home).json["hits"]) == 41


@pytest.mark.parametrize(
    ("filters", "titles"),
    [
        (["--since", "2024"], {"Cats at night"}),
        (["--until", "2023-12-31"], {"Dogs at noon"}),
        (["--author", "Turing", "--author", "Ada Lovelace"], {"Cats at night", "Dogs at noon"}),
        (["--category", "cs"], {"Cats at night"}),
        (["--paper", "2301.00002"], {"Dogs at noon"}),
        (["--author", "Turing", "--category", "cs.CL"], set()),
        (["--basis", "abstract"], {"Cats at night", "Dogs at noon", "Owls"}),
        (["--basis", "full_text"], set()),
    ],
)
def test_filters_select(filters: list[str], titles: set[str], pets: Path) -> None:
    hits = run("search", "how long do they sleep", *filters, "--json", "--home", pets).json["hits"]
    assert {hit["title"] for hit in hits} == titles
    answer = run("ask", "How many hours a day do they sleep?", *filters, "--json", "--home", pets).json
    assert {citation["title"] for citation in answer["citations"]} <= titles
    assert titles or answer["abstained"]


@pytest.fixture
def pets(tmp_path: Path, jsonl: Path) -> Path:
    run("ingest", jsonl, "--home", tmp_path / "pets")
    return tmp_path / "pets"


def test_recency_counts_only_on_request(pets: Path) -> None:
    search = ("search", "how long do dogs sleep a day", "--home", pets, "--json")
    assert next(hit["title"] for hit in run(*search).json["hits"]) == "Dogs at noon"
    newest_first = [hit["title"] for hit in run(*search, "--recency", "1").json["hits"]]
    assert newest_first == ["Cats at night", "Dogs at noon", "Owls"]
    assert_one_line_error(run(*search, "--recency", "2"), "--recency")


def test_facets_count_the_papers_found(pets: Path) -> None:
    search = ("search", "who sleeps", "-k", "1", "--facets", "--home", pets)
    found = run(*search, "--json").json
    assert len(found["hits"]) == 1
    assert found["facets"]["papers"] == 3
    assert found["facets"]["years"] == [{"value": "2024", "papers": 1}, {"value": "2023", "papers": 1}]
    assert {"value": "Ada Lovelace", "papers": 1} in found["facets"]["authors"]
    narrow = run(*search, "--json", "--category", "stat").json["facets"]
    assert (narrow["papers"], narrow["categories"]) == (1, [{"value": "stat.ML", "papers": 1}])
    assert "cs.CL 1" in run(*search).out


def test_an_invalid_date_is_a_usage_error(sample_home: Path) -> None:
    for command in ("ask", "search"):
        assert_one_line_error(run(command, "x", "--since", "2024-02-30", "--home", sample_home), "2024-02-30")


def test_an_empty_filter_is_a_usage_error(sample_home: Path) -> None:
    assert_one_line_error(run("search", "x", "--author", " ", "--home", sample_home), "--author")


def test_markup_and_escapes_in_a_title_are_harmless(tmp_path: Path) -> None:
    file = tmp_path / "hostile.jsonl"
    file.write_text(
        r'{"title": "\u001b[31m[bold]Owls[/bold] \u009b2J\u202e[link=http://evil]x[/link]", '
        r'"abstract": "Owls sleep for 10 hours a day \u001b]0;owned\u0007in [red]trees[/red].", '
        r'"authors": ["[blink]Eve[/blink]\u001b[2J"]}',
        encoding="utf-8",
    )
    home = tmp_path / "home"
    run("ingest", file, "--home", home)
    paper_id = run("search", "owls", "--json", "--home", home).json["hits"][0]["paper_id"]
    outputs = [
        run(*command, *options, "--home", home).out
        for command in (
            ["search", "owls"],
            ["show", paper_id],
            ["ask", "How long do owls sleep?"],
            ["export"],
        )
        for options in ([], ["--json"])
    ]
    for out in outputs:
        assert "Owls" in out
        assert "[bold]" in out.replace("\\", "")
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", out)


def test_a_kind_can_be_asked_for(sample_home: Path) -> None:
    ask = ("ask", "LabSafety Bench", "--home", sample_home)
    assert run(*ask, "--kind", "summary", "--json").json["kind"] == "summary"
    listed = run("ask", "safety of agents", "--home", sample_home, "--kind", "list")
    assert listed.out.startswith("understood: ")
    assert re.search(r"^ ?1 \S", listed.out, re.MULTILINE)
    assert_one_line_error(run(*ask, "--kind", "poem"), "--kind", "poem", "summary")
