"""The window without a login, open to the network: who is warned, and by which names it can be reached."""

from __future__ import annotations

import json
import signal
import socket
from pathlib import Path

import httpx
import pytest

from cli_runner import assert_one_line_error, run, start

pytestmark = pytest.mark.security

NAMES = {
    "127.0.0.1": 200,
    "192.0.2.1:7860": 200,
    "[2001:db8::1]:7860": 200,
    socket.gethostname(): 200,
    "papers.example.org": 200,
    "evil.example": 403,
    "127.0.0.1.evil.example": 403,
}


def test_it_warns_and_is_reached_by_no_name_that_another_site_could_take(sample_home: Path) -> None:
    window = start(
        *("ui", "--home", sample_home, "--host", "0.0.0.0", "--port", "0", "--json"),
        env={"PAPERCHAT_PUBLIC_URL": "https://papers.example.org"},
    )
    assert window.stdout
    assert window.stderr
    try:
        said = ""
        while not said.endswith("}\n") and (line := window.stdout.readline()):
            said += line
        address = json.loads(said)["address"]
        assert {name: httpx.get(address, headers={"host": name}).status_code for name in NAMES} == NAMES
    finally:
        window.send_signal(signal.SIGINT)
        _, errors = window.communicate(timeout=60)
    assert errors.startswith("paperchat: warning: there is no login")
    assert errors.count("\n") == 1


@pytest.mark.parametrize("name", ["PAPERCHAT_PUBLIC_URL", "PAPERCHAT_TRUSTED_PROXIES"])
def test_a_malformed_address_is_a_one_line_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "https:/papers")
    assert_one_line_error(run("ui", "--port", "0", "--home", tmp_path / "home"), name)
