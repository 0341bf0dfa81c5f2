"""A talk as HTML: questions, answers with marks to hover and click, and what to try where there is none."""

from __future__ import annotations

from paperchat.render.describe import one_line, year_of
from paperchat.types import Answer, Citation, Filters
from paperchat.ui.markup import attributes, line, prose
from paperchat.ui.talk import Exchange, Talk

_LONGEST_HOVER = 320


def transcript(talk: Talk) -> str:
    turns = "".join(_exchange(index, exchange) for index, exchange in enumerate(talk.exchanges))
    return f'<div class="turns" role="log" aria-live="polite" aria-label="Conversation">{turns}</div>'


def _exchange(index: int, exchange: Exchange) -> str:
    asked = "<br>".join(line(part) for part in exchange.question.splitlines())
    return (
        f'<article class="turn {exchange.stage}" aria-label="Question {index + 1}"{attributes(turn=index)}>'
        f'<h2 class="asked">{asked}</h2>{_reply(index, exchange)}</article>'
    )


def _reply(index: int, exchange: Exchange) -> str:
    if exchange.stage == "failed":
        return (
            '<div class="notice failed" role="alert"><p class="verdict">That did not work.</p>'
            f"<p>{line(exchange.error)}</p></div>"
        )
    if exchange.answer is None:
        return '<p class="working"><span class="dots" aria-hidden="true"></span>Reading the library…</p>'
    return _abstention(exchange.answer) if exchange.answer.abstained else _answer(index, exchange.answer)


def _answer(index: int, answer: Answer) -> str:
    marks = {citation.number: _mark(index, citation) for citation in answer.citations}
    return f'<div class="answer">{prose(answer.text, marks)}</div>{_unsupported(answer)}'


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


def _unsupported(answer: Answer) -> str:
    numbers = [str(one.number) for one in answer.citations if one.status == "unsupported"]
    if not numbers:
        return ""
    return (
        f'<div class="notice unsupported" role="note"><p class="verdict">Not supported: {", ".join(numbers)}</p>'
        "<p>The quote does not say what the sentence says. Open it and read for yourself, or ask more narrowly.</p>"
        "</div>"
    )


def _abstention(answer: Answer) -> str:
    reason = one_line(answer.reason or "")
    why = f'<p class="why">{line(reason[:1].upper() + reason[1:])}.</p>' if reason else ""
    tries = "".join(f"<li>{line(one)}</li>" for one in what_to_try(answer))
    return (
        f'<div class="notice abstained" role="note"><p class="verdict">{line(answer.text)}</p>{why}'
        f'<p class="try">What you can try</p><ul>{tries}</ul></div>'
    )


def what_to_try(answer: Answer, filters: Filters | None = None) -> list[str]:
    """What may help where the library does not say."""
    if not answer.papers_considered and not filters:
        return ["Take in papers that may say it: paperchat ingest, and files, folders or arXiv ids."]
    narrowed = ["Remove a filter."] if filters else []
    return [
        *narrowed,
        "Name the paper, method or data set that you mean.",
        "Ask for one fact at a time.",
        "Take in papers that may say it: paperchat ingest, and files, folders or arXiv ids.",
    ]
