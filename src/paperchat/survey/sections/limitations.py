"""Limitations and open problems: what the papers find to fail, name as their own limits, or leave to future work."""

from __future__ import annotations

from collections.abc import Sequence

from paperchat.answering.quote_markdown import escape_markdown
from paperchat.survey.found_limits import limit_of
from paperchat.survey.quote_formatting import CitationNumbering
from paperchat.survey.quote_selection import MIN_SELF_CONTAINMENT, QuoteSelector, SentenceScorer, centroid
from paperchat.survey.sections.themes import SentencesByPaper, theme_sentences
from paperchat.survey.sentence_extraction import SurveySentence
from paperchat.survey.shared_limits import SharedLimitSentences
from paperchat.survey.types import Section, Theme

_MAX_QUOTES = 5
"""Quotes per theme."""
_STRENGTH_WEIGHT, _SELF_CONTAINMENT_WEIGHT, _CENTRALITY_WEIGHT, _RELEVANCE_WEIGHT = 0.2, 0.6, 0.4, 0.4


def limitations_section(
    themes: Sequence[Theme],
    sentences: SentencesByPaper,
    shared: Sequence[SharedLimitSentences],
    selector: QuoteSelector,
    numbering: CitationNumbering,
) -> Section | None:
    """The section: what several groups find, then the others by theme; ``None`` where no paper states a limitation."""
    parts = []
    papers: dict[str, None] = {}
    for limit in shared:
        papers |= dict.fromkeys(one.paper.paper_id for one in limit.sentences)
        label = f"Found by {limit.groups} independent groups: “{escape_markdown(limit.name)}”"
        parts.append(f"**{label}**\n\n{numbering.quote_list(limit.sentences)}")
    for theme in themes:
        own = theme_sentences(theme, sentences)
        selected = selector.select(own, limit_scorer(own), _MAX_QUOTES) if own else []
        papers |= dict.fromkeys(one.paper.paper_id for one in selected)
        if selected:
            label = f"**{escape_markdown(theme.name)}**\n\n" if len(themes) > 1 else ""
            parts.append(label + numbering.quote_list(selected))
    if not parts:
        return None
    return Section(
        kind="limitations", title="Limitations and open problems", text="\n\n".join(parts), papers=tuple(papers)
    )


def limit_scorer(sentences: Sequence[SurveySentence]) -> SentenceScorer:
    """Score sentences as statements of a limitation, best near the middle of ``sentences``; 0 for all others."""
    centre = centroid(sentences)

    def score(one: SurveySentence) -> float:
        strength = limit_of(one)
        if not strength or one.self_containment < MIN_SELF_CONTAINMENT:
            return 0.0
        return (
            _STRENGTH_WEIGHT * strength
            + _SELF_CONTAINMENT_WEIGHT * one.self_containment
            + _CENTRALITY_WEIGHT * float(one.vector @ centre)
            + _RELEVANCE_WEIGHT * one.relevance
        )

    return score
