"""The map of a survey as SVG that a page can style and react to: a link a paper, in the colour of its theme."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

from paperchat.render.html import attributes, line
from paperchat.survey.types import Point, Survey
from paperchat.text.describe import one_line, title_of, year_of
from paperchat.types import StoredPaper

Places = Sequence[tuple[float, float]]

COLOURS = 12
_WIDTH, _HEIGHT, _MARGIN = 1000, 560, 40
_RADIUS = 9
_LINE, _LETTER = 24, 10  # of a label, in the units of the drawing
_LONGEST_LABEL = 44
_AROUND = ((0, 0), (0, -1), (0, 1), (0, -2), (0, 2), (0, -3), (0, 3), (-0.6, 0), (0.6, 0), (-0.6, -2), (0.6, -2))
"""Where a label may go: from the middle of its points so many of its widths aside, and so many lines up or down."""
_SHAPES = (
    "M-8 0a8 8 0 1 0 16 0a8 8 0 1 0 -16 0z",
    "M-7 -7h14v14h-14z",
    "M0 -9L9 7H-9z",
    "M0 -10L10 0L0 10L-10 0z",
    "M0 9L9 -7H-9z",
    "M-3 -9h6v6h6v6h-6v6h-6v-6h-6v-6h6z",
    "M-9 0L-4.5 -8H4.5L9 0L4.5 8H-4.5z",
)
"""As many as no theme's number of colours is a multiple of: a theme's colour and shape together are its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Label:
    x: float
    y: float
    half: float

    def covers(self, x: float, y: float) -> bool:
        return abs(x - self.x) < self.half + _RADIUS and abs(y - self.y) < _LINE / 2 + _RADIUS

    def meets(self, other: _Label) -> bool:
        return abs(other.x - self.x) < self.half + other.half and abs(other.y - self.y) < _LINE


def map_html(survey: Survey, link: Callable[[StoredPaper], str]) -> str:
    """The drawing with its legend; ``link`` gives the attributes of a paper's point. Empty where nothing is placed."""
    if not survey.points:
        return ""
    points = "".join(
        _point(point, survey, link(point.paper), tabindex=-1 if place else 0)
        for place, point in enumerate(survey.points)
    )
    return (
        '<figure class="map"><figcaption>Papers that say similar things are near each other.</figcaption>'
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="group" '
        'aria-label="Map of the papers, by theme; arrow keys go from one to the next">'
        f"<g>{points}</g>{_labels(survey)}</svg>{_legend(survey)}</figure>"
    )


def colour(theme: int) -> str:
    """The class of a theme's colour."""
    return f"theme-{theme % COLOURS}"


def _point(point: Point, survey: Survey, link: str, *, tabindex: int) -> str:
    """Tab goes to the map and on, not through all of its papers."""
    paper, theme = point.paper.paper, _name(survey, point.theme)
    x, y = _place(point)
    hover = attributes(theme=point.theme, title=title_of(paper), year=year_of(paper), quote="", about=theme)
    spoken = f"{title_of(paper)}, {theme}"
    return (
        f'<a class="point {colour(point.theme)}" transform="translate({x:.1f} {y:.1f})" '
        f'aria-label="{line(spoken)}" tabindex="{tabindex}"{hover} {link}><path d="{_shape(point.theme)}"/></a>'
    )


def _shape(theme: int) -> str:
    return _SHAPES[theme % len(_SHAPES)]


def _place(point: Point) -> tuple[float, float]:
    x = _MARGIN + point.x * (_WIDTH - 2 * _MARGIN)
    y = _MARGIN + (1 - point.y) * (_HEIGHT - 2 * _MARGIN)
    return x, y


def _labels(survey: Survey) -> str:
    """The first of each theme's terms, where it is in the way of as little as may be; the legend has them all."""
    places = [_place(point) for point in survey.points]
    placed: list[_Label] = []
    written = []
    for theme in range(len(survey.themes)):
        own = [place for place, point in zip(places, survey.points, strict=True) if point.theme == theme]
        if own:
            text = _short(_name(survey, theme).partition(",")[0])
            label = _free(own, len(text) * _LETTER / 2, places, placed)
            placed.append(label)
            written.append(f'<text x="{label.x:.1f}" y="{label.y:.1f}" data-theme="{theme}">{escape(text)}</text>')
    return f'<g class="labels" aria-hidden="true">{"".join(written)}</g>'


def _free(own: Places, half: float, places: Places, placed: Sequence[_Label]) -> _Label:
    x = sum(x for x, _ in own) / len(own)
    y = sum(y for _, y in own) / len(own)
    candidates = [
        _Label(
            x=min(max(x + aside * 2 * half, half + 6), _WIDTH - half - 6),
            y=min(max(y + lines * _LINE, _LINE), _HEIGHT - _LINE),
            half=half,
        )
        for aside, lines in _AROUND
    ]
    return min(
        candidates,
        key=lambda label: 3 * sum(map(label.meets, placed)) + sum(label.covers(*place) for place in places),
    )


def _legend(survey: Survey) -> str:
    counts = [sum(point.theme == theme for point in survey.points) for theme in range(len(survey.themes))]
    items = "".join(
        f'<li><button type="button" class="theme" data-theme="{theme}" aria-pressed="false">'
        f"{_swatch(theme)}{line(_name(survey, theme))} <small>{count}</small></button></li>"
        for theme, count in enumerate(counts)
        if count
    )
    return f'<ul class="legend" aria-label="Themes">{items}</ul>'


def _swatch(theme: int) -> str:
    shape = f'<path d="{_shape(theme)}"/>'
    return f'<svg class="swatch {colour(theme)}" viewBox="-11 -11 22 22" aria-hidden="true">{shape}</svg>'


def _name(survey: Survey, theme: int) -> str:
    return one_line(survey.themes[theme].name) if 0 <= theme < len(survey.themes) else "other"


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST_LABEL else name[: _LONGEST_LABEL - 1].rstrip() + "…"
