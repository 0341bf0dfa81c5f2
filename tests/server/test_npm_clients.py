"""Clients from npm, pointed at a running server: the AI SDK, and MCP's inspector and conformance suite.

`make test-slow` installs them into tests/npm.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from api_server import QUESTION, ApiServer
from test_integration_docs import DOCUMENT
from test_same_answers import QUESTIONS
from test_same_spans import spans

from cli_runner import COMMAND, IMPORT_PATHS, run
from test_docs import fenced_blocks

CLIENTS = Path(__file__).parents[1] / "npm"
BIN = CLIENTS / "node_modules" / ".bin"
TOOLS = ["ask", "search", "fetch", "read_passage", "survey", "claim", "new_papers", "export"]
_SECONDS = 300
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not BIN.is_dir(), reason="the clients from npm are not installed: run make test-slow"),
]


def node(*arguments: str | Path, cwd: Path = CLIENTS, status: int | None = 0) -> str:
    """What Node.js prints."""
    done = subprocess.run(["node", *map(str, arguments)], cwd=cwd, capture_output=True, text=True, timeout=_SECONDS)
    assert status is None or done.returncode == status, done.stdout + done.stderr
    return done.stdout


def test_the_ai_sdk_reads_text_and_citations_at_once_and_streamed(open_server: ApiServer) -> None:
    read = json.loads(node(CLIENTS / "ask.mjs", open_server.address, *QUESTIONS))
    assert [one["question"] for one in read] == QUESTIONS
    for one in read:
        printed = run("ask", one["question"], "--home", open_server.home, "--json").json
        assert one["text"] == one["streamed"]
        assert one["text"].startswith(printed["answer"])
        assert spans(one["citations"]) == spans(one["streamedCitations"]) == spans(printed["citations"])
        assert one["finish"] == ["stop", "stop"]
        marks = [note["url_citation"] for note in one["annotations"]]
        assert all(re.fullmatch(r"\[\d+\]", one["text"][mark["start_index"] : mark["end_index"]]) for mark in marks)
        assert bool(marks) == bool(printed["citations"])


def test_the_documented_script_runs(open_server: ApiServer) -> None:
    (script,) = fenced_blocks(DOCUMENT, "js")
    script = script.replace("http://127.0.0.1:7860", open_server.address)
    printed = node("--input-type=module", "--eval", script)
    assert printed.count("multiple-choice questions verified by human experts") == 4


def inspect(*arguments: str | Path) -> Any:
    """What the inspector prints as JSON."""
    return json.loads(node(BIN / "mcp-inspector", "--cli", *arguments))


@pytest.fixture
def config(own_library: Path, tmp_path: Path) -> Path:
    """The documented configuration of an assistant, with this paperchat and the library of the tests."""
    (documented,) = [json.loads(block) for block in fenced_blocks(DOCUMENT, "json")]
    server = documented["mcpServers"]["paperchat"]
    assert server == {"command": "paperchat", "args": ["mcp"]}
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PAPERCHAT_")}
    server["env"] = {**environment, "PYTHONPATH": os.pathsep.join(IMPORT_PATHS)}
    server["command"], server["args"] = COMMAND[0], [*COMMAND[1:], *server["args"], "--home", str(own_library)]
    file = tmp_path / "assistant.json"
    file.write_text(json.dumps(documented), encoding="utf-8")
    return file


@pytest.mark.parametrize("transport", ["http", "stdio"])
def test_the_inspector_lists_and_calls_tools(open_server: ApiServer, config: Path, transport: str) -> None:
    over_http = (f"{open_server.address}/mcp", "--transport", "http")
    target = over_http if transport == "http" else ("--config", config, "--server", "paperchat")
    assert [one["name"] for one in inspect(*target, "--method", "tools/list")["tools"]] == TOOLS
    call = ("--method", "tools/call", "--tool-name", "ask", "--tool-arg", f"question={QUESTION}")
    called = inspect(*target, *call)
    printed = run("ask", QUESTION, "--home", open_server.home, "--json").json
    assert spans(called["structuredContent"]["citations"]) == spans(printed["citations"])
    assert "765" in called["content"][0]["text"]
    assert inspect(*target, "--method", "resources/list")["resources"]
    assert {one["name"] for one in inspect(*target, "--method", "prompts/list")["prompts"]} == {
        "cited_answer",
        "topic_review",
    }


def test_the_server_conforms_in_all_scenarios_that_apply(open_server: ApiServer, tmp_path: Path) -> None:
    left_out = ("--expected-failures", CLIENTS / "scenarios_left_out.yml")
    said = node(BIN / "conformance", "server", "--url", f"{open_server.address}/mcp", *left_out, cwd=tmp_path)
    assert set(re.findall(r"^✓ (\S+): [1-9]", said, re.MULTILINE)) == {
        "server-initialize",
        "ping",
        "completion-complete",
        "tools-list",
        "resources-list",
        "prompts-list",
        "dns-rebinding-protection",
    }
