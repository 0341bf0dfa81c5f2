"""Shared parts of the page: templates, buttons that send events to Python, and their untrusted data."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

from fastapi import Request as WebRequest
from gradio import Request
from markupsafe import Markup

from paperchat.access.middleware import VISITOR_HEADER
from paperchat.access.quotas import name_asker
from paperchat.errors import PaperchatError
from paperchat.render.answer_layout import plain_text
from paperchat.render.html import template_renderer
from paperchat.render.record_cards import record_blocks
from paperchat.types import Quote
from paperchat.ui.source_cards import answer_blocks, author_line, source_line
from paperchat.understanding.calendar_days import name_day

logger = logging.getLogger(__name__)

NOT_YOURS = "The address leads to a {} that is not here: it was deleted, or is another visitor's and theirs only."
_SENTENCE_ENDS = (".", "!", "?", ":", "”", '"')
_MAX_DIGITS = 6
_MAX_FORM_BYTES = 120_000


def button(
    label: str, do: str, *, kind: str = "", described: str = "", pressed: bool | None = None, **values: object
) -> Markup:
    """Render a button that sends the event ``do`` with these values.

    ``kind`` is its CSS class, ``described`` its name for a screen reader, and ``pressed`` the state of a toggle.
    """
    return render("button.html", label=label, do=do, kind=kind, described=described, pressed=pressed, values=values)


def failure_message(error: Exception) -> str:
    """Say in one line what went wrong; of an error that was not foreseen, what the visitor can do."""
    if isinstance(error, PaperchatError):
        return str(error)
    logger.error("an unexpected %s", type(error).__name__)
    return f"paperchat has made an error of its own ({type(error).__name__}). Try again, or in other words."


def int_value(data: Mapping[str, Any], name: str) -> int | None:
    """Return a non-negative integer of an event's data; ``None`` where it is missing or invalid."""
    value = data.get(name)
    plain = isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= _MAX_DIGITS
    return int(value) if plain and isinstance(value, str) else None


def text_value(data: Mapping[str, Any], name: str) -> str:
    """Return a text of an event's data; empty where it is missing or invalid."""
    value = data.get(name) if isinstance(data, Mapping) else None
    return value if isinstance(value, str) else ""


def is_cut(quote: Quote) -> tuple[bool, bool]:
    """Whether the quote begins, and whether it ends, within a sentence."""
    text = quote.passage.text
    before, after = text[: quote.start].rstrip(), text[quote.end :].lstrip()
    begins = bool(before) and not before.endswith(_SENTENCE_ENDS)
    is_whole = quote.text.rstrip().endswith(_SENTENCE_ENDS) or after.startswith(_SENTENCE_ENDS)
    return begins, bool(after) and not is_whole


def visitor_of(request: Request) -> str:
    """Return the visitor's id, which `RequestMiddleware` has put into the request."""
    return str(request.headers[VISITOR_HEADER])


def event_asker(request: Request) -> str:
    """Return who a question counts for that comes with an event."""
    return name_asker(visitor_of(request), request.client.host if request.client else "")


async def form_values(request: WebRequest) -> dict[str, str] | None:
    """Return the values of a form that a request sends; ``None`` where it is too large."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MAX_FORM_BYTES:
            return None
    return {name: values[0] for name, values in parse_qs(body.decode("utf-8", "replace")).items()}


render = template_renderer(
    "paperchat.ui",
    "paperchat.render",
    button=button,
    is_cut=is_cut,
    answer_blocks=answer_blocks,
    author_line=author_line,
    name_day=name_day,
    plain_text=plain_text,
    record_blocks=record_blocks,
    source_line=source_line,
)
