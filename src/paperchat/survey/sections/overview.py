"""The overview: what the field wants, its two main ways, the finding with the most support, and what is still open."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from paperchat import lexicon
from paperchat.survey.found_limits import limit_of
from paperchat.survey.quote_formatting import CitationNumbering
from paperchat.survey.quote_selection import QuoteSelector, SentenceScorer, centroid, field_level_scorer, role_scorer
from paperchat.survey.sections.limitations import limit_scorer
from paperchat.survey.sections.reading_list import is_overview
from paperchat.survey.sections.themes import QuoteGroups, SentencesByPaper, theme_sentences
from paperchat.survey.sentence_extraction import SurveySentence
from paperchat.survey.sentence_roles import Role
from paperchat.survey.types import Theme

TopicCoverageScorer = Callable[[Sequence[str]], NDArray[np.float64]]
"""Gives the share of the topic that each sentence names, from 0 to 1."""

_MAX_PAPERS = 25
"""So many papers, those that match the topic best, may be quoted, …"""
_SURE, _FEWEST = 0.6, 6
"""… of which all but the first match it with this probability."""
_STATE_ROLES: tuple[Role, ...] = ("result", "limitation", "problem")
_STATE_BONUS = 0.12
_RECENCY_BONUS = 0.1
_TOPIC_COVERAGE_WEIGHT = 0.8
_RELEVANCE_WEIGHT = 1.5
_OVERVIEW_PAPER_BONUS = 0.1
_DEFINITION_BONUS = 0.3
_DEFINED_WORDS = 10
"""A definition names the topic in its first words."""
_MIN_DEFINED_SHARE = 0.5
_MIN_ROLE_SCORE_BY_PLACE = 1.2
"""A definition may have no cue but its place at the beginning."""
_FINDING_BONUS = 0.3
_SUPPORT_BONUS, _MAX_SUPPORT = 0.12, 4
"""For each other paper with a result so near."""
_SUPPORT_SIMILARITY = 0.55

_LEXICON = lexicon.load("survey_overview")
_DEFINITION_PATTERN = re.compile(_LEXICON.regex("definition"), re.IGNORECASE)
_PRESENT_STATE_PATTERN = re.compile(_LEXICON.regex("present_state"), re.IGNORECASE)
_FINDING_PATTERN = re.compile(_LEXICON.regex("finding"), re.IGNORECASE)


class OverviewSelector:
    """Selects the sentences of an overview, each of another paper as far as there are enough."""

    def __init__(
        self, sentences: Sequence[SurveySentence], selector: QuoteSelector, topic_coverage: TopicCoverageScorer
    ) -> None:
        best = sorted({one.relevance for one in sentences}, reverse=True)[:_MAX_PAPERS]
        least = max(best[-1], min(_SURE, best[:_FEWEST][-1]))
        self._sentences = [one for one in sentences if one.relevance >= least]
        self._selector = selector
        self._topic_coverage = topic_coverage
        covered = topic_coverage([one.text for one in self._sentences])
        self._coverage = {id(one): float(value) for one, value in zip(self._sentences, covered, strict=True)}
        self._papers: set[str] = set()

    def select(self, themes: Sequence[Theme], by_paper: SentencesByPaper) -> QuoteGroups:
        """Select at most five quotes under their labels; fewer where nothing fits."""
        groups = [("What the field wants –", self._select(self._wants_scorer()))]
        for label, theme in zip(("One main way –", "Another –"), [*themes, *themes], strict=False):
            own = theme_sentences(theme, by_paper)
            if own:
                groups.append((label, self._select(self._on_topic(role_scorer(("method",), centroid(own))), own)))
        groups.append(("Best supported –", self._select(self._finding_scorer())))
        still_open = self._select(self._on_topic(limit_scorer(self._sentences)))
        groups.append(("Still open –", still_open or self._select(self._state_scorer())))
        return tuple((label, tuple(quotes)) for label, quotes in groups if quotes)

    def about(self) -> QuoteGroups:
        """Select the one quote that says what the field is about; none where nothing fits."""
        quotes = self._select(self._wants_scorer())
        return (("What it is about –", tuple(quotes)),) if quotes else ()

    def _select(
        self, scorer: SentenceScorer, sentences: Sequence[SurveySentence] | None = None
    ) -> list[SurveySentence]:
        among = self._sentences if sentences is None else [one for one in sentences if id(one) in self._coverage]
        fresh = [one for one in among if one.paper.paper_id not in self._papers]
        selected = self._selector.select(fresh, scorer, 1) or self._selector.select(among, scorer, 1)
        self._papers |= {one.paper.paper_id for one in selected}
        return selected

    def _on_topic(self, scorer: SentenceScorer) -> SentenceScorer:
        def score(one: SurveySentence) -> float:
            value = scorer(one)
            if not value:
                return 0.0
            overview_bonus = _OVERVIEW_PAPER_BONUS if is_overview(one.paper.paper) else 0.0
            on_topic = _TOPIC_COVERAGE_WEIGHT * self._coverage[id(one)] + _RELEVANCE_WEIGHT * one.relevance
            return value + on_topic + overview_bonus

        return score

    def _wants_scorer(self) -> SentenceScorer:
        openings = self._topic_coverage([" ".join(one.text.split()[:_DEFINED_WORDS]) for one in self._sentences])
        opening_coverage = {id(one): float(value) for one, value in zip(self._sentences, openings, strict=True)}
        roles: tuple[Role, ...] = ("problem", "background")
        scorer = role_scorer(roles, centroid(self._sentences), min_role_score=_MIN_ROLE_SCORE_BY_PLACE)
        about = self._on_topic(field_level_scorer(scorer))

        def score(one: SurveySentence) -> float:
            value = about(one)
            defines = opening_coverage[id(one)] >= _MIN_DEFINED_SHARE and _DEFINITION_PATTERN.search(one.text)
            return value + (_DEFINITION_BONUS if defines else 0.0) if value else 0.0

        return score

    def _finding_scorer(self) -> SentenceScorer:
        """The better the more other papers have a result like it; a limitation is no such finding."""
        results = [one for one in self._sentences if one.role == "result"]
        support: dict[int, int] = {}
        if results:
            vectors = np.stack([one.vector for one in results])
            near = vectors @ vectors.T >= _SUPPORT_SIMILARITY
            support = {
                id(one): len({results[at].paper.paper_id for at in np.flatnonzero(row)}) - 1
                for one, row in zip(results, near, strict=True)
            }
        scorer = self._on_topic(role_scorer(("result",), centroid(self._sentences)))

        def score(one: SurveySentence) -> float:
            value = scorer(one)
            if not value or limit_of(one):
                return 0.0
            finding = _FINDING_BONUS if _FINDING_PATTERN.search(one.text) else 0.0
            return value + finding + _SUPPORT_BONUS * min(support.get(id(one), 0), _MAX_SUPPORT)

        return score

    def _state_scorer(self) -> SentenceScorer:
        """The present state, the better the newer its paper is."""
        dates = sorted({one.paper.paper.date for one in self._sentences})
        recency = {date: at / max(len(dates) - 1, 1) for at, date in enumerate(dates)}
        scorer = self._on_topic(field_level_scorer(role_scorer(_STATE_ROLES, centroid(self._sentences))))

        def score(one: SurveySentence) -> float:
            value = scorer(one)
            state_bonus = _STATE_BONUS * min(len(set(_PRESENT_STATE_PATTERN.findall(one.text.lower()))), 2)
            return value + state_bonus + _RECENCY_BONUS * recency[one.paper.paper.date] if value else 0.0

        return score


def format_overview(groups: QuoteGroups, numbering: CitationNumbering) -> str:
    """The quotes as Markdown, each with its paper."""
    return "\n\n".join(f"{label} {numbering.attributed_quote(one)}" for label, quotes in groups for one in quotes)
