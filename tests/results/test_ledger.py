"""The ledger of a small library: leaderboards, conflicts, gaps, and files that a spreadsheet opens safely."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator

import pytest

from paperchat.assistant import PaperChat
from paperchat.errors import UsageError
from paperchat.render.leaderboard_plot import plot_leaderboard
from paperchat.render.results_formats import RESULT_HEADINGS, results_as_csv, results_as_markdown
from paperchat.results.ledger import narrow_ledger
from paperchat.serialization import ledger_as_json
from paperchat.types import Filters

ABSTRACTS = {
    "FooNet: Sparse Attention": ("2025-01-10", "FooNet achieves 84.2% on MMLU, 71.0% on GSM8K and 55.1% on MATH."),
    "BarNet: Dense Attention": (
        "2025-03-02",
        "BarNet reaches 88.9% on MMLU, surpassing GPT-4o (86.4%), and 90.1% on GSM8K.",
    ),
    "A Closer Look at Prompts": ("2025-04-20", "We find that GPT-4o attains 85.0% on MMLU and 76.6% on MATH."),
    "+SUM: Tables as Text": (
        "2025-05-01",
        "=HYPERLINK is safe. We reduce memory usage by 35%, and <b>latency</b> by 20%.",
    ),
}


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PaperChat]:
    folder = tmp_path_factory.mktemp("results")
    entries = "\n".join(
        f"@article{{key{at},\n title = {{{title}}},\n abstract = {{{abstract}}},\n date = {{{day}}}\n}}"
        for at, (title, (day, abstract)) in enumerate(ABSTRACTS.items())
    )
    (folder / "papers.bib").write_text(entries, encoding="utf-8")
    with PaperChat.open(folder / "library") as opened:
        assert opened.ingest(folder / "papers.bib").added == len(ABSTRACTS)
        yield opened


def test_leaderboards_have_the_best_first_and_each_cell_its_quote(library: PaperChat) -> None:
    ledger = library.results()
    assert ledger.papers_read == len(ABSTRACTS)
    board = next(one for one in ledger.leaderboards if one.benchmark == "MMLU")
    assert [one.value.text for one in board.results] == ["88.9%", "86.4%", "85.0%", "84.2%"]
    assert [one.system.name for one in board.results if one.system] == ["BarNet", "GPT-4o", "GPT-4o", "FooNet"]
    assert (board.task, board.better) == ("knowledge", "higher")
    for one in ledger.results:
        assert one.value.text in one.quote.text
        assert one.quote.text in one.quote.passage.text


def test_two_values_of_one_system_are_a_conflict_with_both_quotes(library: PaperChat) -> None:
    (conflict,) = library.results().conflicts
    assert (conflict.system, conflict.benchmark) == ("GPT-4o", "MMLU")
    assert sorted(one.value.text for one in conflict.results) == ["85.0%", "86.4%"]
    assert len({one.quote.text for one in conflict.results}) == 2


def test_gaps_are_cells_that_no_paper_has_filled(library: PaperChat) -> None:
    gaps = {(gap.system, gap.benchmark) for gap in library.results().gaps}
    assert gaps == {("BarNet", "MATH"), ("GPT-4o", "GSM8K")}


def test_a_ledger_can_be_narrowed_and_filtered(library: PaperChat) -> None:
    ledger = library.results()
    on = narrow_ledger(ledger, benchmark="gsm 8k")
    assert {one.value.text for one in on.results} == {"71.0%", "90.1%"}
    of = narrow_ledger(ledger, system="gpt4o")
    assert {one.value.text for one in of.results} == {"86.4%", "85.0%", "76.6%"}
    recent = library.results(filters=Filters(since="2025-04"))
    assert {one.paper.paper.title for one in recent.results} == {"A Closer Look at Prompts", "+SUM: Tables as Text"}
    with pytest.raises(UsageError):
        library.results("  ")


def test_files_are_safe_and_complete(library: PaperChat) -> None:
    ledger = library.results()
    rows = list(csv.reader(io.StringIO(results_as_csv(ledger))))
    assert tuple(rows[0]) == RESULT_HEADINGS
    assert len(rows) == len(ledger.results) + 1
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row)
    document = json.loads(json.dumps(ledger_as_json(ledger)))
    assert document["results"][document["leaderboards"][0]["results"][0]]["quote"]
    assert "| BarNet |" in results_as_markdown(ledger)
    plot = plot_leaderboard(ledger.leaderboards[0])
    assert plot.startswith("<svg")
    assert plot.count("<circle") == len(ledger.leaderboards[0].results)


def test_the_ledger_of_the_sample_says_how_much_was_left_out(sample: PaperChat) -> None:
    ledger = sample.results()
    assert ledger.results
    assert ledger.left_out
