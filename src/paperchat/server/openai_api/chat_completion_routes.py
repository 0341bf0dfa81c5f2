"""`POST /v1/chat/completions` and `GET /v1/models`: the last message is answered from the library."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any
from uuid import uuid4

from fastapi import APIRouter, Request, Response
from starlette.responses import JSONResponse

from paperchat.access.problems import OPENAI_PREFIX
from paperchat.conversation.forwarded_messages import message_text, reason_text
from paperchat.render.paper_links import PaperLinks
from paperchat.server.api_parts import ApiParts
from paperchat.server.ask_routes import last_answer
from paperchat.server.callers import AnyCaller
from paperchat.server.event_stream import CLIENT_GONE, EventStream, run_until_gone
from paperchat.server.openai_api.asked_answers import (
    StreamedData,
    StreamEnd,
    answer_fields,
    failed_stream,
    message_events,
    paper_links,
    token_usage,
)
from paperchat.server.openai_api.citation_links import source_events, url_citations
from paperchat.server.openai_api.openai_records import ChatCompletionRecord, ModelRecord, ModelsRecord
from paperchat.server.openai_api.openai_requests import (
    MODEL,
    ChatCompletionBody,
    asked_question,
    check_model,
)
from paperchat.server.openapi import EVENT_RESPONSE
from paperchat.types import Answer, AnswerEvent, DoneEvent, EvidenceEvent, TextEvent


def chat_completion_routes(api: ApiParts) -> APIRouter:
    """Return a router that answers chat completions and lists the one model."""
    router = APIRouter(prefix=OPENAI_PREFIX, tags=["openai"])

    @router.post(
        "/chat/completions",
        summary="Answer the last message, as OpenAI's chat completions do",
        response_model=ChatCompletionRecord,
        responses=EVENT_RESPONSE,
    )
    async def complete(body: ChatCompletionBody, request: Request, caller: AnyCaller) -> Response:
        body.check()
        asked = asked_question(body.messages, param="messages")
        await api.admit(caller, asked.question)
        answer_id, links = uuid4().hex, paper_links(api, request)
        events = message_events(api, caller, asked, answer_id=answer_id, filters=body.filters, kind=body.kind)
        if body.stream:
            chunks = _chunks(events, answer_id, body, links)
            return await EventStream.begin(chunks, request, failure=failed_stream)
        answer = await run_until_gone(request, last_answer(events))
        return JSONResponse(_completion(answer, links)) if answer else Response(status_code=CLIENT_GONE)

    @router.get("/models", summary="The models: the library itself", response_model=ModelsRecord)
    async def models(_: AnyCaller) -> JSONResponse:
        return JSONResponse({"object": "list", "data": [_model()]})

    @router.get("/models/{name}", summary="A model", response_model=ModelRecord)
    async def model(name: str, _: AnyCaller) -> JSONResponse:
        check_model(name)
        return JSONResponse(_model())

    return router


def _model() -> dict[str, Any]:
    return {"id": MODEL, "object": "model", "created": 0, "owned_by": "paperchat"}


def _head(answer_id: str, kind: str) -> dict[str, Any]:
    return {"id": f"chatcmpl-{answer_id}", "object": kind, "created": int(time.time()), "model": MODEL}


def _completion(answer: Answer, links: PaperLinks) -> dict[str, Any]:
    text = message_text(answer)
    message = {"role": "assistant", "content": text, "refusal": None, "annotations": _annotations(answer, text, links)}
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}
    return {
        **_head(answer.id, "chat.completion"),
        "choices": [choice],
        "usage": _usage(answer),
        **answer_fields(answer, links),
    }


async def _chunks(
    events: AsyncGenerator[AnswerEvent, None], answer_id: str, body: ChatCompletionBody, links: PaperLinks
) -> AsyncGenerator[StreamedData | StreamEnd, None]:
    """Yield the chunks of a completion: its text as it comes, and with the last of them what it cites."""
    head = _head(answer_id, "chat.completion.chunk")
    with_usage = bool(body.stream_options and body.stream_options.include_usage)
    head |= {"usage": None} if with_usage else {}

    def chunk(delta: dict[str, Any], finish_reason: str | None = None, **fields: Any) -> StreamedData:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}
        return StreamedData(data={**head, "choices": [choice], **fields})

    opening = [chunk({"role": "assistant", "content": "", "refusal": None})]
    async with aclosing(events):
        async for event in events:
            if opening:  # what is refused at once has a status of its own
                yield opening.pop()
            if isinstance(event, EvidenceEvent) and body.has_events:
                for source in source_events(event.citations, links):
                    yield StreamedData(data={"event": source})
            elif isinstance(event, TextEvent):
                yield chunk({"content": event.delta})
            elif isinstance(event, DoneEvent):
                answer = event.answer
                if reason := reason_text(answer):
                    yield chunk({"content": reason})
                annotations = _annotations(answer, message_text(answer), links)
                if annotations and not body.has_events:  # Open WebUI would list each source once more
                    yield chunk({"annotations": annotations})
                yield chunk({}, "stop", **answer_fields(answer, links))
                if with_usage:
                    yield StreamedData(data={**head, "choices": [], "usage": _usage(answer)})
    yield StreamEnd()


def _annotations(answer: Answer, text: str, links: PaperLinks) -> list[dict[str, Any]]:
    cited = url_citations(text, answer.citations, links)
    return [{"type": "url_citation", "url_citation": citation} for citation in cited]


def _usage(answer: Answer) -> dict[str, int]:
    given, written = token_usage(answer)
    return {"prompt_tokens": given, "completion_tokens": written, "total_tokens": given + written}
