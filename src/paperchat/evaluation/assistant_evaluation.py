"""Evaluates answers of every kind, and conversations, on questions with known answers."""

from __future__ import annotations

import time
import uuid
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from paperchat.assistant import PaperChat
from paperchat.evaluation.assistant_questions import (
    KINDS,
    AssistantQuestion,
    QuestionSeries,
    read_assistant_questions,
)
from paperchat.evaluation.assistant_scoring import ScoredTurn, find_failures
from paperchat.evaluation.exact_quotes import quotes_are_exact
from paperchat.types import Answer


@dataclass(frozen=True, slots=True, kw_only=True)
class AssistantRow:
    """The result of one question: ``failures`` say what is wrong with its answer.

    ``turn`` counts from 1 within a conversation, and is 0 for a question by itself. ``ms`` is the time to the whole
    answer, as a user waits for it.
    """

    question: AssistantQuestion
    answer: Answer
    turn: int
    failures: tuple[str, ...]
    quotes_exact: bool
    ms: float

    @property
    def right(self) -> bool:
        """Whether the answer has what a right one has."""
        return not self.failures

    @property
    def kind_right(self) -> bool:
        """Whether the answer is of the kind that was asked for."""
        return self.answer.kind == self.question.kind

    def as_json(self) -> dict[str, Any]:
        """The row of the table of questions."""
        return {
            "q": self.question.q,
            "kind": self.question.kind,
            "sub": self.question.sub,
            "turn": self.turn,
            "given": self.answer.kind,
            "right": self.right,
            "failures": list(self.failures),
            "abstained": self.answer.abstained,
            "quotes_exact": self.quotes_exact,
            "model": self.answer.model,
            "note": self.answer.note,
            "unsupported": sum(one.status == "unsupported" for one in self.answer.citations),
            "understood": self.answer.understood,
            "total": self.answer.total,
            "named": [one.paper.paper.title for one in self.answer.papers],
            "answer": self.answer.text,
            "ms": round(self.ms),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class AssistantEvaluation:
    """The results of all questions and of all turns of conversations."""

    rows: tuple[AssistantRow, ...]

    def as_json(self) -> dict[str, Any]:
        """The figures; shares are in [0, 1], or ``None`` where no question counts towards one.

        ``by_kind``, ``kinds`` and ``kind_right`` are over the questions that the library answers: of each kind how
        many answers are right and of the right kind, the same by ``sub``, and which kinds of answers were given.
        ``unanswerable`` has those from which it is right to abstain, ``later_turns`` all turns of conversations but
        the first. ``models`` says who wrote how many answers, abstentions and answers without a quote of a paper apart.
        """
        answerable = [row for row in self.rows if not row.question.abstain]
        later = [row for row in self.rows if row.turn > 1]
        unanswerable = [row for row in self.rows if row.question.abstain]
        return {
            "questions": len(self.rows),
            "right": _share(row.right for row in self.rows),
            "kind_right": _share(row.kind_right for row in answerable),
            "quotes_exact": _share(row.quotes_exact for row in self.rows),
            "by_kind": {kind: _figures_of_kind(rows) for kind, rows in _grouped(answerable, _kind_of)},
            "later_turns": {"questions": len(later), "right": _share(row.right for row in later)},
            "unanswerable": {
                "questions": len(unanswerable),
                "abstained": _share(row.answer.abstained for row in unanswerable),
            },
            "models": dict(Counter(row.answer.model for row in self.rows if _quotes_paper(row.answer)).most_common()),
            "kinds": {
                kind: dict(Counter(row.answer.kind for row in rows).most_common())
                for kind, rows in _grouped(answerable, _kind_of)
            },
            "rows": [row.as_json() for row in self.rows],
        }


def evaluate_assistant(
    chat: PaperChat,
    file: Path,
    *,
    kinds_given: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> AssistantEvaluation:
    """Ask every question of ``file`` (JSON lines), and hold every conversation of it, over the library of ``chat``.

    The conversations are deleted afterwards.

    Args:
        kinds_given: each question is asked with its kind, so that only the answers are measured.

    Raises:
        SourceError: the file cannot be read, or a line of it is not a question.
    """
    all_series = read_assistant_questions(file)
    total = sum(len(series.turns) for series in all_series)
    rows: list[AssistantRow] = []
    for series in all_series:
        for row in _evaluate_series(chat, series, kinds_given=kinds_given):
            rows.append(row)
            if progress:
                progress(len(rows), total)
    return AssistantEvaluation(rows=tuple(rows))


def _evaluate_series(chat: PaperChat, series: QuestionSeries, *, kinds_given: bool) -> Iterator[AssistantRow]:
    name = f"evaluation {uuid.uuid4().hex}" if series.is_conversation else None
    earlier: list[ScoredTurn] = []
    try:
        for turn, question in enumerate(series.turns, start=1):
            began = time.perf_counter()
            answer = chat.ask(question.q, conversation=name, kind=question.kind if kinds_given else None)
            ms = (time.perf_counter() - began) * 1000
            yield AssistantRow(
                question=question,
                answer=answer,
                turn=turn if series.is_conversation else 0,
                failures=tuple(find_failures(question, answer, earlier)),
                quotes_exact=quotes_are_exact(chat, answer),
                ms=ms,
            )
            earlier.append(ScoredTurn(question=question, answer=answer))
    finally:
        if name and (conversation := chat.conversations.find(name)):
            chat.conversations.delete(conversation)


def _quotes_paper(answer: Answer) -> bool:
    return any(one.quote.passage.basis != "record" for one in answer.citations)


def _figures_of_kind(rows: Sequence[AssistantRow]) -> dict[str, Any]:
    return {
        "questions": len(rows),
        "right": _share(row.right for row in rows),
        "kind_right": _share(row.kind_right for row in rows),
        "ms_median": round(median(row.ms for row in rows)),
        "by_sub": {
            sub: {"questions": len(part), "right": _share(row.right for row in part)}
            for sub, part in _grouped(rows, lambda row: row.question.sub)
            if sub
        },
    }


def _kind_of(row: AssistantRow) -> str:
    return row.question.kind


def _grouped(rows: Iterable[AssistantRow], key: Callable[[AssistantRow], str]) -> list[tuple[str, list[AssistantRow]]]:
    """The rows by a key: kinds in their usual order, other keys in the order of the rows."""
    groups: Mapping[str, list[AssistantRow]] = defaultdict(list)
    for row in rows:
        groups[key(row)].append(row)
    order: dict[str, int] = {kind: place for place, kind in enumerate(KINDS)}
    return sorted(groups.items(), key=lambda group: order.get(group[0], len(order)))


def _share(values: Iterable[bool]) -> float | None:
    counted = list(values)
    return round(sum(counted) / len(counted), 4) if counted else None
