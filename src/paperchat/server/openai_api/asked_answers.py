"""Answers to the questions of OpenAI's clients: worked on in turn, stored as the caller's, and read as messages."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from fastapi import Request

from paperchat.access.problems import openai_error
from paperchat.answering.answer_events import stream_in_thread
from paperchat.render.paper_links import PaperLinks
from paperchat.serialization import answer_as_json
from paperchat.server.api_parts import ApiParts
from paperchat.server.callers import Caller
from paperchat.server.openai_api.citation_links import cited_urls, search_results
from paperchat.server.openai_api.openai_records import OpenAIErrorRecord
from paperchat.server.openai_api.openai_requests import AskedQuestion
from paperchat.server.problem_handlers import problem_of
from paperchat.types import Answer, AnswerEvent, AnswerKind, Filters

ERROR_RESPONSES: dict[int | str, dict[str, Any]] = {
    "4XX": {"description": "The request cannot be answered", "model": OpenAIErrorRecord},
    "5XX": {"description": "The server cannot answer it now", "model": OpenAIErrorRecord},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamedData:
    """A part of a stream, as ``data:``, with the name of its event where it has one."""

    data: Mapping[str, Any]
    name: str = ""

    def encoded(self) -> bytes:
        """Return the part as it is sent."""
        name = f"event: {self.name}\n" if self.name else ""
        return f"{name}data: {json.dumps(self.data, ensure_ascii=False)}\n\n".encode("utf-8", "replace")


class StreamEnd:
    """What ends a stream of chunks."""

    def encoded(self) -> bytes:
        """Return the end as it is sent."""
        return b"data: [DONE]\n\n"


async def message_events(
    api: ApiParts,
    caller: Caller,
    asked: AskedQuestion,
    *,
    answer_id: str,
    filters: Filters | None,
    kind: AnswerKind | None,
    after: str = "",
) -> AsyncGenerator[AnswerEvent, None]:
    """Yield the events of the answer of this id to a question with what was said before it; closing it stops the work.

    Raises:
        PaperchatError: the question cannot be answered, or not now.
    """
    async with api.workload.slot(caller.visitor):
        stream = stream_in_thread(
            lambda stopped: api.pc.components.forwarded.stream(
                asked.question,
                answer_id=answer_id,
                exchanges=asked.exchanges,
                after=after,
                owner=caller.visitor,
                filters=filters,
                kind=kind,
                stopped=stopped,
            )
        )
        async with aclosing(stream) as events:
            async for event in events:
                yield event


def paper_links(api: ApiParts, request: Request) -> PaperLinks:
    """Return where papers are found, seen from where the request came."""
    origin = api.public_url or str(request.base_url).rstrip("/")
    return PaperLinks(origin=origin, has_window=api.has_window)


def token_usage(answer: Answer) -> tuple[int, int]:
    """Return the tokens that a language model was given and wrote; zeros where none wrote the answer."""
    return answer.usage.get("input_tokens", 0), answer.usage.get("output_tokens", 0)


def answer_fields(answer: Answer, links: PaperLinks) -> dict[str, Any]:
    """Return the fields beside OpenAI's: addresses and results in the order of the marks, and the whole answer."""
    return {
        "citations": cited_urls(answer, links),
        "search_results": search_results(answer, links),
        "paperchat": answer_as_json(answer),
    }


def failed_stream(error: Exception, request: Request) -> StreamedData:
    """Return the part of a stream that says what went wrong."""
    return StreamedData(data=openai_error(problem_of(error, request.scope).document))
