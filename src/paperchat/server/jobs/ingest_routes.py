"""The routes by which papers are added: uploads, ingestions as jobs, and the jobs themselves."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Request, Response
from fastapi import Path as PathParameter
from starlette.responses import JSONResponse

from paperchat.access.quotas import QuotaExceededError
from paperchat.access.visitor_sources import check_locations
from paperchat.errors import UsageError
from paperchat.server.api_parts import API_PREFIX, ApiParts
from paperchat.server.callers import AnyCaller, Caller, WritingCaller
from paperchat.server.event_stream import EventStream
from paperchat.server.job_records import JobRecord, JobsRecord, UploadsRecord
from paperchat.server.jobs.ingest_jobs import IngestJobs, IngestSources, job_as_json
from paperchat.server.openapi import EVENT_CONTENT
from paperchat.server.problem_handlers import PreconditionError
from paperchat.server.request_bodies import IngestBody

JobId = Annotated[str, PathParameter(pattern=r"^[0-9a-f]{32}$")]
_FILES = {
    "type": "object",
    "properties": {"files": {"type": "array", "items": {"type": "string", "format": "binary"}}},
    "required": ["files"],
}


def ingest_routes(api: ApiParts, jobs: IngestJobs) -> APIRouter:
    """Return a router for uploads and jobs."""
    router = APIRouter(prefix=API_PREFIX, tags=["ingestion"])

    @router.post(
        "/uploads",
        summary="Upload files, which wait an hour to be ingested",
        status_code=201,
        response_model=UploadsRecord,
        openapi_extra={"requestBody": {"required": True, "content": {"multipart/form-data": {"schema": _FILES}}}},
    )
    async def upload(request: Request, caller: WritingCaller) -> Response:
        try:
            paths = [Path(one) for one in await api.incoming.receive(caller.visitor, request)]
        except QuotaExceededError as error:
            raise PreconditionError(str(error), status=413) from error
        except (KeyError, ValueError, AssertionError) as error:
            raise PreconditionError("the upload is no multipart form with files: send one", status=400) from error
        if not paths:
            raise UsageError("the form has no files: send each as a field of the name files")
        uploads = [{"id": one.parent.name, "name": one.name, "bytes": one.stat().st_size} for one in paths]
        return JSONResponse({"uploads": uploads}, status_code=201)

    @router.post(
        "/ingest",
        summary="Ingest papers; the response is a job",
        status_code=202,
        response_model=JobRecord,
    )
    async def ingest(body: IngestBody, request: Request, caller: WritingCaller) -> Response:
        sources = IngestSources(
            locations=check_locations(body.sources),
            uploads=[_uploaded_file(api, one, caller) for one in body.uploads],
            pdfs=body.pdfs,
            most=body.most,
        )
        if not sources.locations and not sources.uploads:
            raise UsageError("nothing to ingest: name sources, or uploads")
        submitter = api.permissions.submitter_of(caller.visitor)
        job = await jobs.add(sources, caller, submitter=submitter, path=request.url.path)
        headers = {"location": f"{API_PREFIX}/jobs/{job.job_id}"}
        return JSONResponse(job_as_json(job), status_code=202, headers=headers)

    @router.get("/jobs", summary="List your jobs, latest first", response_model=JobsRecord)
    async def list_jobs(caller: AnyCaller) -> Response:
        return JSONResponse({"jobs": [job_as_json(job) for job in await jobs.all(caller)]})

    @router.get("/jobs/{job_id}", summary="A job and how far it is", response_model=JobRecord)
    async def show(job_id: JobId, caller: AnyCaller) -> Response:
        return JSONResponse(job_as_json(await jobs.get(job_id, caller)))

    @router.get(
        "/jobs/{job_id}/events",
        summary="A job's progress as server-sent events, until it ends",
        response_class=Response,
        responses={200: {"content": EVENT_CONTENT}},
    )
    async def events(job_id: JobId, request: Request, caller: AnyCaller) -> Response:
        return await EventStream.begin(jobs.events(await jobs.get(job_id, caller), caller), request)

    @router.delete("/jobs/{job_id}", summary="Cancel a job; what it has written stays", response_model=JobRecord)
    async def cancel(job_id: JobId, caller: WritingCaller) -> Response:
        return JSONResponse(job_as_json(await jobs.cancel(job_id, caller)))

    return router


def _uploaded_file(api: ApiParts, upload_id: str, caller: Caller) -> str:
    file = api.incoming.find(caller.visitor, upload_id)
    if file is None:
        raise UsageError(f"no upload {upload_id} of yours waits: upload the file again")
    return str(file)
