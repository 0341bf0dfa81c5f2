"""The overview: one sentence on what the field is about, one on where it stands."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from paperchat import lexicon
from paperchat.survey.quote_formatting import CitationNumbering
from paperchat.survey.quote_selection import QuoteSelector, SentenceScorer, centroid, field_level_scorer, role_scorer
from paperchat.survey.sections.reading_list import is_overview
from paperchat.survey.sections.themes import QuoteGroups
from paperchat.survey.sentence_extraction import SurveySentence
from paperchat.survey.sentence_roles import Role

TopicCoverageScorer = Callable[[Sequence[str]], NDArray[np.float64]]
"""Gives the share of the topic that each sentence names, from 0 to 1."""

_STATE_ROLES: tuple[Role, ...] = ("result", "limitation", "problem")
_MAX_PAPERS = 25
"""So many papers, those that match the topic best, may be quoted."""
_STATE_BONUS = 0.12
_RECENCY_BONUS = 0.1
_TOPIC_COVERAGE_WEIGHT = 0.8
_OVERVIEW_PAPER_BONUS = 0.1
_DEFINITION_BONUS = 0.3
_DEFINED_WORDS = 10
"""A definition names the topic in its first words."""
_MIN_DEFINED_SHARE = 0.5
_MIN_ROLE_SCORE_BY_PLACE = 1.2
"""A definition may have no cue but its place at the beginning."""

_LEXICON = lexicon.load("survey_overview")
_DEFINITION_PATTERN = re.compile(_LEXICON.regex("definition"), re.IGNORECASE)
_PRESENT_STATE_PATTERN = re.compile(_LEXICON.regex("present_state"), re.IGNORECASE)


def select_overview_quotes(
    sentences: Sequence[SurveySentence], selector: QuoteSelector, topic_coverage: TopicCoverageScorer
) -> QuoteGroups:
    """Select two quotes, what the field is about and where it stands; fewer where nothing fits."""
    best = sorted({one.relevance for one in sentences}, reverse=True)[:_MAX_PAPERS]
    sentences = [one for one in sentences if one.relevance >= best[-1]]
    centre = centroid(sentences)
    coverage = dict(zip(map(id, sentences), topic_coverage([one.text for one in sentences]), strict=True))

    def on_topic(scorer: SentenceScorer) -> SentenceScorer:
        def score(one: SurveySentence) -> float:
            value = scorer(one)
            overview_bonus = _OVERVIEW_PAPER_BONUS if is_overview(one.paper.paper) else 0.0
            return value + _TOPIC_COVERAGE_WEIGHT * float(coverage[id(one)]) + overview_bonus if value else 0.0

        return score

    openings = topic_coverage([" ".join(one.text.split()[:_DEFINED_WORDS]) for one in sentences])
    opening_coverage = {id(one): float(value) for one, value in zip(sentences, openings, strict=True)}

    def definition_score(one: SurveySentence) -> float:
        value = about_scorer(one)
        is_definition = opening_coverage[id(one)] >= _MIN_DEFINED_SHARE and _DEFINITION_PATTERN.search(one.text)
        return value + (_DEFINITION_BONUS if is_definition else 0.0) if value else 0.0

    about_scorer = on_topic(
        field_level_scorer(role_scorer(("problem", "background"), centre, min_role_score=_MIN_ROLE_SCORE_BY_PLACE))
    )
    state_scorer = on_topic(_present_state_scorer(sentences, field_level_scorer(role_scorer(_STATE_ROLES, centre))))
    about = selector.select(sentences, definition_score, 1)
    state = selector.select(sentences, state_scorer, 1)
    return ("What it is about –", tuple(about)), ("Where it stands –", tuple(state))


def format_overview(groups: QuoteGroups, numbering: CitationNumbering) -> str:
    """The quotes as Markdown, each with its paper."""
    return "\n\n".join(f"{label} {numbering.attributed_quote(one)}" for label, quotes in groups for one in quotes)


def _present_state_scorer(sentences: Sequence[SurveySentence], scorer: SentenceScorer) -> SentenceScorer:
    """Adapt a scorer to sentences about the present state, the better the newer their paper is."""
    dates = sorted({one.paper.paper.date for one in sentences})
    recency = {date: at / max(len(dates) - 1, 1) for at, date in enumerate(dates)}

    def score(one: SurveySentence) -> float:
        value = scorer(one)
        state_bonus = _STATE_BONUS * min(len(set(_PRESENT_STATE_PATTERN.findall(one.text.lower()))), 2)
        return value + state_bonus + _RECENCY_BONUS * recency[one.paper.paper.date] if value else 0.0

    return score
