"""What side a paper takes: how likely its sentences support a claim, oppose it, or do neither."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Protocol

import numpy as np

from paperchat.answering.calibration import LinearModel
from paperchat.answering.verification import Opinion, surest, window_around
from paperchat.claims.claim_evidence import Evidence
from paperchat.claims.claim_phrases import leaves_uncompared
from paperchat.claims.stance_features import AGAINST, SPEAKS, Floats, Stemmer, row_of, signs
from paperchat.models.cross_encoder import Reader
from paperchat.models.minilm import MiniLM
from paperchat.survey.types import Position

WEIGHTS_FILE = Path(__file__).with_name("stances.json")
WITHOUT_READER_FILE = Path(__file__).with_name("stances_without_reader.json")


_NOTHING_SAID = Opinion(support=0.0, contradict=0.0, neither=1.0)


class Judge(Protocol):
    """Whoever tells what side a paper takes."""

    def judge(self, claim: str, evidence: Sequence[Evidence]) -> list[Opinion]:
        """An opinion on each paper's quotes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """From which probability on a paper takes a side and, if it does, from which on that is the one or the other.

    Where neither side has ``sure``, it cannot be told which it is.
    """

    speaks: float
    sure: float

    def side(self, opinion: Opinion) -> tuple[Position, float]:
        """The position, and how sure it is."""
        taken = opinion.support + opinion.contradict
        against = opinion.contradict / taken if taken else 0.0
        if taken >= self.speaks and against >= self.sure:
            return "oppose", opinion.contradict
        if taken >= self.speaks and against <= 1 - self.sure:
            return "support", opinion.support
        return "neutral", opinion.neither


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Weights:
    """``speaks``: log-odds that the quotes tell whether the claim holds; ``against``: if so, that it does not."""

    speaks: LinearModel
    against: LinearModel
    thresholds: Thresholds


def load_weights(path: Path = WEIGHTS_FILE) -> Weights:
    """Those that ship with the package; ``benchmarks/stances.py`` writes them."""
    data = json.loads(path.read_text(encoding="utf-8"))
    return Weights(
        speaks=LinearModel.read(data["speaks"], SPEAKS),
        against=LinearModel.read(data["against"], AGAINST),
        thresholds=Thresholds(**data["thresholds"]),
    )


class SignsJudge:
    """Judges by `signs`, the reader's among them if there is one, without a language model; safe to share between
    threads.
    """

    def __init__(self, *, encoder: MiniLM, stem: Stemmer, weights: Weights, reader: Reader | None = None) -> None:
        self._encoder = encoder
        self._stem = stem
        self._weights = weights
        self._reader = reader

    def judge(self, claim: str, evidence: Sequence[Evidence]) -> list[Opinion]:
        texts = [[quote.text for quote in one.quotes] for one in evidence]
        mine, *tokens = self._encoder.encode_tokens([claim, *(text for quotes in texts for text in quotes)])
        opinions = []
        for one, quotes, read in zip(evidence, texts, self._read(claim, evidence), strict=True):
            found = signs(
                claim,
                quotes,
                title=one.paper.paper.title,
                claim_tokens=mine,
                quote_tokens=tokens[: len(quotes)],
                cosines=one.cosines,
                stem=self._stem,
                read=read,
            )
            del tokens[: len(quotes)]
            said = " ".join(quotes)
            nothing_said = leaves_uncompared(claim, said) or self._is_foreign(claim, f"{one.paper.paper.title} {said}")
            opinions.append(_NOTHING_SAID if nothing_said else _opinion(found, self._weights))
        return opinions

    def _read(self, claim: str, evidence: Sequence[Evidence]) -> Iterator[Opinion | None]:
        """What the reader thinks of each paper's quotes, where there is a reader."""
        if self._reader is None:
            yield from (None for _ in evidence)
            return
        windows = [
            window_around((quote.start, quote.end), title=one.paper.paper.title, text=quote.passage.text)
            for one in evidence
            for quote in one.quotes
        ]
        judgements = iter(self._reader.read(claim, windows))
        yield from (surest([*islice(judgements, len(one.quotes))]) for one in evidence)

    def _is_foreign(self, claim: str, text: str) -> bool:
        """Whether they share no word, as where they are in different languages: nearness alone proves nothing."""
        return not set(self._stem(claim)) & set(self._stem(text))


def _opinion(found: dict[str, float], weights: Weights) -> Opinion:
    speaks = _probability(weights.speaks(row_of(found, SPEAKS)))
    against = _probability(weights.against(row_of(found, AGAINST)))
    return Opinion(support=speaks * (1 - against), contradict=speaks * against, neither=1 - speaks)


def _probability(log_odds: Floats) -> float:
    return float(1 / (1 + np.exp(-np.clip(log_odds, -50, 50))))
