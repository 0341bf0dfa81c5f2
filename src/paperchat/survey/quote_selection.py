"""Selection of the sentences that a survey quotes: scores by role, and selection without repetition."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np

from paperchat import lexicon
from paperchat.survey.sentence_extraction import SurveySentence, Vector
from paperchat.survey.sentence_roles import Role
from paperchat.text.facts import extract_names, extract_numbers
from paperchat.text.paper_title import short_title

SentenceScorer = Callable[[SurveySentence], float]
"""The value of a sentence as a quote; 0 or less where it should not be quoted."""

MIN_SELF_CONTAINMENT = 0.45
"""A sentence that is less understandable out of context is not quoted."""
DUPLICATE_SIMILARITY = 0.8
"""From this cosine on, a sentence repeats another one."""
_MIN_ROLE_SCORE = 1.6
"""The evidence that a role needs: a cue, not the place alone."""

_SELF_CONTAINMENT_WEIGHT = 0.6
_ROLE_MARGIN_WEIGHT = 0.35
_CENTRALITY_WEIGHT = 0.5
_TOPIC_SIMILARITY_WEIGHT = 0.35
_RELEVANCE_WEIGHT = 0.2
_NUMBER_BONUS = 0.12
_PRAISE_PENALTY = 0.2
_NAME_PENALTY = 0.04
_OWN_WORK_PENALTY = 0.35
_TITLE_NAME_PENALTY = 0.25
_ANY_NUMBER_PENALTY = 0.05
_LENGTH_PENALTY, _FREE_WORDS = 0.01, 22
_REPETITION_PENALTY = 0.45
"""Times the cosine with the nearest sentence that is quoted already."""

_MAX_CANDIDATES = 120
"""So many of the best are compared with what is quoted already."""
_MAX_QUOTES_PER_PAPER = 4
_MIN_REPRESENTATIVE_SELF_CONTAINMENT = 0.65
_REPRESENTATIVE_TOLERANCE = 0.25
"""An unused sentence may score less by so much than the best one of its paper."""

_LEXICON = lexicon.load("quote_selection")
_PRAISE_PATTERN = re.compile(_LEXICON.regex("praise"), re.IGNORECASE)
EMPTY_PRAISE_PATTERN = re.compile(_LEXICON.regex("empty_praise"))
"""Says of a work that it is good, and no more."""
POINTER_PATTERN = re.compile(_LEXICON.regex("pointer"), re.IGNORECASE)
"""Says where something is, not what it is."""
_ACTIVITY_PATTERN = re.compile(_LEXICON.regex("activity"), re.IGNORECASE)
_OUTCOME_PATTERN = re.compile(_LEXICON.regex("outcome"), re.IGNORECASE)
_OWN_WORK_PATTERN = re.compile(_LEXICON.regex("own_work"), re.IGNORECASE)


def centroid(sentences: Sequence[SurveySentence]) -> Vector:
    """The mean direction of the sentences' vectors, of length one, [384]."""
    total = np.sum([sentence.vector for sentence in sentences], axis=0)
    return np.asarray(total / max(float(np.linalg.norm(total)), 1e-9), dtype=np.float32)


def role_scorer(
    roles: Sequence[Role],
    centre: Vector,
    *,
    prefers_numbers: bool = False,
    min_margin: float = 0.0,
    min_role_score: float = _MIN_ROLE_SCORE,
) -> SentenceScorer:
    """Score sentences as quotes of one of ``roles``, best near ``centre``; 0 for other roles and unclear context.

    Args:
        prefers_numbers: numbers count for a sentence, and praise without any against it.
        min_margin: how clearly it must have the role, in [-1, 1].
        min_role_score: the evidence that the role needs.
    """

    def score(sentence: SurveySentence) -> float:
        role = max(roles, key=lambda role: sentence.role_scores[role])
        margin = sentence.role_margin(role, ignoring=roles)
        if "code" not in roles and POINTER_PATTERN.search(sentence.text):
            return 0.0
        if (
            sentence.self_containment < MIN_SELF_CONTAINMENT
            or margin < min_margin
            or sentence.role_scores[role] < min_role_score
        ):
            return 0.0
        value = (
            _SELF_CONTAINMENT_WEIGHT * sentence.self_containment
            + _ROLE_MARGIN_WEIGHT * margin
            + _CENTRALITY_WEIGHT * float(sentence.vector @ centre)
            + _TOPIC_SIMILARITY_WEIGHT * sentence.topic_similarity
            + _RELEVANCE_WEIGHT * sentence.relevance
        )
        if role == "result" and _ACTIVITY_PATTERN.search(sentence.text) and not _OUTCOME_PATTERN.search(sentence.text):
            return 0.0
        if prefers_numbers:
            numbers = extract_numbers(sentence.text)
            is_measured = any(number.unit or "." in number.value for number in numbers)
            if not is_measured and EMPTY_PRAISE_PATTERN.search(sentence.text):
                return 0.0
            if not is_measured and _PRAISE_PATTERN.search(sentence.text):
                value -= _PRAISE_PENALTY
            elif numbers:
                value += _NUMBER_BONUS
        return value

    return score


