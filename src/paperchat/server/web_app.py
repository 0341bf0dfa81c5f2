"""The ASGI app: the API and the window behind one check of every request.

`create_app` puts it together. Each concern of the API is a function ``…_routes(api)`` that is given `ApiParts` and
returns a router; to add one, name it in `_versioned_routers` or `create_api`. A path outside of ``/api/`` must be in
`paperchat.access.middleware.API_PREFIXES`, so that keys count there and refusals are problems. A route learns who calls
it by a parameter ``caller: AnyCaller`` (see `paperchat.server.callers`), and does work that takes time in
``async with api.workload.slot(caller.visitor)``. What must run as long as the app does is entered in the ``lifespan``
of `create_api`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, FastAPI
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from paperchat import __version__
from paperchat.access.api_authentication import ApiAuthenticator
from paperchat.access.auth import Anonymous, Authenticator, PasswordFile
from paperchat.access.incoming import IncomingFiles
from paperchat.access.middleware import OPEN_PATHS, RequestMiddleware, is_api_path
from paperchat.access.permissions import Permissions
from paperchat.access.quotas import QuestionQuota, QuotaSettings
from paperchat.access.reverse_proxy import ReverseProxy
from paperchat.server.api_parts import ApiParts
from paperchat.server.ask_routes import ask_routes
from paperchat.server.audit_log import AuditLog, AuditMiddleware
from paperchat.server.body_limit import BodyLimitMiddleware
from paperchat.server.callers import Callers
from paperchat.server.conversation_routes import conversation_routes
from paperchat.server.feed_route import feed_routes
from paperchat.server.idempotency import IdempotencyMiddleware
from paperchat.server.jobs.ingest_jobs import IngestJobs
from paperchat.server.jobs.ingest_routes import ingest_routes
from paperchat.server.mcp_route import MCP_PATH, McpRoute
from paperchat.server.metrics import Metrics, MetricsMiddleware
from paperchat.server.openai_api.asked_answers import ERROR_RESPONSES
from paperchat.server.openai_api.chat_completion_routes import chat_completion_routes
from paperchat.server.openai_api.response_routes import response_routes
from paperchat.server.openapi import PROBLEM_RESPONSES, describe_api
from paperchat.server.paper_routes import paper_routes
from paperchat.server.problem_handlers import UnexpectedErrorMiddleware, add_problem_handlers
from paperchat.server.readiness import Readiness
from paperchat.server.reading_routes import reading_routes
from paperchat.server.report_routes import report_routes
from paperchat.server.request_observation import Observer, ObservingMiddleware
from paperchat.server.status_routes import server_routes, status_routes
from paperchat.server.workload import DEFAULT_CONCURRENCY, Workload
from paperchat.ui.page_drawings import PageDrawings

if TYPE_CHECKING:
    from paperchat.assistant import PaperChat
    from paperchat.mailing.digest_mailer import DigestMailer


@dataclass(frozen=True, slots=True, kw_only=True)
class AppOptions:
    """What is served, and to whom.

    Attributes:
        is_exposed: whether others than this machine can reach it, so that nobody gets in without a key or a login.
        is_local: whether only requests addressed to this machine are served; see `RequestMiddleware`.
        read_only: whether all are readers.
        cors: the origins whose pages may call the API, with a key.
        concurrency: how many questions are worked on at once.
        model: the language model's name.
        embedder: the embedder's name.
        observers: what is told of each request.
    """

    has_window: bool = True
    has_api: bool = True
    is_exposed: bool = False
    is_local: bool = True
    read_only: bool = False
    cors: Sequence[str] = ()
    concurrency: int = DEFAULT_CONCURRENCY
    limits: QuotaSettings = field(default_factory=QuotaSettings)
    model: str = ""
    embedder: str = ""
    observers: Sequence[Observer] = ()


def create_app(
    pc: PaperChat,
    *,
    authenticator: Authenticator,
    proxy: ReverseProxy,
    incoming: IncomingFiles,
    options: AppOptions,
    readiness: Readiness,
    mailer: DigestMailer | None = None,
) -> ASGIApp:
    """Build the ASGI app; the ``mailer`` sends the digests that the window's visitors subscribe to."""
    keys = ApiAuthenticator(authenticator, pc.library.api_keys, exposed=options.is_exposed) if options.has_api else None
    permissions = Permissions(keys or authenticator, read_only=options.read_only)
    if isinstance(authenticator, PasswordFile) and pc.library.has_shared_catalogue:
        authenticator.share(pc.library.login_records)
    counts = pc.library.question_counts if pc.library.has_shared_catalogue else None
    questions = QuestionQuota(options.limits.questions_per_minute, counts=counts)
    drawings = PageDrawings(pc.page_image)
    feeds = feed_routes(pc, questions)
    if options.has_window:
        from paperchat.ui.window import create_window

        window = create_window(
            pc,
            authenticator=authenticator,
            permissions=permissions,
            questions=questions,
            incoming=incoming,
            drawings=drawings,
            feeds=feeds,
            model=options.model,
            mailer=mailer,
        )
    else:
        window = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
        window.include_router(feeds)
    served: ASGIApp = window
    if keys:
        api = create_api(
            ApiParts(
                pc=pc,
                permissions=permissions,
                questions=questions,
                workload=Workload(options.concurrency),
                incoming=incoming,
                drawings=drawings,
                embedder=options.embedder,
                public_url=proxy.origin,
                has_window=options.has_window,
                readiness=readiness,
            ),
            Callers(keys, permissions),
        )
        served = _ByPath(api=api, window=window)
    checked = RequestMiddleware(
        served, authenticator=authenticator, local_only=options.is_local, proxy=proxy, api=keys, cors=options.cors
    )
    return ObservingMiddleware(checked, observers=options.observers)


