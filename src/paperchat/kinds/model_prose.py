"""A language model's prose in place of a draft's quotes: summaries and overviews, each sentence verified."""

from __future__ import annotations

import threading
from collections.abc import Generator, Mapping, Sequence
from dataclasses import replace

from paperchat.answering.evidence_selection import QUOTE_TOKEN_BUDGET
from paperchat.answering.generated_answer import GeneratedAnswer
from paperchat.answering.prompts import AnswerPrompts
from paperchat.answering.quote_markdown import escape_markdown
from paperchat.answering.verification import Verifier
from paperchat.kinds.draft import Draft
from paperchat.models.language_model import LanguageModel
from paperchat.text.prompt_injection import is_plain_statement
from paperchat.text.tokens import count_tokens
from paperchat.types import AnswerEvent, AnswerKind, AnswerPaper, Citation, Quote, TextEvent
from paperchat.understanding.request import Request

_PROMPTS: Mapping[AnswerKind, str] = {"summary": "summary", "overview": "overview"}


class ModelProse:
    """Has a language model write the text of a draft from its quotes; safe to share between threads."""

    def __init__(self, *, model: LanguageModel, verifier: Verifier) -> None:
        self._model = model
        self._verifier = verifier

    def quotes(self, request: Request, draft: Draft) -> tuple[Quote, ...]:
        """What a model writes the draft from, an overview or a summary of one paper; none where it writes nothing."""
        is_written = request.kind in _PROMPTS and (request.kind != "summary" or len(draft.papers) == 1)
        return _quotes_for_model(draft.citations) if is_written and draft.text else ()

    def stream(
        self, request: Request, draft: Draft, quotes: Sequence[Quote], stopped: threading.Event | None
    ) -> Generator[AnswerEvent, None, Draft]:
        """The events of the model's text, and of what it leaves out of the quotes, and the draft with it.

        Where nothing that the model wrote can be shown, there are no events, and the draft is as it was, with a note.
        """
        generated = GeneratedAnswer(
            question=request.question,
            quotes=quotes,
            papers={one.paper.paper_id: one.paper for one in draft.citations},
            model=self._model,
            verifier=self._verifier,
            stopped=stopped,
            prompts=AnswerPrompts.load(_PROMPTS[request.kind]),
        )
        heading = _heading(draft.papers[0]) if request.kind == "summary" else ""
        pending = heading
        for event in generated.events():
            if pending and isinstance(event, TextEvent):
                yield TextEvent(delta=pending)
                pending = ""
            yield event
        if not generated.text:
            note = generated.note or f"{self._model.name} wrote nothing: these are the quotes"
            return replace(draft, note=note, usage=generated.usage)
        left_out = generated.left_out(quotes)
        if request.kind == "overview":
            left_out = _one_of_each_paper(left_out, generated.citations)
        yield from generated.add_quotes(left_out, named=request.kind == "overview")
        cited = {one.paper.paper_id for one in generated.citations}
        return replace(
            draft,
            text=heading + generated.text,
            citations=generated.citations,
            papers=tuple(
                replace(one, citations=_numbers(generated.citations, one))
                for one in draft.papers
                if one.paper.paper_id in cited
            ),
            model=self._model.name,
            note=generated.note,
            usage=generated.usage,
        )


def _quotes_for_model(citations: Sequence[Citation]) -> tuple[Quote, ...]:
    """The quotes, as many as a small model's context holds, without any that may speak to a model."""
    chosen: list[Quote] = []
    budget = QUOTE_TOKEN_BUDGET
    for one in citations:
        quote = one.quote
        if quote.end > quote.passage.trusted_end or not is_plain_statement(quote.text, context=quote.passage.text):
            continue
        budget -= count_tokens(quote.text)
        if budget < 0:
            break
        chosen.append(quote)
    return tuple(chosen)


def _one_of_each_paper(quotes: Sequence[Quote], citations: Sequence[Citation]) -> tuple[Quote, ...]:
    """The first quote of each paper that is not cited."""
    first = {quote.passage.paper_id: quote for quote in reversed(quotes)}
    cited = {one.paper.paper_id for one in citations}
    return tuple(
        quote for quote in quotes if quote is first[quote.passage.paper_id] and quote.passage.paper_id not in cited
    )


def _heading(paper: AnswerPaper) -> str:
    return f"**{escape_markdown(paper.paper.paper.title)}**\n\n"


def _numbers(citations: Sequence[Citation], paper: AnswerPaper) -> tuple[int, ...]:
    return tuple(one.number for one in citations if one.paper.paper_id == paper.paper.paper_id)
