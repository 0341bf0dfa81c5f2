"""A talk as HTML: questions, answers with marks to hover and click, and what to try where there is none."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from html import escape

from paperchat.render.html import attributes, line, prose
from paperchat.render.markdown import answer_as_markdown
from paperchat.text.describe import one_line, year_of
from paperchat.types import Answer, Citation, Filters
from paperchat.ui.chat_state import Exchange, Talk
from paperchat.ui.components import button
from paperchat.ui.downloads import buttons

_OFFERED = 3
_PAPERS = 2
_LONGEST_TITLE = 60
# Names of methods, models and data sets: two capitals or more, or a capital and a digit.
_NAME = re.compile(r"\b(?=\w*[A-Z])(?=\w*-?(?:\w*[A-Z]\w*[A-Z]|\w*\d))[A-Za-z][\w-]{2,24}\b")


def followups(question: str, citations: Sequence[Citation]) -> list[str]:
    """At most three, each about a name that a cited passage has beside the quote and the question has not."""
    cited = {one.paper.paper_id: one for one in reversed(citations)}
    asked: list[str] = []
    for citation in list(reversed(cited.values()))[:_PAPERS]:
        title = short_title(citation.paper.paper.title)
        if title:
            asked += [f"What does “{title}” say about {name}?" for name in _names(citation, question)[:2]]
    return asked[:_OFFERED]


def short_title(title: str) -> str:
    """What precedes the colon; empty where that is long."""
    short = one_line(title).partition(":")[0].strip()
    return short if len(short) <= _LONGEST_TITLE else ""


def _names(citation: Citation, question: str) -> list[str]:
    """The commonest names around the quote; what it says itself, the title says or the question asks is known."""
    text = citation.quote.passage.text
    known = f"{question} {citation.paper.paper.title} {citation.quote.text}".lower()
    around = f"{text[: citation.quote.start]} {text[citation.quote.end :]}"
    counted = Counter(name for name in _NAME.findall(around) if name.lower().removesuffix("s") not in known)
    return [name for name, _ in counted.most_common()]


_LONGEST_HOVER = 320
_LINK = '<button type="button" class="tool" data-link>Copy link</button>'
_ADD = "Add papers that may say it, under Papers."


def transcript(talk: Talk) -> str:
    turns = "".join(_exchange(index, exchange) for index, exchange in enumerate(talk.exchanges))
    turns += _followups(talk.exchanges[-1]) if talk.exchanges else ""
    turns += f'<div class="tools">{buttons()}{_LINK}</div>' if len(talk.exchanges) > 1 else ""
    number = attributes(conversation=talk.conversation_id)
    return f'<div class="turns" role="log" aria-live="polite" aria-label="Conversation"{number}>{turns}</div>'


def _exchange(index: int, exchange: Exchange) -> str:
    asked = "<br>".join(line(part) for part in exchange.question.splitlines())
    return (
        f'<article class="turn {exchange.stage}" aria-label="Question {index + 1}"{attributes(turn=index)}>'
        f'<h2 class="asked">{asked}</h2>{_understood(exchange)}'
        f"{_reply(index, exchange)}{_tools(index, exchange)}</article>"
    )


def _understood(exchange: Exchange) -> str:
    """How a follow-up was understood, where that is not what was asked."""
    answer = exchange.answer
    if answer is None or one_line(answer.standalone_question) == one_line(exchange.question):
        return ""
    return f'<p class="understood">Understood as: {line(answer.standalone_question)}</p>'


def _reply(index: int, exchange: Exchange) -> str:
    match exchange.stage:
        case "failed":
            return _notice("failed", "That did not work.", f"<p>{line(exchange.error)}</p>", role="alert")
        case "searching":
            return f'<p class="working"><span class="dots" aria-hidden="true"></span>{_progress(exchange)}</p>'
        case "stopped":
            return _text(index, exchange) + _notice("stopped", "Stopped.", "<p>What is above is not all of it.</p>")
        case "writing":
            return _text(index, exchange)
        case "done":
            answer = exchange.answer
            if answer and answer.abstained:
                return _abstention(answer, exchange.filters)
            return _text(index, exchange) + _unsupported(exchange) + _note(answer)


def _progress(exchange: Exchange) -> str:
    if not exchange.passages:
        return "Searching the library…"
    return f"Reading {exchange.passages:,} passages of {exchange.papers:,} papers…"


def _text(index: int, exchange: Exchange) -> str:
    marks = {citation.number: _mark(index, citation) for citation in exchange.citations}
    return f'<div class="answer">{prose(exchange.text, marks)}</div>' if exchange.text else ""


def _mark(index: int, citation: Citation) -> str:
    paper = citation.paper.paper
    title, quote = one_line(paper.title), one_line(citation.quote.text)
    hover = attributes(
        do="cite", turn=index, number=citation.number, title=title, year=year_of(paper), quote=quote[:_LONGEST_HOVER]
    )
    unsupported = citation.status == "unsupported"
    spoken = f"{'Unsupported, source' if unsupported else 'Source'} {citation.number}: {title}"
    kind = "mark unsupported" if unsupported else "mark"
    return f'<button type="button" class="{kind}" aria-label="{line(spoken)}"{hover}>{citation.number}</button>'


def _tools(index: int, exchange: Exchange) -> str:
    """What can be done with an exchange that has ended."""
    if exchange.stage in ("searching", "writing"):
        return ""
    again = button("Ask again", "ask", kind="tool", question=exchange.question, turn=index)
    edit = '<button type="button" class="tool" data-edit>Edit</button>'
    take = buttons(index) if exchange.citations and exchange.answer else ""
    return f'<div class="tools">{_copy(exchange.answer)}{again}{edit}{take}{_thumbs(index, exchange)}</div>'


def _thumbs(index: int, exchange: Exchange) -> str:
    if exchange.answer is None:
        return ""
    return "".join(
        f'<button type="button" class="tool" aria-pressed="{str(exchange.thumb is up).lower()}"'
        f"{attributes(do='thumb', turn=index, up='yes' if up else '')}>{label}</button>"
        for up, label in ((True, "Helpful"), (False, "Not helpful"))
    )


def _followups(exchange: Exchange) -> str:
    asked = followups(exchange.question, exchange.citations) if exchange.stage == "done" else []
    items = "".join(f"<li>{button(line(one), 'ask', kind='example', question=one)}</li>" for one in asked)
    return (
        f'<section class="followups"><h3>You could ask</h3><ul class="examples">{items}</ul></section>' if asked else ""
    )


def _copy(answer: Answer | None) -> str:
    if answer is None or answer.abstained:
        return ""
    markdown = escape(answer_as_markdown(answer))
    return f'<button type="button" class="tool" data-copy="{markdown}">Copy</button>'


def _unsupported(exchange: Exchange) -> str:
    numbers = [str(one.number) for one in exchange.citations if one.status == "unsupported"]
    advice = "The quote does not say what the sentence says. Open it and read for yourself, or ask more narrowly."
    return _notice("unsupported", f"Not supported: {', '.join(numbers)}", f"<p>{advice}</p>") if numbers else ""


def _note(answer: Answer | None) -> str:
    """What went wrong with the language model; the quotes are there all the same."""
    return f'<p class="quiet" role="note">{line(answer.note)}</p>' if answer and answer.note else ""


def _abstention(answer: Answer, filters: Filters) -> str:
    reason = one_line(answer.reason or "")
    why = f'<p class="why">{line(reason[:1].upper() + reason[1:])}.</p>' if reason else ""
    tries = "".join(f"<li>{line(one)}</li>" for one in what_to_try(answer, filters))
    return _notice("abstained", answer.text, f'{why}<p class="try">What you can try</p><ul>{tries}</ul>')


def _notice(kind: str, verdict: str, more: str, *, role: str = "note") -> str:
    """``more`` is HTML."""
    return f'<div class="notice {kind}" role="{role}"><p class="verdict">{line(verdict)}</p>{more}</div>'


def what_to_try(answer: Answer, filters: Filters | None = None) -> list[str]:
    """What may help where the library does not say."""
    if not answer.papers_considered and not filters:
        return [_ADD]
    narrowed = ["Remove a filter."] if filters else []
    return [
        *narrowed,
        "Name the paper, method or data set that you mean.",
        "Ask for one fact at a time.",
        _ADD,
    ]
