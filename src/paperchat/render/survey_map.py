"""The map of a survey drawn by matplotlib, as PNG or SVG: papers as points, with a colour and a shape for each theme.

The only module that imports matplotlib.
"""

from __future__ import annotations

import io
import re
import textwrap
import threading
import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

from paperchat.survey.paper_metadata import upvotes_of
from paperchat.survey.types import MapPoint, Survey
from paperchat.text.describe import display_title, one_line

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.transforms import Bbox

# After Okabe and Ito, "Color Universal Design" (2008): distinct for every colour vision, on white and on black.
_COLOURS = (
    "#0072b2",
    "#e69f00",
    "#009e73",
    "#cc79a7",
    "#56b4e9",
    "#d55e00",
    "#8172b3",
    "#a39200",
    "#7f7f7f",
    "#a0522d",
)
_SHAPES = ("o", "s", "^", "D", "v", "P", "X", "p", "h", "d")
_INK = "#1f2328"
_MIN_SIZE, _MAX_SIZE = 6.0, 14.0  # points across
_MIN_ALPHA = 0.4
_LABEL_WIDTH = 22  # characters
_LEGEND_ROW = 0.2  # inches
_SVG_NAMESPACE = "http://www.w3.org/2000/svg"
_POINT_ID_PATTERN = re.compile(r"point-(\d+)$")
ElementTree.register_namespace("", _SVG_NAMESPACE)
ElementTree.register_namespace("xlink", "http://www.w3.org/1999/xlink")
_drawing_lock = threading.Lock()  # matplotlib's settings are per process


def map_png(survey: Survey, *, upvotes: bool = True, dates: bool = False) -> bytes:
    """Draw the map as PNG on white.

    Args:
        upvotes: the more upvotes on Daily Papers a paper has, the larger is its point.
        dates: the older a paper is, the fainter is its point.
    """
    return _draw_map(survey, "png", upvotes=upvotes, dates=dates)


def map_svg(survey: Survey, *, upvotes: bool = True, dates: bool = False) -> str:
    """Draw the map as an ``svg`` element without background, whose text has the colour of the page around it.

    Each point can be reached by the keyboard, has ``data-paper`` (the id) and ``data-theme`` (the theme's place), and
    its paper's title and date as a ``title``. Options as for `map_png`.
    """
    root = ElementTree.fromstring(_draw_map(survey, "svg", upvotes=upvotes, dates=dates))
    for name in ("metadata", "defs"):  # they hold a date and a style sheet for the whole page
        for element in root.findall(f"{{{_SVG_NAMESPACE}}}{name}")[:1]:
            root.remove(element)
    for group in root.iter(f"{{{_SVG_NAMESPACE}}}g"):
        if found := _POINT_ID_PATTERN.match(group.attrib.pop("id", "")):
            _describe_point(group, survey.points[int(found[1])])
    for name in ("width", "height"):
        root.attrib.pop(name, None)
    root.set("style", "stroke-linejoin: round; stroke-linecap: butt")
    root.set("role", "group")
    root.set("aria-label", f"Map of {len(survey.points)} papers: {one_line(survey.topic)}")
    return ElementTree.tostring(root, encoding="unicode").replace(_INK, "currentColor")


def _describe_point(group: ElementTree.Element, point: MapPoint) -> None:
    paper = point.paper.paper
    title = ElementTree.Element(f"{{{_SVG_NAMESPACE}}}title")
    title.text = ", ".join(filter(None, (display_title(paper), one_line(paper.date))))
    group.insert(0, title)
    group.set("data-paper", point.paper.paper_id)
    group.set("data-theme", str(point.theme))
    group.set("tabindex", "0")
    group.set("role", "img")


