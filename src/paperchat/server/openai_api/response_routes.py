"""`POST /v1/responses`: the last message of the input is answered from the library."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Any, Literal
from uuid import uuid4

from fastapi import APIRouter, Request, Response
from starlette.responses import JSONResponse

from paperchat.access.problems import OPENAI_PREFIX, openai_error
from paperchat.conversation.forwarded_messages import message_text, reason_text
from paperchat.render.paper_links import PaperLinks
from paperchat.server.api_parts import ApiParts
from paperchat.server.ask_routes import last_answer
from paperchat.server.callers import AnyCaller
from paperchat.server.event_stream import CLIENT_GONE, EventStream, run_until_gone
from paperchat.server.openai_api.asked_answers import (
    StreamedData,
    answer_fields,
    message_events,
    paper_links,
    token_usage,
)
from paperchat.server.openai_api.citation_links import url_citations
from paperchat.server.openai_api.openai_records import ResponseRecord
from paperchat.server.openai_api.openai_requests import MODEL, ResponseBody, asked_question
from paperchat.server.openapi import EVENT_RESPONSE
from paperchat.server.problem_handlers import problem_of
from paperchat.types import Answer, AnswerEvent, DoneEvent, TextEvent

_ID_PREFIX = "resp_"
_PLACE = {"output_index": 0, "content_index": 0}


def response_routes(api: ApiParts) -> APIRouter:
    """Return a router that answers as OpenAI's responses do; their ids are those of the answers."""
    router = APIRouter(prefix=OPENAI_PREFIX, tags=["openai"])

    @router.post(
        "/responses",
        summary="Answer the last message, as OpenAI's responses do",
        response_model=ResponseRecord,
        responses=EVENT_RESPONSE,
    )
    async def respond(body: ResponseBody, request: Request, caller: AnyCaller) -> Response:
        body.check()
        asked = asked_question(body.input, param="input")
        await api.admit(caller, asked.question)
        document = _ResponseDocument(uuid4().hex, body, paper_links(api, request))
        events = message_events(
            api,
            caller,
            asked,
            answer_id=document.answer_id,
            filters=body.filters,
            kind=body.kind,
            after=(body.previous_response_id or "").removeprefix(_ID_PREFIX),
        )
        if body.stream:
            stream = _ResponseStream(document)
            return await EventStream.begin(stream.parts(events), request, failure=stream.failed)
        answer = await run_until_gone(request, last_answer(events))
        return JSONResponse(document.completed(answer)) if answer else Response(status_code=CLIENT_GONE)

    return router


class _ResponseDocument:
    """The response to a request, before and after it has been answered."""

    def __init__(self, answer_id: str, body: ResponseBody, links: PaperLinks) -> None:
        self.answer_id = answer_id
        self.item_id = f"msg_{answer_id}"
        self._links = links
        self._head: dict[str, Any] = {
            "id": f"{_ID_PREFIX}{answer_id}",
            "object": "response",
            "created_at": int(time.time()),
            "model": MODEL,
            "error": None,
            "incomplete_details": None,
            "instructions": None,
            "metadata": body.metadata or {},
            "parallel_tool_calls": False,
            "previous_response_id": body.previous_response_id,
            "text": {"format": {"type": "text"}},
            "tool_choice": "none",
            "tools": [],
        }

    def in_progress(self) -> dict[str, Any]:
        """Return the response while it is made."""
        return {**self._head, "status": "in_progress", "output": [], "usage": None}

    def completed(self, answer: Answer) -> dict[str, Any]:
        """Return the response with its answer."""
        given, written = token_usage(answer)
        usage = {
            "input_tokens": given,
            "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
            "output_tokens": written,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": given + written,
        }
        output = [self.item("completed", self.part(answer))]
        fields = answer_fields(answer, self._links)
        return {**self._head, "status": "completed", "output": output, "usage": usage, **fields}

    def item(self, status: Literal["in_progress", "completed"], *parts: Mapping[str, Any]) -> dict[str, Any]:
        """Return the message of the response."""
        return {"id": self.item_id, "type": "message", "role": "assistant", "status": status, "content": list(parts)}

    def part(self, answer: Answer | None) -> dict[str, Any]:
        """Return the text of the message with its annotations."""
        text = message_text(answer) if answer else ""
        cited = url_citations(text, answer.citations, self._links) if answer else []
        annotations = [{"type": "url_citation", **citation} for citation in cited]
        return {"type": "output_text", "text": text, "annotations": annotations, "logprobs": []}


class _ResponseStream:
    """The events of a response, numbered."""

    def __init__(self, document: _ResponseDocument) -> None:
        self._document = document
        self._number = -1

    async def parts(self, events: AsyncGenerator[AnswerEvent, None]) -> AsyncGenerator[StreamedData, None]:
        """Yield the events: the text as it comes, then what it cites, then the whole response."""
        document, at = self._document, {"item_id": self._document.item_id, **_PLACE}
        async with aclosing(events):
            async for event in events:
                if self._number < 0:  # what is refused at once has a status of its own
                    yield self._event("response.created", response=document.in_progress())
                    yield self._event("response.in_progress", response=document.in_progress())
                    yield self._event("response.output_item.added", output_index=0, item=document.item("in_progress"))
                    yield self._event("response.content_part.added", **at, part=document.part(None))
                if isinstance(event, TextEvent):
                    yield self._event("response.output_text.delta", **at, delta=event.delta, logprobs=[])
                elif isinstance(event, DoneEvent):
                    answer, part = event.answer, document.part(event.answer)
                    if reason := reason_text(answer):
                        yield self._event("response.output_text.delta", **at, delta=reason, logprobs=[])
                    for index, annotation in enumerate(part["annotations"]):
                        yield self._event(
                            "response.output_text.annotation.added",
                            **at,
                            annotation_index=index,
                            annotation=annotation,
                        )
                    yield self._event("response.output_text.done", **at, text=part["text"], logprobs=[])
                    yield self._event("response.content_part.done", **at, part=part)
                    item = document.item("completed", part)
                    yield self._event("response.output_item.done", output_index=0, item=item)
                    yield self._event("response.completed", response=document.completed(answer))

    def failed(self, error: Exception, request: Request) -> StreamedData:
        """Return the event that says what went wrong."""
        said = openai_error(problem_of(error, request.scope).document)["error"]
        return self._event("error", code=said["code"], message=said["message"], param=said["param"])

    def _event(self, kind: str, **fields: Any) -> StreamedData:
        self._number += 1
        return StreamedData(name=kind, data={"type": kind, "sequence_number": self._number, **fields})
