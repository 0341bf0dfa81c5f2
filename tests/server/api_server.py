"""The server as a user starts it, by `paperchat serve`, and clients of its API."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from cli_runner import COMMAND, IMPORT_PATHS, run

API = "/api/v1"
PROBLEM_TYPE = "application/problem+json"
QUESTION = "How many multiple-choice questions are in LabSafety Bench?"
_SECONDS = 120


@dataclass(frozen=True, kw_only=True)
class ApiServer:
    """A running server, and the folder of its library; ``log`` has its lines on standard error once it has ended."""

    address: str
    home: Path
    process: subprocess.Popen[str]
    log: list[str] = field(default_factory=list)

    def client(self, key: str = "", **options: Any) -> httpx.Client:
        """A client that sends this key, if any."""
        headers = {"authorization": f"Bearer {key}"} if key else {}
        return httpx.Client(
            base_url=self.address,
            headers=headers | options.pop("headers", {}),
            timeout=_SECONDS,
            trust_env=False,
            **options,
        )

    def key(self, name: str, scope: str = "read") -> str:
        """The token of a new key."""
        return add_key(self.home, name, scope)


def add_key(home: Path, name: str, scope: str = "read", *options: str) -> str:
    """The token of a new key of the library at ``home``."""
    done = run("keys", "add", name, "--scope", scope, *options, "--home", home, "--json")
    return str(done.json["key"])


@contextmanager
def api_server(home: Path, *options: str, warning: str = "", **settings: str) -> Iterator[ApiServer]:
    """A server over the library at ``home``, as a process of its own; by default without the window.

    ``warning`` is the start of what it says on standard error, where it says anything but which keys it refuses.
    """
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PAPERCHAT_")}
    ui = () if "--ui" in options else ("--no-ui",)
    options = tuple(one for one in options if one != "--ui")
    process = subprocess.Popen(
        [*COMMAND, "serve", "--home", str(home), "--json", "--port", "0", *ui, *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**environment, **settings, "PYTHONPATH": os.pathsep.join(IMPORT_PATHS)},
    )
    assert process.stdout
    said = ""
    while line := process.stdout.readline():
        said += line
        if line == "}\n":
            break
    assert said, process.communicate()
    server = ApiServer(address=json.loads(said)["address"], home=home, process=process)
    try:
        yield server
    finally:
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=_SECONDS)
    assert process.returncode == 0
    server.log.extend(errors.splitlines())
    kept = [line for line in errors.splitlines(keepends=True) if " paperchat: key refused" not in line]
    kept = [line for line in kept if " paperchat: login refused" not in line]
    assert "".join(kept).startswith(warning) if warning else not kept, errors


def events_of(response: httpx.Response) -> Iterator[tuple[str, dict[str, Any]]]:
    """The name and the data of each event of a stream, as they come; comments are left out."""
    name = ""
    for line in response.iter_lines():
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif line.startswith("data: "):
            yield name, json.loads(line.removeprefix("data: "))


def assert_problem(response: httpx.Response, status: int, *words: str) -> dict[str, Any]:
    """Check that a response is a problem of this status, whose detail is one line with these words; return it."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == PROBLEM_TYPE
    problem: dict[str, Any] = response.json()
    assert list(problem) == ["type", "title", "status", "detail", "instance"]
    assert problem["status"] == status
    assert problem["type"].startswith("urn:paperchat:problem:")
    assert problem["instance"] == response.request.url.path
    assert problem["detail"]
    assert "\n" not in problem["detail"]
    assert "Traceback" not in response.text
    for word in words:
        assert word in problem["detail"], problem
    return problem
