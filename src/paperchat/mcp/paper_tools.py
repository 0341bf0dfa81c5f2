"""The tools: what each does for a caller, and what it gives, as text for a model and as a record."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

from paperchat.answering.answer_events import final_answer, stream_in_thread
from paperchat.errors import NotFoundError, UsageError
from paperchat.mcp.paper_text import (
    WITHHELD,
    answer_text,
    as_data,
    is_withheld,
    shown_quote,
    shown_title,
    sources_text,
    trusted_text,
)
from paperchat.mcp.tool_callers import ToolCaller
from paperchat.mcp.tool_schemas import (
    AskInput,
    ClaimInput,
    ExportInput,
    FetchInput,
    NewPapersInput,
    ReadPassageInput,
    SearchInput,
    SurveyInput,
)
from paperchat.render import bibtex_ris_csl
from paperchat.render.markdown import claim_as_markdown
from paperchat.serialization import citation_as_json
from paperchat.storage.conversations import Conversation
from paperchat.text.describe import byline, passage_location, pluralize
from paperchat.text.prompt_injection import find_injections
from paperchat.types import AnswerEvent, Citation, EvidenceEvent, Passage, RetrievalEvent, StoredPaper

if TYPE_CHECKING:
    from paperchat.assistant import PaperChat
    from paperchat.survey.types import StageProgress

T = TypeVar("T")
Report = Callable[[str], Awaitable[None]]
"""Tells the client what has been done."""
_MAX_FETCHED = 100_000
"""Characters of a paper that are given at once; the others are read passage by passage."""
_CITATION_FIELDS = ("number", "paper_id", "section", "page", "passage_id", "start", "end")
_REFERENCES = {
    "bibtex": ("\n", bibtex_ris_csl.bibtex),
    "ris": ("", bibtex_ris_csl.ris),
    "csl": ("", bibtex_ris_csl.csl_json),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolOutput:
    """What a tool gives: a text that a model reads, and a record as the tool's schema says."""

    text: str
    data: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCall:
    """A call: who calls, and how what has been done is told."""

    caller: ToolCaller
    report: Report


