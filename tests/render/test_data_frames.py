"""Papers and results as pandas data frames."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from answer_samples import numbered_paper
from paperchat import PaperChat, papers_frame, results_frame
from paperchat.errors import UsageError
from paperchat.serialization import ledger_as_json, paper_as_json
from paperchat.server.records import CataloguePaperRecord
from paperchat.server.report_records import LedgerRecord

ABSTRACT = "FooNet achieves 84.2% on MMLU, 71.0% on GSM8K and 55.1% on MATH."


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PaperChat]:
    folder = tmp_path_factory.mktemp("frames")
    (folder / "papers.jsonl").write_text(
        f'{{"id": "2501.00001", "title": "FooNet", "abstract": "{ABSTRACT}", "update_date": "2025-01-10"}}\n'
        '{"id": "x", "title": "A paper without a day", "abstract": "Nothing is measured."}\n',
        encoding="utf-8",
    )
    with PaperChat.open(folder / "library") as opened:
        opened.ingest(folder / "papers.jsonl")
        yield opened


def test_papers_have_a_row_each_with_dates_as_dates(library: PaperChat, sample: PaperChat) -> None:
    frame = papers_frame(library.papers()).set_index("title")
    assert frame.loc["FooNet", "date"].year == 2025
    assert frame["date"].isna().sum() == 1
    assert "daily" not in frame.columns
    assert len(papers_frame(sample.papers())) == sample.status().papers
    daily = papers_frame([numbered_paper(1), numbered_paper(2, daily={})])
    assert list(daily.columns[:4]) == ["paper_id", "title", "authors", "date"]
    assert daily["upvotes"][0] == 10
    assert str(daily["upvotes"].dtype) == "Int64"


def test_results_have_their_quotes_and_spans(library: PaperChat) -> None:
    frame = results_frame(library.results())
    assert list(frame["benchmark"]) == ["MMLU", "GSM8K", "MATH"]
    assert list(frame["number"]) == [84.2, 71.0, 55.1]
    assert list(frame["value"]) == ["84.2%", "71.0%", "55.1%"]
    passages = {one.passage_id: one.text for one in library.paper(frame["paper_id"][0])[1]}
    for row in frame.itertuples():
        assert passages[row.passage_id][row.start : row.end] == row.quote


def test_records_of_the_client_give_the_same_frames(library: PaperChat) -> None:
    papers, ledger = [*library.papers()], library.results()
    records = [CataloguePaperRecord.model_validate(paper_as_json(one)) for one in papers]
    assert papers_frame(records).equals(papers_frame(papers))
    sent = LedgerRecord.model_validate(ledger_as_json(ledger))
    assert results_frame(sent)[["benchmark", "number", "quote"]].equals(
        results_frame(ledger)[["benchmark", "number", "quote"]]
    )


def test_nothing_is_an_empty_frame(tmp_path: Path) -> None:
    with PaperChat.open(tmp_path / "empty") as empty:
        assert papers_frame(empty.papers()).empty
        assert list(results_frame(empty.results()).columns[:2]) == ["paper_id", "title"]


def test_without_pandas_it_is_said_what_to_install(library: PaperChat, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(UsageError, match=r'pip install "paperchat\[pandas\]"'):
        papers_frame(library.papers())
    with pytest.raises(UsageError, match="need pandas"):
        results_frame(library.results())
