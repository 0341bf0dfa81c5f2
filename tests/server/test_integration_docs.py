"""Every block of Python in docs/integrations.md runs, and does what the text says."""

from __future__ import annotations

import asyncio
import re
import shutil
from collections.abc import Sequence
from contextlib import chdir
from pathlib import Path
from typing import Any

import pytest
from api_server import QUESTION, ApiServer
from llama_index.core.base.llms.types import ChatMessage, MessageRole, ToolCallBlock
from llama_index.core.llms.mock import MockFunctionCallingLLM

from test_docs import fenced_blocks

DOCUMENT = Path(__file__).parents[2] / "docs" / "integrations.md"
OWLS = '{"id": "2401.00009", "title": "Owls at Rest", "abstract": "Owls sleep in trees."}\n'
pytestmark = pytest.mark.skipif(not DOCUMENT.is_file(), reason="the docs are only in the repository")


@pytest.fixture
def home(untouched_sample: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The home of a user whose library is in the folder papers."""
    shutil.copytree(untouched_sample, tmp_path / "papers")
    (tmp_path / "abstracts.jsonl").write_text(OWLS, encoding="utf-8")
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


def run_block(words: str, server: ApiServer, home: Path) -> dict[str, Any]:
    """What the block with these words defines, with the server's address in place of the default one."""
    (code,) = [block for block in fenced_blocks(DOCUMENT, "python") if words in block]
    namespace: dict[str, Any] = {"__name__": "recipe"}
    with chdir(home):
        exec(
            compile(code.replace("http://127.0.0.1:7860", server.address), DOCUMENT.name, "exec", dont_inherit=True),
            namespace,
        )
    return namespace


def test_each_block_is_run_by_a_test_below() -> None:
    tests = Path(__file__).read_text(encoding="utf-8")
    words = re.findall(r'run_block\("(.+?)"', tests)
    blocks = fenced_blocks(DOCUMENT, "python")
    assert [sum(one in block for one in words) for block in blocks] == [1] * len(blocks)


def test_the_client(open_server: ApiServer, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    defined = run_block("client.stream", open_server, home)
    assert defined["best"].passage_id in defined["texts"]
    printed = capsys.readouterr().out
    assert "765 multiple-choice questions" in printed
    assert "RiOSWorld" in printed
    assert "2410.99999" in printed


def test_the_asynchronous_client(open_server: ApiServer, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run_block("AsyncClient(", open_server, home)
    assert "LabSafety Bench" in capsys.readouterr().out


def test_the_clients_ingestion(open_server: ApiServer, home: Path) -> None:
    defined = run_block("client.ingest", open_server, home)
    assert (defined["report"].added, defined["report"].failed) == (1, [])


def test_data_frames(open_server: ApiServer, home: Path) -> None:
    defined = run_block("results_frame(", open_server, home)
    assert len(defined["papers"]) == 41
    assert "<q>" in defined["answer"]._repr_html_() or "765" in defined["answer"]._repr_html_()


def test_langchain(open_server: ApiServer, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run_block("LangChainRetriever(", open_server, home)
    assert len(capsys.readouterr().out.splitlines()) == 5


def test_openai(open_server: ApiServer, home: Path) -> None:
    defined = run_block("openai.OpenAI(", open_server, home)
    message = defined["answer"].choices[0].message
    assert "LabSafety Bench" in message.content
    assert message.annotations


def asking_model() -> MockFunctionCallingLLM:
    """A model that asks the library what it is asked, and repeats what it reads."""

    def reply(messages: Sequence[ChatMessage], **_: Any) -> ChatMessage:
        last = messages[-1]
        if last.role == MessageRole.TOOL:
            return ChatMessage(role=MessageRole.ASSISTANT, content=f"It says: {last.content}")
        call = ToolCallBlock(tool_call_id="1", tool_name="ask_papers", tool_kwargs={"input": last.content})
        return ChatMessage(role=MessageRole.ASSISTANT, blocks=[call])

    return MockFunctionCallingLLM(response_generator=reply, is_chat_model=True)


@pytest.mark.filterwarnings("ignore::pydantic.warnings.PydanticDeprecationWarning")  # the agent's own
def test_a_llama_index_agent_gets_the_answer_with_its_spans(open_server: ApiServer, home: Path) -> None:
    defined = run_block("FunctionAgent(", open_server, home)
    reply, spans = asyncio.run(defined["ask_agent"](asking_model(), QUESTION))
    assert "765 multiple-choice questions" in reply
    assert "Sources:" in reply
    assert [one["number"] for one in spans] == [1]
    assert "765" in spans[0]["quote"]


def test_a_llama_index_workflow_keeps_what_is_answered(open_server: ApiServer, home: Path) -> None:
    defined = run_block("class Report(", open_server, home)
    unanswered = "Who won the 2018 football World Cup?"
    report = asyncio.run(defined["make_report"]([QUESTION, unanswered, "What is RiOSWorld?"]))
    assert set(report) == {QUESTION, "What is RiOSWorld?"}
    assert "765" in report[QUESTION][0]["quote"]
