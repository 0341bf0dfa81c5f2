"""The docs are true: generated parts are current, code and commands run, links, paths and make targets exist."""

from __future__ import annotations

import io
import os
import pkgutil
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import chdir, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.core import TyperGroup

from paperchat import assistant
from paperchat.cli.app import app
from paperchat.cli.main import main
from paperchat.models import cross_encoder
from paperchat.models.cross_encoder import Reader
from paperchat.models.embedder import Embedder

REPOSITORY = Path(__file__).parents[1]
README = REPOSITORY / "README.md"
EVALUATION = REPOSITORY / "docs" / "evaluation.md"
COMMANDS = REPOSITORY / "docs" / "commands.md"
SAMPLE = REPOSITORY / "src" / "paperchat" / "sample" / "daily_papers_page.txt"
DOCUMENTS = [
    README,
    REPOSITORY / "CONTRIBUTING.md",
    *sorted(path for path in (REPOSITORY / "docs").rglob("*.md") if "surveys" not in path.parts),
]
pytestmark = pytest.mark.skipif(not COMMANDS.is_file(), reason="the docs are only in the repository")

# Commands that are run as the docs give them: they need no network, no model and no file, and are quick.
QUICK = {"ask", "search", "models"}
ALSO_RUN = [
    ["show", "title:50a012357d0b3929"],
    ["status", "--json"],
    ["--quiet", "doctor"],
    ["conversations", "list"],
    ["doctor", "--fix"],
    ["export", "--format", "ris"],
    ["conversations", "list", "--matching", "RiOSWorld"],
    ["conversations", "show", "risks"],
    ["conversations", "rename", "risks", "hazards"],
    ["conversations", "delete", "hazards"],
]
# Names of files that are the user's or a library's, in the docs' running text.
FILES_OF_USERS = {
    *("mcp.json", "settings.json"),
    *("catalogue.sqlite", "chroma.lock", "write.lock", "paperchat.toml"),
    *("corpus.jsonl", "queries.jsonl", "qrels.tsv", "SPLIT.tsv"),
    "paperchat.step.duration",  # a metric
}
# Folders that a path in the docs may start from.
ROOTS = ["", "docs", "docs/adr", "benchmarks", "src/paperchat", "src/paperchat/models/assets"]
_COMMAND_PATTERN = re.compile(r"^ {4}(?:[A-Z_]+=\S+ )?paperchat ([^[{|\n]+)$", re.MULTILINE)
_MENTIONED_COMMAND_PATTERN = re.compile(r"`paperchat ([^`[{|]+)`")
_LINK_PATTERN = re.compile(r"\]\((?!https?:)([^)\s]+)\)")
_CODE_PATTERN = re.compile(r"`([^`\n]+)`")
_FILE_PATTERN = re.compile(r"(?:[\w.-]+/)*[\w*-]+\.(?:py|json|jsonl|toml|md|csv|tsv|txt|sh|onnx|svg|sqlite|lock)")
_TARGET_PATTERN = re.compile(r"`make ((?:[\w-]+ ?)+)|^ {4}make ([\w-]+)", re.MULTILINE)
_ANSWER_ID_PATTERN = re.compile(r"\b[0-9a-f]{32}\b")


def commands_of(document: Path, pattern: re.Pattern[str] = _COMMAND_PATTERN) -> list[list[str]]:
    """The command lines of a document, as lists of arguments without ``paperchat``."""
    return [arguments_of(line) for line in pattern.findall(document.read_text(encoding="utf-8"))]


def arguments_of(line: str) -> list[str]:
    arguments = shlex.split(line, comments=True)
    return arguments[: arguments.index(">")] if ">" in arguments else arguments


def parse(arguments: list[str]) -> str:
    """Parse a command line with the real parsers and return the path of its command, such as ``eval self``."""
    command: Any = typer.main.get_command(app)
    if arguments == ["--help"]:
        return ""
    context = command.make_context("paperchat", list(arguments))
    path: list[str] = []
    while isinstance(command, TyperGroup):
        rest = [*context._protected_args, *context.args]
        if not rest:
            break
        name, command, rest = command.resolve_command(context, rest)
        path.append(str(name))
        if rest == ["--help"]:
            break
        context = command.make_context(name, rest, parent=context)
    return " ".join(path)


