"""The page's look and behaviour: CSS and JavaScript of ``static``, and a Gradio theme without web fonts."""

from __future__ import annotations

from importlib.resources import files

from gradio.themes import Base

from paperchat.render.survey_html import READING_CSS, READING_JS

_SANS_SERIF = ("system-ui", "-apple-system", "Segoe UI", "Roboto", "Helvetica Neue", "Arial", "sans-serif")
_MONOSPACE = ("ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "monospace")

_STATIC = files("paperchat.ui") / "static"


def _read(*names: str) -> str:
    return "".join((_STATIC / name).read_text(encoding="utf-8") for name in names)


HEAD = (  # not as Gradio's css, whose rules apply within its container only
    f"<style>{_read('style.css', 'pane.css')}{READING_CSS}</style>"
    f"<script>{READING_JS}{_read('behaviour.js', 'addresses.js', 'connection.js', 'freshness.js', 'pane.js')}</script>"
)
_SEND_EVENTS_JS = (_STATIC / "events.js").read_text(encoding="utf-8")


def event_script(*events: str, then: str = "") -> str:
    """JavaScript that sends clicks and form submissions in an HTML component to Python.

    The elements name one of these ``events`` in ``data-do``; their other ``data-`` attributes are its payload.
    """
    names = " ".join(f'"{event}"' for event in events)  # Gradio finds the names of custom events in the script
    return f"{_SEND_EVENTS_JS}// {names}\n{then}"


TRANSCRIPT_JS = event_script(
    *("ask", "sample", "cite", "paper", "download", "rate", "branch", "renew"),
    then='watch("value", () => paperchat.follow(element));',
)
SIDEBAR_JS = event_script("resume", "rename", "delete")
FILTERS_JS = event_script("toggle_filters", "filter")
JOB_JS = event_script(
    *("cite", "paper", "download", "open", "forget", "renew"), then='watch("value", () => paperchat.kept(element));'
)
LISTING_JS = event_script("cite", "paper", "order", "more", "renew")
PANEL_JS = event_script(
    "turn_page", "paper", "about", "remove", then='watch("value", () => paperchat.reveal(element));'
)
DOWNLOAD_JS = 'watch("value", () => paperchat.save(element));'
REPORT_JS = event_script(
    "stop_adding",
    then="""watch("value", () => {
  if (element.querySelector("[role=status], [role=alert]")) paperchat.checkFreshness();
});""",
)
NAVIGATION_JS = "paperchat.begin();"


def theme() -> Base:
    """Return the Gradio theme."""
    return Base(primary_hue="teal", neutral_hue="gray", font=_SANS_SERIF, font_mono=_MONOSPACE)
