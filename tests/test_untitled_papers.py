"""Papers whose source gives no title: they are found and quoted like others, and their first words are no title."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from paperchat import PaperChat
from paperchat.serialization import hits_as_json, paper_as_json
from paperchat.text.describe import display_title

OPENING = "Objective: to measure levels of glucose in the plasma of mothers and of their children"
TEXTS = (
    f"{OPENING}. In 31 mothers the maternal level was 4.2 millimoles at delivery.",
    f"{OPENING}. In 12 children a lumbar puncture was made before the fourth month.",
    "Renal amyloidosis was seen in 7 of 80 patients with tuberculosis of long standing.",
)


@pytest.fixture(scope="module")
def untitled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PaperChat]:
    folder = tmp_path_factory.mktemp("untitled")
    file = folder / "records.jsonl"
    rows = [{"title": "", "abstract": text, "authors": ["Ada Lovelace"]} for text in TEXTS]
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    with PaperChat.open(folder / "library") as chat:
        report = chat.ingest(file)
        assert (report.added, report.failed) == (3, ())
        assert chat.ingest(file).added == 0
        yield chat


def test_papers_that_begin_alike_are_two_papers_and_marked_as_untitled(untitled: PaperChat) -> None:
    hits = untitled.search("glucose of mothers", k=2)
    assert {hit.paper.paper.abstract for hit in hits} == set(TEXTS[:2])
    for hit in hits:
        assert display_title(hit.paper.paper).endswith("… (untitled)")
        assert paper_as_json(hit.paper)["untitled"] is True
    assert all(one["untitled"] for one in hits_as_json(hits)["hits"])


def test_an_answer_quotes_the_text_under_words_that_are_marked(untitled: PaperChat) -> None:
    answer = untitled.ask("In how many patients was renal amyloidosis seen?")
    assert [citation.quote.text for citation in answer.citations] == [TEXTS[2]]
    assert answer.text.startswith(
        "**Renal amyloidosis was seen in 7 of 80 patients with tuberculosis of long…** (untitled)"
    )


def test_first_words_are_never_cited_as_a_title(untitled: PaperChat) -> None:
    stored = untitled.search("renal amyloidosis", k=1)[0].paper
    for question in (f"What is the title of {stored.paper_id}?", f"Who wrote {stored.paper_id}?", stored.paper_id):
        answer = untitled.ask(question)
        assert answer.citations
        assert "title" not in {citation.quote.passage.section for citation in answer.citations}
    assert "(untitled)" in untitled.ask(f"What is the title of {stored.paper_id}?").text


def test_a_first_word_before_a_colon_names_no_paper(untitled: PaperChat) -> None:
    assert "“Objective" not in untitled.ask("What is the objective of measuring glucose in children?").understood
    named = untitled.ask(f"Summarize {untitled.search('lumbar puncture', k=1)[0].paper.paper.title}")
    assert TEXTS[1].rpartition(". ")[2] in [citation.quote.text for citation in named.citations]
