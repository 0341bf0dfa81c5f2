"""The lines of an evaluation's file, each with where it stands."""

from __future__ import annotations

from pathlib import Path

from paperchat.errors import SourceError


def numbered_lines(file: Path, *, holds: str) -> list[tuple[str, str]]:
    """The lines that are not blank, each with ``FILE line N``; ``holds`` says what the file is to have on its lines.

    Raises:
        SourceError: the file cannot be read.
    """
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or error
        raise SourceError(f"{file} cannot be read ({why}): give a file of {holds}, one JSON object a line") from error
    return [(line, f"{file} line {number}") for number, line in enumerate(lines, start=1) if line.strip()]
