"""Middleware for every request: authentication, Host and Origin checks, and security headers."""

from __future__ import annotations

import re
import socket
from collections.abc import Mapping, MutableMapping, Sequence
from ipaddress import ip_address
from typing import Any
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from paperchat.access.api_authentication import ApiAuthenticator, bearer_token
from paperchat.access.auth import (
    COOKIE,
    SESSION_COOKIE,
    Anonymous,
    Authenticator,
    PasswordFile,
    ProxyHeader,
    new_visitor_id,
    session_of,
)
from paperchat.access.login_attempts import TooManyAttemptsError
from paperchat.access.problems import problem_response
from paperchat.access.reverse_proxy import ReverseProxy
from paperchat.errors import PaperchatError

VISITOR_HEADER = "x-paperchat-visitor"
"""Request header with the visitor's id for the handlers; overwritten, so that a client cannot set it."""

API_PREFIXES = ("/api/", "/v1/", "/mcp/")
API_PATHS = frozenset({"/api", "/v1", "/mcp", "/openapi.json", "/metrics"})
HEALTH_PATH, READY_PATH = "/healthz", "/readyz"
OPEN_PATHS = frozenset({HEALTH_PATH, READY_PATH})

FEED_PREFIX = "/feeds/"
SIGNED_PREFIX = "/subscription/signed/"
"""Of addresses that a signed token in them opens, without a login; feeds have it in the query."""

CONTENT_SECURITY_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; object-src 'none'; base-uri 'self'; "
    "form-action 'self'; frame-ancestors 'self'"
)
"""The page may load nothing from other hosts. Gradio compiles templates in the browser, hence ``unsafe-eval``."""

_SECURITY_HEADERS = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}
_LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "[::1]"})
_HOST_PATTERN = re.compile(r"([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")
_REWRITTEN_HEADERS = ("x-forwarded-host", "x-forwarded-proto", "x-gradio-server")
_MCP_HEADERS = ("mcp-session-id", "mcp-protocol-version", "last-event-id")
_NO_KEY = (
    "no key that is in force came with the request: send Authorization: Bearer KEY, made by "
    "`paperchat keys add NAME --scope read`, or log in"
)
_RETRY_AFTER = 5  # seconds, where what tells who sends a request is away
_COOKIE_MAX_AGE = 365 * 86_400  # seconds


