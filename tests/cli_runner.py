"""Runs the command line in the test's process, or as a process of its own."""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from paperchat.cli.main import main

IMPORT_PATHS = [str(Path(folder).resolve()) for folder in sys.path if folder]  # tests change the working folder
COMMAND = (sys.executable, "-c", "from paperchat.cli import main; main()")


@dataclass(frozen=True, slots=True, kw_only=True)
class CliResult:
    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        assert not self.err
        return json.loads(self.out)


def run(*arguments: str | Path) -> CliResult:
    out, err = io.StringIO(), io.StringIO()
    status: Any = 0
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main([str(argument) for argument in arguments])
        except SystemExit as end:
            status = end.code
    return CliResult(status=status or 0, out=out.getvalue(), err=err.getvalue())


def start(*arguments: str | Path, env: dict[str, str] | None = None, **options: Any) -> subprocess.Popen[str]:
    pipes = {
        "stdin": subprocess.DEVNULL,
        "stdout": subprocess.PIPE,
        "stderr": subprocess.PIPE,
        "encoding": "utf-8",
    }
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(IMPORT_PATHS), **(env or {})}
    return subprocess.Popen([*COMMAND, *map(str, arguments)], **{"env": environment, **pipes, **options})


def assert_one_line_error(done: CliResult, *words: str) -> None:
    assert (done.status, done.out) == (2, "")
    assert done.err.startswith("paperchat: error: ")
    assert done.err.count("\n") == 1
    assert done.err.endswith("\n")
    for word in words:
        assert word in done.err
