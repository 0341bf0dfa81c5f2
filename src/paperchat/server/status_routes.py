"""The routes that say how the server and its library are: health, status and metrics."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from starlette.responses import JSONResponse

from paperchat.access.middleware import HEALTH_PATH, READY_PATH
from paperchat.access.problems import problem_response
from paperchat.serialization import counts_as_json
from paperchat.server.api_parts import API_PREFIX, ApiParts
from paperchat.server.callers import AnyCaller
from paperchat.server.conditional import conditional_json
from paperchat.server.job_records import HealthRecord, ReadinessRecord, StatusRecord
from paperchat.server.metrics import MEDIA_TYPE, Metrics
from paperchat.server.readiness import RETRY_AFTER
from paperchat.storage.library_counts import size_on_disk


def status_routes(api: ApiParts) -> APIRouter:
    """Return a router that tells what is in the library."""
    router = APIRouter(prefix=API_PREFIX, tags=["server"])

    @router.get("/status", summary="What is in the library", response_model=StatusRecord)
    def status(request: Request, caller: AnyCaller) -> Response:
        home = api.pc.library.home
        document = counts_as_json(api.pc.status(), home=home, embedder=api.embedder, size=size_on_disk(home))
        return conditional_json(request, document if caller.scope == "admin" else {**document, "home": None})

    return router


def server_routes(api: ApiParts, metrics: Metrics) -> APIRouter:
    """Return a router for what has no version: health, which is told to anyone, and metrics."""
    router = APIRouter(tags=["server"])

    @router.get(HEALTH_PATH, summary="Whether the server lives", response_model=HealthRecord)
    async def health() -> Response:
        return JSONResponse({"status": "ok"}, headers={"cache-control": "no-store"})

    @router.get(
        READY_PATH,
        summary="Whether the server is ready for requests, which it is not while it starts or stops",
        response_model=ReadinessRecord,
    )
    async def ready() -> Response:
        if obstacle := await api.readiness.obstacle():
            later = {"retry-after": str(RETRY_AFTER), "cache-control": "no-store"}
            return problem_response(
                503,
                obstacle,
                path=READY_PATH,
                name="not-ready",
                headers=later,
            )
        return JSONResponse({"status": "ready"}, headers={"cache-control": "no-store"})

    @router.get(
        "/metrics",
        summary="Metrics of the server, for Prometheus",
        response_class=Response,
        responses={200: {"content": {"text/plain": {}}}},
    )
    def show_metrics(_: AnyCaller) -> Response:
        counts = api.pc.status()
        gauges = {
            "paperchat_work_running": ("Questions being worked on.", api.workload.running),
            "paperchat_work_waiting": ("Questions that wait in line.", api.workload.waiting),
            "paperchat_papers": ("Papers in the library.", counts.papers),
            "paperchat_passages": ("Passages in the library.", counts.passages),
            "paperchat_pending_papers": ("Papers that are not indexed yet.", counts.pending),
        }
        return Response(metrics.exposition(gauges), headers={"content-type": MEDIA_TYPE, "cache-control": "no-store"})

    return router
