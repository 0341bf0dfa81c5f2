"""Questions and papers that paperchat is compared on with programs that answer: a draw from the Daily sets."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.lib.question_sets import DAILY_SETS, LabelledQuestion, read_question_set, source_files
from paperchat.ingest.sources.daily_api import parse_records
from paperchat.text.paper_title import normalize_title
from paperchat.types import Paper

SEED = 25
ANSWERABLE, NEAR_MISSES, FAR = 15, 3, 2
PAPERS = 100
_Day = dict[str, Paper]


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerQuestions:
    """The questions in the order they are asked, every fourth without an answer, and the papers of the library."""

    questions: tuple[LabelledQuestion, ...]
    papers: tuple[Paper, ...]


def draw_peer_questions(data: Path, scratch: Path) -> PeerQuestions:
    """Draw 15 answerable questions and 3 near misses about 18 papers, 2 far ones, and the papers of a library.

    The library has the papers asked about and, up to 100, others of the same days.
    """
    chosen = random.Random(SEED)
    drawn = [question for name in DAILY_SETS for question in read_question_set(name)]
    chosen.shuffle(drawn)
    days = [_read_day(file) for name in DAILY_SETS for file in source_files(name, data, scratch)]
    day_of = {title: day for day in days for title in day}
    asked: dict[str, Paper] = {}

    def take(number: int, suits: Callable[[LabelledQuestion], bool]) -> list[LabelledQuestion]:
        """The first questions that suit, each about a paper that none before asks about."""
        taken: list[LabelledQuestion] = []
        for one in drawn:
            title = normalize_title(one.paper_title)
            if len(taken) < number and suits(one) and title in day_of and title not in asked:
                asked[title] = day_of[title][title]
                taken.append(one)
        return taken

    answerable = take(ANSWERABLE, lambda one: one.answerable)
    unanswerable = take(NEAR_MISSES, lambda one: one.style == "near_miss")
    unanswerable += [one for one in drawn if one.style == "far"][:FAR]
    chosen.shuffle(unanswerable)
    others = {title: paper for one in asked for title, paper in day_of[one].items() if title not in asked}
    drawn_others = sorted(others)
    chosen.shuffle(drawn_others)
    papers = [*asked.values(), *(others[title] for title in drawn_others[: PAPERS - len(asked)])]
    questions: list[LabelledQuestion] = []
    for place, one in enumerate(unanswerable):
        questions += [*answerable[3 * place : 3 * place + 3], one]
    return PeerQuestions(questions=tuple(questions), papers=tuple(papers))


def _read_day(file: Path) -> _Day:
    with file.open(encoding="utf-8") as stream:
        items = [item for item in parse_records(stream, file.name) if isinstance(item, Paper)]
    return {normalize_title(paper.title): paper for paper in items}
