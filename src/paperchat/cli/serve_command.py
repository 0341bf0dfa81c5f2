"""``serve``: the API and the chat page, for programs and people."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextlib import ExitStack, closing
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from paperchat.cli.output import print_json, write
from paperchat.cli.shared_options import CliContext, Home, Json, Llm, cli_context
from paperchat.errors import UsageError

if TYPE_CHECKING:
    from paperchat.server.telemetry import Telemetry
    from paperchat.settings import Settings

Host = Annotated[str, typer.Option(metavar="ADDRESS", help="Address to listen on.")]
Port = Annotated[int, typer.Option(metavar="N", min=0, max=65535, help="Port to listen on; 0 for any free port.")]
Auth = Annotated[
    str,
    typer.Option(
        metavar="FILE|header:NAME",
        help="Require a login: users of this file, or named by a reverse proxy in this header.",
        show_default=False,
    ),
]
ReadOnly = Annotated[bool, typer.Option("--read-only", help="Let nobody add or remove papers, whatever their role.")]

LogFormatOption = Annotated[
    Literal["text", "json"] | None,
    typer.Option(
        "--log-format",
        help="Lines on standard error: warnings as text, or JSON with each request "
        "[default: PAPERCHAT_LOG_FORMAT, or text].",
        show_default=False,
    ),
]


def serve(
    context: typer.Context,
    host: Host = "127.0.0.1",
    port: Port = 7860,
    no_ui: Annotated[bool, typer.Option("--no-ui", help="Serve the API only, without the chat page.")] = False,
    auth: Auth = "",
    read_only: ReadOnly = False,
    cors: Annotated[
        list[str] | None,
        typer.Option(
            "--cors", metavar="ORIGIN", help="Let pages of this origin call the API, with a key; may be repeated."
        ),
    ] = None,
    workers: Annotated[
        int,
        typer.Option("--workers", metavar="N", min=1, max=64, help="Processes that answer; with 1, the server's own."),
    ] = 1,
    concurrency: Annotated[
        int,
        typer.Option(
            "--concurrency",
            metavar="N",
            min=1,
            max=64,
            help="Questions that each of them works on at once; others wait in line.",
        ),
    ] = 4,
    log_format: LogFormatOption = None,
    llm: Llm = None,
    home: Home = None,
    json: Json = False,
) -> None:
    """Serve the REST API and the chat page, until Ctrl-C.

    On this machine the API is open as long as there are no keys and no users; from elsewhere, and once there is a key,
    it needs one (see keys add) or a login.
    """
    cli = cli_context(context, home=home, json=json)
    start_server(
        cli,
        cli.settings(llm=llm, log_format=log_format),
        host=host,
        port=port,
        auth=auth,
        read_only=read_only,
        has_window=not no_ui,
        has_api=True,
        cors=cors or (),
        workers=workers,
        concurrency=concurrency,
    )


def start_server(
    cli: CliContext,
    settings: Settings,
    *,
    host: str,
    port: int,
    auth: str,
    read_only: bool,
    has_window: bool = True,
    has_api: bool = False,
    cors: Sequence[str] = (),
    workers: int = 1,
    concurrency: int = 4,
) -> None:
    """Serve the library until interrupted; say on standard output where.

    Raises:
        UsageError: an invalid address, users file or origin.
    """
    from paperchat.access.auth import parse_auth
    from paperchat.access.reverse_proxy import parse_origin, parse_reverse_proxy

    authenticator = parse_auth(auth, roles=settings.roles)
    proxy = parse_reverse_proxy(public_url=settings.public_url, trusted_proxies=settings.trusted_proxies)
    origins = [parse_origin(one) for one in cors]
    with ExitStack() as running:
        assistant = running.enter_context(cli.open(settings))
        from paperchat.access.quotas import QuotaSettings
        from paperchat.models.providers import NO_MODEL
        from paperchat.server.log_lines import request_logger
        from paperchat.server.web_app import AppOptions
        from paperchat.server.web_server import ListenOptions, launch

        observers = [request_logger(with_questions=settings.log_questions)] if settings.log_format == "json" else []
        processes = None
        if workers > 1:
            from paperchat.server.workers.answering_workers import AnsweringWorkers, distribute

            processes = running.enter_context(closing(AnsweringWorkers(settings, workers)))
            distribute(assistant, processes)
        if telemetry := _start_telemetry(settings):
            running.callback(telemetry.close)
            observers.append(telemetry.observe)

        def ready(address: str) -> None:
            if cli.json:
                print_json({"address": address})
            else:
                write(f"paperchat is running at {address} (press Ctrl-C to stop)\n")

        launch(
            assistant,
            listen=ListenOptions(host=host, port=port, ready=ready),
            options=AppOptions(
                has_window=has_window,
                has_api=has_api,
                read_only=read_only,
                cors=origins,
                concurrency=workers * concurrency,
                limits=QuotaSettings(
                    questions_per_minute=settings.questions_per_minute, upload_bytes=settings.upload_space * 10**6
                ),
                model="" if settings.llm == NO_MODEL else settings.llm,
                embedder=settings.embedder,
                observers=observers,
            ),
            workers=processes,
            log_format=settings.log_format,
            authenticator=authenticator,
            proxy=proxy,
            mailer=assistant.components.mailer(settings) if settings.smtp_host and has_window else None,
        )


def _start_telemetry(settings: Settings) -> Telemetry | None:
    """Start sending traces and metrics, where a setting or OpenTelemetry's own variable says to whom.

    Raises:
        UsageError: the setting is no address, or the extra is not installed.
    """
    variable = "OTEL_EXPORTER_OTLP_ENDPOINT"
    is_disabled = os.environ.get("OTEL_SDK_DISABLED", "").lower() == "true"
    if is_disabled or not (settings.telemetry_endpoint or os.environ.get(variable)):
        return None
    try:
        from paperchat.server.telemetry import Telemetry
    except ImportError as error:
        install = "pip install 'paperchat[telemetry]'"
        if settings.telemetry_endpoint:
            raise UsageError(f"telemetry_endpoint needs the extra telemetry ({error}): {install}") from error
        sys.stderr.write(f"paperchat: {variable} is set, and nothing is sent without the extra: {install}\n")
        return None
    return Telemetry(endpoint=settings.telemetry_endpoint, with_questions=settings.log_questions)
