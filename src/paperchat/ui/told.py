"""What the buttons of the page tell: text, which a visitor may have made up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

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
