"""What a visitor sees before the first question."""

from __future__ import annotations

from contextlib import suppress
from itertools import islice
from typing import TYPE_CHECKING

from paperchat.errors import NotFoundError
from paperchat.render.html import line
from paperchat.text.describe import one_line
from paperchat.ui.components import button

if TYPE_CHECKING:
    from paperchat.assistant import PaperChat

SAMPLE_QUESTIONS = (
    "How many multiple-choice questions are in LabSafety Bench?",
    "What does LoRA fine-tuning do to the safety training of Llama 2-Chat?",
    "How many video frames was SurgeNetXL trained on?",
)
_SAMPLE_PAPER = "title:50a012357d0b3929"
TAKING_IN = (
    '<section class="welcome"><p class="working" role="status"><span class="dots" aria-hidden="true"></span>'
    "Taking in the sample…</p></section>"
)
_ELSEWHERE = 'You can also <a href="#survey">survey a subfield</a>, or <a href="#claim">weigh a claim</a>.'
_QUESTIONS = 3
_LONGEST_TITLE = 90


def welcome(pc: PaperChat, *, model: str = "") -> str:
    """``model`` names the language model that writes answers; empty for none."""
    papers = pc.status().papers
    if papers:
        offer = f"<p>{papers:,} paper{'s' if papers > 1 else ''} on this machine. Ask what you want to know.</p>"
    else:
        sample = button("Take in the sample: a page of 41 papers", "sample", kind="primary")
        offer = (
            "<p>Your library is empty. Begin with the sample that comes with paperchat, or "
            f'<a href="#papers">add papers of your own</a>.</p><p>{sample}</p>'
        )
    examples = "".join(f"<li>{button(line(one), 'ask', kind='example', question=one)}</li>" for one in questions(pc))
    return (
        f'<section class="welcome"><h1>Ask your papers</h1>{offer}'
        f'<h2>For example</h2><ul class="examples">{examples}</ul><p class="quiet">{_writer(model)} {_ELSEWHERE}</p>'
        "</section>"
    )


def _writer(model: str) -> str:
    if model:
        return f"{line(model)} writes the answers; each sentence is checked against exact quotes."
    return (
        "Answers are exact quotes from your papers. To have a language model write them, "
        "set <code>PAPERCHAT_LLM=provider:name</code> and start again."
    )


def questions(pc: PaperChat) -> list[str]:
    """Three questions that this library answers, or the sample would."""
    if not pc.status().papers or _has_sample(pc):
        return list(SAMPLE_QUESTIONS)
    titles = [one_line(stored.paper.title) for stored in islice(pc.papers(), _QUESTIONS) if stored.paper.abstract]
    return [f"What is “{title}” about?" for title in titles if title and len(title) <= _LONGEST_TITLE]


def _has_sample(pc: PaperChat) -> bool:
    with suppress(NotFoundError):
        return bool(pc.library.paper(_SAMPLE_PAPER))
    return False
