"""Evaluates surveys on topics with the papers that must be read, and phrases of limits and results to be quoted."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, median
from typing import Any

from paperchat.assistant import PaperChat
from paperchat.errors import SourceError
from paperchat.evaluation.numbered_lines import numbered_lines
from paperchat.survey.survey_wording import cited_in_text, cited_papers
from paperchat.survey.types import Survey
from paperchat.text.paper_title import normalize_title

_FIRST = 10
"""So many of the papers cited, the first, are to be on the topic."""
LIMITS, RESULTS = 2, 3
"""So many of the phrases a survey is to quote."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyTopic:
    """A topic with what its survey is to have.

    Attributes:
        must: titles of papers that must be read.
        may: titles of others that are on the topic.
        limits: phrases of abstracts that state limitations.
        results: phrases of abstracts that state main results.
    """

    topic: str
    must: tuple[str, ...]
    may: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()
    results: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyRow:
    """The result of one topic: shares in [0, 1], and counts of phrases quoted."""

    topic: SurveyTopic
    survey: Survey
    must_read: float
    read_on_topic: float
    first_on_topic: float | None
    limits: int
    results: int

    def as_json(self) -> dict[str, Any]:
        """The row of the table of topics."""
        return {
            "topic": self.topic.topic,
            "read": self.survey.coverage.read,
            "must_read": round(self.must_read, 3),
            "read_on_topic": round(self.read_on_topic, 3),
            "first_on_topic": None if self.first_on_topic is None else round(self.first_on_topic, 3),
            "limits_quoted": self.limits,
            "results_quoted": self.results,
            "limitation_cells": sum("limitation" in row.cells for row in self.survey.table),
            "themes": [theme.name for theme in self.survey.themes],
            "ms": self.survey.timings_ms["total"],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyEvaluation:
    """The results of all topics."""

    rows: tuple[SurveyRow, ...]

    def as_json(self) -> dict[str, Any]:
        """The figures: means over topics, and shares of topics that quote enough limits and results."""
        first = [row.first_on_topic for row in self.rows if row.first_on_topic is not None]
        with_limits = [row for row in self.rows if row.topic.limits]
        with_results = [row for row in self.rows if row.topic.results]
        return {
            "topics": len(self.rows),
            "must_read": _mean([row.must_read for row in self.rows]),
            "read_on_topic": _mean([row.read_on_topic for row in self.rows]),
            "first_on_topic": _mean(first),
            "limits_quoted": _mean([row.limits for row in with_limits]),
            f"topics_with_{LIMITS}_limits": _mean([row.limits >= LIMITS for row in with_limits]),
            "results_quoted": _mean([row.results for row in with_results]),
            f"topics_with_{RESULTS}_results": _mean([row.results >= RESULTS for row in with_results]),
            "ms_median": median(row.survey.timings_ms["total"] for row in self.rows) if self.rows else None,
            "rows": [row.as_json() for row in self.rows],
        }


def evaluate_surveys(
    chat: PaperChat, file: Path, *, progress: Callable[[int, int], None] | None = None
) -> SurveyEvaluation:
    """Survey every topic of ``file`` (JSON lines) over the library of ``chat``.

    Topics of which the library has none of the papers that must be read belong to another library, and are left out.

    Raises:
        SourceError: the file cannot be read, or a line of it is not a topic.
    """
    titles = {normalize_title(one.title) for one in chat.library.directory.entries().values()}
    topics = [one for one in read_topics(file) if any(normalize_title(title) in titles for title in one.must)]
    rows = []
    for done, topic in enumerate(topics, start=1):
        rows.append(score_survey(topic, chat.survey(topic.topic)))
        if progress:
            progress(done, len(topics))
    return SurveyEvaluation(rows=tuple(rows))


def score_survey(topic: SurveyTopic, survey: Survey) -> SurveyRow:
    """Score a survey of the topic."""
    must = set(map(normalize_title, topic.must))
    on_topic = must | set(map(normalize_title, topic.may))
    read = [normalize_title(row.paper.paper.title) for row in survey.table]
    first = [normalize_title(one.paper.title) for one in cited_papers(survey)[:_FIRST]]
    quoted = [" ".join(one.quote.text.split()) for one in cited_in_text(survey)]
    return SurveyRow(
        topic=topic,
        survey=survey,
        must_read=len(must & set(read)) / max(len(must), 1),
        read_on_topic=_share(read, on_topic),
        first_on_topic=_share(first, on_topic) if first else None,
        limits=_count_quoted(topic.limits, quoted),
        results=_count_quoted(topic.results, quoted),
    )


def read_topics(file: Path) -> list[SurveyTopic]:
    """Topics from JSON lines of ``topic``, ``must`` and optional ``may``, ``limits`` and ``results``."""
    return [_topic(line, where) for line, where in numbered_lines(file, holds="topics")]


def _topic(line: str, where: str) -> SurveyTopic:
    try:
        row = json.loads(line)
        return SurveyTopic(
            topic=str(row["topic"]),
            must=tuple(row["must"]),
            may=tuple(row.get("may", ())),
            limits=tuple(one["phrase"] for one in row.get("limits", ())),
            results=tuple(one["phrase"] for one in row.get("results", ())),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise SourceError(f"{where} is no topic: give an object with topic and must, a list of titles") from error


def _count_quoted(phrases: Sequence[str], quotes: Sequence[str]) -> int:
    return sum(any(" ".join(phrase.split()) in quote for quote in quotes) for phrase in phrases)


def _share(titles: Sequence[str], right: Collection[str]) -> float:
    return sum(title in right for title in titles) / max(len(titles), 1)


def _mean(values: Sequence[float]) -> float | None:
    return round(fmean(values), 4) if values else None
