"""OpenTelemetry: traces and metrics of requests, sent to the collector that the user names, and nowhere by default.

This module is imported by a server that is to send them, and by nothing else; it alone imports opentelemetry. A
request is a trace: the request itself, and below it what LlamaIndex's instrumentation tells of, such as retrieving,
scoring passages and answering. Texts are never attributes, but for questions, where they are asked for.
"""

from __future__ import annotations

import inspect
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from llama_index.core.instrumentation import get_dispatcher  # type: ignore[attr-defined]  # not in its __all__
from llama_index.core.instrumentation.span import BaseSpan
from llama_index.core.instrumentation.span_handlers import BaseSpanHandler
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.propagate import extract
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Span, SpanKind, Status, StatusCode, Tracer
from pydantic import PrivateAttr
from starlette.datastructures import Headers
from starlette.types import Scope

from paperchat import __version__
from paperchat.errors import UsageError
from paperchat.server.request_observation import ObservedRequest

_SCOPE = "paperchat"
_TIMEOUT = 2.0  # seconds for what is sent at once, so that a server ends soon where the collector is away
_UUID_PARTS = 5
# What the steps of an answer are called; other spans of LlamaIndex have the names of their methods.
_STEPS = {"HybridRetriever.retrieve": "retrieve", "PassageScorer.score": "score", "answer": "answer"}


class Telemetry:
    """Sends traces and metrics until it is closed; an `Observer` of requests, by `observe`."""

    def __init__(self, *, endpoint: str = "", with_questions: bool = False) -> None:
        """Start sending, to the base address of a collector that speaks OTLP over HTTP.

        Without an ``endpoint``, OpenTelemetry's own environment variables name it.

        Raises:
            UsageError: the endpoint is no address.
        """
        base = endpoint.rstrip("/")
        if base and (urlsplit(base).scheme not in ("http", "https") or not urlsplit(base).hostname):
            raise UsageError(f"telemetry_endpoint {endpoint!r} is not an address: write http://HOST:4318")
        named = {} if "OTEL_SERVICE_NAME" in os.environ else {"service.name": "paperchat"}
        resource = Resource.create({**named, "service.version": __version__})
        timeout = None if "OTEL_EXPORTER_OTLP_TIMEOUT" in os.environ else _TIMEOUT
        spans = OTLPSpanExporter(f"{base}/v1/traces" if base else None, timeout=timeout)
        metrics = OTLPMetricExporter(f"{base}/v1/metrics" if base else None, timeout=timeout)
        # Providers of its own: those of the process are for whoever embeds it, and Chroma sets one.
        self._tracers = TracerProvider(resource=resource, shutdown_on_exit=False)
        self._tracers.add_span_processor(BatchSpanProcessor(spans))
        self._meters = MeterProvider([PeriodicExportingMetricReader(metrics)], resource, shutdown_on_exit=False)
        self._tracer = self._tracers.get_tracer(_SCOPE, __version__)
        meter = self._meters.get_meter(_SCOPE, __version__)
        self._requests = meter.create_histogram(
            "http.server.request.duration", unit="s", description="Seconds from a request to the end of its response."
        )
        self._active = meter.create_up_down_counter(
            "http.server.active_requests", unit="{request}", description="Requests being handled."
        )
        self._with_questions = with_questions
        steps = meter.create_histogram(
            "paperchat.step.duration", unit="s", description="Seconds that a step of an answer takes."
        )
        self._bridge = SpanBridge()
        self._bridge.start(self._tracer, steps)
        get_dispatcher().add_span_handler(self._bridge)

    def close(self) -> None:
        """Send what has not been sent, and stop."""
        get_dispatcher().span_handlers.remove(self._bridge)
        self._tracers.shutdown()
        self._meters.shutdown()

    @contextmanager
    def observe(self, scope: Scope, observed: ObservedRequest) -> Iterator[None]:
        """Handle a request within a span, which is a child of the one that its headers name."""
        parent = extract(dict(Headers(scope=scope)))
        of_method = {"http.request.method": observed.method}
        self._active.add(1, of_method)
        with self._tracer.start_as_current_span(
            observed.method, parent, SpanKind.SERVER, record_exception=False, set_status_on_exception=False
        ) as span:
            try:
                yield
            finally:
                self._active.add(-1, of_method)
                self._describe(span, observed)

    def _describe(self, span: Span, observed: ObservedRequest) -> None:
        attributes: dict[str, str | int] = {"http.request.method": observed.method, "http.route": observed.route}
        if observed.status:
            attributes["http.response.status_code"] = observed.status
        self._requests.record(observed.seconds, attributes)
        span.update_name(f"{observed.method} {observed.route}")
        span.set_attributes({**attributes, "paperchat.request_id": observed.request_id})
        if observed.caller:
            span.set_attribute("paperchat.caller", observed.caller)
        if self._with_questions and observed.question:
            span.set_attribute("paperchat.question", observed.question)
        if observed.status >= 500:
            span.set_status(Status(StatusCode.ERROR))


