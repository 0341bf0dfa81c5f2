"""The tutorial and the guides do what they say: each block runs, in order, and prints what the page shows.

A block that cannot run has a line ``<!-- not run: REASON -->`` above it. In a console, what follows a command is all
of its output, but for a line ``…``, which stands for any lines. Ids of answers, durations and sizes may differ.
"""

from __future__ import annotations

import io
import json
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import chdir, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from cli_runner import COMMAND, IMPORT_PATHS
from paperchat import assistant
from paperchat.models import cross_encoder
from paperchat.models.cross_encoder import Reader
from paperchat.models.embedder import Embedder
from test_docs import REPOSITORY, SAMPLE, parse, run

DOCS = REPOSITORY / "docs"
PAGES = [DOCS / "tutorial.md", *sorted((DOCS / "guides").glob("*.md"))]
DATA = Path(__file__).parent / "data"
REASONS = ("needs ", "serves until ", "runs until ", "changes the machine")
_BLOCK = re.compile(r"^(?:<!-- not run: ([^\n]+) -->\n)?```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_ID = re.compile(r"\b[0-9a-f]{32}\b")
_VARYING = re.compile(r"\b[0-9a-f]{32}\b|\b\d+\.\d s\b|\b\d+ ms\b|\b\d+\.\d [kMG]?B\b")
pytestmark = pytest.mark.skipif(not PAGES[0].is_file(), reason="the docs are only in the repository")


@dataclass(frozen=True, kw_only=True)
class Block:
    """A block of code; ``reason`` says why it is not run."""

    reason: str
    language: str
    text: str

    @property
    def commands(self) -> list[tuple[str, str]]:
        """The commands of a console, each with what it prints."""
        sessions = re.split(r"^\$ ", self.text.replace("\\\n", ""), flags=re.MULTILINE)
        assert not sessions[0], self.text
        return [(command, printed) for command, _, printed in (one.partition("\n") for one in sessions[1:])]


def blocks_of(page: Path) -> list[Block]:
    found = _BLOCK.findall(page.read_text(encoding="utf-8"))
    return [Block(reason=reason, language=language, text=text) for reason, language, text in found]


@pytest.fixture
def newcomer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The home of someone who has just installed paperchat, with the files that the pages speak of."""
    for name in [name for name in os.environ if name.startswith(("PAPERCHAT_", "XDG_"))]:
        monkeypatch.delenv(name)
    with TemporaryDirectory(prefix="n") as short:  # a path that is not broken into lines
        yield from prepared(Path(short) / "ada", tmp_path, monkeypatch)


def prepared(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Make that home, and what is on the path."""
    zotero = home / "My Library" / "files" / "12"
    for folder in (zotero, home / "papers", tmp_path / "bin"):
        folder.mkdir(parents=True)
    shutil.copy(SAMPLE, home)
    shutil.copytree(DATA / "daily", home / "days")
    shutil.copy(DATA / "pdf" / "yoshida23a.pdf", home / "paper.pdf")
    shutil.copy(DATA / "pdf" / "yoshida23a.pdf", zotero)
    for name in ("pirozelli22a.pdf", "yoshida23a.pdf"):
        shutil.copy(DATA / "pdf" / name, home / "papers")
    program = tmp_path / "bin" / "paperchat"
    program.write_text(f'#!/bin/sh\nexec {shlex.join(COMMAND)} "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(IMPORT_PATHS))
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("COLUMNS", "100")
    reader, embedder = Reader(), Embedder.embedded()  # once for all commands
    monkeypatch.setattr(cross_encoder, "Reader", lambda: reader)
    monkeypatch.setattr(assistant, "embedder_from_settings", lambda _: embedder)
    with chdir(home):
        yield home


def printed_by(command: str) -> str:
    """What a command of a console prints on standard output; its exit status is 0."""
    arguments = shlex.split(command)
    if arguments[0] == "paperchat" and "|" not in arguments:
        status, out, err = run([str(Path(one).expanduser()) if one[0] == "~" else one for one in arguments[1:]])
    else:
        done = subprocess.run(command, shell=True, capture_output=True, text=True)
        status, out, err = done.returncode, done.stdout, done.stderr
    assert status == 0, f"{command}: {err}"
    return out


def assert_prints(command: str, printed: str, out: str) -> None:
    """Check what a command has printed against the page; a line … stands for any lines."""
    shown, got = (
        "\n".join(line.rstrip() for line in _VARYING.sub("#", text).strip().splitlines()) for text in (printed, out)
    )
    pattern = ".*".join(map(re.escape, re.split(r"^…$", shown, flags=re.MULTILINE)))
    assert re.fullmatch(pattern, got, re.DOTALL), f"$ {command}\n{out}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
@pytest.mark.filterwarnings("ignore::pydantic.warnings.PydanticDeprecationWarning")  # LlamaIndex's own
def test_each_block_runs_and_prints_what_the_page_says(page: Path, newcomer: Path) -> None:
    if page.stem in ("agent", "editor"):
        assert run(["ingest", "--sample"])[0] == 0
    ids: dict[str, str] = {}
    namespace: dict[str, Any] = {"__name__": "guide"}
    for block in blocks_of(page):
        if block.language == "bibtex":
            (newcomer / "My Library" / "My Library.bib").write_text(block.text, encoding="utf-8")
        elif block.reason or block.language not in ("console", "python"):
            continue
        elif block.language == "python":
            out = io.StringIO()
            with redirect_stdout(out):
                exec(compile(block.text, page.name, "exec", dont_inherit=True), namespace)
            assert out.getvalue()
        else:
            for command, printed in block.commands:
                out_text = printed_by(_ID.sub(lambda match: ids[match[0]], command)).replace(str(newcomer), "/home/ada")
                ids.update(zip(_ID.findall(printed), _ID.findall(out_text), strict=False))
                assert_prints(command, printed, out_text)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_blocks_that_are_not_run_say_why_and_have_valid_commands(page: Path) -> None:
    blocks = blocks_of(page)
    assert page.read_text(encoding="utf-8").count("```") == 2 * len(blocks)
    assert not re.findall(r"^ {4}(?:paperchat|pip|curl) ", page.read_text(encoding="utf-8"), re.MULTILINE)
    for block in blocks:
        assert block.language in ("console", "python", "json", "bibtex", "text")
        assert not block.reason or block.reason.startswith(REASONS)
        for command, _ in block.commands if block.language == "console" else ():
            for part in command.split("|"):
                arguments = [one for one in shlex.split(part) if "=" not in one]
                if arguments[0] == "paperchat":
                    parse(arguments[1:])


def test_editors_are_told_to_start_the_program_that_the_guide_tries() -> None:
    configurations = [
        json.loads(block.text) for block in blocks_of(DOCS / "guides" / "editor.md") if block.language == "json"
    ]
    servers = [server["paperchat"] for one in configurations for server in one.values()]
    started = [(server["command"], server["args"]) for server in servers if "command" in server]
    assert started == [("paperchat", ["mcp"])] * 3
    assert [server["url"] for server in servers if "url" in server] == ["https://papers.example.org/mcp"]
