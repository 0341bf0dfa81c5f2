"""Evaluates answers on questions with known answers."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from paperchat.assistant import PaperChat
from paperchat.errors import SourceError
from paperchat.evaluation.exact_quotes import quotes_are_exact
from paperchat.evaluation.numbered_lines import numbered_lines
from paperchat.text.paper_title import normalize_title
from paperchat.types import Answer


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationQuestion:
    """A question; a correct answer quotes all strings of ``expect`` and cites ``paper_title`` first."""

    question: str
    answerable: bool
    paper_title: str = ""
    expect: tuple[str, ...] = ()
    style: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerRow:
    """The result of one question; ``None`` where the question does not say what is correct."""

    question: EvaluationQuestion
    answer: Answer
    first_paper_right: bool | None
    expected_in_quote: bool | None
    quotes_exact: bool

    def as_json(self) -> dict[str, Any]:
        """The row of the table of questions."""
        return {
            "question": self.question.question,
            "style": self.question.style,
            "answerable": self.question.answerable,
            "abstained": self.answer.abstained,
            "first_paper_right": self.first_paper_right,
            "expected_in_quote": self.expected_in_quote,
            "quotes_exact": self.quotes_exact,
            "cited": [citation.paper.paper.title for citation in self.answer.citations],
            "quotes": [citation.quote.text for citation in self.answer.citations],
            "ms": self.answer.timings_ms["total"],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerEvaluation:
    """The results of all questions."""

    rows: tuple[AnswerRow, ...]

    def as_json(self) -> dict[str, Any]:
        """The figures, shares in [0, 1], or ``None`` where no question counts towards one.

        ``paper@1`` and ``expected_in_quote`` are over answerable questions, an abstention counting as wrong;
        ``abstained_right`` is over unanswerable ones, ``answered_right`` over answerable ones. ``abstained_by_style``
        gives the share of abstentions for each style of question.
        """
        answerable = [row for row in self.rows if row.question.answerable]
        unanswerable = [row for row in self.rows if not row.question.answerable]
        styles = dict.fromkeys(row.question.style for row in self.rows if row.question.style)
        return {
            "questions": len(self.rows),
            "paper@1": _share([row.first_paper_right for row in answerable]),
            "expected_in_quote": _share([row.expected_in_quote for row in answerable]),
            "quote_exact": _share([row.quotes_exact for row in self.rows if not row.answer.abstained]),
            "abstained_right": _share([row.answer.abstained for row in unanswerable]),
            "answered_right": _share([not row.answer.abstained for row in answerable]),
            "abstained_by_style": {
                style: _share([row.answer.abstained for row in self.rows if row.question.style == style])
                for style in styles
            },
            "ms_median": median(row.answer.timings_ms["total"] for row in self.rows) if self.rows else None,
            "rows": [row.as_json() for row in self.rows],
        }


def evaluate_answers(
    chat: PaperChat, file: Path, *, progress: Callable[[int, int], None] | None = None
) -> AnswerEvaluation:
    """Ask every question of ``file`` (JSON lines) over the library of ``chat``.

    Raises:
        SourceError: the file cannot be read, or a line of it is not a question.
    """
    questions = read_questions(file)
    rows = []
    for done, question in enumerate(questions, start=1):
        rows.append(_evaluate_question(chat, question))
        if progress:
            progress(done, len(questions))
    return AnswerEvaluation(rows=tuple(rows))


def read_questions(file: Path) -> list[EvaluationQuestion]:
    """Questions from JSON lines of ``question``, ``answerable`` and optional ``paper_title``, ``expect``, ``style``."""
    return [_question(line, where) for line, where in numbered_lines(file, holds="questions")]


def _question(line: str, where: str) -> EvaluationQuestion:
    try:
        row = json.loads(line)
        return EvaluationQuestion(
            question=str(row["question"]),
            answerable=bool(row["answerable"]),
            paper_title=row.get("paper_title") or "",
            expect=tuple(row.get("expect") or ()),
            style=str(row.get("style") or ""),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise SourceError(
            f'{where} is not a question ({error!r}): each line is {{"question": "…", "answerable": true}}'
        ) from error


def _evaluate_question(chat: PaperChat, question: EvaluationQuestion) -> AnswerRow:
    answer = chat.ask(question.question)
    cited = answer.citations
    quoted = " ".join(citation.quote.text for citation in cited)
    return AnswerRow(
        question=question,
        answer=answer,
        first_paper_right=normalize_title(cited[0].paper.paper.title if cited else "")
        == normalize_title(question.paper_title)
        if question.paper_title
        else None,
        expected_in_quote=all(expected in quoted for expected in question.expect) if question.expect else None,
        quotes_exact=quotes_are_exact(chat, answer),
    )


def _share(values: Sequence[bool | None]) -> float | None:
    counted = [value for value in values if value is not None]
    return round(sum(counted) / len(counted), 4) if counted else None
