"""What has changed since an earlier survey of the same topic."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from paperchat.survey.types import Survey
from paperchat.text.describe import display_title, pluralize
from paperchat.types import StoredPaper

NOTHING_NEW = "No new paper since the earlier survey of this topic."
_NAMED = 5


def compare_with_earlier(survey: Survey, earlier: Survey) -> Survey:
    """The survey, with what has changed since the earlier one in its ``changes``."""
    return replace(survey, changes=describe_changes(survey, earlier))


def describe_changes(survey: Survey, earlier: Survey) -> str:
    """In plain sentences: the papers that match now and did not, those that no longer do, and themes that are new."""
    now, before = _matching(survey), _matching(earlier)
    new = [paper for paper_id, paper in now.items() if paper_id not in before]
    gone = [paper for paper_id, paper in before.items() if paper_id not in now]
    known = {theme.name.casefold() for theme in earlier.themes}
    themes = [theme.name for theme in survey.themes if theme.name.casefold() not in known and not theme.is_rest]
    sentences = [
        f"{pluralize(len(new), 'new paper')} since the earlier survey of this topic: {_titles(new)}."
        if new
        else NOTHING_NEW,
        f"No longer among those that match: {_titles(gone)}." if gone else "",
        f"New themes: {', '.join(themes)}." if themes and new else "",
    ]
    return " ".join(filter(None, sentences))


def _matching(survey: Survey) -> dict[str, StoredPaper]:
    """The papers that were read, best first, and those that matched and were not, by their ids."""
    read = {row.paper.paper_id: row.paper for row in survey.table}
    return {**read, **{one.paper.paper_id: one.paper for one in survey.coverage.left_out}}


def _titles(papers: Sequence[StoredPaper]) -> str:
    named = "; ".join(display_title(one.paper) for one in papers[:_NAMED])
    return named + (f" and {len(papers) - _NAMED} more" if len(papers) > _NAMED else "")