class BridgedSpan(BaseSpan):
    """A span of LlamaIndex's instrumentation, and the one of OpenTelemetry that stands for it."""

    _span: Span = PrivateAttr()
    _name: str = PrivateAttr()
    _began: float = PrivateAttr()


class SpanBridge(BaseSpanHandler[BridgedSpan]):
    """Makes spans of OpenTelemetry of those of LlamaIndex's instrumentation; arguments and results are left out."""

    _tracer: Tracer = PrivateAttr()
    _steps: Any = PrivateAttr()

    def start(self, tracer: Tracer, steps: Any) -> None:
        """Begin; ``steps`` is a histogram of the seconds that steps take."""
        self._tracer, self._steps = tracer, steps

    def new_span(
        self,
        id_: str,
        bound_args: inspect.BoundArguments,  # noqa: ARG002
        instance: Any | None = None,  # noqa: ARG002
        parent_span_id: str | None = None,
        tags: dict[str, Any] | None = None,  # noqa: ARG002
        **_: Any,
    ) -> BridgedSpan:
        """Start a span below its parent, or below the request's."""
        name = id_.rsplit("-", _UUID_PARTS)[0]
        parent = self.open_spans.get(parent_span_id or "")
        context = trace.set_span_in_context(parent._span) if parent else None
        bridged = BridgedSpan(id_=id_, parent_id=parent_span_id)
        bridged._name = _STEPS.get(name, name)
        bridged._span = self._tracer.start_span(bridged._name, context)
        bridged._began = time.monotonic()
        return bridged

    def prepare_to_exit_span(
        self,
        id_: str,
        bound_args: inspect.BoundArguments,  # noqa: ARG002
        instance: Any | None = None,  # noqa: ARG002
        result: Any | None = None,
        **_: Any,
    ) -> BridgedSpan | None:
        """End a span, with the number of its results where it has a list of them."""
        bridged = self.open_spans.get(id_)
        if bridged:
            if isinstance(result, list):
                bridged._span.set_attribute("paperchat.results", len(result))
            if bridged._name in _STEPS.values():
                self._steps.record(time.monotonic() - bridged._began, {"paperchat.step": bridged._name})
            bridged._span.end()
        return bridged

    def prepare_to_drop_span(
        self,
        id_: str,
        bound_args: inspect.BoundArguments,  # noqa: ARG002
        instance: Any | None = None,  # noqa: ARG002
        err: BaseException | None = None,
        **_: Any,
    ) -> BridgedSpan | None:
        """End a span that failed, with the kind of the error, or that was not read to its end."""
        bridged = self.open_spans.get(id_)
        if bridged:
            if err is not None and not isinstance(err, GeneratorExit):
                bridged._span.set_status(Status(StatusCode.ERROR))
                bridged._span.set_attribute("error.type", type(err).__name__)
            bridged._span.end()
        return bridged
