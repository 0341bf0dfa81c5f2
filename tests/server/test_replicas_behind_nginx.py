"""Two servers with the window behind nginx, by the recipe of deploy/nginx: one of them may end at any moment."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from api_server import API, QUESTION, add_key, assert_problem
from replica_servers import Replica, library_on_server, replicas, wait_until

from chat_server import ChatServer, chat_server, key_of
from paperchat.access.auth import add_user
from paperchat.access.permissions import Role
from postgres import PostgresTestServer

RECIPE = Path(__file__).parents[2] / "deploy" / "nginx" / "replicas.conf"
HOST = "papers.example.org"
LOGIN = ("ada", "secret")
_SECONDS = 120

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not shutil.which("nginx"), reason="nginx is not installed"),
    pytest.mark.skipif(not RECIPE.is_file(), reason="deploy/ is only in the repository"),
]


@dataclass(frozen=True, kw_only=True)
class Site:
    """What is behind nginx at the ``address``; ``log`` names for each request its path and who answered it."""

    address: str
    log: Path
    servers: list[Replica]
    model: ChatServer
    key: str

    def client(self, **options: Any) -> httpx.Client:
        """A visitor's program or browser."""
        headers = {"host": HOST, **options.pop("headers", {})}
        return httpx.Client(base_url=self.address, headers=headers, timeout=_SECONDS, trust_env=False, **options)

    def program(self) -> httpx.Client:
        """A program with a key."""
        return self.client(headers={"authorization": f"Bearer {self.key}"})

    def answered_by(self, *paths: str) -> set[str]:
        """The servers that have answered requests to these paths."""
        rows = (line.split() for line in self.log.read_text(encoding="utf-8").splitlines())
        return {server for path, server in rows if path.startswith(paths)}


def quote(prompt: str) -> str:
    try:
        return f"There are 765 multiple-choice questions in it [{key_of(prompt, '765')}]."
    except StopIteration:  # a prompt without that quote
        return "The library does not say."


@pytest.fixture(scope="module")
def site(
    untouched_sample: Path, tmp_path_factory: pytest.TempPathFactory, postgres: PostgresTestServer
) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("site")
    users = folder / "users"
    add_user(users, *LOGIN, role=Role.CONTRIBUTOR)
    with postgres.library_database() as url, chat_server() as model:
        home = library_on_server(untouched_sample, folder, url)
        with pytest.MonkeyPatch.context() as patched:
            patched.setenv("PAPERCHAT_DATABASE_URL", url)
            key = add_key(home, "program", "write")
        model.replies = [quote]
        settings: dict[str, str] = {
            "PAPERCHAT_PUBLIC_URL": f"https://{HOST}",
            "PAPERCHAT_LLM": "openai-like:m",
            "PAPERCHAT_LLM_BASE_URL": f"{model.url}/v1",
            "PAPERCHAT_LLM_API_KEY": "x",
            "PAPERCHAT_QUESTIONS_PER_MINUTE": "10000",
        }
        with (
            replicas(home, url, "--ui", "--auth", str(users), settings=settings) as servers,
            nginx(folder, servers) as (address, log),
        ):
            yield Site(address=address, log=log, servers=servers, model=model, key=key)


