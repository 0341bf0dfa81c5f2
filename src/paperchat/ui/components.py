"""Buttons in HTML of our own, which tell the page what to do."""

from __future__ import annotations

from paperchat.render.html import attributes, line


def button(label: str, do: str, *, kind: str = "", described: str = "", **values: object) -> str:
    """A button that tells the page to ``do`` something with these values; ``label`` is HTML."""
    named = f' aria-label="{line(described)}" title="{line(described)}"' if described else ""
    return f'<button type="button" class="{kind}"{named}{attributes(do=do, **values)}>{label}</button>'
