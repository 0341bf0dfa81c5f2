"""Buttons in HTML of our own, which tell the page what to do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gradio import Request

from paperchat.render.html import attributes, line
from paperchat.ui.middleware import VISITOR


def button(label: str, do: str, *, kind: str = "", described: str = "", **values: object) -> str:
    """A button that tells the page to ``do`` something with these values; ``label`` is HTML."""
    named = f' aria-label="{line(described)}" title="{line(described)}"' if described else ""
    return f'<button type="button" class="{kind}"{named}{attributes(do=do, **values)}>{label}</button>'


_MOST_DIGITS = 6


def whole(told: Mapping[str, Any], name: str) -> int | None:
    """A number that is told, not negative; ``None`` where there is none."""
    value = told.get(name)
    plain = isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= _MOST_DIGITS
    return int(value) if plain and isinstance(value, str) else None


def word(told: Mapping[str, Any], name: str) -> str:
    """A text that is told; empty where there is none."""
    value = told.get(name)
    return value if isinstance(value, str) else ""


def visitor_of(request: Request) -> str:
    """Who asks, as `Manners` has found out."""
    return str(request.headers[VISITOR])