def _draw_map(survey: Survey, form: str, *, upvotes: bool, dates: bool) -> bytes:
    import matplotlib as mpl
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    plain: Any = {
        **mpl.rcParamsDefault,
        "svg.fonttype": "none",
        "svg.hashsalt": "map",
        "font.sans-serif": ["DejaVu Sans"],
    }
    plain.pop("backend", None)
    with _drawing_lock, mpl.rc_context(plain), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        figure = Figure(figsize=(8, 5.2 + _LEGEND_ROW * ((len(survey.themes) + 1) // 2)), layout=None)
        FigureCanvasAgg(figure)
        _draw(figure, survey, upvotes=upvotes, dates=dates)
        written = io.BytesIO()
        metadata = {"Date": None, "Creator": None} if form == "svg" else {"Software": None}
        behind = "none" if form == "svg" else "white"
        figure.savefig(written, format=form, dpi=160, facecolor=behind, metadata=metadata)
    return written.getvalue()


def _draw(figure: Figure, survey: Survey, *, upvotes: bool, dates: bool) -> None:
    rows = (len(survey.themes) + 1) // 2
    height = figure.get_figheight()
    below = (_LEGEND_ROW * rows + 0.4) / height
    axes = figure.add_axes((0.02, below, 0.96, 1 - below - 0.35 / height))
    axes.set(xlim=(-0.06, 1.06), ylim=(-0.06, 1.06), xticks=[], yticks=[])
    axes.patch.set_visible(False)
    for spine in axes.spines.values():
        spine.set(color=_INK, alpha=0.25)
    sizes = _sizes(survey.points, upvotes=upvotes)
    alphas = _alphas(survey.points, dates=dates)
    for place, (point, size, alpha) in enumerate(zip(survey.points, sizes, alphas, strict=True)):
        axes.plot(
            [point.x],
            [point.y],
            linestyle="none",
            gid=f"point-{place}",
            markersize=size,
            alpha=alpha,
            clip_on=False,
            **_marker(point.theme),
        )
    figure.text(
        0.02,
        1 - 0.22 / height,
        textwrap.shorten(f"{one_line(survey.topic)}: {len(survey.points)} papers", 90, placeholder="…"),
        color=_INK,
        weight="bold",
        size=11,
        va="center",
        parse_math=False,
    )
    _legend(axes, survey)
    _note(figure, upvotes=upvotes and any(upvotes_of(one.paper.paper) for one in survey.points), dates=dates)
    _labels(figure, axes, survey)


def _marker(theme: int) -> dict[str, Any]:
    return {
        "marker": _SHAPES[theme % len(_SHAPES)],
        "markerfacecolor": _COLOURS[theme % len(_COLOURS)],
        "markeredgecolor": _INK,
        "markeredgewidth": 0.4,
    }


def _sizes(points: Sequence[MapPoint], *, upvotes: bool) -> list[float]:
    votes = [upvotes_of(one.paper.paper) for one in points]
    most = max(votes, default=0)
    if not upvotes or not most:
        return [(_MIN_SIZE + _MAX_SIZE) / 2 - 1.5] * len(points)
    return [_MIN_SIZE + (_MAX_SIZE - _MIN_SIZE) * (max(one, 0) / most) ** 0.5 for one in votes]


def _alphas(points: Sequence[MapPoint], *, dates: bool) -> list[float]:
    days = sorted({one.paper.paper.date for one in points if one.paper.paper.date})
    if not dates or len(days) < 2:
        return [0.9] * len(points)
    share = {day: at / (len(days) - 1) for at, day in enumerate(days)}
    return [_MIN_ALPHA + (1 - _MIN_ALPHA) * share.get(one.paper.paper.date, 0) for one in points]


def _legend(axes: Axes, survey: Survey) -> None:
    from matplotlib.lines import Line2D

    counts = [len(theme.papers) for theme in survey.themes]
    handles = [Line2D([], [], linestyle="none", markersize=7, **_marker(place)) for place in range(len(counts))]
    names = [
        textwrap.shorten(one_line(theme.name), 52, placeholder="…") + f" ({count})"
        for theme, count in zip(survey.themes, counts, strict=True)
    ]
    if not handles:
        return
    legend = axes.legend(
        handles,
        names,
        loc="upper left",
        bbox_to_anchor=(0, -0.01),
        ncols=2 if len(names) > 1 else 1,
        frameon=False,
        fontsize=8.5,
        labelcolor=_INK,
        handletextpad=0.3,
        borderaxespad=0.2,
        labelspacing=0.45,
    )
    for text in legend.get_texts():
        text.set_parse_math(False)


def _note(figure: Figure, *, upvotes: bool, dates: bool) -> None:
    notes = [*(["larger: more upvotes on Daily Papers"] if upvotes else []), *(["fainter: older"] if dates else [])]
    note = "; ".join(["near: papers that say similar things", *notes])
    figure.text(0.98, 0.16 / figure.get_figheight(), note, color=_INK, size=7.5, ha="right", va="center", alpha=0.75)


def _labels(figure: Figure, axes: Axes, survey: Survey) -> None:
    """Put a short name at each theme, where it covers no other name and as few points as possible."""
    renderer = figure.canvas.get_renderer()  # type: ignore[attr-defined]
    dots = [axes.transData.transform((one.x, one.y)) for one in survey.points]
    bounds = axes.get_window_extent(renderer)
    placed: list[Bbox] = []
    for place, theme in enumerate(survey.themes):
        own = [one for one in survey.points if one.theme == place]
        if not own or theme.is_rest:
            continue
        short = one_line(theme.terms[0] if theme.terms else theme.name)
        name = textwrap.fill(short[:1].upper() + short[1:], _LABEL_WIDTH)
        middle = (sorted(one.x for one in own)[len(own) // 2], sorted(one.y for one in own)[len(own) // 2])
        text = axes.text(
            *middle, name, color=_INK, size=9, weight="bold", ha="center", va="center", parse_math=False, zorder=5
        )
        box = text.get_window_extent(renderer)
        best: tuple[float, float, float] | None = None
        for step in range(0, 12):
            for dx, dy in ((0, 1), (0, -1), (1, 0), (-1, 0), (0.7, 0.7), (-0.7, 0.7), (0.7, -0.7), (-0.7, -0.7)):
                across, up = dx * step * 14, dy * step * 12
                moved = box.translated(across, up)
                if not (
                    bounds.x0 < moved.x0 and moved.x1 < bounds.x1 and bounds.y0 < moved.y0 and moved.y1 < bounds.y1
                ):
                    continue
                if any(moved.overlaps(other) for other in placed):
                    continue
                covered = sum(moved.padded(7).contains(*dot) for dot in dots)
                badness = 2 * covered + step * 0.35
                if best is None or badness < best[0]:
                    best = (badness, across, up)
        if best is None:
            text.remove()
            continue
        at = axes.transData.transform(middle)
        x, y = axes.transData.inverted().transform((at[0] + best[1], at[1] + best[2]))
        text.set_position((float(x), float(y)))
        placed.append(box.translated(best[1], best[2]).padded(3))
