"""A test built out of the user's own library, so that a change of settings is a decision with numbers."""

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
from paperchat.evaluation.beir import percentiles
from paperchat.evaluation.self_test_questions import KnownItem, OwnQuestion
from paperchat.evaluation.significance import Comparison, compare
from paperchat.types import Answer

Part = Literal["search", "answers", "abstentions"]
PARTS: tuple[Part, ...] = ("search", "answers", "abstentions")

_DEPTH = 10
_QUESTIONS = 5  # of each kind, one in so many papers of the sample
_CANDIDATES = 40  # papers looked at for each question of a kind that is wanted


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One query. ``score`` in [0, 1] is what is compared.

    Of a search it is the reciprocal of ``rank``, where the right paper was found, 0 beyond the tenth; of a question
    with an answer, 1 where the right paper was cited first and what was expected was quoted; of one without, 1 where
    none was given.
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
        return "\t".join((self.part, self.kind, self.query))


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnEvaluation:
    """``settings`` are those that were in force, for whoever reads the figures later."""

    papers: int
    passages: int
    size: int
    seed: int
    settings: Mapping[str, Any]
    rows: tuple[Row, ...]

    def as_json(self) -> dict[str, Any]:
        """Figures by part and kind, shares in [0, 1], with the rows they come from."""
        return {
            "papers": self.papers,
            "passages": self.passages,
            "size": self.size,
            "seed": self.seed,
            "settings": dict(self.settings),
            **{part: dict(self._figures(part)) for part in PARTS},
            **percentiles([row.ms for row in self.rows if row.part == "search"]),
            "rows": [asdict(row) for row in self.rows],
        }

    def _figures(self, part: Part) -> Iterator[tuple[str, dict[str, Any]]]:
        for kind, rows in by_kind(self.rows, part).items():
            figures: dict[str, Any] = {"queries": len(rows)}
            if part == "search":
                for depth in (1, 5):
                    figures[f"recall@{depth}"] = _mean([row.rank is not None and row.rank <= depth for row in rows])
                figures[f"mrr@{_DEPTH}"] = _mean([row.score for row in rows])
            else:
                figures["right"] = _mean([row.score for row in rows])
                figures["abstained"] = _mean([bool(row.abstained) for row in rows])
            yield kind, figures


def evaluate_own(
    chat: PaperChat,
    *,
    size: int = 100,
    seed: int = 0,
    settings: Mapping[str, Any] | None = None,
    progress: Callable[[int, int | None], None] | None = None,
) -> OwnEvaluation:
    """Search and ask a library for what is known to be in it, and for what is known not to be.

    Known items and questions are made without a model from ``size`` papers (and, for questions, which not every
    abstract lends itself to, from others), always the same of the same library and ``seed``. No answer is kept.

    Raises:
        NotFoundError: no paper of the library has an abstract.
    """
    counts = chat.status()
    pool = self_test_questions.sample(chat.papers(), size * _CANDIDATES // _QUESTIONS, seed=seed)
    if not pool:
        raise NotFoundError(f"no paper in the library at {chat.library.home} has an abstract: take in some first")
    items = [item for stored in pool[:size] for item in self_test_questions.known_items(stored, _frequencies(chat))]
    questions = self_test_questions.own_questions(pool, chat.library.analyse, size=max(1, size // _QUESTIONS))
    questions += self_test_questions.foreign_questions(_frequencies(chat))
    measuring = [partial(_searched, chat, item) for item in items] + [partial(_asked, chat, one) for one in questions]
    rows = []
    for measured in measuring:
        rows.append(measured())
        if progress:
            progress(len(rows), len(measuring))
    return OwnEvaluation(
        papers=counts.papers,
        passages=counts.passages,
        size=size,
        seed=seed,
        settings=settings or {},
        rows=tuple(rows),
    )


def by_kind(rows: Sequence[Row], part: Part) -> dict[str, list[Row]]:
    """The rows of the part: all of them, then those of each kind where there are several."""
    every = [row for row in rows if row.part == part]
    kinds = dict.fromkeys(row.kind for row in every)
    return {"all": every, **{kind: [row for row in every if row.kind == kind] for kind in kinds}} if every else {}


def compare_own(before: Sequence[Row], after: Sequence[Row]) -> dict[str, dict[str, Comparison]]:
    """By part and kind, the scores of the queries that both have."""
    found: dict[str, dict[str, Comparison]] = {}
    for part in PARTS:
        earlier = by_kind(before, part)
        for kind, rows in by_kind(after, part).items():
            compared = compare(
                {row.key: row.score for row in earlier.get(kind, ())}, {row.key: row.score for row in rows}
            )
            if compared:
                found.setdefault(part, {})[kind] = compared
    return found


def read_rows(file: Path) -> list[Row]:
    """The rows of a result that was printed with ``--json`` and kept.

    Raises:
        SourceError: the file cannot be read, or is something else.
    """
    try:
        rows = [Row(**row) for row in json.loads(file.read_text(encoding="utf-8"))["rows"]]
    except OSError as error:
        raise SourceError(f"{file} cannot be read ({error.strerror}): check that it is there") from error
    except (ValueError, KeyError, TypeError) as error:
        raise SourceError(f"{file} is no result of `paperchat eval self --json`: keep one there first") from error
    return rows


def _frequencies(chat: PaperChat) -> self_test_questions.Frequencies:
    return chat.library.document_frequency


def _searched(chat: PaperChat, item: KnownItem) -> Row:
    began = time.perf_counter()
    hits = chat.search(item.query, _DEPTH)
    taken = _milliseconds(began)
    rank = next((hit.rank for hit in hits if hit.paper.paper_id == item.paper_id), None)
    return Row(
        part="search",
        kind=item.kind,
        query=item.query,
        paper_id=item.paper_id,
        score=round(1 / rank, 4) if rank else 0.0,
        rank=rank,
        ms=taken,
    )


def _asked(chat: PaperChat, one: OwnQuestion) -> Row:
    began = time.perf_counter()
    # The engine answers as `ask` does and keeps nothing in the library.
    answer: Answer = (chat.as_query_engine().query(one.question).metadata or {})["answer"]
    taken = _milliseconds(began)
    cited = answer.citations
    quoted = " ".join(citation.quote.text for citation in cited)
    has_answer = one.kind in self_test_questions.ANSWERABLE
    right = bool(cited) and cited[0].paper.paper_id == one.paper_id and one.expect in quoted
    return Row(
        part="answers" if has_answer else "abstentions",
        kind=one.kind,
        query=one.question,
        paper_id=one.paper_id,
        score=float(right if has_answer else answer.abstained),
        abstained=answer.abstained,
        ms=taken,
    )


def _milliseconds(began: float) -> float:
    return round((time.perf_counter() - began) * 1000, 1)


def _mean(values: Sequence[float]) -> float:
    return round(fmean(values), 4)
