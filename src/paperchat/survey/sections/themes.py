"""Theme sections: what is asked, how, and what was found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from paperchat.survey.quote_formatting import CitationNumbering
from paperchat.survey.quote_selection import QuoteSelector, SentenceScorer, centroid, role_scorer
from paperchat.survey.sentence_extraction import SurveySentence
from paperchat.survey.sentence_roles import Role
from paperchat.survey.types import Section, Theme

SentencesByPaper = Mapping[str, Sequence[SurveySentence]]
QuoteGroups = tuple[tuple[str, tuple[SurveySentence, ...]], ...]
"""The sentences to quote, in groups with a label."""

RESULTS_LABEL = "What was found"
_GROUPS: tuple[tuple[str, tuple[Role, ...], int], ...] = (
    ("What is asked", ("problem",), 2),
    ("How", ("method", "data"), 3),
    (RESULTS_LABEL, ("result",), 4),
)
_PAPERS_PER_EXTRA_QUOTE = 12
_MAX_EXTRA_QUOTES = 1
_MIN_ROLE_MARGIN = -0.1
_RELEVANCE_WEIGHT = 1.5
_SURE, _FEWEST = 0.6, 3
"""All papers but the first that are quoted match the topic with this probability."""


def select_theme_quotes(theme: Theme, sentences: SentencesByPaper, selector: QuoteSelector) -> QuoteGroups:
    """Select what to quote of a theme's papers; no group where nothing of them can be quoted."""
    candidates = theme_sentences(theme, sentences)
    if not candidates:
        return ()
    best = sorted({one.relevance for one in candidates}, reverse=True)
    candidates = [one for one in candidates if one.relevance >= min(_SURE, best[:_FEWEST][-1])]
    centre = centroid(candidates)
    extra = min(len(theme.papers) // _PAPERS_PER_EXTRA_QUOTE, _MAX_EXTRA_QUOTES)
    groups = []
    for label, roles, count in _GROUPS:
        scorer = role_scorer(roles, centre, prefers_numbers=label == RESULTS_LABEL, min_margin=_MIN_ROLE_MARGIN)
        selected = selector.select(candidates, _on_topic(scorer), min(count + extra, len(theme.papers)))
        if selected:
            groups.append((label, tuple(selected)))
    return tuple(groups)


def _on_topic(scorer: SentenceScorer) -> SentenceScorer:
    """Adapt a scorer so that papers that match the topic best are quoted first."""

    def score(one: SurveySentence) -> float:
        value = scorer(one)
        return value + _RELEVANCE_WEIGHT * one.relevance if value else 0.0

    return score


def format_theme_quotes(groups: QuoteGroups, numbering: CitationNumbering) -> str:
    """The quotes as Markdown, listed under their labels, each with its paper."""
    return "\n\n".join(f"**{label}**\n\n{numbering.quote_list(quotes)}" for label, quotes in groups)


def theme_section(theme: Theme, text: str) -> Section:
    """The section of a theme with its text."""
    return Section(kind="theme", title=theme.name, text=text, papers=theme.papers)


def theme_sentences(theme: Theme, sentences: SentencesByPaper) -> list[SurveySentence]:
    """The sentences of a theme's papers."""
    return [one for paper_id in theme.papers for one in sentences.get(paper_id, ())]
