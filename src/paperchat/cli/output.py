"""Writes results to standard output (JSON, or text for a terminal) and to files."""

from __future__ import annotations

import io
import json
import os
import re
import sys
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from paperchat.errors import StorageError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from _typeshed import ReadableBuffer
    from rich.console import RenderableType

    from paperchat.storage.readers.paper_notes import PaperNote
    from paperchat.types import StoredPaper

ReferenceFormat = Literal["bibtex", "ris", "json"]
ReadingFormat = Literal["bibtex", "ris", "json", "markdown"]
T = TypeVar("T")

# JSON allows these characters unescaped, but they control a terminal or the direction of text.
_CONTROL_PATTERN = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


class OutputError(StorageError):
    """Standard output cannot be written, so that a command has nobody to go on for."""


class _StandardOutput(io.FileIO):
    """File descriptor 1: a closed pipe takes what is written without an error, as nobody reads it."""

    def write(self, data: ReadableBuffer, /) -> int:
        """Write to the file descriptor.

        Raises:
            OutputError: the write failed, for example because the disk is full; later ones go nowhere.
        """
        try:
            return super().write(data)
        except OSError as error:
            os.dup2(os.open(os.devnull, os.O_WRONLY), self.fileno())  # what is buffered is written at exit
            if isinstance(error, BrokenPipeError):
                return super().write(data)
            raise OutputError(
                f"standard output cannot be written ({error.strerror}): check where it is redirected and try again"
            ) from error


def guard_standard_output() -> None:
    """Have everything that is printed, by this package or another, written with `_StandardOutput`'s errors."""
    buffer = getattr(sys.stdout, "buffer", None)
    raw = getattr(buffer, "raw", buffer)  # where PYTHONUNBUFFERED is set there is no buffer
    if type(raw) is io.FileIO:  # and not a test's, nor the console of Windows
        sys.stdout = io.TextIOWrapper(
            io.BufferedWriter(_StandardOutput(raw.fileno(), "w", closefd=False)),
            encoding=sys.stdout.encoding,
            errors=sys.stdout.errors,
            line_buffering=raw is buffer or bool(sys.stdout.line_buffering),
        )


def print_json(document: Mapping[str, Any]) -> None:
    """Print a JSON document."""
    write_json(json.dumps(document, ensure_ascii=False, indent=2) + "\n")


def write_json(text: str) -> None:
    """Print a JSON document; control characters, and what the encoding lacks, become escapes."""
    if _is_utf8_output():
        write(_escape_control_characters(text))
    else:
        write(json.dumps(json.loads(text), indent=2) + "\n")


def _escape_control_characters(text: str) -> str:
    """The same JSON document with control characters as escapes."""
    return _CONTROL_PATTERN.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def print_renderable(renderable: RenderableType) -> None:
    """Print a rich renderable."""
    from paperchat.render.terminal import render_text

    write(render_text(renderable, sys.stdout))


def print_line(text: str) -> None:
    """Print one line of plain text."""
    from rich.text import Text

    print_renderable(Text(text))


def write_references(
    papers: Iterable[StoredPaper], format_: ReferenceFormat, file: Path | None, *, notes: Iterable[PaperNote] = ()
) -> None:
    """Print references to papers, with these notes on them, or write them to ``file``; json is CSL JSON.

    Raises:
        UsageError: the file cannot be written.
    """
    from paperchat.render import bibtex_ris_csl
    from paperchat.render.note_formats import note_lines

    formatters = {"bibtex": bibtex_ris_csl.bibtex, "ris": bibtex_ris_csl.ris, "json": bibtex_ris_csl.csl_json}
    text = ("\n" if format_ == "bibtex" else "").join(formatters[format_](papers, note_lines(notes)))
    _write_text(text, format_, file)


def write_reading(
    heading: str,
    papers: Iterable[StoredPaper],
    format_: ReadingFormat,
    file: Path | None,
    *,
    notes: Iterable[PaperNote] = (),
) -> None:
    """Print papers with these notes on them as references or as Markdown below a heading, or write them to ``file``.

    Raises:
        UsageError: the file cannot be written.
    """
    if format_ != "markdown":
        write_references(papers, format_, file, notes=notes)
        return
    from paperchat.render.note_formats import papers_as_markdown

    _write_text(papers_as_markdown(heading, papers, notes), format_, file)


def _write_text(text: str, format_: ReadingFormat, file: Path | None) -> None:
    if file is not None:
        write_file(text.encode(), file, option="-o")
    elif format_ == "json":
        write_json(text)
    else:
        write(text)


def write(text: str) -> None:
    """Write to standard output and flush."""
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(text.encode(encoding, errors="replace").decode(encoding))
    sys.stdout.flush()


def validate_output_files(files: Sequence[Path], endings: Collection[str]) -> Sequence[Path]:
    """Check the files of ``--out``, before any work is done.

    Raises:
        UsageError: an unknown extension, a folder instead of a file, or a file in a folder that does not exist.
    """
    for file in files:
        if file.suffix.lower() not in endings:
            raise UsageError(f"--out {file}: the extension must be one of {' '.join(endings)}")
        if file.is_dir():
            raise UsageError(f"--out {file} is a folder: name a file")
        if not file.parent.is_dir():
            raise UsageError(f"--out {file}: the folder {file.parent} does not exist: create it or name another file")
    return files


def write_result(
    result: T,
    files: Sequence[Path],
    *,
    json: bool,
    as_file: Callable[[T, str], bytes],
    as_json: Callable[[T], Mapping[str, Any]],
    as_renderable: Callable[[T], RenderableType],
) -> None:
    """Write the result to each file in the format of its extension; print it if there are no files, or as JSON.

    Raises:
        UsageError: a file cannot be written.
    """
    for file in files:
        write_file(as_file(result, file.suffix.lower()), file, option="--out")
    if json:
        print_json(as_json(result))
    elif files:
        _print_written(files)
    else:
        print_renderable(as_renderable(result))


def _print_written(files: Sequence[Path]) -> None:
    from rich.text import Text

    from paperchat.text.describe import one_line

    print_renderable(Text("\n".join(one_line(f"wrote {file}") for file in files)))


def write_file(content: bytes, file: Path, *, option: str) -> None:
    """Write a file atomically: an existing one stays as it was until the new content is complete.

    Raises:
        UsageError: the file, given with ``option``, cannot be written.
    """
    try:
        _write_atomically(content, file)
    except OSError as error:
        raise UsageError(f"{file} cannot be written ({error.strerror}): name another file with {option}") from error


def _write_atomically(content: bytes, file: Path) -> None:
    target = file.resolve()
    if target.exists() and not target.is_file():  # a pipe or a device has no content to preserve
        target.write_bytes(content)
        return
    temporary = target.with_name(f".{target.name[:200]}.{os.getpid()}.part")
    try:
        temporary.write_bytes(content)
        if target.exists():
            temporary.chmod(target.stat().st_mode)
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def _is_utf8_output() -> bool:
    return (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
