"""The routes for surveys and claims, which are kept for the caller, and for results, which are not."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse

from paperchat.answering.answer_events import run_in_thread
from paperchat.errors import NotFoundError, StorageError, UsageError
from paperchat.results.ledger import narrow_ledger
from paperchat.serialization import claim_as_json, ledger_as_json, survey_as_json
from paperchat.server.api_parts import API_PREFIX, ApiParts
from paperchat.server.ask_routes import wants_events
from paperchat.server.callers import AnyCaller, Caller
from paperchat.server.conditional import conditional_json
from paperchat.server.event_stream import CLIENT_GONE, EventStream, ServerEvent, run_until_gone
from paperchat.server.openapi import EVENT_RESPONSE
from paperchat.server.report_records import ClaimRecord, KeptReportsRecord, LedgerRecord, SurveyRecord
from paperchat.server.request_bodies import ClaimBody, ResultsQuery, SurveyBody
from paperchat.survey.types import StageProgress

ReportKind = Literal["survey", "claim"]
Work = Callable[[StageProgress], Awaitable[dict[str, Any]]]
ReportId = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$")]
_PROGRESS_INTERVAL = 0.1  # seconds


def report_routes(api: ApiParts) -> APIRouter:
    """Return a router for surveys, claims and results."""
    router = APIRouter(prefix=API_PREFIX, tags=["reports"])
    reports = _Reports(api)

    @router.post(
        "/surveys",
        summary="Survey a topic on one page, in quotes",
        response_model=SurveyRecord,
        responses=EVENT_RESPONSE,
    )
    async def survey(body: SurveyBody, request: Request, caller: AnyCaller) -> Response:
        async def work(progress: StageProgress) -> dict[str, Any]:
            filters = body.filters.as_filters()
            return survey_as_json(
                await api.pc.asurvey(body.topic, filters=filters, most=body.papers, progress=progress)
            )

        return await reports.make("survey", body.topic, work, request, caller, is_stream=body.stream)

    @router.post(
        "/claims",
        summary="Which papers support or oppose a claim",
        response_model=ClaimRecord,
        responses=EVENT_RESPONSE,
    )
    async def claim(body: ClaimBody, request: Request, caller: AnyCaller) -> Response:
        async def work(progress: StageProgress) -> dict[str, Any]:
            filters = body.filters.as_filters()
            return claim_as_json(await api.pc.aclaim(body.claim, filters=filters, most=body.papers, progress=progress))

        return await reports.make("claim", body.claim, work, request, caller, is_stream=body.stream)

    _add_kept_routes(router, "survey", "/surveys", reports, SurveyRecord)
    _add_kept_routes(router, "claim", "/claims", reports, ClaimRecord)

    @router.get("/results", summary="The results that papers report", response_model=LedgerRecord)
    async def results(query: Annotated[ResultsQuery, Query()], request: Request, caller: AnyCaller) -> Response:
        if query.topic and not query.topic.strip():
            raise UsageError("the topic is blank: say what the results are to be on or omit it")
        await api.admit(caller, query.topic)

        async def work() -> dict[str, Any]:
            async with api.workload.slot(caller.visitor):
                ledger = await run_in_thread(
                    lambda stopped: api.pc.results(query.topic or None, query.as_filters(), stopped=stopped)
                )
                narrowed = narrow_ledger(ledger, benchmark=query.benchmark, system=query.system)
                return await run_in_threadpool(ledger_as_json, narrowed)

        found = await run_until_gone(request, work())
        return JSONResponse(found) if found else Response(status_code=CLIENT_GONE)

    return router


def _add_kept_routes(
    router: APIRouter, kind: ReportKind, path: str, reports: _Reports, record: type[SurveyRecord | ClaimRecord]
) -> None:
    @router.get(path, summary=f"List the {kind}s kept for you, latest first", response_model=KeptReportsRecord)
    def list_reports(request: Request, caller: AnyCaller) -> Response:
        return conditional_json(request, reports.all(kind, caller))

    @router.get(f"{path}/{{report_id}}", summary=f"A {kind} kept for you", response_model=record)
    def show(report_id: ReportId, request: Request, caller: AnyCaller) -> Response:
        return conditional_json(request, reports.get(kind, report_id, caller))

    @router.delete(f"{path}/{{report_id}}", summary=f"Delete a {kind} kept for you", status_code=204)
    def delete(report_id: ReportId, request: Request, caller: AnyCaller) -> None:
        request.scope["is_change"] = True
        reports.get(kind, report_id, caller)
        reports.delete(report_id, caller)


@dataclass(frozen=True, slots=True)
class _Reports:
    """Makes surveys and claims, and keeps them for who asked."""

    api: ApiParts

    async def make(
        self, kind: ReportKind, text: str, work: Work, request: Request, caller: Caller, *, is_stream: bool
    ) -> Response:
        await self.api.admit(caller, text)

        async def made(progress: StageProgress) -> tuple[dict[str, Any], str]:
            async with self.api.workload.slot(caller.visitor):
                document = await work(progress)
                return document, await run_in_threadpool(self._keep, kind, text, document, caller)

        if wants_events(request, is_stream):
            return await EventStream.begin(_progress_events(made), request)
        result = await run_until_gone(request, made(lambda *_: None))
        if result is None:
            return Response(status_code=CLIENT_GONE)
        document, report_id = result
        headers = {"location": f"{request.url.path}/{report_id}"} if report_id else {}
        return JSONResponse(document, headers=headers)

    def all(self, kind: ReportKind, caller: Caller) -> dict[str, Any]:
        found = self.api.pc.library.visitors.reports(caller.visitor, kind)
        return {
            "reports": [
                {"id": one.report_id, "text": one.text, "created": one.kept_at.isoformat(timespec="seconds")}
                for one in found
            ]
        }

    def get(self, kind: ReportKind, report_id: str, caller: Caller) -> Mapping[str, Any]:
        found = self.api.pc.library.visitors.report(caller.visitor, kind, report_id)
        if found is None:
            raise NotFoundError(f"no {kind} of this id is kept for you: GET the list for their ids")
        document: Mapping[str, Any] = json.loads(found.body)
        return document

    def delete(self, report_id: str, caller: Caller) -> None:
        self.api.pc.library.visitors.delete_report(caller.visitor, report_id)

    def _keep(self, kind: ReportKind, text: str, document: Mapping[str, Any], caller: Caller) -> str:
        """Keep a report and return its id; empty where the library cannot be written."""
        with suppress(StorageError):
            body = json.dumps(document, ensure_ascii=False)
            return self.api.pc.library.visitors.keep_report(caller.visitor, kind, text=text, body=body)
        return ""


async def _progress_events(
    made: Callable[[StageProgress], Awaitable[tuple[dict[str, Any], str]]],
) -> AsyncGenerator[ServerEvent, None]:
    """Yield the latest progress a few times a second, and in the end what was made."""
    loop, changed, latest = asyncio.get_running_loop(), asyncio.Event(), ("", 0, 0)

    def set_latest(stage: str, done: int, total: int) -> None:
        nonlocal latest
        latest = (stage, done, total)
        changed.set()

    def report_progress(stage: str, done: int, total: int) -> None:
        loop.call_soon_threadsafe(set_latest, stage, done, total)

    working = asyncio.ensure_future(made(report_progress))
    try:
        while not working.done():
            waiting = asyncio.ensure_future(changed.wait())
            await asyncio.wait({working, waiting}, return_when=asyncio.FIRST_COMPLETED)
            waiting.cancel()
            if changed.is_set() and not working.done():
                changed.clear()
                stage, done, total = latest
                yield ServerEvent(name="progress", data={"stage": stage, "done": done, "total": total})
                await asyncio.wait({working}, timeout=_PROGRESS_INTERVAL)
        document, _ = working.result()
        yield ServerEvent(name="done", data=document)
    finally:
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
