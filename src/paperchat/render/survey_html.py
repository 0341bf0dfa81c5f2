"""A survey as HTML: its parts for the chat window, and the whole of it as a self-contained page.

The map is SVG that a page can style and react to: a link for each paper, in the colour and shape of its theme.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files

from paperchat.render.html import template_renderer
from paperchat.survey.survey_wording import (
    COLUMN_HEADINGS,
    NO_PAPERS_FOUND,
    date_range,
    describe_coverage,
    filled_columns,
    group_by_paper,
    group_by_quote,
    omitted_by_reason,
)
from paperchat.survey.types import Column, Survey
from paperchat.text.describe import describe_filters, one_line
from paperchat.types import Citation, StoredPaper

Positions = Sequence[tuple[float, float]]

_STATIC = files("paperchat.render") / "static"
READING_CSS = (_STATIC / "reading.css").read_text(encoding="utf-8")
READING_JS = (_STATIC / "reading.js").read_text(encoding="utf-8")
"""The look and behaviour of marks, tables and maps, here and in the chat window."""

_COLOURS = 12  # theme-0 to theme-11 in reading.css
_WIDTH, _HEIGHT, _MARGIN = 1000, 560, 40
_RADIUS = 9
_LINE_HEIGHT, _LETTER_WIDTH = 24, 10  # of a label, in units of the drawing
_MAX_LABEL_LENGTH = 44
_LABEL_OFFSETS = (
    *((0, 0), (0, -1), (0, 1), (0, -2), (0, 2), (0, -3), (0, 3)),
    *((-0.6, 0), (0.6, 0), (-0.6, -2), (0.6, -2)),
)
"""Where a label may go from the centre of its points: in label widths to the side, and in lines up or down."""
_SHAPES = (
    "M-8 0a8 8 0 1 0 16 0a8 8 0 1 0 -16 0z",
    "M-7 -7h14v14h-14z",
    "M0 -9L9 7H-9z",
    "M0 -10L10 0L0 10L-10 0z",
    "M0 9L9 -7H-9z",
    "M-3 -9h6v6h6v6h-6v6h-6v-6h-6v-6h6z",
    "M-9 0L-4.5 -8H4.5L9 0L4.5 8H-4.5z",
)
"""Their number and that of the colours have no common divisor, so that colour and shape together are unique."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyView:
    """What the macros of ``survey_parts.html`` show of a survey."""

    survey: Survey
    no_papers_found: str
    columns: Sequence[Column]
    headings: Sequence[str]
    has_dates: bool
    coverage: str
    omitted: Mapping[str, Sequence[StoredPaper]]
    map: SurveyMap
    sources: Sequence[Sequence[Sequence[Citation]]]
    """The citations, by paper and then by quote."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyMap:
    """The drawing of a survey's map; empty where no paper has a position."""

    points: Sequence[PlacedPoint]
    labels: Sequence[ThemeLabel]
    legend: Sequence[LegendEntry]
    width: int = _WIDTH
    height: int = _HEIGHT


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedPoint:
    """A paper's point in the drawing."""

    stored: StoredPaper
    theme: int
    theme_name: str
    x: float
    y: float
    colour: str
    shape: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ThemeLabel:
    """A theme's name in the drawing, centred at a position, with half its width."""

    x: float
    y: float
    half_width: float
    theme: int
    text: str

    def covers(self, x: float, y: float) -> bool:
        """Whether a point at this position would be hidden."""
        return abs(x - self.x) < self.half_width + _RADIUS and abs(y - self.y) < _LINE_HEIGHT / 2 + _RADIUS

    def overlaps(self, other: ThemeLabel) -> bool:
        """Whether two labels overlap."""
        return abs(other.x - self.x) < self.half_width + other.half_width and abs(other.y - self.y) < _LINE_HEIGHT


@dataclass(frozen=True, slots=True, kw_only=True)
class LegendEntry:
    """A theme with the number of its papers."""

    number: int
    name: str
    count: int
    colour: str
    shape: str


def survey_as_html(survey: Survey) -> str:
    """Render a page that loads nothing from elsewhere and runs no script but its own."""
    view = survey_view(survey)
    style = READING_CSS + (_STATIC / "page.css").read_text(encoding="utf-8")
    policy = (
        f"default-src 'none'; style-src {_csp_hash(style)}; script-src {_csp_hash(READING_JS)}; base-uri 'none'; "
        "form-action 'none'"
    )
    page = _render(
        "survey_page.html", view=view, contents=_contents(view), style=style, script=READING_JS, policy=policy
    )
    return f"{page}\n"


