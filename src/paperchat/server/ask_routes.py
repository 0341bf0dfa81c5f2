"""The routes for questions and searches; a question is answered at once, or as a stream of events."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse

from paperchat.answering.answer_events import final_answer
from paperchat.errors import StorageError
from paperchat.serialization import answer_as_json, citation_as_json, hits_as_json
from paperchat.server.api_parts import API_PREFIX, ApiParts
from paperchat.server.callers import AnyCaller, Caller
from paperchat.server.event_stream import CLIENT_GONE, MEDIA_TYPE, EventStream, ServerEvent, run_until_gone
from paperchat.server.openapi import EVENT_RESPONSE
from paperchat.server.records import AnswerRecord, HitsRecord
from paperchat.server.request_bodies import AskBody, SearchQuery
from paperchat.storage.conversations import Conversation
from paperchat.types import Answer, AnswerEvent, DoneEvent, EvidenceEvent, RetrievalEvent, SentenceEvent, TextEvent


def ask_routes(api: ApiParts) -> APIRouter:
    """Return a router by which questions are asked and papers are searched."""
    router = APIRouter(prefix=API_PREFIX, tags=["answers"])

    @router.post(
        "/ask",
        summary="Answer a question with exact quotes, or abstain",
        response_model=AnswerRecord,
        responses=EVENT_RESPONSE,
    )
    async def ask(body: AskBody, request: Request, caller: AnyCaller) -> Response:
        await api.admit(caller, body.question)
        events = answer_events(api, body, caller)
        if wants_events(request, body.stream):
            return await EventStream.begin(_server_events(events), request)
        answer = await run_until_gone(request, last_answer(events))
        return JSONResponse(answer_as_json(answer)) if answer else Response(status_code=CLIENT_GONE)

    @router.get("/search", summary="Rank papers", response_model=HitsRecord)
    async def search(query: Annotated[SearchQuery, Query()], request: Request, caller: AnyCaller) -> Response:
        filters = query.as_filters()

        def find() -> dict[str, Any]:
            found = hits_as_json(api.pc.search(query.q, query.k, filters=filters, recency=query.recency))
            if query.facets:
                found["facets"] = api.pc.facets(query.q, filters=filters).as_json()
            return found

        async def work() -> dict[str, Any]:
            async with api.workload.slot(caller.visitor):
                return await run_in_threadpool(find)

        found = await run_until_gone(request, work())
        return JSONResponse(found) if found else Response(status_code=CLIENT_GONE)

    return router


async def answer_events(api: ApiParts, body: AskBody, caller: Caller) -> AsyncGenerator[AnswerEvent, None]:
    """Yield the events of an answer, which is stored as the caller's; closing it stops the work.

    Raises:
        PaperchatError: the question cannot be answered, or not now.
    """
    async with api.workload.slot(caller.visitor):
        conversation = await run_in_threadpool(_conversation, api, body, caller)
        filters = body.filters.as_filters() if body.filters is not None else None
        stream = api.pc.astream(body.question, filters=filters, conversation=conversation, kind=body.kind)
        async with aclosing(stream) as events:
            async for event in events:
                if isinstance(event, DoneEvent) and caller.visitor and conversation is None:
                    with suppress(StorageError):  # then the answer is not stored either
                        await run_in_threadpool(api.pc.library.assign_answer, event.answer.id, caller.visitor)
                yield event


def event_as_json(event: AnswerEvent) -> tuple[str, dict[str, Any]]:
    """Return the name of an event and its data."""
    match event:
        case RetrievalEvent():
            return "retrieval", {"passages": event.passages, "papers": event.papers, "titles": list(event.titles)}
        case EvidenceEvent():
            return "evidence", {"citations": [citation_as_json(one) for one in event.citations]}
        case TextEvent():
            return "text", {"delta": event.delta}
        case SentenceEvent():
            return "sentence", {"text": event.text, "citations": list(event.citations), "status": event.status}
        case DoneEvent():
            return "done", answer_as_json(event.answer)


def wants_events(request: Request, is_asked: bool) -> bool:
    """Whether a request asks for server-sent events, by its body or by what it accepts."""
    return is_asked or MEDIA_TYPE in request.headers.get("accept", "")


async def last_answer(events: AsyncGenerator[AnswerEvent, None]) -> Answer:
    """Return the answer at the end of the events."""
    async with aclosing(events):
        return final_answer([event async for event in events])


async def _server_events(events: AsyncGenerator[AnswerEvent, None]) -> AsyncGenerator[ServerEvent, None]:
    async with aclosing(events):
        async for event in events:
            name, data = event_as_json(event)
            yield ServerEvent(name=name, data=data)


def _conversation(api: ApiParts, body: AskBody, caller: Caller) -> Conversation | None:
    if body.conversation is None:
        return None
    found = api.pc.conversations.find(body.conversation, owner=caller.visitor)
    return found or api.pc.conversations.new(body.conversation, owner=caller.visitor)
