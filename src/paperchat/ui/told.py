"""What the buttons of the page tell: text, which a visitor may have made up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from paperchat.ui.talk import Talk

_MOST_DIGITS = 6


def whole(told: Mapping[str, Any], name: str) -> int | None:
    """A number that is told, not negative; ``None`` where there is none."""
    value = told.get(name)
    plain = isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= _MOST_DIGITS
    return int(value) if plain and isinstance(value, str) else None


def asked_by(talk: Talk, told: Mapping[str, Any]) -> tuple[str, Talk]:
    """The question, and the talk to which it is put: where it names a ``turn``, that turn and the later ones go."""
    turn = whole(told, "turn")
    question = told.get("question")
    kept = talk if turn is None or talk.is_busy else talk.before(turn)
    return question if isinstance(question, str) else "", kept
