"""The description of the API in OpenAPI: served to its callers, and the source of docs/api.md."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI, Response
from fastapi.openapi.utils import get_openapi
from starlette.responses import JSONResponse

from paperchat.access.middleware import OPEN_PATHS
from paperchat.access.problems import PROBLEM_TYPE
from paperchat.server.callers import AnyCaller
from paperchat.server.job_records import ProblemRecord

OPENAPI_PATH = "/openapi.json"
EVENT_STREAM = "text/event-stream"
_PROBLEM_CONTENT = {PROBLEM_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemRecord"}}}
PROBLEM_RESPONSES: dict[int | str, dict[str, Any]] = {
    "4XX": {"description": "The request cannot be answered", "content": _PROBLEM_CONTENT},
    "5XX": {"description": "The server cannot answer it now", "content": _PROBLEM_CONTENT},
}
EVENT_CONTENT: dict[str, Any] = {
    EVENT_STREAM: {
        "schema": {
            "type": "object",
            "properties": {"event": {"type": "string"}, "data": {"type": "string"}},
            "required": ["event", "data"],
        }
    }
}
"""Each event, as OpenAPI 3.2 has it; the data is a JSON document."""
EVENT_RESPONSE: dict[int | str, dict[str, Any]] = {
    200: {"description": "At once, or as server-sent events", "content": EVENT_CONTENT}
}
_SECURITY_SCHEMES = {
    "key": {"type": "http", "scheme": "bearer", "description": "a key made by `paperchat keys add`"},
    "login": {"type": "http", "scheme": "basic", "description": "a user of the window"},
}
_KEY_PARAMETER = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "sent again within 24 hours with the same request, gives the first response and does nothing anew",
    "schema": {"type": "string", "pattern": "^[!-~]{1,200}$"},
}


def describe_api(app: FastAPI) -> None:
    """Have the app describe itself, to who may call it."""

    def describe() -> dict[str, Any]:
        if not app.openapi_schema:
            app.openapi_schema = _described(app)
        return app.openapi_schema

    app.openapi = describe  # type: ignore[method-assign]

    @app.get(OPENAPI_PATH, include_in_schema=False)
    async def openapi(_: AnyCaller) -> Response:
        return JSONResponse(app.openapi())


def _described(app: FastAPI) -> dict[str, Any]:
    schema = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
    components = schema.setdefault("components", {})
    components.setdefault("schemas", {})["ProblemRecord"] = ProblemRecord.model_json_schema()
    components["securitySchemes"] = _SECURITY_SCHEMES
    schema["security"] = [{name: []} for name in _SECURITY_SCHEMES]
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            if method == "post" and not path.endswith("/uploads"):
                operation.setdefault("parameters", []).append(_KEY_PARAMETER)
            if path in OPEN_PATHS:
                operation["security"] = []
    return schema
