"""Runs the commands, and puts their errors into words."""

from __future__ import annotations

from collections.abc import Sequence

import typer

from paperchat.cli.app import app
from paperchat.errors import PaperchatError

_INTERRUPTED = 130


def run(arguments: Sequence[str]) -> int:
    """The exit status of the command; what goes wrong is raised."""
    try:
        return int(app(list(arguments), prog_name="paperchat", standalone_mode=False) or 0)
    except typer.Abort:
        return _INTERRUPTED


def message_of(error: Exception) -> str:
    """What is wrong, and what to do about it."""
    if isinstance(error, typer.TyperException):
        return f"{error.format_message()} (see paperchat --help)"
    if isinstance(error, PaperchatError):
        return str(error)
    return f"{type(error).__name__}: {error} (not foreseen; PAPERCHAT_DEBUG=1 shows where it happened)"
