"""The routes that say how the server and its library are: health, status and metrics."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import JSONResponse

from paperchat.access.middleware import HEALTH_PATH


def health_route() -> APIRouter:
    """Return a router that tells anyone that the server lives, and nothing else."""
    router = APIRouter(tags=["server"])

    @router.get(HEALTH_PATH, summary="Whether the server lives")
    async def health() -> JSONResponse:
        return JSONResponse({"status": "ok"}, headers={"cache-control": "no-store"})

    return router
