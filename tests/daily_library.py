"""A small library of Daily Papers of a few days, for tests of lists and feeds."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from paperchat.assistant import PaperChat


@dataclass(frozen=True, slots=True, kw_only=True)
class DailyPaper:
    """A paper as the Daily Papers have it; ``number`` makes its arXiv id."""

    number: int
    day: str
    title: str
    abstract: str
    upvotes: int
    authors: tuple[str, ...] = ("Ada Lovelace",)
    organization: str = ""
    code: str = ""


PAPERS = (
    DailyPaper(
        number=1,
        day="2026-05-04",
        title="Wavelets for Brain MRI",
        abstract="Brain scans are costly. We propose WaveScan, a wavelet model that synthesises brain MRI volumes. "
        "Experiments show that its MRI volumes are sharper.",
        upvotes=3,
        authors=("Song Han", "Zoë Müller"),
        code="https://github.com/lab/wavescan",
    ),
    DailyPaper(
        number=2,
        day="2026-05-04",
        title="BrainBench: A Benchmark of Brain MRI Reconstruction",
        abstract="Reconstruction of brain MRI is hard to compare. We introduce BrainBench, a benchmark of brain MRI "
        "reconstruction with 1,200 scans. Current models lose half of the detail.",
        upvotes=9,
        organization="GoogleDeepMind",
    ),
    DailyPaper(
        number=3,
        day="2026-05-05",
        title="Planning Trajectories on Motorways",
        abstract="Autonomous driving needs long plans. We present LanePlan, a planner for autonomous driving on "
        "motorways. LanePlan halves the number of collisions.",
        upvotes=21,
        organization="IBM Research",
        code="https://github.com/lab/laneplan",
    ),
    DailyPaper(
        number=4,
        day="2026-05-07",
        title="Tokenizers for Turkish",
        abstract="Turkish words are long. We build MorphTok, a tokenizer for Turkish that knows its morphology. "
        "Language models for Turkish train faster with it.",
        upvotes=0,
        authors=("Yoshua Bengio", "Song Han"),
    ),
    DailyPaper(
        number=5,
        day="2026-05-07",
        title="Chords and Their Genres",
        abstract="Music theory is seldom learned. We propose ChordNet, which predicts the chords of music of many "
        "genres. Musicians prefer its chords in 70% of cases.",
        upvotes=12,
        organization="IBM",
    ),
)


def make_daily_library(folder: Path, papers: tuple[DailyPaper, ...] = PAPERS) -> PaperChat:
    """An open library of these papers, made in ``folder``."""
    chat = PaperChat.open(folder / "library")
    ingest_daily(chat, *papers)
    return chat


def ingest_daily(chat: PaperChat, *papers: DailyPaper) -> None:
    """Add these papers to an open library."""
    file = chat.library.home.parent / f"days{papers[0].number}.json"
    file.write_text(json.dumps([_entry(one) for one in papers]), encoding="utf-8")
    report = chat.ingest(file)
    assert report.added == len(papers), report.failed


def _entry(paper: DailyPaper) -> dict[str, Any]:
    body = {
        "id": f"2605.{paper.number:05}",
        "title": paper.title,
        "summary": paper.abstract,
        "authors": [{"name": name} for name in paper.authors],
        "publishedAt": "2026-05-01T00:00:00.000Z",
        "submittedOnDailyAt": f"{paper.day}T00:00:00.000Z",
        "upvotes": paper.upvotes,
    }
    if paper.organization:
        body["organization"] = {"name": paper.organization, "fullname": paper.organization}
    if paper.code:
        body["githubRepo"] = paper.code
    return {"paper": body, "publishedAt": f"{paper.day}T00:00:00.000Z", "title": paper.title}
