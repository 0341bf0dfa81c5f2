"""Surveys of real papers with no language model: what a reader may rely on."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from zlib import crc32

import pytest
from llama_index.core.embeddings import BaseEmbedding
from survey_assertions import MARK, assert_each_sentence_is_a_quote, assert_exact, in_text

from paperchat import Filters, PaperChat, Survey
from paperchat.errors import StoppedError, UsageError
from paperchat.ingest.passage_limits import CHUNKING
from paperchat.render.markdown import survey_as_markdown
from paperchat.storage.library import Library
from paperchat.survey.sections.disagreements import NONE_FOUND
from paperchat.survey.surveyor import DOES_NOT_SAY, NOT_QUOTED

TOPIC = "safety of language models"


@pytest.fixture(scope="module")
def survey(sample: PaperChat) -> Survey:
    return sample.survey(TOPIC)


def library(home: Path, *papers: dict[str, str]) -> PaperChat:
    rows = home / "papers.jsonl"
    rows.write_text("".join(json.dumps(paper) + "\n" for paper in papers), encoding="utf-8")
    chat = PaperChat.open(home / "library")
    chat.ingest(rows)
    return chat


def test_every_quote_is_exact_and_whole_and_every_mark_has_its_citation(sample: PaperChat, survey: Survey) -> None:
    assert_exact(sample, survey)
    assert len(in_text(survey)) >= 8


def test_every_sentence_is_a_quote_with_its_mark(survey: Survey) -> None:
    assert_each_sentence_is_a_quote(survey, computed=(survey.summary.splitlines()[0], NONE_FOUND))


def test_the_summary_is_five_quotes_of_several_papers_under_what_was_read(survey: Survey) -> None:
    read, *quotes = survey.summary.split("\n\n")
    assert f"{survey.coverage.read} matching papers" in read
    labels = ["What the field wants", "One main way", "Another", "Best supported", "Still open"]
    assert [quote.split(" – ")[0] for quote in quotes] == labels
    assert [quote[-3:] for quote in quotes] == [f"[{number}]" for number in range(1, 6)]
    assert len({one.paper.paper_id for one in survey.citations[:5]}) >= 4


def test_sections_stand_in_the_order_in_which_one_reads_them(survey: Survey) -> None:
    kinds = [section.kind for section in survey.sections]
    order = ["theme", "disagreements", "limitations", "timeline", "read_first"]
    assert kinds == sorted(kinds, key=order.index)
    assert [theme.name for theme in survey.themes] == [
        section.title for section in survey.sections if section.kind == "theme"
    ]


def test_nothing_is_quoted_twice_but_for_what_to_read_first(survey: Survey) -> None:
    quotes = [citation.quote.text for citation in in_text(survey)]
    assert len(quotes) == len(set(quotes))
    shown = [section for section in survey.sections if section.kind not in ("timeline", "read_first")]
    marked = [mark for section in shown for mark in MARK.findall(section.text)]
    assert len(marked) == len(set(marked))


def test_coverage_counts_what_the_text_quotes(survey: Survey) -> None:
    coverage = survey.coverage
    assert coverage.cited == len({citation.paper.paper_id for citation in in_text(survey)})
    assert coverage.matched >= coverage.read >= coverage.cited > 0
    assert coverage.abstracts == coverage.read
    assert len(coverage.left_out) == coverage.matched - coverage.cited
    assert all(one.reason for one in coverage.left_out)


def test_fewer_are_read_where_so_many_are_asked_for(sample: PaperChat, survey: Survey) -> None:
    few = sample.survey(TOPIC, most=3)
    assert (few.coverage.read, len(few.table)) == (3, 3)
    assert few.coverage.matched == survey.coverage.matched
    assert few.summary.startswith(f"3 of {survey.coverage.matched} matching papers read")
    assert_exact(sample, few)


def test_the_comparison_has_a_row_a_paper_and_no_empty_cell(survey: Survey) -> None:
    assert len({row.paper.paper_id for row in survey.table}) == len(survey.table) == survey.coverage.read
    cells = [cell.quote.text for row in survey.table for cell in row.cells.values()]
    assert cells
    assert all(text.strip() == text != "" for text in cells)


def test_a_topic_on_which_the_library_says_nothing(sample: PaperChat) -> None:
    survey = sample.survey("baking sourdough bread")
    assert (survey.summary, survey.sections, survey.citations, survey.table) == (DOES_NOT_SAY, (), (), ())
    assert (survey.coverage.matched, survey.coverage.read, survey.coverage.cited) == (0, 0, 0)


def test_a_topic_in_an_empty_library(tmp_path: Path) -> None:
    with PaperChat.open(tmp_path) as chat:
        assert chat.survey(TOPIC).summary == DOES_NOT_SAY


@pytest.mark.parametrize(
    ("topic", "options"),
    [("  ", {}), ("a long topic " * 40, {}), (TOPIC, {"most": 0}), (TOPIC, {"filters": Filters(since="yesterday")})],
)
def test_an_invalid_argument_is_reported_in_one_line(sample: PaperChat, topic: str, options: dict[str, object]) -> None:
    with pytest.raises(UsageError) as caught:
        sample.survey(topic, **options)  # type: ignore[arg-type]
    assert "\n" not in str(caught.value)


def test_filters_hold(sample: PaperChat, survey: Survey) -> None:
    asked = Filters(papers=tuple(row.paper.paper_id for row in survey.table[:4]))
    filtered = sample.survey(TOPIC, filters=asked)
    assert {row.paper.paper_id for row in filtered.table} <= set(asked.papers)
    assert filtered.filters == asked


def test_progress_reports_each_stage(sample: PaperChat) -> None:
    reported: list[tuple[str, int, int]] = []
    survey = sample.survey(TOPIC, progress=lambda *step: reported.append(step))
    stages = list(dict.fromkeys(stage for stage, _, _ in reported))
    assert stages == [stage for stage in survey.timings_ms if stage != "total"]
    assert all(0 <= done <= units for _, done, units in reported)


@pytest.mark.parametrize(
    "at", ["finding papers", "finding themes", "reading sentences", "writing", "comparing", "drawing the map"]
)
def test_it_can_be_stopped_at_each_stage(sample: PaperChat, at: str) -> None:
    stopped = threading.Event()
    stages: list[str] = []

    def progress(stage: str, done: int, units: int) -> None:  # noqa: ARG001
        stages.append(stage)
        if stage == at:
            stopped.set()

    if at == "drawing the map":
        assert sample.survey(TOPIC, progress=progress, stopped=stopped).citations
    else:
        with pytest.raises(StoppedError):
            sample.survey(TOPIC, progress=progress, stopped=stopped)
        assert stages[-1] == at


def test_it_never_blocks_an_event_loop_and_ends_with_its_task(sample: PaperChat) -> None:
    stages: list[str] = []
    begun = threading.Event()

    def progress(stage: str, done: int, units: int) -> None:  # noqa: ARG001
        stages.append(stage)
        begun.set()
        time.sleep(0.2)

    async def cancelled() -> None:
        task = asyncio.create_task(sample.asurvey(TOPIC, progress=progress))
        while not begun.is_set():
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cancelled())
    assert "comparing" not in stages


def test_an_awaited_survey_is_the_same(sample: PaperChat, survey: Survey) -> None:
    assert asyncio.run(sample.asurvey(TOPIC)).sections == survey.sections


@pytest.fixture
def odd(tmp_path: Path) -> Iterator[PaperChat]:
    abstract = (
        "Coral bleaching remains poorly understood in *deep* reefs [1]. "
        "We propose a <b>new</b> sensor for coral bleaching, which logs `heat` every hour. "
        "Results show that coral bleaching falls by 12% under shade nets. "
        "Code is available at https://github.com/reef/coral."
    )
    with library(
        tmp_path, {"id": "2401.00001", "title": "Coral_Watch: <i>Bleaching</i> of Reefs", "abstract": abstract}
    ) as chat:
        yield chat


def test_markup_in_a_paper_is_shown_as_it_is(odd: PaperChat) -> None:
    survey = odd.survey("coral bleaching")
    assert_exact(odd, survey)
    text = survey.summary + "".join(section.text for section in survey.sections)
    assert "\\<b\\>" in text
    assert "\\*deep\\*" in text
    assert "<b>" not in text.replace("\\<b\\>", "")


def test_cells_hold_what_their_columns_say(odd: PaperChat) -> None:
    (row,) = odd.survey("coral bleaching").table
    cells = {column: cell.quote.text for column, cell in row.cells.items()}
    assert cells["problem"].startswith("Coral bleaching remains poorly understood")
    assert cells["method"].startswith("We propose a <b>new</b> sensor")
    assert "12%" in cells["result"]
    assert cells["code"] == "https://github.com/reef/coral"
    assert "data" not in cells
    assert "limitation" not in cells


def test_papers_that_match_and_cannot_be_quoted_are_not_said_to_be_missing(tmp_path: Path) -> None:
    with library(tmp_path, {"id": "2401.00001", "title": "Coral bleaching of reefs"}) as chat:
        survey = chat.survey("coral bleaching")
        answer = chat.ask("survey: coral bleaching", conversation="reefs")
    assert (survey.coverage.matched, survey.coverage.read, survey.sections) == (1, 1, ())
    for text in (survey.summary, survey_as_markdown(survey), answer.text):
        assert "1 matching paper read" in text
        assert NOT_QUOTED in text
        assert "Nothing in the library" not in text
    assert answer.abstained
    assert answer.reason == "no sentence of the papers that match can be quoted"


class Foreign(BaseEmbedding):
    """Counts words, in 16 dimensions; ``before`` is called with each query."""

    before: Callable[[str], object] = lambda _: None

    def _get_query_embedding(self, query: str) -> list[float]:
        self.before(query)
        places = [crc32(word.encode()) % 16 for word in query.lower().split()]
        return [places.count(place) + 0.01 for place in range(16)]

    def _get_text_embedding(self, text: str) -> list[float]:
        return self._get_query_embedding(text)

    def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        return [self._get_text_embedding(text) for text in texts]

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return self._get_query_embedding(query)


def test_a_paper_removed_while_a_survey_looks_for_papers_is_left_out(tmp_path: Path) -> None:
    """And a survey does not mind an embedder of its own."""
    embedder = Foreign()
    kept = Library.open(tmp_path, embedder=embedder, embedder_name="test:words", chunking=CHUNKING)
    with PaperChat(library=kept, embedder=embedder) as chat:
        chat.ingest_sample()
        read = [row.paper.paper_id for row in chat.survey(TOPIC).table]
        assert len(read) > 1
        # The last wording of the topic: its papers have been found by then.
        embedder.before = lambda query: chat.remove(read[:1]) if query == "safety" else None
        survey = chat.survey(TOPIC)
    assert set(read[1:]) <= {row.paper.paper_id for row in survey.table}
    assert read[0] not in {row.paper.paper_id for row in survey.table}
    assert survey.coverage.matched == survey.coverage.read + sum(
        "matches less well" in one.reason for one in survey.coverage.left_out
    )


@pytest.fixture(scope="module")
def falls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PaperChat]:
    """Papers of three years on one topic, two of which contradict each other."""
    findings = [
        ("Vitamin D and falls in nursing homes", "Vitamin D supplements reduce the risk of falls in older adults."),
        ("A trial of vitamin D for falls", "Vitamin D supplements do not reduce the risk of falls in older adults."),
        ("Balance training against falls", "Balance training lowers the rate of falls by 21% in a year."),
    ]
    papers = [
        {
            "id": f"2{number}01.00001",
            "title": title,
            "date": f"202{number}-03-01",
            "abstract": f"Falls remain poorly understood in group {number} of older adults. We enrolled {number}00 "
            f"patients and gave them vitamin D or training against falls. {finding} "
            f"Whether falls can be prevented in the very old remains an open question for group {number}.",
        }
        for number, (title, finding) in enumerate(findings, start=2)
    ]
    with library(tmp_path_factory.mktemp("falls"), *papers) as chat:
        yield chat


def test_papers_that_contradict_each_other_stand_side_by_side(falls: PaperChat) -> None:
    survey = falls.survey("vitamin D against falls")
    assert_exact(falls, survey)
    (section,) = [section for section in survey.sections if section.kind == "disagreements"]
    one, other = section.text.splitlines()
    assert "supplements reduce the risk" in one + other
    assert "supplements do not reduce the risk" in one + other
    assert other.startswith("- to the contrary, ")
    assert len(section.papers) == 2


def test_the_timeline_has_years_with_their_counts(falls: PaperChat) -> None:
    survey = falls.survey("vitamin D against falls")
    (section,) = [section for section in survey.sections if section.kind == "timeline"]
    labels = [line for line in section.text.splitlines() if line.startswith("**")]
    assert len(labels) == 3
    assert all(label.endswith(": 1 paper**") for label in labels)
    assert (survey.coverage.since, survey.coverage.until) == ("2022-03-01", "2024-03-01")


def test_papers_that_report_different_numbers_on_one_benchmark_stand_side_by_side(tmp_path: Path) -> None:
    papers = [
        {
            "title": f"{name}: detecting bleaching of coral reefs",
            "abstract": f"Bleaching of coral reefs is hard to see. We propose {name}, a detector of bleaching in coral "
            f"reefs. Experiments show that {name} achieves an accuracy of {value}% on ReefBench.",
        }
        for name, value in (("ReefNet", 71.5), ("CoralNet", 64.2))
    ]
    with library(tmp_path, *papers) as chat:
        survey = chat.survey("bleaching of coral reefs")
    (text,) = (section.text for section in survey.sections if section.kind == "disagreements")
    assert "Different numbers on ReefBench" in text
    assert "71.5%" in text
    assert "64.2%" in text