class LibraryTools:
    """The tools over one library. Cancelling a call stops its work."""

    def __init__(self, pc: PaperChat) -> None:
        self._pc = pc

    async def ask(self, call: ToolCall, given: AskInput) -> ToolOutput:
        """Answer a question."""
        await call.caller.admit(given.question)
        async with call.caller.slot(), aclosing(await self._answer_events(call, given)) as events:
            answer = final_answer([event async for event in _reported(events, call.report)])
        text = answer_text(answer)
        data = {
            "id": answer.id,
            "answer": text,
            "abstained": answer.abstained,
            "reason": answer.reason,
            "kind": answer.kind,
            "standalone_question": answer.standalone_question,
            "citations": _citations(answer.citations, call.caller),
            "suggestions": list(answer.suggestions),
        }
        return ToolOutput(text=as_data("\n\n".join(filter(None, [text, sources_text(answer.citations)]))), data=data)

    async def search(self, call: ToolCall, given: SearchInput) -> ToolOutput:
        """Rank papers; the text is the record, as hosted assistants read it."""
        await call.caller.admit(given.query)
        async with call.caller.slot():
            hits = await self._pc.asearch(given.query, given.k, filters=given.filters)
        links = call.caller.links
        found = [(hit.paper.paper_id, shown_title(hit.paper), links.paper_url(hit.paper)) for hit in hits]
        return _as_json({"results": [{"id": one, "title": title, "url": url} for one, title, url in found]})

    async def fetch(self, call: ToolCall, given: FetchInput) -> ToolOutput:
        """Give the text of a paper; the text is the record, as hosted assistants read it."""
        stored, passages = await asyncio.to_thread(self._pc.paper, given.id)
        text, shown = paper_as_text(passages)
        paper = stored.paper
        metadata = {
            "authors": ", ".join(paper.authors),
            "date": paper.date,
            "basis": "full_text" if any(one.basis == "full_text" for one in passages) else "abstract",
            "passages": f"{shown} of {len(passages)}",
            "withdrawn": "yes" if paper.withdrawn else "no",
        }
        return _as_json(
            {
                "id": stored.paper_id,
                "title": shown_title(stored),
                "text": as_data(text),
                "url": call.caller.links.paper_url(stored),
                "metadata": metadata,
            }
        )

    async def read_passage(self, call: ToolCall, given: ReadPassageInput) -> ToolOutput:
        """Give the text of a passage, and the ids of those beside it."""

        def read() -> tuple[StoredPaper, list[Passage], int]:
            found = self._pc.library.passages([given.passage_id]).get(given.passage_id)
            if found is None:
                raise NotFoundError(f"no passage {given.passage_id!r} in the library: fetch its paper")
            stored, passages = self._pc.paper(found.paper_id)
            return stored, passages, [one.passage_id for one in passages].index(given.passage_id)

        stored, passages, place = await asyncio.to_thread(read)
        passage = passages[place]
        neighbours = [passages[at].passage_id if 0 <= at < len(passages) else None for at in (place - 1, place + 1)]
        data = {
            "passage_id": passage.passage_id,
            "paper_id": stored.paper_id,
            "title": shown_title(stored),
            "url": call.caller.links.paper_url(stored),
            "section": passage.section,
            "page": passage.page,
            "text": trusted_text(passage),
            "previous": neighbours[0],
            "next": neighbours[1],
        }
        about = ", ".join(filter(None, [byline(stored.paper), passage_location(passage)]))
        return ToolOutput(text=as_data(f"{shown_title(stored)} ({about})\n\n{trusted_text(passage)}"), data=data)

    async def survey(self, call: ToolCall, given: SurveyInput) -> ToolOutput:
        """Put a topic on one page."""
        await call.caller.admit(given.topic)
        async with call.caller.slot():
            survey = await _with_progress(
                call.report,
                lambda progress: self._pc.asurvey(
                    given.topic, filters=given.filters, most=given.most, progress=progress
                ),
            )
        is_safe = not any(is_withheld(citation.quote) for citation in survey.citations)
        sections = [{"title": one.title, "text": one.text if is_safe else WITHHELD} for one in survey.sections]
        summary = survey.summary if is_safe else WITHHELD
        coverage = survey.coverage
        counts = {"matched": coverage.matched, "read": coverage.read, "cited": coverage.cited}
        parts = [summary, *(f"## {one['title']}\n\n{one['text']}" for one in sections), sources_text(survey.citations)]
        data = {
            "topic": survey.topic,
            "summary": summary,
            "sections": sections,
            "citations": _citations(survey.citations, call.caller),
            "coverage": counts,
        }
        return ToolOutput(text=as_data("\n\n".join(filter(None, parts))), data=data)

    async def claim(self, call: ToolCall, given: ClaimInput) -> ToolOutput:
        """Weigh a claim."""
        await call.caller.admit(given.claim)
        async with call.caller.slot():
            claim = await _with_progress(
                call.report,
                lambda progress: self._pc.aclaim(
                    given.claim, filters=given.filters, most=given.most, progress=progress
                ),
            )
        is_safe = not any(is_withheld(citation.quote) for citation in claim.citations)
        data = {
            "claim": claim.claim,
            "verdict": claim.verdict,
            "reason": claim.reason,
            "papers": [
                {
                    "paper_id": one.paper.paper_id,
                    "title": shown_title(one.paper),
                    "position": one.position,
                    "citations": list(one.citations),
                }
                for one in claim.papers
            ],
            "citations": _citations(claim.citations, call.caller),
        }
        return ToolOutput(text=as_data(claim_as_markdown(claim) if is_safe else WITHHELD), data=data)

    async def new_papers(self, call: ToolCall, given: NewPapersInput) -> ToolOutput:
        """List the papers of a day or a week, for what the caller follows."""
        reading = self._pc.reading(call.caller.owner)
        async with call.caller.slot():
            digest = await asyncio.to_thread(reading.digest, given.span, until=given.until, most=given.most)
        papers = [
            {
                "paper_id": one.paper.paper_id,
                "title": shown_title(one.paper),
                "url": call.caller.links.paper_url(one.paper),
                "day": one.day,
                "upvotes": one.upvotes,
                "quote": shown_quote(one.quote.quote) if one.quote else None,
            }
            for one in digest.papers
        ]
        lines = [
            f"{number}. {one['title']} ({one['day']}) {one['paper_id']}\n   {one['quote'] or 'no abstract'}"
            for number, one in enumerate(papers, start=1)
        ]
        scope = f"{pluralize(digest.matching, 'paper')} from {digest.since or 'never'} to {digest.until or 'never'}"
        data = {"since": digest.since or None, "until": digest.until or None, "papers": papers}
        return ToolOutput(text=as_data("\n".join([scope, *lines])), data=data)

    async def export(self, call: ToolCall, given: ExportInput) -> ToolOutput:
        """Write references to papers."""
        if (given.answer is None) == (not given.papers):
            raise UsageError("give either the id of an answer or the ids of papers")

        def write() -> tuple[int, str]:
            if given.answer is not None:
                self._pc.library.answer(given.answer, owner=call.caller.owner)  # another's is not there
                chosen = self._pc.cited(given.answer)
            else:
                chosen = [self._pc.library.paper(one) for one in given.papers]
            between, reference = _REFERENCES[given.format]
            return len(chosen), between.join(reference(map(_without_flagged_abstract, chosen)))

        count, text = await asyncio.to_thread(write)
        return ToolOutput(text=as_data(text), data={"format": given.format, "papers": count, "text": text})

    async def _answer_events(self, call: ToolCall, given: AskInput) -> AsyncGenerator[AnswerEvent, None]:
        owner, filters = call.caller.owner, given.filters or None
        if given.conversation:
            conversation = await asyncio.to_thread(self._conversation, given.conversation, owner)
            return self._pc.astream(given.question, filters=filters, conversation=conversation)
        forwarded = self._pc.components.forwarded
        return stream_in_thread(
            lambda stopped: forwarded.stream(given.question, owner=owner, filters=filters, stopped=stopped)
        )

    def _conversation(self, name: str, owner: str) -> Conversation:
        conversations = self._pc.conversations
        return conversations.find(name, owner=owner) or conversations.new(name, owner=owner)


