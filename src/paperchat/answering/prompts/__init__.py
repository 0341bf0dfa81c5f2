"""What a language model is told: short texts, one a file, with ``{gaps}``."""

from __future__ import annotations

from functools import cache
from pathlib import Path

SENTINEL = "NOT_IN_THE_QUOTES"
"""What a model writes when the quotes do not answer."""
DROP = "DROP"


@cache
def _text(name: str) -> str:
    return Path(__file__).with_name(f"{name}.txt").read_text(encoding="utf-8").strip()


def prompt(name: str, **gaps: str) -> str:
    """The prompt of this name; what fills its gaps is never read as a gap again."""
    text = _text(name)
    parts: list[str] = []
    while gap := min((at for at in ((text.find(f"{{{key}}}"), key) for key in gaps) if at[0] >= 0), default=None):
        start, key = gap
        parts += [text[:start], gaps[key]]
        text = text[start + len(key) + 2 :]
    return "".join([*parts, text])