def run(arguments: list[str]) -> tuple[int, str, str]:
    """Run a command in this process; return exit status, standard output and standard error."""
    out, err = io.StringIO(), io.StringIO()
    status: Any = 0
    with redirect_stdout(out), redirect_stderr(err):
        try:
            main(arguments)
        except SystemExit as end:
            status = end.code
    return int(status or 0), out.getvalue(), err.getvalue()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The working folder and home of a user, with the sample page ingested into the library in ``papers``."""
    folder = tmp_path_factory.mktemp("user")
    shutil.copy(SAMPLE, folder)
    with pytest.MonkeyPatch.context() as patch, chdir(folder):
        for name in [name for name in os.environ if name.startswith("PAPERCHAT_")]:
            patch.delenv(name)
        patch.setenv("HOME", str(folder))
        patch.setenv("PAPERCHAT_HOME", str(folder / "papers"))
        patch.setenv("COLUMNS", "100")
        reader, embedder = Reader(), Embedder.embedded()  # once for all commands
        patch.setattr(cross_encoder, "Reader", lambda: reader)
        patch.setattr(assistant, "embedder_from_settings", lambda _: embedder)
        status, _, err = run(["ingest", "--sample"])
        assert status == 0, err
        yield folder


def test_generated_parts_are_current() -> None:
    check = subprocess.run(
        [sys.executable, "scripts/generate_docs.py", "--check"], cwd=REPOSITORY, capture_output=True, text=True
    )
    assert check.returncode == 0, check.stderr


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_commands_are_parsed(document: Path) -> None:
    for arguments in commands_of(document):
        try:
            parse(arguments)
        except typer.TyperException as error:
            pytest.fail(f"paperchat {shlex.join(arguments)}: {error.format_message()}")
    for arguments in commands_of(document, _MENTIONED_COMMAND_PATTERN):
        try:
            parse(arguments)
        except typer.TyperException as error:
            if "Missing argument" not in error.format_message():
                pytest.fail(f"paperchat {shlex.join(arguments)}: {error.format_message()}")


def test_usage_lines_name_commands() -> None:
    usages = re.findall(r"^ {4}paperchat ((?:[a-z]+ )+)", COMMANDS.read_text(encoding="utf-8"), re.MULTILINE)
    assert {"ask", "eval self", "ui"} <= {usage.strip() for usage in usages}
    for usage in usages:
        assert parse([*usage.split(), "--help"]) == usage.strip()


@pytest.mark.usefixtures("folder")
def test_quick_commands_run() -> None:
    documented = [arguments for arguments in commands_of(README) if parse(arguments) in QUICK]
    assert {"ask", "search", "models"} <= {arguments[0] for arguments in documented}
    for arguments in [*documented, *ALSO_RUN]:
        status, _, err = run(arguments)
        assert status == 0, f"paperchat {shlex.join(arguments)}: {err}"


@pytest.mark.usefixtures("folder")
def test_answers_of_the_readme_are_what_the_program_prints() -> None:
    transcript = next(block for block in fenced_blocks(README, "") if block.startswith("$ "))
    for session in re.split(r"^\$ paperchat ", transcript, flags=re.MULTILINE)[1:]:
        command, _, printed = session.partition("\n")
        status, out, _ = run(arguments_of(command))
        assert status == 0
        assert _ANSWER_ID_PATTERN.sub("ID", out).strip() == _ANSWER_ID_PATTERN.sub("ID", printed).strip()


@pytest.mark.usefixtures("folder")
def test_python_of_the_readme_runs() -> None:
    namespace: dict[str, Any] = {}
    out = io.StringIO()
    for code in fenced_blocks(README, "python"):
        with redirect_stdout(out):
            exec(compile(code, README.name, "exec"), namespace)
    assert "765 multiple-choice questions" in out.getvalue()
    assert "RiOSWorld" in namespace["pc"].turns("risks")[-1].answer.standalone_question
    assert namespace["survey"].citations
    assert namespace["answer"].citations


def fenced_blocks(document: Path, language: str) -> list[str]:
    blocks = re.findall(r"^```(\w*)\n(.*?)^```$", document.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    return [block for name, block in blocks if name == language]


def test_relative_links_lead_to_files_and_headings() -> None:
    broken = []
    for document in DOCUMENTS:
        for link in _LINK_PATTERN.findall(document.read_text(encoding="utf-8")):
            path, _, anchor = link.partition("#")
            target = (document.parent / path) if path else document
            if not target.exists() or (anchor and anchor not in anchors_of(target)):
                broken.append(f"{document.name}: {link}")
    assert not broken


def anchors_of(document: Path) -> set[str]:
    """The anchors that GitHub gives to a document's headings."""
    headings = re.findall(r"^#+ (.+)$", document.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_modules_that_the_docs_name_exist() -> None:
    missing = []
    for document in DOCUMENTS:
        text = document.read_text(encoding="utf-8")
        diagrams = re.findall(r'\["((?:[a-z_]+\.)+[A-Za-z_]+)', text)
        for name in [f"paperchat.{name}" for name in diagrams] + re.findall(r"`(paperchat(?:\.\w+)+)`", text):
            if name in FILES_OF_USERS:
                continue
            try:
                pkgutil.resolve_name(name)
            except (ImportError, AttributeError):
                missing.append(f"{document.name}: {name}")
    assert not missing


def test_files_that_the_docs_name_exist() -> None:
    names = {path.name for root in ("src", "benchmarks", "train", "tests", "docs") for path in files_below(root)}
    missing = []
    for document in DOCUMENTS:
        text = re.sub(r"^```.*?^```$", "", document.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
        for code in _CODE_PATTERN.findall(text):
            if not _FILE_PATTERN.fullmatch(code) or Path(code).name in FILES_OF_USERS:
                continue
            if code not in names and not any(any(matches(root, code)) for root in ROOTS):
                missing.append(f"{document.name}: {code}")
    assert not missing


def files_below(root: str) -> Iterator[Path]:
    return (path for path in (REPOSITORY / root).rglob("*") if path.is_file())


def matches(root: str, pattern: str) -> Iterator[Path]:
    return (REPOSITORY / root).glob(pattern)


def test_make_targets_exist() -> None:
    makefile = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z][\w-]*):", makefile, re.MULTILINE))
    named = {
        target
        for document in DOCUMENTS
        for inline, indented in _TARGET_PATTERN.findall(document.read_text(encoding="utf-8"))
        for target in (inline or indented).split()
        if target.islower()
    }
    assert {"check", "demo", "test"} <= named
    assert named <= targets


def test_folders_of_packages_that_contributors_are_sent_to_exist() -> None:
    text = (REPOSITORY / "CONTRIBUTING.md").read_text(encoding="utf-8")
    folders = re.findall(r"`([\w/]+)/`", text)
    assert folders
    assert [name for name in folders if not any(matches(root, name) for root in ("", "src/paperchat"))] == []
