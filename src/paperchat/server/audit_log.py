"""The audit log: a line for each request that changes the library, with who, when, what route and the result.

It stands in ``audit.jsonl`` in the library's folder; questions and other texts are never in it.
"""

from __future__ import annotations

import json
import logging
import os
from datetime import UTC, datetime
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from paperchat.server.callers import Caller

logger = logging.getLogger(__name__)

FILE = "audit.jsonl"
_MAX_BYTES, _KEPT_FILES = 10 * 2**20, 3
_TARGETS = ("paper_id", "job_id", "conversation_id", "report_id")
"""Parameters of paths that name what is changed."""


class _PrivateFile(RotatingFileHandler):
    """A log file that is its owner's alone; where it cannot be written, a line says so."""

    def _open(self) -> TextIOWrapper:
        descriptor = os.open(self.baseFilename, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        return TextIOWrapper(os.fdopen(descriptor, "ab"), encoding=self.encoding)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802, ARG002 - the handler's name for it
        """Say that a line could not be written."""
        logger.error("the audit log %s cannot be written: check the disk", self.baseFilename)


class AuditLog:
    """Appends lines to the log; safe to share between threads."""

    def __init__(self, home: Path) -> None:
        self._file = _PrivateFile(
            home / FILE, maxBytes=_MAX_BYTES, backupCount=_KEPT_FILES, encoding="utf-8", delay=True
        )
        self._file.setFormatter(logging.Formatter("%(message)s"))

    def write(self, scope: Scope, status: int) -> None:
        """Write what came of a request."""
        caller: Caller = scope["caller"]
        values: dict[str, Any] = scope.get("path_params", {})
        line = {
            "at": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "request_id": scope["request_id"],
            "caller": caller.name,
            "caller_id": caller.visitor,
            "scope": caller.scope,
            "method": scope["method"],
            "route": getattr(scope.get("route"), "path", ""),
            "target": next((values[name] for name in _TARGETS if name in values), None) if status < 400 else None,
            "status": status,
        }
        self._file.handle(logging.makeLogRecord({"msg": json.dumps(line), "levelno": logging.INFO}))


class AuditMiddleware:
    """ASGI middleware that logs requests which a route has declared to be changes; see `paperchat.server.callers`."""

    def __init__(self, app: ASGIApp, *, log: AuditLog) -> None:
        self._app = app
        self._log = log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request."""

        async def noticing(message: Message) -> None:
            if message["type"] == "http.response.start" and scope.get("is_change"):
                self._log.write(scope, message["status"])
            await send(message)

        await self._app(scope, receive, noticing)
