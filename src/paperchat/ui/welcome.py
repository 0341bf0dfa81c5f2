"""The welcome: what a visitor sees before the first question."""

from __future__ import annotations

from contextlib import suppress
from itertools import islice
from typing import TYPE_CHECKING

from markupsafe import Markup

from paperchat.errors import NotFoundError
from paperchat.text.describe import one_line
from paperchat.ui.components import render

if TYPE_CHECKING:
    from paperchat.assistant import PaperChat

SAMPLE_QUESTIONS = (
    "How many multiple-choice questions are in LabSafety Bench?",
    "What does LoRA fine-tuning do to the safety training of Llama 2-Chat?",
    "How many video frames was SurgeNetXL trained on?",
)
INGESTING_SAMPLE = render("ingesting_sample.html")
_SAMPLE_PAPER = "title:50a012357d0b3929"
_MAX_QUESTIONS = 3
_MAX_TITLE_LENGTH = 90


def welcome_html(pc: PaperChat, *, model: str = "") -> Markup:
    """Render the welcome; ``model`` names the language model that writes answers, empty for none."""
    return render("welcome.html", paper_count=pc.status().papers, model=model, questions=example_questions(pc))


def example_questions(pc: PaperChat) -> list[str]:
    """Return three questions that this library answers; an empty one would with the sample."""
    if not pc.status().papers or _has_sample(pc):
        return list(SAMPLE_QUESTIONS)
    titles = [one_line(stored.paper.title) for stored in islice(pc.papers(), _MAX_QUESTIONS) if stored.paper.abstract]
    return [f"What is “{title}” about?" for title in titles if title and len(title) <= _MAX_TITLE_LENGTH]


def _has_sample(pc: PaperChat) -> bool:
    with suppress(NotFoundError):
        return bool(pc.library.paper(_SAMPLE_PAPER))
    return False
