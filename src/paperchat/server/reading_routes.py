"""The routes for what a caller reads with: digests, the addresses of feeds, and references for other programs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse

from paperchat.answering.answer_events import run_in_thread
from paperchat.conversation.memory import restore_answers
from paperchat.errors import UsageError
from paperchat.reading.feed_entries import FeedKind, feed_address
from paperchat.render.bibtex_ris_csl import bibtex, csl_json, ris
from paperchat.render.markdown import answer_as_markdown
from paperchat.render.reading_json import digest_as_json
from paperchat.server.api_parts import API_PREFIX, ApiParts
from paperchat.server.callers import AnyCaller, Caller
from paperchat.server.event_stream import CLIENT_GONE, run_until_gone
from paperchat.server.job_records import FeedsRecord
from paperchat.server.report_records import DigestRecord
from paperchat.server.request_bodies import DigestQuery, ExportQuery
from paperchat.types import StoredPaper

_MEDIA_TYPES = {
    "bibtex": "application/x-bibtex",
    "ris": "application/x-research-info-systems",
    "csl": "application/vnd.citationstyles.csl+json",
    "markdown": "text/markdown",
}


def reading_routes(api: ApiParts) -> APIRouter:
    """Return a router for digests, feeds and references."""
    router = APIRouter(prefix=API_PREFIX, tags=["reading"])

    @router.get("/digest", summary="What is new for you", response_model=DigestRecord)
    async def digest(query: Annotated[DigestQuery, Query()], request: Request, caller: AnyCaller) -> Response:
        reading = api.pc.reading(caller.visitor)

        async def work() -> dict[str, Any]:
            async with api.workload.slot(caller.visitor):
                made = await run_in_thread(lambda _: reading.digest(query.span, until=query.until, most=query.papers))
                return digest_as_json(made)

        questions = await run_in_threadpool(reading.standing_questions)
        await api.admit(caller, count=1 + len(questions))
        made = await run_until_gone(request, work())
        return JSONResponse(made) if made else Response(status_code=CLIENT_GONE)

    @router.get("/feeds", summary="The addresses of your Atom feeds", response_model=FeedsRecord)
    def feeds(request: Request, caller: AnyCaller) -> Response:
        origin = api.public_url or str(request.base_url).rstrip("/")

        def address(kind: FeedKind, subject: str) -> str:
            token = api.pc.components.tokens.sign("feed", [caller.visitor, kind, subject])
            return feed_address(origin, kind, subject, token=token)

        found = [{"kind": kind, "of": of, "url": address(kind, of)} for kind, of in _feeds_of(api, caller)]
        return JSONResponse({"feeds": found})

    @router.get(
        "/export",
        summary="References to the papers of the library, or to those that an answer cites",
        response_class=Response,
        responses={200: {"content": {media_type: {} for media_type in _MEDIA_TYPES.values()}}},
    )
    def export(query: Annotated[ExportQuery, Query()], caller: AnyCaller) -> Response:
        answer = api.pc.library.answer(query.answer, owner=caller.visitor) if query.answer else ""
        if query.format == "markdown":
            if not answer:
                raise UsageError("markdown is the text of an answer with its quotes: name one by answer=ID")
            text = answer_as_markdown(restore_answers(api.pc.library, [answer])[0])
        else:
            papers = api.pc.cited(query.answer) if answer else api.pc.papers()
            text = _references(query.format, papers)
        return Response(text, media_type=_MEDIA_TYPES[query.format])

    return router


def _feeds_of(api: ApiParts, caller: Caller) -> Iterator[tuple[FeedKind, str]]:
    reading = api.pc.reading(caller.visitor)
    yield "day", ""
    yield from ((one.kind, one.name) for one in reading.follows())
    yield from (("collection", one.name) for one in reading.collections())
    yield from (("standing", one.question) for one in reading.standing_questions())


def _references(format_: str, papers: Iterable[StoredPaper]) -> str:
    formatters = {"bibtex": bibtex, "ris": ris, "csl": csl_json}
    return ("\n" if format_ == "bibtex" else "").join(formatters[format_](papers))