def field_level_scorer(scorer: SentenceScorer) -> SentenceScorer:
    """Adapt a scorer to sentences about a whole field: names, numbers and the authors' own work count against it."""

    def score(sentence: SurveySentence) -> float:
        value = scorer(sentence)
        if not value:
            return 0.0
        own_work = len(set(_OWN_WORK_PATTERN.findall(sentence.text.lower())))
        return (
            value
            + _TOPIC_SIMILARITY_WEIGHT * sentence.topic_similarity
            - _OWN_WORK_PENALTY * min(own_work, 3)
            - (_TITLE_NAME_PENALTY if short_title(sentence.paper.paper.title) in sentence.text else 0.0)
            - _NAME_PENALTY * min(len(extract_names(sentence.text)), 6)
            - (_ANY_NUMBER_PENALTY if extract_numbers(sentence.text) else 0.0)
            - _LENGTH_PENALTY * max(len(sentence.text.split()) - _FREE_WORDS, 0)
        )

    return score


class QuoteSelector:
    """Selects the quotes of one survey without repeating any. Not safe to share between threads."""

    def __init__(self) -> None:
        self._vectors: list[Vector] = []
        self._quotes: set[tuple[str, int]] = set()
        self._papers: Counter[str] = Counter()

    def select(
        self,
        candidates: Sequence[SurveySentence],
        scorer: SentenceScorer,
        count: int,
        *,
        min_score: float = 0.0,
        per_paper: int = 1,
    ) -> list[SurveySentence]:
        """Select at most ``count`` sentences that score above ``min_score``, ``per_paper`` of each, best first."""
        scored = sorted(((scorer(one), one) for one in candidates), key=lambda pair: -pair[0])
        waiting = [(value, one) for value, one in scored[:_MAX_CANDIDATES] if value > min_score and self._is_free(one)]
        selected: list[SurveySentence] = []
        of_paper: Counter[str] = Counter()
        while waiting and len(selected) < count:
            similarities = self._similarities([one for _, one in waiting])
            values = [
                value - _REPETITION_PENALTY * max(similarity, 0.0)
                for (value, _), similarity in zip(waiting, similarities, strict=True)
            ]
            best = int(np.argmax(values))
            _, sentence = waiting.pop(best)
            if similarities[best] < DUPLICATE_SIMILARITY:
                selected.append(sentence)
                of_paper[sentence.paper.paper_id] += 1
                self.mark_used(sentence)
            waiting = [
                pair
                for pair in waiting
                if of_paper[pair[1].paper.paper_id] < per_paper
                and self._papers[pair[1].paper.paper_id] < _MAX_QUOTES_PER_PAPER
            ]
        return selected

    def mark_used(self, sentence: SurveySentence) -> None:
        """Record that the survey quotes the sentence."""
        self._vectors.append(sentence.vector)
        self._quotes.add(_location(sentence))
        self._papers[sentence.paper.paper_id] += 1

    def is_used(self, sentence: SurveySentence) -> bool:
        """Whether the survey quotes the sentence already."""
        return _location(sentence) in self._quotes

    def _is_free(self, sentence: SurveySentence) -> bool:
        return not self.is_used(sentence) and self._papers[sentence.paper.paper_id] < _MAX_QUOTES_PER_PAPER

    def _similarities(self, sentences: Sequence[SurveySentence]) -> list[float]:
        """The cosine of each sentence with the nearest that is quoted already."""
        if not self._vectors:
            return [0.0] * len(sentences)
        cosines = np.stack([one.vector for one in sentences]) @ np.stack(self._vectors).T
        return [float(value) for value in cosines.max(axis=1)]


def _location(sentence: SurveySentence) -> tuple[str, int]:
    return sentence.quote.passage.passage_id, sentence.quote.start


def select_representative(
    sentences: Sequence[SurveySentence], selector: QuoteSelector, *, allows_reuse: bool = False
) -> SurveySentence | None:
    """Select what says best what a paper does; of what is quoted already only if ``allows_reuse``."""
    sentences = [one for one in sentences if not POINTER_PATTERN.search(one.text)]
    if not sentences:
        return None
    scorer = role_scorer(("method", "result", "data"), centroid(sentences), prefers_numbers=True)
    min_score = max(max(map(scorer, sentences)) - _REPRESENTATIVE_TOLERANCE, 0.0)
    candidates = [one for one in sentences if one.self_containment >= _MIN_REPRESENTATIVE_SELF_CONTAINMENT]
    if selected := selector.select(candidates, scorer, 1, min_score=min_score):
        return selected[0]
    if not allows_reuse:
        return None
    return max(sentences, key=lambda one: one.self_containment + one.topic_similarity + scorer(one))