def paper_as_text(passages: Sequence[Passage]) -> tuple[str, int]:
    """Return the text of a paper, each passage after its id and place, and how many of them it has."""
    parts: list[str] = []
    size = 0
    for passage in passages:
        part = f"[{passage.passage_id}; {passage_location(passage)}]\n{trusted_text(passage)}"
        size += len(part)
        if parts and size > _MAX_FETCHED:
            return "\n\n".join([*parts, f"[goes on: read_passage {passage.passage_id}]"]), len(parts)
        parts.append(part)
    return "\n\n".join(parts) or "[there is no text of this paper]", len(parts)


def _without_flagged_abstract(stored: StoredPaper) -> StoredPaper:
    if not find_injections(stored.paper.abstract):
        return stored
    return replace(stored, paper=replace(stored.paper, abstract=WITHHELD))


def _citations(citations: Sequence[Citation], caller: ToolCaller) -> list[dict[str, Any]]:
    cited = []
    for citation in citations:
        record = citation_as_json(citation)
        cited.append(
            {name: record[name] for name in _CITATION_FIELDS}
            | {
                "title": shown_title(citation.paper),
                "url": caller.links.quote_url(citation),
                "quote": shown_quote(citation.quote),
            }
        )
    return cited


def _as_json(data: dict[str, Any]) -> ToolOutput:
    return ToolOutput(text=json.dumps(data, ensure_ascii=False), data=data)


async def _reported(events: AsyncGenerator[AnswerEvent, None], report: Report) -> AsyncGenerator[AnswerEvent, None]:
    """Yield the events of an answer, and tell of what has been found."""
    async for event in events:
        if isinstance(event, RetrievalEvent):
            await report(f"{pluralize(event.passages, 'passage')} of {pluralize(event.papers, 'paper')} found")
        elif isinstance(event, EvidenceEvent) and event.citations:
            await report(f"{pluralize(len(event.citations), 'quote')} selected")
        yield event


async def _with_progress(report: Report, work: Callable[[StageProgress], Awaitable[T]]) -> T:
    """Return the result of work on a thread, which tells of its stages."""
    loop, stages = asyncio.get_running_loop(), asyncio.Queue[str]()
    told = ("", -1)

    def progress(stage: str, done: int, units: int) -> None:
        nonlocal told
        tenths = 10 * done // max(units, 1)
        if (stage, tenths) != told:
            told = stage, tenths
            loop.call_soon_threadsafe(stages.put_nowait, f"{stage}: {done} of {units}")

    async def tell() -> None:
        while True:
            await report(await stages.get())

    telling = asyncio.ensure_future(tell())
    try:
        return await work(progress)
    finally:
        telling.cancel()
        await asyncio.gather(telling, return_exceptions=True)
