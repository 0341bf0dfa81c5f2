"""The chat as HTML: welcome, transcript with follow-up questions and advice, and list of conversations."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from markupsafe import Markup

from paperchat.errors import NotFoundError
from paperchat.render.markdown import answer_as_markdown
from paperchat.text.describe import one_line
from paperchat.types import Answer, Citation, Filters
from paperchat.ui.chat_state import ChatState, ChatTurn
from paperchat.ui.components import render
from paperchat.ui.downloads import export_buttons

if TYPE_CHECKING:
    from paperchat.assistant import PaperChat

SAMPLE_QUESTIONS = (
    "How many multiple-choice questions are in LabSafety Bench?",
    "What does LoRA fine-tuning do to the safety training of Llama 2-Chat?",
    "How many video frames was SurgeNetXL trained on?",
)
INGESTING_SAMPLE = render("ingesting_sample.html")
_SAMPLE_PAPER = "title:50a012357d0b3929"
_MAX_EXAMPLES = 3
_MAX_QUESTION_TITLE_LENGTH = 90
_MAX_FOLLOWUPS = 3
_MAX_FOLLOWUP_PAPERS = 2
_MAX_TITLE_LENGTH = 60
_MAX_CONVERSATIONS = 200
# Names of methods, models and data sets: two capitals or more, or a capital and a digit.
_NAME_PATTERN = re.compile(r"\b(?=\w*[A-Z])(?=\w*-?(?:\w*[A-Z]\w*[A-Z]|\w*\d))[A-Za-z][\w-]{2,24}\b")
_ADD_PAPERS = "Add papers on this question, under Papers."


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnView:
    """What ``transcript.html`` shows of a turn."""

    turn: ChatTurn
    index: int
    has_ended: bool
    understood_as: str
    """The standalone question, where it differs from what was asked."""
    progress: str
    markdown: str
    """What Copy copies; empty where there is nothing."""
    unsupported: Sequence[int]
    reason: str
    """Why the answer is an abstention."""
    advice: Sequence[str]


def welcome_html(pc: PaperChat, *, model: str = "", may_ingest: bool = True) -> Markup:
    """Render the welcome; ``model`` names the language model that writes answers, empty for none."""
    return render(
        "welcome.html",
        paper_count=pc.status().papers,
        model=model,
        questions=example_questions(pc),
        may_ingest=may_ingest,
    )


def refusal_html(error: str) -> Markup:
    """Render why a question is not answered."""
    return render("refusal.html", error=error)


def example_questions(pc: PaperChat) -> list[str]:
    """Return three questions that this library answers; an empty one would with the sample."""
    if not pc.status().papers or _has_sample(pc):
        return list(SAMPLE_QUESTIONS)
    titles = [one_line(stored.paper.title) for stored in islice(pc.papers(), _MAX_EXAMPLES) if stored.paper.abstract]
    return [f"What is “{title}” about?" for title in titles if title and len(title) <= _MAX_QUESTION_TITLE_LENGTH]


def transcript(state: ChatState) -> Markup:
    """Render the conversation."""
    last = state.turns[-1] if state.turns else None
    followups = suggest_followups(last.question, last.citations) if last and last.stage == "done" else []
    return render(
        "transcript.html",
        conversation_id=state.conversation_id,
        turns=[_view(index, turn) for index, turn in enumerate(state.turns)],
        followups=followups,
        export_buttons=export_buttons,
    )


def sidebar_html(pc: PaperChat, owner: str, *, current: str = "", matching: str = "", error: str = "") -> Markup:
    """Render the owner's conversations that contain the words of ``matching``, latest first."""
    conversations = pc.conversations.all(owner=owner, matching=matching)[:_MAX_CONVERSATIONS]
    return render("sidebar.html", conversations=conversations, current=current, is_search=bool(matching), error=error)


def suggest_followups(question: str, citations: Sequence[Citation]) -> list[str]:
    """Suggest at most three questions, each about a name that occurs near a quote but not in the question."""
    first_cited = {citation.paper.paper_id: citation for citation in reversed(citations)}
    suggestions: list[str] = []
    for citation in list(reversed(first_cited.values()))[:_MAX_FOLLOWUP_PAPERS]:
        if title := short_title(citation.paper.paper.title):
            names = _names_near_quote(citation, question)[:2]
            suggestions += [f"What does “{title}” say about {name}?" for name in names]
    return suggestions[:_MAX_FOLLOWUPS]


def short_title(title: str) -> str:
    """Return the part of a title before its colon; empty where that is long."""
    short = one_line(title).partition(":")[0].strip()
    return short if len(short) <= _MAX_TITLE_LENGTH else ""


def abstention_advice(answer: Answer, filters: Filters | None = None) -> list[str]:
    """Suggest what to try after an abstention."""
    if not answer.papers_considered and not filters:
        return [_ADD_PAPERS]
    return [
        *(["Remove a filter."] if filters else []),
        "Name the paper, method or data set that you mean.",
        "Ask for one fact at a time.",
        _ADD_PAPERS,
    ]


def _view(index: int, turn: ChatTurn) -> TurnView:
    answer = turn.answer
    reason = one_line(answer.reason or "") if answer else ""
    return TurnView(
        turn=turn,
        index=index,
        has_ended=turn.has_ended,
        understood_as=_understood_as(turn),
        progress=_progress(turn),
        markdown=answer_as_markdown(answer) if answer and not answer.abstained else "",
        unsupported=[citation.number for citation in turn.citations if citation.status == "unsupported"],
        reason=reason[:1].upper() + reason[1:],
        advice=abstention_advice(answer, turn.filters) if answer else [],
    )


def _understood_as(turn: ChatTurn) -> str:
    if turn.answer is None or one_line(turn.answer.standalone_question) == one_line(turn.question):
        return ""
    return turn.answer.standalone_question


def _progress(turn: ChatTurn) -> str:
    if not turn.passages:
        return "Searching the library…"
    return f"Reading {turn.passages:,} passages of {turn.papers:,} papers…"


def _names_near_quote(citation: Citation, question: str) -> list[str]:
    """The most frequent names around the quote that are not in the quote, the title or the question."""
    text = citation.quote.passage.text
    known = f"{question} {citation.paper.paper.title} {citation.quote.text}".lower()
    context = f"{text[: citation.quote.start]} {text[citation.quote.end :]}"
    names = Counter(name for name in _NAME_PATTERN.findall(context) if name.lower().removesuffix("s") not in known)
    return [name for name, _ in names.most_common()]


def _has_sample(pc: PaperChat) -> bool:
    with suppress(NotFoundError):
        return bool(pc.library.paper(_SAMPLE_PAPER))
    return False
