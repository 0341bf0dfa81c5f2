"""Traces and metrics go to the collector that the user names, with no text of questions or papers, and else nowhere."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from api_server import API, QUESTION, api_server, events_of
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from cli_runner import assert_one_line_error, run


class Collector:
    """An OpenTelemetry collector on loopback that keeps what it is sent."""

    def __init__(self) -> None:
        self.received: defaultdict[str, list[bytes]] = defaultdict(list)
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                collector.received[self.path].append(body)
                self.send_response(200)
                self.send_header("content-type", "application/x-protobuf")
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}"

    @property
    def spans(self) -> list[Any]:
        requests = [ExportTraceServiceRequest.FromString(body) for body in self.received["/v1/traces"]]
        return [
            span
            for one in requests
            for resource in one.resource_spans
            for of_scope in resource.scope_spans
            for span in of_scope.spans
        ]

    @property
    def metrics(self) -> set[str]:
        requests = [ExportMetricsServiceRequest.FromString(body) for body in self.received["/v1/metrics"]]
        return {
            metric.name
            for one in requests
            for resource in one.resource_metrics
            for of_scope in resource.scope_metrics
            for metric in of_scope.metrics
        }

    @property
    def content(self) -> bytes:
        return b"".join(body for bodies in self.received.values() for body in bodies)


@contextmanager
def collecting() -> Iterator[Collector]:
    collector = Collector()
    thread = threading.Thread(target=collector.server.serve_forever)
    thread.start()
    try:
        yield collector
    finally:
        collector.server.shutdown()
        thread.join()
        collector.server.server_close()


def attributes(span: Any) -> dict[str, Any]:
    return {one.key: one.value.string_value or one.value.int_value for one in span.attributes}


def test_a_question_is_a_trace_of_its_steps(sample_copy: Path) -> None:
    trace_id = "0af7651916cd43dd8448eb211c80319c"
    with collecting() as collector:
        with (
            api_server(sample_copy, PAPERCHAT_TELEMETRY_ENDPOINT=collector.address) as server,
            server.client() as client,
        ):
            headers = {"traceparent": f"00-{trace_id}-b7ad6b7169203331-01", "x-request-id": "first"}
            assert client.post(f"{API}/ask", json={"question": QUESTION}, headers=headers).status_code == 200
            with client.stream("POST", f"{API}/ask", json={"question": QUESTION, "stream": True}) as response:
                assert list(events_of(response))[-1][0] == "done"
            assert client.get(f"{API}/papers/nothing").status_code == 404
        spans = collector.spans
        of_trace = [span for span in spans if span.trace_id.hex() == trace_id]
        (request,) = [span for span in of_trace if span.name == f"POST {API}/ask"]
        assert request.parent_span_id.hex() == "b7ad6b7169203331"
        told = attributes(request)
        assert (told["http.route"], told["http.response.status_code"]) == (f"{API}/ask", 200)
        assert (told["paperchat.request_id"], told["paperchat.caller"]) == ("first", "local")
        below = {span.name: span for span in of_trace}
        assert below["retrieve"].parent_span_id == request.span_id
        assert below["answer"].parent_span_id == request.span_id
        assert below["score"].parent_span_id == below["answer"].span_id
        assert attributes(below["retrieve"])["paperchat.results"] > 0
        (streamed,) = [span for span in spans if span.name == f"POST {API}/ask" and span not in of_trace]
        assert {"retrieve", "score", "answer"} <= {span.name for span in spans if span.trace_id == streamed.trace_id}
        assert {"http.server.request.duration", "http.server.active_requests", "paperchat.step.duration"} <= (
            collector.metrics
        )
        for text in (QUESTION, "LabSafety", "multiple-choice", "765", str(sample_copy)):
            assert text.encode() not in collector.content


def test_questions_are_in_traces_where_that_is_asked_for(sample_copy: Path) -> None:
    with collecting() as collector:
        settings = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.address, "PAPERCHAT_LOG_QUESTIONS": "1"}
        with api_server(sample_copy, **settings) as server, server.client() as client:
            client.post(f"{API}/ask", json={"question": QUESTION})
        (request,) = [span for span in collector.spans if span.name == f"POST {API}/ask"]
        assert attributes(request)["paperchat.question"] == QUESTION


def test_nothing_is_sent_or_loaded_by_default(sample_copy: Path) -> None:
    with collecting() as collector:
        for settings in (
            dict[str, str](),
            {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.address, "OTEL_SDK_DISABLED": "true"},
        ):
            with api_server(sample_copy, **settings) as server, server.client() as client:
                client.post(f"{API}/ask", json={"question": QUESTION})
        assert not collector.received
    code = (
        "import sys, paperchat.cli.serve_command, paperchat.server.web_server; "
        "sys.exit(any(name in sys.modules for name in "
        "('paperchat.server.telemetry', 'opentelemetry.exporter.otlp.proto.http')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("endpoint", ["collector:4318", "ftp://collector", "http://"])
def test_an_endpoint_that_is_no_address_is_one_line(
    sample_copy: Path, monkeypatch: pytest.MonkeyPatch, endpoint: str
) -> None:
    monkeypatch.setenv("PAPERCHAT_TELEMETRY_ENDPOINT", endpoint)
    done = run("serve", "--home", sample_copy, "--port", "0")
    assert_one_line_error(done, "telemetry_endpoint", "is not an address: write http://HOST:4318")
