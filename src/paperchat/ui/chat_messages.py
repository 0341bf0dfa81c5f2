"""The chat as HTML: welcome, transcript with follow-up questions and advice, and list of conversations."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby, islice
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from markupsafe import Markup

from paperchat.errors import NotFoundError, UsageError
from paperchat.kinds.comparison_aspects import aspects_of
from paperchat.kinds.paper_comparison import MAX_COMPARED
from paperchat.render.answer_layout import (
    AnswerLayout,
    answer_layout,
    aspect_heading,
    last_shown,
    shows_understood,
    understood_as,
)
from paperchat.render.markdown import answer_as_markdown
from paperchat.retrieval.query_analysis import content_text
from paperchat.text.describe import one_line, pluralize
from paperchat.text.paper_title import short_title
from paperchat.types import Answer, AnswerKind, Citation, Filters, StoredPaper, TableRow
from paperchat.ui.chat_state import ChatState, ChatTurn
from paperchat.ui.components import render
from paperchat.ui.downloads import export_buttons
from paperchat.ui.reader.first_run import first_run_html
from paperchat.understanding.request_constraints import split_aspects

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
_MAX_CONVERSATIONS = 200
_DAYS_OF_WEEK = 7
_ABOUT_THE_LIBRARY: frozenset[AnswerKind] = frozenset({"library", "help"})
_MAX_SEARCH_LENGTH = 200
_PLAIN_COMPARISON_PATTERN = re.compile(
    r"comparison of “[^“”]*”(?:(?:, | and )“[^“”]*”)+(?:, also on .*?)?(?:, none of them says anything of .*)?"
)
_ADD_PAPERS = "Add papers on this question, in the room Library."


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerTable:
    """A comparison as ``answer.html`` shows it: papers as columns, and the cells of each aspect by its heading.

    Attributes:
        question: asks for what is compared, without ``added``, the aspects that were added to it.
        takes_papers: whether another paper can be compared, too.
    """

    papers: Sequence[StoredPaper]
    rows: Mapping[str, Sequence[Citation | None]]
    question: str
    added: Sequence[str]
    takes_papers: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnVersions:
    """Which of the ``count`` answers in its place a turn has, from 1, and the ids of the ones before and after it."""

    number: int
    count: int
    earlier: str
    later: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnView:
    """What ``transcript.html`` shows of a turn."""

    turn: ChatTurn
    index: int
    has_ended: bool
    is_last: bool
    versions: TurnVersions | None
    """Where the question was asked in several branches."""
    understood_as: str
    """The standalone question, where it differs from what was asked."""
    read_as: str
    """How the question was read, where that is told."""
    layout: AnswerLayout
    table: AnswerTable | None
    more: str
    """How many of the papers that match are shown, where others follow."""
    suggestions: Sequence[str]
    """Questions to ask next."""
    progress: str
    markdown: str
    """What Copy copies; empty where there is nothing."""
    unsupported: Sequence[int]
    reason: str
    """Why the answer is an abstention."""
    advice: Sequence[str]
    elsewhere: str
    """Where a reader can look for papers that the library lacks, after an abstention."""


def welcome_html(
    pc: PaperChat, *, model: str = "", may_ingest: bool = True, notice: str = "", examples: Sequence[str] = ()
) -> Markup:
    """Render the welcome; ``model`` names the language model that writes answers, empty for none.

    ``notice`` says why it is shown in place of what was asked for; ``examples`` are questions to ask a library that is
    neither empty nor has the sample.
    """
    return render(
        "welcome.html",
        paper_count=pc.status().papers,
        model=model,
        questions=example_questions(pc, examples),
        ways=first_run_html() if may_ingest else "",
        notice=notice,
    )


def refusal_html(error: str, *, verdict: str = "Not asked.") -> Markup:
    """Render why a question is not answered, or what else was not done."""
    return render("refusal.html", error=error, verdict=verdict)


def example_questions(pc: PaperChat, examples: Sequence[str] = ()) -> list[str]:
    """Return questions that this library answers, the ``examples`` if any; an empty one would with the sample."""
    if not pc.status().papers or _has_sample(pc):
        return list(SAMPLE_QUESTIONS)
    if examples:
        return list(examples)
    titles = [one_line(stored.paper.title) for stored in islice(pc.papers(), _MAX_EXAMPLES) if stored.paper.abstract]
    return [f"What is “{title}” about?" for title in titles if title and len(title) <= _MAX_QUESTION_TITLE_LENGTH]


def transcript(state: ChatState) -> Markup:
    """Render the conversation."""
    last = len(state.turns) - 1
    return render(
        "transcript.html",
        conversation_id=state.conversation_id,
        name=state.conversation.name if state.conversation else "",
        turns=[
            _view(index, turn, versions=_versions(state, index), is_last=index == last)
            for index, turn in enumerate(state.turns)
        ],
        export_buttons=export_buttons,
    )


def sidebar_html(pc: PaperChat, owner: str, *, current: str = "", matching: str = "", error: str = "") -> Markup:
    """Render the owner's conversations that contain the words of ``matching``, latest first."""
    try:
        conversations = pc.conversations.all(owner=owner, matching=matching)[:_MAX_CONVERSATIONS]
    except UsageError as refused:
        conversations, error = [], str(refused)
    today = datetime.now().astimezone().date()
    groups = {age: list(of) for age, of in groupby(conversations, key=lambda one: _age(one.updated, today))}
    return render("sidebar.html", groups=groups, current=current, is_search=bool(matching), error=error)


