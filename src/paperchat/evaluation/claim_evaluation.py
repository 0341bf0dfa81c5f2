"""Evaluates verdicts on claims, and the stances of papers, on claims with known ones."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from paperchat.assistant import PaperChat
from paperchat.errors import SourceError
from paperchat.evaluation.numbered_lines import numbered_lines
from paperchat.survey.types import ClaimStance, ClaimVerdict, PaperStance, WeighedClaim
from paperchat.text.paper_title import normalize_title

VERDICTS: tuple[ClaimVerdict, ...] = get_args(ClaimVerdict)
_EXAMPLE = '{"claim": "…", "verdict": "supported", "support": ["title", …], "oppose": []}'


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationClaim:
    """A claim with its verdict, and the titles of the papers that support it and of those that oppose it.

    ``unsure`` are titles of papers that may count for either side; ``trap`` says what makes the claim hard.
    """

    claim: str
    verdict: ClaimVerdict
    support: frozenset[str] = frozenset()
    oppose: frozenset[str] = frozenset()
    unsure: frozenset[str] = frozenset()
    trap: str = ""

    def stance_of(self, title: str) -> ClaimStance | None:
        """The stance that a paper of this title has; ``None`` where either would do."""
        normal = normalize_title(title)
        if normal in self.support:
            return "support"
        if normal in self.oppose:
            return "oppose"
        return None if normal in self.unsure else "neutral"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimRow:
    """The result of one claim."""

    claim: EvaluationClaim
    weighed: WeighedClaim

    @property
    def is_right(self) -> bool:
        """Whether the verdict is."""
        return self.weighed.verdict == self.claim.verdict

    def sides(self) -> list[tuple[PaperStance, ClaimStance | None]]:
        """The papers that are counted on a side, each with its known stance."""
        return [
            (one, self.claim.stance_of(one.paper.paper.title))
            for one in self.weighed.papers
            if one.position != "neutral"
        ]

    def found(self) -> int:
        """How many of the papers that are known to take a side are counted on it."""
        return sum(one.position == known for one, known in self.sides())

    def as_json(self) -> dict[str, Any]:
        """The row of the table of claims."""
        quotes = {citation.number: citation.quote.text for citation in self.weighed.citations}
        return {
            "claim": self.claim.claim,
            "trap": self.claim.trap,
            "verdict": self.claim.verdict,
            "given": self.weighed.verdict,
            "papers": [
                {
                    "title": one.paper.paper.title,
                    "position": one.position,
                    "known": known,
                    "confidence": round(one.confidence, 3),
                    "quotes": [quotes[number] for number in one.citations],
                }
                for one, known in self.sides()
            ],
            "missed": sorted(
                (self.claim.support | self.claim.oppose)
                - {normalize_title(one.paper.paper.title) for one, known in self.sides() if one.position == known}
            ),
            "ms": self.weighed.timings_ms.get("total"),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimEvaluation:
    """The results of all claims."""

    rows: tuple[ClaimRow, ...]

    def as_json(self) -> dict[str, Any]:
        """The figures, shares in [0, 1], or ``None`` where nothing counts towards one.

        ``stance_precision`` is over the papers counted on a side, those that may count for either left out;
        ``stance_recall`` over the papers that are known to take one. ``sided_without_evidence`` is the share of the
        claims without enough evidence to which a side is given.
        """
        counted = [one.position == known for row in self.rows for one, known in row.sides() if known is not None]
        known = sum(len(row.claim.support) + len(row.claim.oppose) for row in self.rows)
        open_claims = [row for row in self.rows if row.claim.verdict == "not_enough_evidence"]
        given = Counter((row.claim.verdict, row.weighed.verdict) for row in self.rows)
        return {
            "claims": len(self.rows),
            "accuracy": _share([row.is_right for row in self.rows]),
            "macro_f1": self._macro_f1(given),
            "sided_without_evidence": _share([not row.is_right for row in open_claims]),
            "stance_precision": _share(counted),
            "stance_recall": round(sum(row.found() for row in self.rows) / known, 4) if known else None,
            "by_verdict": {
                verdict: {other: given[verdict, other] for other in VERDICTS if given[verdict, other]}
                for verdict in VERDICTS
            },
            "by_trap": {
                trap: _share([row.is_right for row in self.rows if row.claim.trap == trap])
                for trap in sorted({row.claim.trap for row in self.rows} - {""})
            },
            "rows": [row.as_json() for row in self.rows],
        }

    def _macro_f1(self, given: Counter[tuple[ClaimVerdict, ClaimVerdict]]) -> float | None:
        """The mean over the verdicts that occur."""
        scores = []
        for verdict in VERDICTS:
            wrong = sum(count for pair, count in given.items() if verdict in pair and pair[0] != pair[1])
            if any(row.claim.verdict == verdict for row in self.rows):
                scores.append(2 * given[verdict, verdict] / max(1, 2 * given[verdict, verdict] + wrong))
        return round(sum(scores) / len(scores), 4) if scores else None


def evaluate_claims(
    chat: PaperChat, file: Path, *, progress: Callable[[int, int], None] | None = None
) -> ClaimEvaluation:
    """Weigh every claim of ``file`` (JSON lines) by the library of ``chat``.

    Raises:
        SourceError: the file cannot be read, or a line of it is not a claim.
    """
    claims = read_claims(file)
    rows = []
    for done, claim in enumerate(claims, start=1):
        rows.append(ClaimRow(claim=claim, weighed=chat.claim(claim.claim)))
        if progress:
            progress(done, len(claims))
    return ClaimEvaluation(rows=tuple(rows))


def read_claims(file: Path) -> list[EvaluationClaim]:
    """Claims from JSON lines of ``claim``, ``verdict`` and optional ``support``, ``oppose``, ``unsure``, ``trap``."""
    return [_claim(line, where) for line, where in numbered_lines(file, holds="claims")]


def _claim(line: str, where: str) -> EvaluationClaim:
    try:
        row = json.loads(line)
        return EvaluationClaim(
            claim=str(row["claim"]),
            verdict=VERDICTS[VERDICTS.index(row["verdict"])],
            support=_titles(row.get("support")),
            oppose=_titles(row.get("oppose")),
            unsure=_titles(row.get("unsure")),
            trap=str(row.get("trap") or ""),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise SourceError(f"{where} is not a claim with its verdict ({error!r}): each line is {_EXAMPLE}") from error


def _titles(given: Sequence[str] | None) -> frozenset[str]:
    return frozenset(normalize_title(title) for title in given or ())


def _share(values: Sequence[bool]) -> float | None:
    return round(sum(values) / len(values), 4) if values else None
