"""A leaderboard over time as inline SVG: each result a point, and a line of the best so far."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from datetime import date

from markupsafe import escape

from paperchat.results.ledger import scaled_number
from paperchat.results.types import Leaderboard, Result
from paperchat.text.describe import display_title, one_line

WIDTH, HEIGHT = 720, 300
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 20, 16, 36
_LABELLED = 6
_LABEL_LENGTH = 24


def plot_leaderboard(board: Leaderboard | None) -> str:
    """Draw the dated results of a leaderboard; text has the colour of the page around it."""
    dated = _dated(board.results) if board else []
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" class="leaderboard-plot" '
        f'font-family="sans-serif" font-size="12" fill="currentColor">'
    )
    if board is None or not dated:
        return f"{head}<title>No dated results</title></svg>"
    days = [day.toordinal() for day, _ in dated]
    numbers = [scaled_number(result) for _, result in dated]
    low, high = _padded(min(numbers), max(numbers))
    first, last = min(days), max(max(days), min(days) + 1)

    def place(day: int, number: float) -> tuple[float, float]:
        across = (day - first) / (last - first) if len(set(days)) > 1 else 0.5
        up = (number - low) / (high - low)
        return (
            round(_LEFT + across * (WIDTH - _LEFT - _RIGHT), 1),
            round(HEIGHT - _BOTTOM - up * (HEIGHT - _TOP - _BOTTOM), 1),
        )

    parts = [f"<title>{escape(one_line(f'{board.benchmark}, {board.measure}, by date'))}</title>"]
    for number in _ticks(low, high):
        y = place(first, number)[1]
        parts.append(
            f'<line x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{y}" y2="{y}" stroke="currentColor" opacity=".12"/>'
            f'<text x="{_LEFT - 8}" y="{y + 4}" text-anchor="end" opacity=".7">{number:.4g}</text>'
        )
    ends = ((first, "start"), (last, "end")) if len(set(days)) > 1 else ((first, "middle"),)
    for ordinal, anchor in ends:
        written = date.fromordinal(ordinal).isoformat()
        x = place(ordinal, low)[0]
        parts.append(f'<text x="{x}" y="{HEIGHT - 12}" text-anchor="{anchor}" opacity=".7">{written}</text>')
    best = _best_so_far(dated, is_lower=board.better == "lower")
    steps = [place(day.toordinal(), scaled_number(result)) for day, result in best]
    path = "".join(f"H{x}V{y}" for x, y in steps[1:])
    parts.append(
        f'<path d="M{steps[0][0]} {steps[0][1]}{path}H{WIDTH - _RIGHT}" fill="none" stroke="currentColor" '
        'stroke-width="1.5" opacity=".45"/>'
    )
    labelled = {id(result) for _, result in best[-_LABELLED:]}
    for day, result in dated:
        x, y = place(day.toordinal(), scaled_number(result))
        name = one_line(result.system.name) if result.system else ""
        description = f"{name}: {one_line(result.value.name)}, {display_title(result.paper.paper)}, {day.isoformat()}"
        parts.append(
            f'<g data-paper="{escape(result.paper.paper_id)}"><title>{escape(description)}</title>'
            f'<circle cx="{x}" cy="{y}" r="4.5" fill="#0072b2"/></g>'
        )
        if id(result) in labelled:
            is_right = x > WIDTH * 0.7
            parts.append(
                f'<text x="{x - 8 if is_right else x + 8}" y="{y - 7}" text-anchor="{"end" if is_right else "start"}">'
                f"{escape(name[:_LABEL_LENGTH])}</text>"
            )
    return head + "".join(parts) + "</svg>"


def _dated(results: Sequence[Result]) -> list[tuple[date, Result]]:
    found = []
    for result in results:
        try:
            day = date.fromisoformat(result.paper.paper.date)
        except ValueError:
            continue
        found.append((day, result))
    return sorted(found, key=lambda pair: pair[0])


def _padded(low: float, high: float) -> tuple[float, float]:
    margin = (high - low) * 0.1 or abs(high) * 0.1 or 1.0
    return low - margin, high + margin


def _ticks(low: float, high: float) -> Iterator[float]:
    """Round numbers from ``low`` to ``high``, some four of them."""
    least = (high - low) / 5
    unit = 10.0 ** math.floor(math.log10(least))
    step = next(unit * times for times in (1, 2, 2.5, 5, 10) if unit * times >= least)
    for place in range(math.ceil(low / step), math.floor(high / step) + 1):
        yield place * step


def _best_so_far(dated: Sequence[tuple[date, Result]], *, is_lower: bool) -> list[tuple[date, Result]]:
    best: list[tuple[date, Result]] = []
    for pair in dated:
        number = scaled_number(pair[1])
        if not best or (number < scaled_number(best[-1][1]) if is_lower else number > scaled_number(best[-1][1])):
            best.append(pair)
    return best