def abstention_advice(answer: Answer, filters: Filters | None = None) -> list[str]:
    """Suggest what to try after an abstention; nothing where it has suggestions of its own."""
    if answer.kind != "fact" and (answer.nearest or answer.suggestions):
        return []
    if not answer.papers_considered and not filters:
        return [_ADD_PAPERS]
    return [
        *(["Remove a filter."] if filters else []),
        "Name the paper, method or data set that you mean.",
        "Ask for one fact at a time.",
        _ADD_PAPERS,
    ]


def _versions(state: ChatState, index: int) -> TurnVersions | None:
    """An answer that is not stored, as it was stopped or is being made, is the last version."""
    turn = state.turns[index]
    own = turn.answer.id if turn.answer else ""
    answers = state.branches.get(state.before(index), ())
    answers = answers if own in answers else (*answers, own)
    if len(answers) == 1:
        return None
    place = answers.index(own)
    later = answers[place + 1] if place + 1 < len(answers) else ""
    return TurnVersions(number=place + 1, count=len(answers), earlier=answers[place - 1] if place else "", later=later)


def _age(updated: str, today: date) -> str:
    """How long ago a conversation was last gone on with."""
    days = (today - datetime.fromisoformat(updated).astimezone().date()).days if updated else _DAYS_OF_WEEK
    return "Today" if days <= 0 else "Yesterday" if days == 1 else "Last week" if days < _DAYS_OF_WEEK else "Earlier"


def _view(index: int, turn: ChatTurn, *, versions: TurnVersions | None, is_last: bool) -> TurnView:
    answer = turn.answer
    reason = one_line(answer.reason or "").rstrip(".") if answer else ""
    return TurnView(
        turn=turn,
        index=index,
        has_ended=turn.has_ended,
        is_last=is_last,
        versions=versions,
        understood_as=understood_as(answer) if answer else "",
        read_as=answer.understood if answer and shows_understood(answer) and not _is_plain_comparison(answer) else "",
        layout=answer_layout(answer) if answer else AnswerLayout(before=turn.text),
        table=_table(answer, answer.table) if answer and answer.table else None,
        more=_more(answer) if answer and is_last else "",
        suggestions=answer.suggestions if answer else (),
        progress=_progress(turn),
        markdown=answer_as_markdown(answer) if answer and not answer.abstained else "",
        unsupported=[citation.number for citation in turn.citations if citation.status == "unsupported"],
        reason=reason[:1].upper() + reason[1:],
        advice=abstention_advice(answer, turn.filters) if answer else [],
        elsewhere=arxiv_search(answer) if answer else "",
    )


def _is_plain_comparison(answer: Answer) -> bool:
    """Whether how the question was read is no more than what stands in its table."""
    return answer.table is not None and bool(_PLAIN_COMPARISON_PATTERN.fullmatch(answer.understood))


def arxiv_search(answer: Answer) -> str:
    """The address of a search on arXiv for the words of a question about papers that the library does not answer."""
    if not answer.abstained or answer.kind in _ABOUT_THE_LIBRARY:
        return ""
    query = content_text(one_line(answer.standalone_question or answer.question))[:_MAX_SEARCH_LENGTH]
    return f"https://arxiv.org/search/?{urlencode({'query': query, 'searchtype': 'all'})}"


def _table(answer: Answer, rows: Sequence[TableRow]) -> AnswerTable:
    """The table of an answer; aspects that were added have a row where no paper says anything of them, too."""
    added = split_aspects(answer.standalone_question or answer.question)[1]
    aspects = [*aspects_of(rows, added), *added]
    titles = [f"“{short_title(one_line(row.paper.paper.title))}”" for row in rows]
    return AnswerTable(
        papers=[row.paper for row in rows],
        rows={aspect_heading(aspect): [row.cells.get(aspect) for row in rows] for aspect in dict.fromkeys(aspects)},
        question=f"Compare {', '.join(titles)}",
        added=added,
        takes_papers=len(rows) < MAX_COMPARED,
    )


def _more(answer: Answer) -> str:
    shown = last_shown(answer)
    return f"{shown:,} of {answer.total:,}" if answer.total is not None and 0 < shown < answer.total else ""


def _progress(turn: ChatTurn) -> str:
    if not turn.passages:
        return "Searching the library…"
    return f"Reading {pluralize(turn.passages, 'passage')} of {pluralize(turn.papers, 'paper')}…"


def _has_sample(pc: PaperChat) -> bool:
    with suppress(NotFoundError):
        return bool(pc.library.paper(_SAMPLE_PAPER))
    return False