@contextmanager
def nginx(folder: Path, servers: list[Replica]) -> Iterator[tuple[str, Path]]:
    """The recipe with these servers; its address and its log."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    recipe = re.sub(r"\n    ssl_.*", "", RECIPE.read_text(encoding="utf-8"))
    recipe = recipe.replace("listen 443 ssl", f"listen 127.0.0.1:{port}")
    for example, server in zip(("10.0.0.11:7860", "10.0.0.12:7860"), servers, strict=True):
        recipe = recipe.replace(example, server.address.removeprefix("http://"))
    temporary = "".join(
        f"{one}_temp_path {folder}/{one};\n" for one in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    log, configuration = folder / "access.log", folder / "nginx.conf"
    configuration.write_text(
        f"daemon off; master_process off; pid {folder}/pid; error_log {folder}/error.log;\nevents {{}}\nhttp {{\n"
        f"log_format answered '$uri $upstream_addr'; access_log {log} answered;\n{temporary}{recipe}}}\n",
        encoding="utf-8",
    )
    process = subprocess.Popen(["nginx", "-p", str(folder), "-c", str(configuration)], stderr=subprocess.DEVNULL)
    try:
        wait_until(lambda: httpx.get(f"http://127.0.0.1:{port}/healthz", headers={"host": HOST}).status_code == 200)
        yield f"http://127.0.0.1:{port}", log
    finally:
        process.terminate()
        process.wait(_SECONDS)


def ask(client: httpx.Client, question: str = QUESTION, **more: Any) -> httpx.Response:
    return client.post(f"{API}/ask", json={"question": question, **more})


class Page:
    """A page of the window, loaded by a browser with a login."""

    def __init__(self, site: Site, session_hash: str) -> None:
        origin = {"origin": f"https://{HOST}"}
        self.http = site.client(auth=LOGIN, headers=origin)
        self.session_hash = session_hash
        loaded = self.http.get("/").raise_for_status()
        self.http.cookies.clear()  # for HTTPS only, which is nginx's
        self.http.headers["cookie"] = loaded.headers["set-cookie"].partition(";")[0]
        dependencies = self.http.get("/config").raise_for_status().json()["dependencies"]
        self.function = next(one["id"] for one in dependencies if one["api_name"] == "answer")

    def close(self) -> None:
        """Close its connections."""
        self.http.close()

    def ask(self, question: str) -> str:
        """What the server sends until the answer is complete."""
        body = {"data": [None, question], "fn_index": self.function, "session_hash": self.session_hash}
        joined = self.http.post("/gradio_api/queue/join", json=body).raise_for_status()
        parameters = {"session_hash": self.session_hash}
        received = ""
        with self.http.stream("GET", "/gradio_api/queue/data", params=parameters) as response:
            for line in response.iter_lines():
                received += line
                if "process_completed" in line and joined.json()["event_id"] in line:
                    break
        return received


def test_programs_need_no_server_of_their_own_and_a_page_keeps_its_one(site: Site) -> None:
    with site.program() as program:
        answers = [
            ask(program, one, conversation="labs").json() for one in (QUESTION, "Who are its authors?", "Its date?")
        ]
        assert "765" in answers[0]["answer"]
        title = answers[0]["citations"][0]["title"]
        assert {paper["title"] for one in answers[1:] for paper in one["papers"]} == {title}
        with ThreadPoolExecutor(4) as pool:
            statuses = [one.status_code for one in pool.map(lambda _: ask(program), range(8))]
        assert statuses == [200] * 8
    assert len(site.answered_by(API)) == 2
    with closing(Page(site, "page")) as page:
        assert "765" in page.ask(QUESTION)
        assert title in page.ask("Who are its authors?")
    assert len(site.answered_by("/gradio_api/queue")) == 1


def test_a_log_out_counts_at_both(site: Site) -> None:
    conversations = f"{API}/conversations"
    with closing(Page(site, "leaving")) as page:
        assert {page.http.get(conversations).status_code for _ in range(4)} == {200}
        page.http.post("/logout").raise_for_status()
        assert {page.http.get(conversations).status_code for _ in range(4)} == {401}
    with closing(Page(site, "coming back")) as page:
        assert {page.http.get(conversations).status_code for _ in range(4)} == {200}


def test_a_server_that_is_killed_costs_what_it_worked_on_and_nothing_else(site: Site) -> None:
    site.model.mood = "hangs midway"
    with site.program() as program, ThreadPoolExecutor(1) as pool:
        answering = pool.submit(ask, program)
        wait_until(lambda: any(map(is_working(site), site.servers)))
        killed = next(filter(is_working(site), site.servers))
        killed.kill()
        refused = answering.result()
        assert_problem(refused, 503, "ask again")
        assert refused.headers["retry-after"] == "2"
        site.model.mood = "well"
        site.model.let_go.set()
        assert ["765" in ask(program).json()["answer"] for _ in range(4)] == [True] * 4
        with closing(Page(site, "another page")) as page:
            assert "765" in page.ask(QUESTION)
        killed.start()
        assert ask(program).status_code == 200


def test_a_server_that_is_stopped_costs_nothing(site: Site) -> None:
    stopped = site.servers[0]
    with site.program() as program, ThreadPoolExecutor(2) as pool:
        stopped.process.terminate()
        statuses: list[int] = []
        while stopped.process.poll() is None:
            statuses += [one.status_code for one in pool.map(lambda _: ask(program), range(4))]
        assert stopped.process.returncode == 0
        assert {*statuses} == {200}
    stopped.start()


def test_without_the_database_a_hint_is_given_and_answers_come_back(site: Site, postgres: PostgresTestServer) -> None:
    with site.program() as program:
        postgres.stop("immediate")
        try:
            refused = ask(program)
            assert refused.status_code == 503
            assert refused.headers["retry-after"]
        finally:
            postgres.start()
        wait_until(lambda: ask(program).status_code == 200)


def is_working(site: Site) -> Callable[[Replica], bool]:
    """Whether a server works on a question."""

    def ask_metrics(server: Replica) -> bool:
        with server.client(site.key, headers={"host": HOST}) as client:
            return "paperchat_work_running 1\n" in client.get("/metrics").text

    return ask_metrics
