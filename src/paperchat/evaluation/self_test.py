"""Tests a library on questions made from its own papers, so that settings can be compared by numbers."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from statistics import fmean
from typing import Any, Literal

from paperchat.assistant import PaperChat
from paperchat.errors import NotFoundError, SourceError
from paperchat.evaluation import self_test_questions
from paperchat.evaluation.beir import latency_percentiles
from paperchat.evaluation.self_test_questions import KnownItem, SelfTestQuestion
from paperchat.evaluation.significance import Comparison, compare
from paperchat.types import Answer

Part = Literal["search", "answers", "abstentions"]
PARTS: tuple[Part, ...] = ("search", "answers", "abstentions")

_DEPTH = 10
_QUESTIONS = 5  # one question of each kind for this many papers of the sample
_CANDIDATES = 40  # candidate papers for each question of a kind


@dataclass(frozen=True, slots=True, kw_only=True)
class SelfTestRow:
    """The result of one query; ``score`` in [0, 1] is compared.

    The score of a search is the reciprocal ``rank`` of the right paper, 0 beyond the tenth; of an answerable question 1
    if the right paper was cited first and the expected string quoted; of an unanswerable one 1 for an abstention.
    """

    part: Part
    kind: str
    query: str
    paper_id: str
    score: float
    rank: int | None = None
    abstained: bool | None = None
    ms: float

    @property
    def key(self) -> str:
        """Identifies the query across results."""
        return "\t".join((self.part, self.kind, self.query))


@dataclass(frozen=True, slots=True, kw_only=True)
class SelfTestResult:
    """The results of a self-test, with the ``settings`` that were in force."""

    papers: int
    passages: int
    size: int
    seed: int
    settings: Mapping[str, Any]
    rows: tuple[SelfTestRow, ...]

    def as_json(self) -> dict[str, Any]:
        """Figures by part and kind, shares in [0, 1], with the rows they come from."""
        return {
            "papers": self.papers,
            "passages": self.passages,
            "size": self.size,
            "seed": self.seed,
            "settings": dict(self.settings),
            **{part: dict(self._figures(part)) for part in PARTS},
            **latency_percentiles([row.ms for row in self.rows if row.part == "search"]),
            "rows": [asdict(row) for row in self.rows],
        }

    def _figures(self, part: Part) -> Iterator[tuple[str, dict[str, Any]]]:
        for kind, rows in rows_by_kind(self.rows, part).items():
            figures: dict[str, Any] = {"queries": len(rows)}
            if part == "search":
                for depth in (1, 5):
                    figures[f"recall@{depth}"] = _mean([row.rank is not None and row.rank <= depth for row in rows])
                figures[f"mrr@{_DEPTH}"] = _mean([row.score for row in rows])
            else:
                figures["right"] = _mean([row.score for row in rows])
                figures["abstained"] = _mean([bool(row.abstained) for row in rows])
            yield kind, figures


def run_self_test(
    chat: PaperChat,
    *,
    size: int = 100,
    seed: int = 0,
    settings: Mapping[str, Any] | None = None,
    progress: Callable[[int, int | None], None] | None = None,
) -> SelfTestResult:
    """Search a library for its own papers, and ask it answerable and unanswerable questions.

    Known items and questions are made without a model from ``size`` papers (questions also from others, as not every
    abstract allows one), always the same for the same library and ``seed``. No answer is stored.

    Raises:
        NotFoundError: no paper of the library has an abstract.
    """
    counts = chat.status()
    pool = self_test_questions.sample_papers(chat.papers(), size * _CANDIDATES // _QUESTIONS, seed=seed)
    if not pool:
        raise NotFoundError(f"no paper in the library at {chat.library.home} has an abstract: ingest some papers first")
    frequencies = _frequencies(chat)
    items = [item for stored in pool[:size] for item in self_test_questions.make_known_items(stored, frequencies)]
    questions = self_test_questions.make_questions(pool, chat.library.analyse, size=max(1, size // _QUESTIONS))
    questions += self_test_questions.unrelated_questions(frequencies)
    queries = [partial(_run_search, chat, item) for item in items]
    queries += [partial(_run_question, chat, one) for one in questions]
    rows = []
    for run_query in queries:
        rows.append(run_query())
        if progress:
            progress(len(rows), len(queries))
    return SelfTestResult(
        papers=counts.papers,
        passages=counts.passages,
        size=size,
        seed=seed,
        settings=settings or {},
        rows=tuple(rows),
    )


def rows_by_kind(rows: Sequence[SelfTestRow], part: Part) -> dict[str, list[SelfTestRow]]:
    """The rows of a part: all of them, then those of each kind."""
    every = [row for row in rows if row.part == part]
    kinds = dict.fromkeys(row.kind for row in every)
    return {"all": every, **{kind: [row for row in every if row.kind == kind] for kind in kinds}} if every else {}


def compare_self_tests(before: Sequence[SelfTestRow], after: Sequence[SelfTestRow]) -> dict[str, dict[str, Comparison]]:
    """Compare the scores of shared queries, by part and kind."""
    found: dict[str, dict[str, Comparison]] = {}
    for part in PARTS:
        earlier = rows_by_kind(before, part)
        for kind, rows in rows_by_kind(after, part).items():
            compared = compare(
                {row.key: row.score for row in earlier.get(kind, ())}, {row.key: row.score for row in rows}
            )
            if compared:
                found.setdefault(part, {})[kind] = compared
    return found


def read_self_test(file: Path) -> list[SelfTestRow]:
    """The rows of a result that was saved with ``--json``.

    Raises:
        SourceError: the file cannot be read, or is not such a result.
    """
    try:
        rows = [SelfTestRow(**row) for row in json.loads(file.read_text(encoding="utf-8"))["rows"]]
    except OSError as error:
        raise SourceError(f"{file} cannot be read ({error.strerror}): check that it is there") from error
    except (ValueError, KeyError, TypeError) as error:
        raise SourceError(f"{file} is not a result of `paperchat eval self --json`: save one there first") from error
    return rows


def _frequencies(chat: PaperChat) -> self_test_questions.Frequencies:
    return chat.library.document_frequency


def _run_search(chat: PaperChat, item: KnownItem) -> SelfTestRow:
    began = time.perf_counter()
    hits = chat.search(item.query, _DEPTH)
    elapsed = _milliseconds(began)
    rank = next((hit.rank for hit in hits if hit.paper.paper_id == item.paper_id), None)
    return SelfTestRow(
        part="search",
        kind=item.kind,
        query=item.query,
        paper_id=item.paper_id,
        score=round(1 / rank, 4) if rank else 0.0,
        rank=rank,
        ms=elapsed,
    )


def _run_question(chat: PaperChat, one: SelfTestQuestion) -> SelfTestRow:
    began = time.perf_counter()
    # The query engine answers as `ask` does and stores nothing in the library.
    answer: Answer = (chat.as_query_engine().query(one.question).metadata or {})["answer"]
    elapsed = _milliseconds(began)
    cited = answer.citations
    quoted = " ".join(citation.quote.text for citation in cited)
    has_answer = one.kind in self_test_questions.ANSWERABLE
    right = bool(cited) and cited[0].paper.paper_id == one.paper_id and one.expect in quoted
    return SelfTestRow(
        part="answers" if has_answer else "abstentions",
        kind=one.kind,
        query=one.question,
        paper_id=one.paper_id,
        score=float(right if has_answer else answer.abstained),
        abstained=answer.abstained,
        ms=elapsed,
    )


def _milliseconds(began: float) -> float:
    return round((time.perf_counter() - began) * 1000, 1)


def _mean(values: Sequence[float]) -> float:
    return round(fmean(values), 4)
