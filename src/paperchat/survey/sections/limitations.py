"""Limitations and open problems: what the papers say is missing, fails, or is left to future work."""

from __future__ import annotations

import re
from collections.abc import Sequence

from paperchat import lexicon
from paperchat.answering.quote_markdown import escape_markdown
from paperchat.survey.quote_formatting import CitationNumbering
from paperchat.survey.quote_selection import QuoteSelector, centroid, role_scorer
from paperchat.survey.sections.themes import SentencesByPaper, theme_sentences
from paperchat.survey.sentence_extraction import SurveySentence
from paperchat.survey.sentence_roles import AIM_PATTERN, ROLE_CUES, role_of_heading
from paperchat.survey.types import Section, Theme

_GAP_PATTERNS = tuple(
    cue.pattern
    for cue in ROLE_CUES
    if cue.role in ("problem", "limitation") and cue.weight > 1 and cue.pattern != AIM_PATTERN
)
_LEXICON = lexicon.load("survey_limitations")
_ANNOUNCED_PATTERN = re.compile(_LEXICON.regex("announced"), re.IGNORECASE)
_DENIED_PATTERN = re.compile(_LEXICON.regex("denied"), re.IGNORECASE)
_SUCCESS_PATTERN = re.compile(_LEXICON.regex("success"), re.IGNORECASE)
_IMPORTANCE_PATTERN = re.compile(_LEXICON.regex("importance"), re.IGNORECASE)
_TURN_PATTERN = re.compile(_LEXICON.regex("turn"), re.IGNORECASE)
_EARLIER_WORK_PATTERN = re.compile(_LEXICON.regex("earlier_work"), re.IGNORECASE)

_MAX_OPEN, _MAX_EARLIER_WORK = 4, 3
"""Quotes per theme: of what is open, and of the limitations of earlier work."""
_MIN_ROLE_MARGIN = -0.2
"""A result may state a gap, too."""


def limitations_section(
    themes: Sequence[Theme], sentences: SentencesByPaper, selector: QuoteSelector, numbering: CitationNumbering
) -> Section | None:
    """The section by theme, open problems before the limitations of earlier work; ``None`` where there are none."""
    parts = []
    papers: dict[str, None] = {}
    for theme in themes:
        selected = _select(theme_sentences(theme, sentences), selector)
        papers |= dict.fromkeys(one.paper.paper_id for one in selected)
        if selected:
            label = f"**{escape_markdown(theme.name)}**\n\n" if len(themes) > 1 else ""
            parts.append(label + "\n".join(_line(one, numbering) for one in selected))
    if not parts:
        return None
    return Section(
        kind="limitations", title="Limitations and open problems", text="\n\n".join(parts), papers=tuple(papers)
    )


def states_gap(text: str) -> bool:
    """Whether the wording states that something is missing, fails or is limited.

    What is asked, overcome, achieved or only announced is not stated; nor is a subject's importance a gap.
    """
    if not any(pattern.search(text) for pattern in _GAP_PATTERNS):
        return False
    if any(pattern.search(text) for pattern in (AIM_PATTERN, _DENIED_PATTERN, _ANNOUNCED_PATTERN)):
        return False
    return bool(_TURN_PATTERN.search(text)) or not (_SUCCESS_PATTERN.search(text) or _IMPORTANCE_PATTERN.search(text))


def _select(sentences: Sequence[SurveySentence], selector: QuoteSelector) -> list[SurveySentence]:
    if not sentences:
        return []
    scorer = role_scorer(("limitation", "problem"), centroid(sentences), min_margin=_MIN_ROLE_MARGIN)
    gaps = [one for one in sentences if is_under_limitations(one) or states_gap(one.text)]
    own = [one for one in gaps if not _is_about_earlier_work(one)]
    earlier = [one for one in gaps if _is_about_earlier_work(one)]
    return [*selector.select(own, scorer, _MAX_OPEN, per_paper=2), *selector.select(earlier, scorer, _MAX_EARLIER_WORK)]


def is_under_limitations(sentence: SurveySentence) -> bool:
    """Whether a sentence stands in a section of the full text on limitations."""
    passage = sentence.quote.passage
    return passage.basis == "full_text" and role_of_heading(passage.section) == "limitation"


def _is_about_earlier_work(sentence: SurveySentence) -> bool:
    return bool(_EARLIER_WORK_PATTERN.search(sentence.text))


def _line(sentence: SurveySentence, numbering: CitationNumbering) -> str:
    prefix = "of earlier work, " if _is_about_earlier_work(sentence) else ""
    return f"- {prefix}{numbering.attributed_quote(sentence)}"
