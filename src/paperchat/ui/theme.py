"""The page's look and behaviour: stylesheets, scripts and fonts of ``static``, and a Gradio theme without web fonts."""

from __future__ import annotations

import re
from importlib.resources import files

from fastapi import APIRouter, Response
from gradio.themes import Base
from starlette.responses import PlainTextResponse

from paperchat.render.survey_html import READING_CSS, READING_JS

_SANS_SERIF = ("Inter Variable", "system-ui", "sans-serif")
_MONOSPACE = ("ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "monospace")
_STYLESHEETS = (
    "tokens.css",
    "style.css",
    "pane.css",
    "today.css",
    "reader.css",
    "reports.css",
    "results.css",
    "help.css",
)
_SCRIPTS = (
    "behaviour.js",
    "addresses.js",
    "connection.js",
    "freshness.js",
    "pane.js",
    "today.js",
    "reader.js",
    "contents.js",
    "sources.js",
    "sheet.js",
    "help.js",
)
_FIRST_FONTS = ("inter-latin", "source-serif-4-latin")  # that every page needs
_FONT_PATTERN = re.compile(r"[a-z0-9-]{1,40}\.woff2")
_FONT_MAX_AGE = 30 * 86_400  # seconds

_STATIC = files("paperchat.ui") / "static"


def _read(*names: str) -> str:
    return "".join((_STATIC / name).read_text(encoding="utf-8") for name in names)


HEAD = (  # not as Gradio's css, whose rules apply within its container only
    "".join(
        f'<link rel="preload" href="/fonts/{name}.woff2" as="font" type="font/woff2" crossorigin>'
        for name in _FIRST_FONTS
    )
    + f"<style>{READING_CSS}{_read(*_STYLESHEETS)}</style><script>{READING_JS}{_read(*_SCRIPTS)}</script>"
)
_SEND_EVENTS_JS = _read("events.js")


def event_script(*events: str, then: str = "") -> str:
    """JavaScript that sends clicks and form submissions in an HTML component to Python.

    The elements name one of these ``events`` in ``data-do``; their other ``data-`` attributes are its payload.
    """
    names = " ".join(f'"{event}"' for event in events)  # Gradio finds the names of custom events in the script
    return f"{_SEND_EVENTS_JS}// {names}\n{then}"


TRANSCRIPT_JS = event_script(
    *("ask", "begin", "stop_adding", "cite", "paper", "download", "rate", "branch", "renew"),
    then='watch("value", () => paperchat.follow(element));',
)
SIDEBAR_JS = event_script("resume", "rename", "delete")
FILTERS_JS = event_script("toggle_filters", "filter")
JOB_JS = event_script(
    *("cite", "paper", "download", "open", "forget", "renew"),
    then='watch("value", () => { paperchat.kept(element); paperchat.showReport(element); });',
)
LISTING_JS = event_script("cite", "paper", "order", "more", "renew")
PANEL_JS = event_script(
    *("turn_page", "paper", "cite", "sources", "saved", "notes", "about", "remove"),
    then='watch("value", () => paperchat.reveal(element));',
)
TODAY_JS = event_script(
    "show",
    "more",
    "cite",
    "paper",
    "about",
    "renew",
    "begin",
    "stop_adding",
    then='watch("value", () => paperchat.showDay(element)); paperchat.onDay((day) => trigger("show", day));',
)
DAY_COMPOSER_JS = event_script("ask_papers", then='watch("value", () => paperchat.showSelection());')
READING_ROOM_JS = event_script(
    "open", "renew", "cite", "paper", then='watch("value", () => paperchat.showReading(element));'
)
RESULTS_JS = event_script("find", "board", "download", "paper", "renew")
DOWNLOAD_JS = 'watch("value", () => paperchat.save(element));'
REPORT_JS = event_script(
    "stop_adding",
    then="""watch("value", () => {
  if (element.querySelector("[role=status], [role=alert]")) paperchat.checkFreshness();
});""",
)
NAVIGATION_JS = "paperchat.begin(); paperchat.showTheme(); paperchat.beginReader();"


def theme() -> Base:
    """Return the Gradio theme."""
    return Base(primary_hue="teal", neutral_hue="stone", font=_SANS_SERIF, font_mono=_MONOSPACE)


def font_route() -> APIRouter:
    """Return a router by which a browser gets the fonts."""
    router = APIRouter()

    @router.get("/fonts/{name}")
    def font(name: str) -> Response:
        file = _STATIC / "fonts" / name
        if not _FONT_PATTERN.fullmatch(name) or not file.is_file():
            return PlainTextResponse("there is no such font", status_code=404)
        headers = {"cache-control": f"public, max-age={_FONT_MAX_AGE}, immutable"}
        return Response(file.read_bytes(), media_type="font/woff2", headers=headers)

    return router
