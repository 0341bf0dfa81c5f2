"""How the page looks and behaves: files beside this one, and a theme that asks no other host for its fonts."""

from __future__ import annotations

from importlib.resources import files

from gradio.themes import Base

from paperchat.render.survey_html import READING_CSS, READING_JS

FONT = ("system-ui", "-apple-system", "Segoe UI", "Roboto", "Helvetica Neue", "Arial", "sans-serif")
MONOSPACE = ("ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "monospace")

_STATIC = files("paperchat.ui") / "static"
HEAD = (  # not as Gradio's css, which it would confine to within its container
    f"<style>{(_STATIC / 'style.css').read_text(encoding='utf-8')}{READING_CSS}</style>"
    f"<script>{READING_JS}{(_STATIC / 'behaviour.js').read_text(encoding='utf-8')}</script>"
)

_TELLING = """
function tell(told, values) {
  if (told.dataset.confirm && !window.confirm(told.dataset.confirm)) return;
  if (told.dataset.prompt) {
    const given = window.prompt(told.dataset.prompt, told.dataset.given);
    if (given === null) return;
    values = { ...values, given };
  }
  const panel = told.closest(".panel") ? { panel: "yes" } : {};
  trigger(told.dataset.do, { ...told.dataset, ...values, ...panel });
}
element.addEventListener("click", (event) => {
  const told = event.target.closest("[data-do]");
  if (told && told.tagName !== "FORM") tell(told, {});
});
element.addEventListener("submit", (event) => {
  event.preventDefault();
  tell(event.target, Object.fromEntries(new FormData(event.target)));
});
"""


def telling(*events: str, then: str = "") -> str:
    """What makes buttons and forms in HTML tell Python of these events: Gradio looks for their names in it."""
    names = " ".join(f'"{event}"' for event in events)
    return f"{_TELLING}// {names}\n{then}"


TALKING = telling(
    "ask", "sample", "cite", "paper", "take", "thumb", then='watch("value", () => paperchat.follow(element));'
)
KEEPING = telling("resume", "rename", "delete")
NARROWING = telling("unfold", "narrow")
INQUIRING = telling("cite", "paper", "take")
LISTING = telling("cite", "paper", "order", "more")
SHOWING = telling("turn", "paper", "about", "remove", then='watch("value", () => paperchat.reveal(element));')
SAVING = 'watch("value", () => paperchat.save(element));'
ENTERING = "paperchat.enter();"


def theme() -> Base:
    return Base(primary_hue="teal", neutral_hue="gray", font=FONT, font_mono=MONOSPACE)
