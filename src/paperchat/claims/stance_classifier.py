"""Stance classification: which papers support a claim, which oppose it, and by which of their sentences."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from paperchat.answering.calibration import LinearModel, to_probability
from paperchat.claims.claim_evidence import EvidenceSentence, PaperEvidence
from paperchat.claims.stance_cues import asserts_nothing, stated_in_words, states_hedge
from paperchat.claims.stance_features import (
    DIRECTION_FEATURES,
    RELEVANCE_FEATURES,
    Stemmer,
    feature_row,
    stance_features,
)
from paperchat.errors import ModelError
from paperchat.models.cross_encoder import Stance, StanceProbabilities, Window
from paperchat.models.stance_reader import StanceReader
from paperchat.survey.types import ClaimStance
from paperchat.types import StoredPaper

if TYPE_CHECKING:
    from paperchat.claims.stance_judge import StanceJudge

WEIGHTS_FILE = Path(__file__).with_name("stances.json")
MAX_QUOTES = 2
"""At most so many sentences of a paper are cited."""
MAX_JUDGED = 12
"""At most so many sentences are put to a language model for a claim, the surest first."""
_IRRELEVANT = StanceProbabilities(support=0.0, contradict=0.0, neither=1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassifiedPaper:
    """A paper with its stance on a claim.

    Attributes:
        confidence: the probability of the stance.
        probabilities: those of its most decided sentence.
        sentences: those that are cited, the one that decides first; of a neutral paper the nearest, or one for each
            side.
    """

    paper: StoredPaper
    position: ClaimStance
    confidence: float
    probabilities: StanceProbabilities
    sentences: tuple[EvidenceSentence, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StanceDecision:
    """Two logistic regressions, and how sure they must be.

    Attributes:
        relevance: the log-odds that a sentence takes a side.
        direction: if so, the log-odds that it contradicts the claim.
        min_support, min_contradict: the probabilities from which on a sentence takes a side.
        min_open: the probability of a side from which on a sentence is left open, where it is not enough for that side.
        surer: where sentences take both sides, the ratio of the odds by which one must be surer.
    """

    relevance: LinearModel
    direction: LinearModel
    min_support: float
    min_contradict: float
    min_open: float
    surer: float

    def probabilities(self, features: Mapping[str, float]) -> StanceProbabilities:
        """Those of a sentence, from its features."""
        relevance = to_probability(float(self.relevance(feature_row(features, RELEVANCE_FEATURES))))
        opposition = to_probability(float(self.direction(feature_row(features, DIRECTION_FEATURES))))
        return StanceProbabilities(
            support=relevance * (1 - opposition), contradict=relevance * opposition, neither=1 - relevance
        )

    def least_sure(self, stance: Stance) -> StanceProbabilities:
        """A stance that is as sure as the least that counts."""
        support = self.min_support if stance == "support" else 0.0
        contradict = self.min_contradict if stance == "contradict" else 0.0
        return StanceProbabilities(support=support, contradict=contradict, neither=1 - support - contradict)

    def decide(self, sentences: Sequence[StanceProbabilities]) -> tuple[ClaimStance, float, list[int]]:
        """The stance of a paper with at least one sentence, its probability, and the indexes of those that decide.

        One sentence is enough; where there are some on both sides, neither counts unless it is much surer.
        """
        support = [one.support for one in sentences]
        oppose = [one.contradict for one in sentences]
        for_it = _at_least(support, self.min_support)
        against_it = _at_least(oppose, self.min_contradict)
        if for_it and against_it:
            ratio = _odds(support[for_it[0]]) / _odds(oppose[against_it[0]])
            if 1 / self.surer < ratio < self.surer:
                return "neutral", 0.0, [for_it[0], against_it[0]]
            for_it, against_it = (for_it, []) if ratio > 1 else ([], against_it)
        if for_it:
            return "support", support[for_it[0]], for_it
        if against_it:
            return "oppose", oppose[against_it[0]], against_it
        return "neutral", min(one.neither for one in sentences), []


def load_stance_decision(path: Path = WEIGHTS_FILE) -> StanceDecision:
    """Load the weights that ship with the package; ``benchmarks/fit_stance.py`` writes them."""
    return stance_decision_from(json.loads(path.read_text(encoding="utf-8")))


def stance_decision_from(data: Mapping[str, Any]) -> StanceDecision:
    """The decision of weights as they are stored."""
    return StanceDecision(
        relevance=LinearModel.from_dict(data["relevance"], RELEVANCE_FEATURES),
        direction=LinearModel.from_dict(data["direction"], DIRECTION_FEATURES),
        **data["thresholds"],
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class StanceClassification:
    """The papers with their stances, in the order of the evidence, and what went wrong with a language model."""

    papers: tuple[ClassifiedPaper, ...]
    note: str = ""


class StanceClassifier:
    """Classifies papers by what the stance model says of each of their sentences; safe to share between threads.

    Args:
        judge: asks a language model about the sentences that the stance model leaves open.
    """

    def __init__(
        self, *, reader: StanceReader, stem: Stemmer, decision: StanceDecision, judge: StanceJudge | None = None
    ) -> None:
        self._reader = reader
        self._stem = stem
        self._decision = decision
        self._judge = judge

    def classify(
        self, claim: str, evidence: Sequence[PaperEvidence], *, stopped: threading.Event
    ) -> StanceClassification:
        """Give the stance of each paper; setting ``stopped`` ends what a language model is asked.

        Raises:
            ModelError: the stance model cannot be run.
        """
        readings = read_sentences(self._reader, claim, evidence)
        probabilities = [self._probabilities(claim, one, own) for one, own in zip(evidence, readings, strict=True)]
        note = ""
        if self._judge:
            try:
                self._settle_open(self._judge, claim, evidence, probabilities, stopped)
            except ModelError as error:
                note = f"Open sentences were not judged: {error}."
        papers = tuple(self._decide(one, own) for one, own in zip(evidence, probabilities, strict=True))
        return StanceClassification(papers=papers, note=note)

    def _probabilities(
        self, claim: str, evidence: PaperEvidence, readings: Sequence[StanceProbabilities]
    ) -> list[StanceProbabilities]:
        return [
            self._sentence_probabilities(claim, one, evidence.paper.paper.own_title, reading)
            for one, reading in zip(evidence.sentences, readings, strict=True)
        ]

    def _sentence_probabilities(
        self, claim: str, sentence: EvidenceSentence, title: str, reading: StanceProbabilities
    ) -> StanceProbabilities:
        text = sentence.quote.text
        features = stance_features(
            claim,
            text,
            title=title,
            is_title=sentence.is_title,
            cosine=sentence.cosine,
            reading=reading,
            stem=self._stem,
        )
        if not may_decide(claim, text, features):
            return _IRRELEVANT
        found = self._decision.probabilities(features)
        stated = stated_in_words(claim, text, self._stem)
        if stated == "support" and reading.support > reading.contradict:
            return max(found, self._decision.least_sure(stated), key=lambda one: one.support)
        if stated == "contradict" and reading.contradict > reading.support:
            return max(found, self._decision.least_sure(stated), key=lambda one: one.contradict)
        return found

    def _decide(self, evidence: PaperEvidence, probabilities: Sequence[StanceProbabilities]) -> ClassifiedPaper:
        position, confidence, deciding = self._decision.decide(probabilities)
        cited = [evidence.sentences[at] for at in deciding] or evidence.sentences[:1]
        return ClassifiedPaper(
            paper=evidence.paper,
            position=position,
            confidence=confidence,
            probabilities=min(probabilities, key=lambda one: one.neither),
            sentences=tuple(cited[:MAX_QUOTES]),
        )

    def _settle_open(
        self,
        judge: StanceJudge,
        claim: str,
        evidence: Sequence[PaperEvidence],
        probabilities: Sequence[list[StanceProbabilities]],
        stopped: threading.Event,
    ) -> None:
        """Replace what was left open by what the language model says: as sure as the least that counts."""
        open_places = [
            (max(sentence.support, sentence.contradict), paper, at)
            for paper, own in enumerate(probabilities)
            if not self._decision.decide(own)[2]
            for at, sentence in enumerate(own)
            if max(sentence.support, sentence.contradict) >= self._decision.min_open
        ]
        chosen = [(paper, at) for _, paper, at in sorted(open_places, reverse=True)[:MAX_JUDGED]]
        asked = [(evidence[paper].paper.paper.own_title, evidence[paper].sentences[at].quote) for paper, at in chosen]
        for (paper, at), stance in zip(chosen, judge.judge(claim, asked, stopped=stopped), strict=True):
            probabilities[paper][at] = self._decision.least_sure(stance)


def may_decide(claim: str, sentence: str, features: Mapping[str, float]) -> bool:
    """Whether a sentence may take a side at all.

    It does not where it only says that something may be so, and the claim that it is; where it asks; or where it shares
    no word with the claim, as in another language: nearness of vectors alone proves nothing.
    """
    is_hedged = states_hedge(sentence) and not states_hedge(claim)
    return features["words_missing"] < 1 and not is_hedged and not asserts_nothing(sentence)


def read_sentences(
    reader: StanceReader, claim: str, evidence: Sequence[PaperEvidence]
) -> list[list[StanceProbabilities]]:
    """What the stance model says of each sentence of each paper; all are read at once.

    Raises:
        ModelError: the stance model cannot be run.
    """
    windows = [
        Window(title="" if sentence.is_title else one.paper.paper.own_title, text=sentence.quote.text)
        for one in evidence
        for sentence in one.sentences
    ]
    readings = iter(reader.read(claim, windows))
    return [list(islice(readings, len(one.sentences))) for one in evidence]


def _at_least(probabilities: Sequence[float], least: float) -> list[int]:
    """The indexes of those that are great enough, greatest first."""
    ranked = sorted(range(len(probabilities)), key=lambda at: -probabilities[at])
    return [at for at in ranked if probabilities[at] >= least]


def _odds(probability: float) -> float:
    return probability / max(1 - probability, 1e-9)