class RequestMiddleware:
    """ASGI middleware that authenticates requests and adds security headers to responses.

    The Host header must be that of the proxy's public address or name this machine, so that a foreign site whose DNS
    name resolves to it (DNS rebinding) cannot read the library: with ``local_only``, by a loopback name, and else
    without a login, also by an IP address or its host name. With a login and no public address, it may be any.
    Cross-origin requests are always refused, by their Origin or, as images have none, by Sec-Fetch-Site, but for what
    a signed token in the address opens to anyone. Behind a proxy, the application sees its public address.

    With ``api``, it lets the holders of keys in, and who may call the API; whether the server lives and is ready is
    told to anyone. Pages of the origins ``cors`` may call the API, by a key only: what their browser adds by itself is
    not looked at.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        authenticator: Authenticator,
        local_only: bool,
        proxy: ReverseProxy | None = None,
        api: ApiAuthenticator | None = None,
        cors: Sequence[str] = (),
    ) -> None:
        self._app = app
        self._users = authenticator
        self._api = api
        self._local_only = local_only
        self._proxy = proxy or ReverseProxy()
        is_open = isinstance(authenticator, Anonymous) and not (api and api.is_exposed)
        self._checks_host = local_only or is_open or bool(self._proxy.host)
        name, public = socket.gethostname().lower(), _HOST_PATTERN.fullmatch(self._proxy.host)
        self._own_names = _LOCAL_HOSTS | ({public[1]} if public else set())
        if not local_only:
            self._own_names |= {name, f"{name}.local"}
        self._cors = frozenset(cors)
        self._for_other_origins = CORSMiddleware(
            self._authenticated,
            allow_origins=list(cors),
            allow_methods=["GET", "POST", "DELETE"],
            allow_headers=["authorization", "content-type", "idempotency-key", "if-none-match", *_MCP_HEADERS],
            expose_headers=["etag", "location", "retry-after", "x-request-id", *_MCP_HEADERS],
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request."""
        if scope["type"] not in ("http", "websocket") or (self._api and scope["path"] in OPEN_PATHS):
            await self._app(scope, receive, send)
            return
        send = _with_security_headers(send)
        received = Headers(scope=scope)
        peer = scope["client"][0] if scope.get("client") else ""
        is_signed = _is_opened_by_token(scope)
        is_allowed = received.get("origin") in self._cors and is_api_path(scope["path"])
        refusal = self._refusal(scope, received, peer=peer, checks_origin=not (is_signed or is_allowed))
        if refusal:
            await refusal(scope, receive, send)
        elif is_signed:
            self._rewrite(scope, peer=peer)
            MutableHeaders(scope=scope)[VISITOR_HEADER] = ""
            await self._app(scope, receive, send)
        elif is_allowed:
            _drop_ambient_credentials(scope)
            await self._for_other_origins(scope, receive, send)
        else:
            await self._authenticated(scope, receive, send)

    async def _authenticated(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = {name.lower(): value for name, value in Headers(scope=scope).items()}
        peer = scope["client"][0] if scope.get("client") else ""
        authenticator = self._authenticator_for(scope["path"])
        client = self._client_address(scope, peer)
        try:
            visitor = await authenticator.authenticate(headers, address=client)
        except TooManyAttemptsError as error:
            seconds = {"retry-after": str(error.seconds)}
            await _refused(scope, 429, f"paperchat: {error}", headers=seconds)(scope, receive, send)
            return
        except PaperchatError:
            later = {"retry-after": str(_RETRY_AFTER)}
            refusal = _refused(scope, 503, "the keys cannot be read right now: try again later", headers=later)
            await refusal(scope, receive, send)
            return
        if visitor is None:
            await self._unauthorized(scope, authenticator, headers)(scope, receive, send)
            return
        self._rewrite(scope, peer=peer)
        MutableHeaders(scope=scope)[VISITOR_HEADER] = visitor
        cookie = self._cookie(visitor, headers, scheme=scope["scheme"]) if scope["path"] == "/" else ""

        async def with_cookie(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start" and cookie:
                MutableHeaders(scope=message).append("set-cookie", cookie)
            await send(message)

        await self._app(scope, receive, with_cookie)

    def _authenticator_for(self, path: str) -> Authenticator:
        """Keys count everywhere but on a page that is open to whoever sits at this machine."""
        if self._api is None:
            return self._users
        is_open = isinstance(self._users, Anonymous) and not self._api.is_exposed
        return self._users if is_open and not is_api_path(path) else self._api

    def _refusal(self, scope: Scope, headers: Headers, *, peer: str, checks_origin: bool) -> Response | None:
        """The response to a request that is malformed or forbidden."""
        hosts, origin = headers.getlist("host"), headers.get("origin", "")
        match = _HOST_PATTERN.fullmatch(hosts[0]) if len(hosts) == 1 else None
        if not match:
            return _refused(scope, 400, "the Host header is malformed")
        if self._checks_host and not self._is_own(match[1].lower()):
            advice = "open it as http://127.0.0.1 with its port" if self._local_only else "open it by its IP address"
            return _refused(
                scope, 403, f"paperchat is not served under this name: {advice}, or set PAPERCHAT_PUBLIC_URL"
            )
        if checks_origin and origin and origin not in self._origins(hosts[0]):
            return _refused(scope, 403, "cross-origin requests are refused: open the page of paperchat itself")
        if isinstance(self._users, ProxyHeader):
            if not self._proxy.is_trusted(peer):
                reason = "paperchat: log in at the reverse proxy (PAPERCHAT_TRUSTED_PROXIES has its address)"
                return _refused(scope, 403, reason)
            if len(headers.getlist(self._users.header)) > 1:
                return _refused(scope, 403, "the header with the user's name was sent twice: let the proxy replace it")
        if checks_origin and _is_sent_by_another_site(scope, headers):
            return _refused(scope, 403, "requests of other sites are refused: open the page of paperchat itself")
        return None

    def _is_own(self, host: str) -> bool:
        """Whether a host in a request is this machine, and not a name that anyone could have given it."""
        return host in self._own_names or (not self._local_only and _is_address(host))

    def _origins(self, host: str) -> tuple[str, ...]:
        """The origins of pages that the window has served."""
        return (self._proxy.origin,) if self._proxy.host else (f"http://{host}", f"https://{host}")

    def _cookie(self, visitor: str, headers: Mapping[str, str], *, scheme: str) -> str:
        """The Set-Cookie header that tells a visitor, or the session of a user, from others; empty where it is set."""
        secure = "; Secure" if scheme == "https" else ""
        kind, _, value = visitor.partition(":")
        if kind == "cookie" and f"{COOKIE}={value}" not in headers.get("cookie", ""):
            return f"{COOKIE}={value}; Path=/; Max-Age={_COOKIE_MAX_AGE}; HttpOnly; SameSite=Lax{secure}"
        if isinstance(self._users, PasswordFile) and not session_of(headers):
            return f"{SESSION_COOKIE}={new_visitor_id()}; Path=/; HttpOnly; SameSite=Lax{secure}"
        return ""

    def _unauthorized(self, scope: Scope, authenticator: Authenticator, headers: Mapping[str, str]) -> Response:
        """Ask for a key or a login; a session that has ended is forgotten, so that the next login begins another."""
        said = _NO_KEY if authenticator is self._api else "paperchat: log in first"
        response = _refused(scope, 401, said, headers=authenticator.challenge)
        if session_of(headers):
            response.delete_cookie(SESSION_COOKIE)
        return response

    def _client_address(self, scope: Scope, peer: str) -> str:
        return self._proxy.client_address(peer, Headers(scope=scope).getlist("x-forwarded-for"))

    def _rewrite(self, scope: Scope, *, peer: str) -> None:
        """Give the application the client's address, and the public address of the window."""
        client = self._client_address(scope, peer)
        headers = MutableHeaders(
            scope=scope
        )  # after all that reads them: each reader gives the scope a list of its own
        if client != peer:
            scope["client"] = (client, 0)
        if self._proxy.host:
            headers["host"] = self._proxy.host
            for name in _REWRITTEN_HEADERS:
                del headers[name]
            secure = self._proxy.scheme == "https"
            scope["scheme"] = {"http": "https" if secure else "http", "websocket": "wss" if secure else "ws"}[
                scope["type"]
            ]


def is_api_path(path: str) -> bool:
    """Whether this is a path of the API, and not of the window."""
    return path in API_PATHS or path.startswith(API_PREFIXES)


def _with_security_headers(send: Send) -> Send:
    async def with_headers(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).update(_SECURITY_HEADERS)
        await send(message)

    return with_headers


def _is_opened_by_token(scope: Scope) -> bool:
    """Whether the address itself has what opens it: no login or cookie counts there, so that none can be abused."""
    path = str(scope["path"])
    return path.startswith(SIGNED_PREFIX) or (path.startswith(FEED_PREFIX) and feed_token(scope) is not None)


def feed_token(scope: Scope) -> str | None:
    """The token of a feed's address, which its route verifies; ``None`` where there is none, or more than one."""
    query = parse_qs(scope.get("query_string", b"").decode("latin-1"), keep_blank_values=True)
    tokens = query.get("token", [])
    return tokens[0] if len(tokens) == 1 and tokens[0] and len(query.get("of", [])) <= 1 else None


def _is_sent_by_another_site(scope: Scope, headers: Headers) -> bool:
    """Whether a browser says so, as it does of images, too; a link of another site may lead to the page itself."""
    if headers.get("sec-fetch-site") not in ("cross-site", "same-site"):
        return False
    is_opened = (headers.get("sec-fetch-mode"), headers.get("sec-fetch-dest")) == ("navigate", "document")
    return not (is_opened and scope.get("method") == "GET" and scope["path"] == "/")


def _drop_ambient_credentials(scope: Scope) -> None:
    """Drop what a browser adds to a request by itself, whichever page sends it: cookies, and a login."""
    headers = MutableHeaders(scope=scope)
    del headers["cookie"]
    if bearer_token(headers) is None:
        del headers["authorization"]


def _refused(scope: Scope, status: int, reason: str, *, headers: Mapping[str, str] | None = None) -> Response:
    if is_api_path(scope["path"]):
        return problem_response(status, reason, path=scope["path"], headers=headers)
    return PlainTextResponse(reason, status_code=status, headers=dict(headers or {}))


def _is_address(host: str) -> bool:
    try:
        ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True