def create_api(api: ApiParts, callers: Callers) -> FastAPI:
    """Build the API, which trusts `RequestMiddleware` to have named the visitor."""
    jobs, metrics, mcp = IngestJobs(api.pc, api.incoming), Metrics(), McpRoute(api, callers)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(jobs.working())
            await stack.enter_async_context(mcp.running())
            yield

    app = FastAPI(
        title="paperchat",
        version=__version__,
        description="Ask the research literature; every sentence of an answer is backed by an exact quote.",
        docs_url=None,  # its pages load scripts of other hosts
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
    )
    app.state.callers = callers
    app.state.home = str(api.pc.library.home)
    for router in _versioned_routers(api, jobs):
        app.include_router(router, responses=PROBLEM_RESPONSES)
    for routes in (chat_completion_routes, response_routes):
        app.include_router(routes(api), responses=ERROR_RESPONSES)
    app.include_router(server_routes(api, metrics), responses=PROBLEM_RESPONSES)
    app.router.routes.append(Route(MCP_PATH, mcp, include_in_schema=False))
    describe_api(app)
    add_problem_handlers(app)
    # The last one that is added is the first that a request passes.
    app.add_middleware(UnexpectedErrorMiddleware)
    app.add_middleware(IdempotencyMiddleware, responses=api.pc.library.stored_responses)
    app.add_middleware(BodyLimitMiddleware)
    app.add_middleware(AuditMiddleware, log=AuditLog(api.pc.library.home))
    app.add_middleware(MetricsMiddleware, metrics=metrics)
    return app


def api_description(pc: PaperChat) -> dict[str, Any]:
    """Return the description of the API in OpenAPI."""
    users = Anonymous()
    permissions = Permissions(users)
    with closing(IncomingFiles(pc.library.home, max_bytes=0)) as incoming:
        api = ApiParts(
            pc=pc,
            permissions=permissions,
            questions=QuestionQuota(1),
            workload=Workload(),
            incoming=incoming,
            drawings=PageDrawings(pc.page_image),
            readiness=Readiness(pc.library.check_reachable),
        )
        keys = ApiAuthenticator(users, pc.library.api_keys, exposed=False)
        return create_api(api, Callers(keys, permissions)).openapi()


def _versioned_routers(api: ApiParts, jobs: IngestJobs) -> Iterator[APIRouter]:
    """Yield the routers below ``/api/v1``."""
    yield ask_routes(api)
    yield paper_routes(api)
    yield ingest_routes(api, jobs)
    yield conversation_routes(api)
    yield report_routes(api)
    yield reading_routes(api)
    yield status_routes(api)


class _ByPath:
    """An ASGI app that hands requests to the API or to the window, and lives as long as both."""

    def __init__(self, *, api: FastAPI, window: FastAPI) -> None:
        self._api = api
        self._window = window
        self._api_lifespan = api.router.lifespan_context
        api.router.lifespan_context = self._lifespan

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_of_api = scope["type"] == "lifespan" or scope["path"] in OPEN_PATHS or is_api_path(scope["path"])
        await (self._api if is_of_api else self._window)(scope, receive, send)

    @asynccontextmanager
    async def _lifespan(self, api: FastAPI) -> AsyncIterator[None]:
        async with self._window.router.lifespan_context(self._window), self._api_lifespan(api):
            yield
