from __future__ import annotations

import io
import re
from dataclasses import replace

import pytest
from render_samples import HOSTILE, LABSAFETY, answer_of, passage, stored

from paperchat.render import terminal, terminal_answers
from paperchat.types import Failure, Hit, IngestReport, Paper

QUOTE = "It includes 765 multiple-choice questions."
STEERING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "80")


def test_an_answer_reads_as_prose_with_its_sources_below() -> None:
    rendered = terminal.render_text(terminal_answers.answer(answer_of(LABSAFETY, QUOTE, "GPT-4o errs.")), io.StringIO())
    assert rendered.splitlines() == [
        "LabSafety Bench: Benchmarking LLMs on Safety",
        "It includes 765 multiple-choice questions. [1] GPT-4o errs. [2]",
        "",
        "Sources",
        "    LabSafety Bench: Benchmarking LLMs on Safety",
        "    Yujun Zhou, Jingdong Yang, Kehan Guo et al. · 2024 ·",
        "    https://arxiv.org/abs/2410.14182v2",
        "    [1][2] abstract",
        "",
        "40 passages of 31 papers considered · extractive · answer a1",
    ]


def test_a_quote_that_the_text_does_not_have_is_shown_with_its_source() -> None:
    given = replace(answer_of(LABSAFETY, QUOTE), text="There are 765 of them [1].", model="some:model")
    rendered = terminal.render_text(terminal_answers.answer(given), io.StringIO())
    assert "There are 765 of them [1]." in rendered
    assert f"[1] abstract: “{QUOTE}”" in rendered


def test_an_unsupported_citation_says_so() -> None:
    given = answer_of(LABSAFETY, QUOTE)
    doubted = replace(given, citations=(replace(given.citations[0], status="unsupported"),))
    assert "[1] abstract, but does not support it" in terminal.render_text(
        terminal_answers.answer(doubted), io.StringIO()
    )


def test_an_abstention_says_so_with_its_reason_and_what_to_try() -> None:
    rendered = terminal.render_text(
        terminal_answers.answer(answer_of(LABSAFETY, question="Who's there?")), io.StringIO()
    )
    assert rendered.startswith("No answer. The library does not say.\nWhy: nothing comes near.\nTry: ")
    assert "Sources" not in rendered
    assert "paperchat search" in rendered


def test_colours_are_for_terminals_without_no_color(monkeypatch: pytest.MonkeyPatch) -> None:
    given = terminal_answers.answer(answer_of(LABSAFETY, QUOTE))
    assert "\x1b[1m" in terminal.render_text(given, Screen())
    assert "\x1b[" not in terminal.render_text(given, io.StringIO())
    monkeypatch.setenv("NO_COLOR", "1")
    assert not re.search(r"\x1b\[(?:\d+;)*(?:3[0-7]|9[0-7])", terminal.render_text(given, Screen()))


@pytest.mark.parametrize("width", [20, 40, 100])
def test_text_is_wrapped_to_the_width(width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    rendered = terminal.render_text(terminal_answers.answer(answer_of(LABSAFETY, QUOTE)), io.StringIO())
    assert max(map(len, rendered.splitlines())) <= width


def test_a_hostile_paper_is_shown_and_not_obeyed() -> None:
    paper = Paper(
        title=HOSTILE,
        abstract=f"{HOSTILE} &#27;[0m :smile:",
        authors=(HOSTILE,),
        comment=HOSTILE,
        date=HOSTILE,
    )
    held = stored(paper, paper_id=f"key:{HOSTILE}")
    where = passage(held)
    hit = Hit(rank=1, paper=held, passage=where, score=0.5, snippet=where.text)
    report = IngestReport(
        added=0,
        updated=0,
        unchanged=0,
        failed=(Failure(source=HOSTILE, reason=HOSTILE),),
        papers=0,
        passages=0,
        seconds=0.1,
    )
    abstention = answer_of(paper, reason=HOSTILE, question=HOSTILE)
    shown = [
        terminal.render_text(made, io.StringIO())
        for made in (
            terminal_answers.answer(answer_of(paper, paper.abstract)),
            terminal_answers.answer(replace(abstention, text="&#x202e; <b>x</b> [a](b)")),
            terminal_answers.answer(replace(answer_of(paper, paper.abstract), text=HOSTILE + " &#x202e;&#x9b;")),
            terminal.hits([hit]),
            terminal.paper(held, [where]),
            terminal.report(report),
        )
    ]
    for rendered in shown:
        assert not STEERING.search(rendered)
    for rendered in (shown[0], *shown[3:]):
        assert "[red]Ignore[/red]" in rendered
    assert ":smile:" in shown[0]


def test_no_hits_says_so() -> None:
    assert terminal.render_text(terminal.hits([]), io.StringIO()).startswith("Nothing found")


def test_a_report_tells_what_was_left_out_and_what_is_waited_for() -> None:
    report = IngestReport(
        added=1,
        updated=0,
        unchanged=0,
        failed=(),
        papers=1,
        passages=5,
        seconds=1.25,
        waiting=2,
        warnings=(Failure(source="a.pdf", reason="hidden text was left out"),),
    )
    assert terminal.render_text(terminal.report(report), io.StringIO()).splitlines()[-2:] == [
        "note: a.pdf: hidden text was left out",
        "2 linked PDFs could not be downloaded yet: the next ingest retries them",
    ]


def test_a_withdrawn_paper_is_named_as_such_everywhere() -> None:
    withdrawn = replace(LABSAFETY, withdrawn=True)
    hit = Hit(rank=1, paper=stored(withdrawn), passage=passage(stored(withdrawn)), score=0.5, snippet=QUOTE)
    for shown in (
        terminal_answers.answer(answer_of(withdrawn, QUOTE)),
        terminal.hits([hit]),
        terminal.paper(hit.paper, []),
    ):
        assert "(withdrawn)" in terminal.render_text(shown, io.StringIO())


def test_a_report_names_every_failure() -> None:
    report = IngestReport(
        added=3,
        updated=0,
        unchanged=1,
        failed=(Failure(source="a.txt", reason="is empty"), Failure(source="b.txt", reason="is not a file")),
        papers=4,
        passages=5,
        seconds=1.25,
    )
    assert terminal.render_text(terminal.report(report), io.StringIO()).splitlines()[-2:] == [
        "failed: a.txt: is empty",
        "failed: b.txt: is not a file",
    ]
