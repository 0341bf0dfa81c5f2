"""Lines on standard error: warnings and errors as text, or with each request as JSON, one object a line.

What is asked, quoted or answered is in no line, unless questions are asked for.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from starlette.types import Scope

from paperchat.server.request_observation import ObservedRequest, Observer, current_request
from paperchat.settings import LogFormat

_SHOWN = (
    "paperchat.access.auth",
    "paperchat.access.api_authentication",
    "paperchat.mailing.digest_mailer",
    "paperchat.mcp.protocol_server",
    "paperchat.server.audit_log",
    "paperchat.server.jobs.ingest_jobs",
    "paperchat.server.problem_handlers",
    "paperchat.server.readiness",
    "paperchat.server.web_server",
    "paperchat.ui.subscriber.subscription_pages",
    "opentelemetry",
)
_OF_SERVER = "uvicorn.error"

logger = logging.getLogger(__name__)


def show_log_lines(log_format: LogFormat) -> None:
    """Write a line for each refused login or key, job or mail that must wait, and unforeseen error.

    As JSON, each request is a line, too, and so is what the web server otherwise writes itself.
    """
    handler = logging.StreamHandler()
    handler.setFormatter(_JsonFormatter() if log_format == "json" else _text_formatter())
    names = (*_SHOWN, _OF_SERVER, __name__) if log_format == "json" else _SHOWN
    for name in names:
        logging.getLogger(name).addHandler(handler)
    logging.getLogger("opentelemetry").setLevel(logging.ERROR)  # each try to reach a collector is a warning
    if log_format == "json":
        logger.setLevel(logging.INFO)


def request_logger(*, with_questions: bool) -> Observer:
    """Return what writes a line for each request that has been answered."""

    @contextmanager
    def log_request(_: Scope, observed: ObservedRequest) -> Iterator[None]:
        try:
            yield
        finally:
            fields: dict[str, Any] = {
                "method": observed.method,
                "route": observed.route,
                "status": observed.status or None,
                "seconds": round(observed.seconds, 4),
                "caller": observed.caller,
            }
            if with_questions:
                fields["question"] = observed.question
            logger.info("request", extra={"fields": fields})

    return log_request


class _JsonFormatter(logging.Formatter):
    """Formats a record as a JSON object; ``request_id`` is of the request that was being handled, if any."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as one line; of an exception its type and place only."""
        current = current_request()
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            "request_id": current.request_id if current else None,
            **getattr(record, "fields", {}),
        }
        if record.exc_info and record.exc_info[0]:
            line["error"] = record.exc_info[0].__name__
        return json.dumps(line)


def _text_formatter() -> logging.Formatter:
    return logging.Formatter("%(asctime)s paperchat: %(message)s")
