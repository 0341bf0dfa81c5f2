"""The reading list: a few papers to read first, each for a reason that can be counted or read off."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import numpy as np

from paperchat import lexicon
from paperchat.survey.paper_metadata import month_of, upvotes_of
from paperchat.survey.quote_formatting import CitationNumbering, paper_label
from paperchat.survey.quote_selection import QuoteSelector, select_representative
from paperchat.survey.scope import Scope, ScopedPaper
from paperchat.survey.sections.themes import SentencesByPaper
from paperchat.survey.types import Section, Theme
from paperchat.types import Paper

MAX_READING_LIST = 5
_MIN_PAPERS = 3
_MAX_OVERVIEWS, _MAX_STUDIES = 2, 1
"""So many papers that survey the field, and that study many of its works, come first."""
_LEXICON = lexicon.load("survey_reading_list")
_OVERVIEW_TITLE_PATTERN = re.compile(_LEXICON.regex("overview_title"), re.IGNORECASE)
_OVERVIEW_ABSTRACT_PATTERN = re.compile(_LEXICON.regex("overview_abstract"), re.IGNORECASE)
_STUDY_TITLE_PATTERN = re.compile(_LEXICON.regex("study_title"), re.IGNORECASE)
_STUDY_ABSTRACT_PATTERN = re.compile(_LEXICON.regex("study_abstract"), re.IGNORECASE)


def pick_reading_list(scope: Scope, themes: Sequence[Theme]) -> tuple[tuple[ScopedPaper, str], ...]:
    """Pick at most ``MAX_READING_LIST`` of the papers, each with its reason; none of fewer than three."""
    if len(scope.papers) < _MIN_PAPERS:
        return ()
    reasons: dict[str, list[str]] = {}
    for paper, reason in _candidates(scope, themes):
        paper_id = paper.paper.paper_id
        if paper_id in reasons or len(reasons) < MAX_READING_LIST:
            reasons.setdefault(paper_id, []).append(reason)
    by_id = {one.paper.paper_id: one for one in scope.papers}
    return tuple((by_id[paper_id], "; ".join(several)) for paper_id, several in reasons.items())


def reading_list_section(
    reading_list: Sequence[tuple[ScopedPaper, str]],
    sentences: SentencesByPaper,
    selector: QuoteSelector,
    numbering: CitationNumbering,
) -> Section | None:
    """The section; ``None`` where the reading list is empty."""
    lines = []
    for paper, reason in reading_list:
        quote = select_representative(sentences.get(paper.paper.paper_id, ()), selector, allows_reuse=True)
        ending = f": {numbering.quote(quote)}" if quote else "."
        lines.append(f"- {paper_label(paper.paper)}, since {reason}{ending}")
    papers = tuple(paper.paper.paper_id for paper, _ in reading_list)
    return Section(kind="read_first", title="Read these first", text="\n".join(lines), papers=papers) if lines else None


def is_overview(paper: Paper) -> bool:
    """Whether the paper calls itself a survey, review or tutorial."""
    return bool(_overview_reason(paper))


def _candidates(scope: Scope, themes: Sequence[Theme]) -> Iterator[tuple[ScopedPaper, str]]:
    better_half = scope.papers[: max(len(scope.papers) // 2, _MIN_PAPERS)]
    for reason_of, most in ((_overview_reason, _MAX_OVERVIEWS), (_study_reason, _MAX_STUDIES)):
        reasons = [(paper, reason_of(paper.paper.paper)) for paper in better_half]
        yield from [(paper, reason) for paper, reason in reasons if reason][:most]
    yield scope.papers[0], "it matches the topic best"
    upvotes = [upvotes_of(one.paper.paper) for one in better_half]
    if sum(count > 0 for count in upvotes) > 1:
        at = upvotes.index(max(upvotes))
        compared = _describe_papers(scope, better_half)
        yield better_half[at], f"it has the most upvotes on Daily Papers ({upvotes[at]}) of {compared}"
    dated = [one for one in better_half if month_of(one.paper.paper)]
    if len({one.paper.paper.date for one in dated}) > 1:
        earliest = min(dated, key=lambda one: one.paper.paper.date)
        yield earliest, f"it is the earliest ({earliest.paper.paper.date}) of {_describe_papers(scope, better_half)}"
    if len(themes) > 1:
        for theme in themes:
            yield _most_central(scope, theme), f"it is nearest to the middle of the theme “{theme.name}”"


def _overview_reason(paper: Paper) -> str:
    if match := _OVERVIEW_TITLE_PATTERN.search(paper.title):
        return f"its title speaks of {_with_article(match[1])}"
    if match := _OVERVIEW_ABSTRACT_PATTERN.search(paper.abstract):
        return f"it calls itself {_with_article(match[1])}"
    return ""


def _study_reason(paper: Paper) -> str:
    if match := _STUDY_TITLE_PATTERN.search(paper.title):
        return f"its title speaks of {_with_article(match[1])}"
    if match := _STUDY_ABSTRACT_PATTERN.search(paper.abstract):
        return f"it is {_with_article(match[1])}"
    return ""


def _with_article(kind: str) -> str:
    small = kind.lower()
    if small.startswith("open ") or small.endswith("s"):
        return small
    if small.startswith(("an ", "a ")):
        return small
    return f"{'an' if small[0] in 'aeiou' else 'a'} {small}"


def _describe_papers(scope: Scope, papers: Sequence[ScopedPaper]) -> str:
    if len(papers) == len(scope.papers):
        return "the papers read"
    return f"the {len(papers)} papers that match best"


def _most_central(scope: Scope, theme: Theme) -> ScopedPaper:
    members = [one for one in scope.papers if one.paper.paper_id in set(theme.papers)]
    vectors = np.stack([one.vector for one in members])
    return members[int((vectors @ vectors.mean(axis=0)).argmax())]
