"""The window behind a reverse proxy: its public address, logins at the proxy, and the recipes of docs/serving.md."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from browser_helpers import window
from raw_api import RawVisitor

from paperchat.access.reverse_proxy import parse_reverse_proxy
from paperchat.errors import UsageError

PUBLIC = "https://papers.example.org"
HOST = "papers.example.org"
RECIPES = Path(__file__).parents[2] / "docs" / "serving.md"
QUESTION = "How many multiple-choice questions are in LabSafety Bench?"
ANSWER = re.compile("133|765")
FROM_PAGE = {"origin": PUBLIC, "cookie": f"paperchat_visitor={'0123456789abcdef' * 2}"}  # a browser's is for HTTPS only
LOGIN = ("ada", "secret")

pytestmark = pytest.mark.security


@pytest.fixture(scope="module")
def proxied(sample_library: Path) -> Iterator[str]:
    with window(sample_library, PAPERCHAT_PUBLIC_URL=PUBLIC) as address:
        yield address


@pytest.fixture(scope="module")
def header_login(sample_library: Path) -> Iterator[str]:
    options = ("--auth", "header:X-Forwarded-User")
    with window(sample_library, *options, PAPERCHAT_PUBLIC_URL=PUBLIC) as address:
        yield address


@pytest.mark.parametrize("host", ["", HOST, f"{HOST}:443", HOST.upper()])
def test_a_page_at_the_public_address_can_ask_whatever_host_the_proxy_sends(proxied: str, host: str) -> None:
    headers = {**FROM_PAGE, "host": host or urlsplit(proxied).netloc}  # nginx sends its own idea of the host
    with RawVisitor(proxied, session_hash=f"asking{host}", headers=headers) as visitor:
        assert ANSWER.search(visitor.ask(QUESTION))
        assert visitor.http.get("/config").json()["root"] == PUBLIC
        assert "Secure" in visitor.http.get("/", headers={"cookie": ""}).headers["set-cookie"]


def test_visitors_without_a_login_are_readers(proxied: str) -> None:
    with RawVisitor(proxied, session_hash="reading", headers=FROM_PAGE) as visitor:
        assert "by contributors and admins only" in visitor.queue("ingest", None, "2410.14182")


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "http://papers.example.org"},
        {"origin": f"{PUBLIC}.evil.example"},
        {"origin": "null"},
        {"origin": "http://["},
        {"host": "evil.example", "origin": "https://evil.example"},
        {"host": "evil.example", "x-forwarded-host": HOST},
    ],
)
def test_other_origins_and_hosts_are_refused(proxied: str, headers: dict[str, str]) -> None:
    assert httpx.get(proxied, headers=headers).status_code == 403


def test_what_a_client_says_of_a_proxy_changes_no_address(proxied: str) -> None:
    claimed = {
        "x-forwarded-host": "evil.example",
        "x-forwarded-proto": "http",
        "x-gradio-server": "http://evil.example",
    }
    assert httpx.get(f"{proxied}/config", headers=claimed).json()["root"] == PUBLIC


@pytest.mark.parametrize("host", ["[::1", "a b", "127.0.0.1:x", "ada@127.0.0.1", "127.0.0.1/", "[127.0.0.1", "é", ""])
def test_a_malformed_host_is_a_bad_request(sample_window: str, host: str) -> None:
    assert httpx.get(sample_window, headers={b"host": host.encode("latin-1")}).status_code == 400


def test_a_malformed_cookie_is_replaced_by_one_that_stays(sample_window: str) -> None:
    answer = httpx.get(sample_window, headers={"cookie": "paperchat_visitor=me"})
    cookie = answer.headers["set-cookie"].partition(";")[0]
    assert re.fullmatch("paperchat_visitor=[0-9a-f]{32}", cookie)
    assert "set-cookie" not in httpx.get(sample_window, headers={"cookie": cookie}).headers


def test_a_user_is_named_by_a_trusted_proxy_only(header_login: str, sample_library: Path) -> None:
    named = {"x-forwarded-user": "ada"}
    assert httpx.get(header_login, headers=named).status_code == 200
    assert httpx.get(header_login).status_code == 401
    twice = [("x-forwarded-user", "ada"), ("x-forwarded-user", "eve")]
    assert httpx.get(header_login, headers=twice).status_code == 403
    with window(sample_library, "--auth", "header:X-Forwarded-User", PAPERCHAT_TRUSTED_PROXIES="192.0.2.7") as address:
        assert httpx.get(address, headers=named).status_code == 403
        assert httpx.get(address, headers={**named, "x-forwarded-for": "192.0.2.7"}).status_code == 403


@pytest.mark.parametrize(
    ("peer", "forwarded_for", "client"),
    [
        ("192.0.2.7", ["203.0.113.9"], "203.0.113.9"),
        ("::ffff:192.0.2.7", ["203.0.113.9"], "203.0.113.9"),
        ("192.0.2.7", ["192.0.2.1, 203.0.113.9"], "203.0.113.9"),  # a client's own claim comes first
        ("192.0.2.7", ["203.0.113.9", "192.0.2.8"], "203.0.113.9"),  # two proxies
        ("203.0.113.9", ["192.0.2.7"], "203.0.113.9"),
        ("192.0.2.7", ["somebody"], "192.0.2.7"),
        ("192.0.2.7", [], "192.0.2.7"),
        ("", ["203.0.113.9"], ""),
    ],
)
def test_the_client_is_whom_the_proxies_saw(peer: str, forwarded_for: list[str], client: str) -> None:
    proxy = parse_reverse_proxy(public_url="", trusted_proxies="192.0.2.0/24")
    assert proxy.client_address(peer, forwarded_for) == client


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://Papers.example.org/", PUBLIC),
        ("https://papers.example.org:443", PUBLIC),
        ("http://papers.example.org:8080", "http://papers.example.org:8080"),
        ("http://[2001:db8::1]", "http://[2001:db8::1]"),
    ],
)
def test_a_public_address_is_written_as_browsers_do(url: str, origin: str) -> None:
    assert parse_reverse_proxy(public_url=url, trusted_proxies="").origin == origin


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(
            ("public_url", url)
            for url in ["papers.example.org", f"{PUBLIC}/papers", "https://ada@x", "ftp://x", "https://"]
        ),
        ("trusted_proxies", "everybody"),
    ],
)
def test_a_malformed_setting_is_named(name: str, value: str) -> None:
    with pytest.raises(UsageError, match=f"PAPERCHAT_{name.upper()}"):
        parse_reverse_proxy(**{"public_url": "", "trusted_proxies": "", name: value})


@pytest.mark.skipif(not shutil.which("nginx"), reason="nginx is not installed")
@pytest.mark.parametrize("login", [False, True], ids=["open", "login"])
def test_the_recipe_for_nginx(proxied: str, header_login: str, tmp_path: Path, login: bool) -> None:
    port, upstream = free_port(), header_login if login else proxied
    recipe = re.sub(r"\n    ssl_.*", "", recipe_of("nginx")).replace("listen 443 ssl", f"listen 127.0.0.1:{port}")
    if login:
        (tmp_path / "users").write_text(f"{LOGIN[0]}:{{PLAIN}}{LOGIN[1]}\n", encoding="utf-8")
        directives = recipe_of("nginx-login").replace("/etc/nginx/papers.htpasswd", str(tmp_path / "users"))
        recipe = recipe.replace("        proxy_pass", f"{directives}        proxy_pass")
    temporary = "".join(
        f"{name}_temp_path {tmp_path}/{name};\n" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (tmp_path / "nginx.conf").write_text(
        f"daemon off; master_process off; pid {tmp_path}/pid; error_log {tmp_path}/log;\nevents {{}}\n"
        f"http {{ access_log off;\n{temporary}{recipe.replace('http://127.0.0.1:7860', upstream)}}}\n",
        encoding="utf-8",
    )
    with running("nginx", "-p", str(tmp_path), "-c", str(tmp_path / "nginx.conf"), port=port) as address:
        assert_served(address, login=login)


@pytest.mark.skipif(not shutil.which("caddy"), reason="Caddy is not installed")
@pytest.mark.parametrize("login", [False, True], ids=["open", "login"])
def test_the_recipe_for_caddy(proxied: str, header_login: str, tmp_path: Path, login: bool) -> None:
    port, upstream = free_port(), header_login if login else proxied
    recipe = recipe_of("caddy-login" if login else "caddy")
    recipe = recipe.replace(f"{HOST} {{", f"http://{HOST}:{port} {{\n    bind 127.0.0.1", 1)
    recipe = recipe.replace("127.0.0.1:7860", urlsplit(upstream).netloc)
    if login:
        hashed = subprocess.run(["caddy", "hash-password", "--plaintext", LOGIN[1]], capture_output=True, check=True)
        recipe = recipe.replace("HASH", hashed.stdout.decode().strip())
        recipe = recipe.replace("basic_auth", "basicauth")  # its name until Caddy 2.8
    (tmp_path / "Caddyfile").write_text(f"{{\n    admin off\n    auto_https off\n}}\n{recipe}", encoding="utf-8")
    with running("caddy", "run", "--config", str(tmp_path / "Caddyfile"), port=port) as address:
        assert_served(address, login=login)


def assert_served(address: str, *, login: bool) -> None:
    """That one can ask at the public address, with a login if there is one, and that another site cannot."""
    headers = {"host": HOST, **FROM_PAGE}
    if login:
        assert httpx.get(address, headers={**headers, "x-forwarded-user": "ada"}).status_code == 401
    options = {"auth": LOGIN} if login else {}
    with RawVisitor(address, session_hash="recipe", headers=headers, **options) as visitor:
        assert visitor.http.get("/config").json()["root"] == PUBLIC
        assert ANSWER.search(visitor.ask(QUESTION))
        assert visitor.http.get("/", headers={"origin": "https://evil.example"}).status_code == 403
        assert visitor.http.get("/", headers={"x-forwarded-user": "eve"}).status_code == 200


def recipe_of(name: str) -> str:
    found = re.search(rf"```{name}\n(.*?)```", RECIPES.read_text(encoding="utf-8"), re.DOTALL)
    assert found
    return found[1]


def free_port() -> int:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        return int(unused.getsockname()[1])


@contextmanager
def running(*command: str, port: int) -> Iterator[str]:
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        for _ in range(100):
            with socket.socket() as attempt:
                if not attempt.connect_ex(("127.0.0.1", port)):
                    break
            time.sleep(0.1)
        assert process.poll() is None, process.communicate()[0]
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.communicate(timeout=30)