def survey_view(survey: Survey) -> SurveyView:
    """Prepare a survey for the templates."""
    columns = filled_columns(survey)
    has_dates = any(row.paper.paper.date for row in survey.table)
    return SurveyView(
        survey=survey,
        no_papers_found=NO_PAPERS_FOUND,
        columns=columns,
        headings=["Paper", *(["Date"] if has_dates else []), *(COLUMN_HEADINGS[column] for column in columns)],
        has_dates=has_dates,
        coverage=_coverage(survey),
        omitted=omitted_by_reason(survey.coverage),
        map=_survey_map(survey),
        sources=[group_by_quote(cited) for cited in group_by_paper(list(survey.citations))],
    )


def _coverage(survey: Survey) -> str:
    days, restriction = date_range(survey.coverage), describe_filters(survey.filters)
    sentences = [
        describe_coverage(survey.coverage),
        f"Dates of the papers read: {days}." if days else "",
        f"Restricted to: {restriction}." if restriction else "",
        "All sentences are exact quotes." if survey.model == "extractive" else f"Written by {survey.model}.",
    ]
    return " ".join(filter(None, sentences))


def _contents(view: SurveyView) -> list[tuple[str, str]]:
    """The anchors and headings of the page's parts."""
    entries = [("map", "Map")] if view.map.points else []
    entries += [(f"section-{place}", section.title) for place, section in enumerate(view.survey.sections)]
    entries += [("comparison", "Comparison")] if view.columns else []
    return [*entries, ("coverage", "Coverage"), *([("sources", "Sources")] if view.sources else [])]


def _survey_map(survey: Survey) -> SurveyMap:
    points = [
        PlacedPoint(
            stored=point.paper,
            theme=point.theme,
            theme_name=_theme_name(survey, point.theme),
            x=_MARGIN + point.x * (_WIDTH - 2 * _MARGIN),
            y=_MARGIN + (1 - point.y) * (_HEIGHT - 2 * _MARGIN),
            colour=_colour(point.theme),
            shape=_shape(point.theme),
        )
        for point in survey.points
    ]
    return SurveyMap(points=points, labels=_labels(survey, points), legend=_legend(survey))


def _labels(survey: Survey, points: Sequence[PlacedPoint]) -> list[ThemeLabel]:
    """The first term of each theme, hiding as little as possible; the legend has all terms."""
    positions = [(point.x, point.y) for point in points]
    labels: list[ThemeLabel] = []
    for theme in range(len(survey.themes)):
        own = [(point.x, point.y) for point in points if point.theme == theme]
        if own and not survey.themes[theme].is_rest:
            name = _shorten_label(_theme_name(survey, theme).partition(",")[0])
            labels.append(_place_label(theme, name, own, positions, labels))
    return labels


def _place_label(
    theme: int, text: str, own: Positions, positions: Positions, labels: Sequence[ThemeLabel]
) -> ThemeLabel:
    half = len(text) * _LETTER_WIDTH / 2
    x = sum(x for x, _ in own) / len(own)
    y = sum(y for _, y in own) / len(own)
    candidates = [
        ThemeLabel(
            x=min(max(x + widths * 2 * half, half + 6), _WIDTH - half - 6),
            y=min(max(y + lines * _LINE_HEIGHT, _LINE_HEIGHT), _HEIGHT - _LINE_HEIGHT),
            half_width=half,
            theme=theme,
            text=text,
        )
        for widths, lines in _LABEL_OFFSETS
    ]
    return min(
        candidates,
        key=lambda label: 3 * sum(map(label.overlaps, labels)) + sum(label.covers(*place) for place in positions),
    )


def _legend(survey: Survey) -> list[LegendEntry]:
    counts = [sum(point.theme == theme for point in survey.points) for theme in range(len(survey.themes))]
    return [
        LegendEntry(
            number=theme, name=_theme_name(survey, theme), count=count, colour=_colour(theme), shape=_shape(theme)
        )
        for theme, count in enumerate(counts)
        if count
    ]


def _theme_name(survey: Survey, theme: int) -> str:
    return one_line(survey.themes[theme].name) if 0 <= theme < len(survey.themes) else "other"


def _colour(theme: int) -> str:
    """The class of a theme's colour."""
    return f"theme-{theme % _COLOURS}"


def _shape(theme: int) -> str:
    return _SHAPES[theme % len(_SHAPES)]


def _shorten_label(name: str) -> str:
    return name if len(name) <= _MAX_LABEL_LENGTH else name[: _MAX_LABEL_LENGTH - 1].rstrip() + "…"


def _csp_hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


_render = template_renderer("paperchat.render")
