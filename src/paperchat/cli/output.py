"""What goes to standard output, in one place: JSON, or text for a terminal."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from paperchat.errors import StorageError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import RenderableType

T = TypeVar("T")

# JSON allows them as they are, but they steer a terminal or the direction of writing.
_STEERING = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def print_json(document: Mapping[str, Any]) -> None:
    write_json(json.dumps(document, ensure_ascii=False, indent=2) + "\n")


def write_json(text: str) -> None:
    """Write a JSON document, with what its reader or the encoding could not take written as escapes."""
    if _takes_everything():
        write(inert_json(text))
    else:
        write(json.dumps(json.loads(text), indent=2) + "\n")


def inert_json(text: str) -> str:
    """The same JSON document without characters that steer a terminal."""
    return _STEERING.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def print_shown(renderable: RenderableType) -> None:
    from paperchat.render.terminal import shown

    write(shown(renderable, sys.stdout))


def write(text: str) -> None:
    """Write to standard output at once; a reader who has gone away is none of our business.

    Raises:
        StorageError: it cannot be written, such as to a full disk.
    """
    if not text:
        return
    encoding = sys.stdout.encoding or "utf-8"
    try:
        sys.stdout.write(text.encode(encoding, errors="replace").decode(encoding))
        sys.stdout.flush()
    except BrokenPipeError:
        # Python would complain at its end when it flushes once more.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise StorageError(
            f"standard output cannot be written ({error.strerror}): check where it goes and run it again"
        ) from error


def checked(files: Sequence[Path], endings: Collection[str]) -> Sequence[Path]:
    """The files that ``--out`` names.

    Raises:
        UsageError: an ending that says nothing, a folder, or one that is not there: better before the work than after.
    """
    for file in files:
        if file.suffix.lower() not in endings:
            raise UsageError(f"--out {file}: its ending must be one of {' '.join(endings)}")
        if file.is_dir():
            raise UsageError(f"--out {file}: it is a folder; name a file")
        if not file.parent.is_dir():
            raise UsageError(f"--out {file}: there is no folder {file.parent}; make it or name another file")
    return files


def hand_over(
    found: T,
    files: Sequence[Path],
    *,
    json: bool,
    as_file: Callable[[T, str], bytes],
    as_json: Callable[[T], Mapping[str, Any]],
    as_shown: Callable[[T], RenderableType],
) -> None:
    """Write what was found to each file, as its ending says, and print it, unless files were all that was wanted.

    Raises:
        UsageError: a file cannot be written.
    """
    for file in files:
        save(as_file(found, file.suffix.lower()), file, option="--out")
    if json:
        print_json(as_json(found))
    elif files:
        _say_written(files)
    else:
        print_shown(as_shown(found))


def _say_written(files: Sequence[Path]) -> None:
    from rich.text import Text

    from paperchat.text.describe import one_line

    print_shown(Text("\n".join(one_line(f"{file} is written") for file in files)))


def save(content: bytes, file: Path, *, option: str) -> None:
    """Write the whole of it or nothing: a file that is there stays as it was until the new one is complete.

    Raises:
        UsageError: the file that the ``option`` names cannot be written.
    """
    try:
        _write_whole(content, file)
    except OSError as error:
        raise UsageError(f"{file} cannot be written ({error.strerror}): name another file with {option}") from error


def _write_whole(content: bytes, file: Path) -> None:
    target = file.resolve()
    if target.exists() and not target.is_file():  # a pipe or a device has no old content to keep
        target.write_bytes(content)
        return
    beside = target.with_name(f".{target.name[:200]}.{os.getpid()}.part")
    try:
        beside.write_bytes(content)
        if target.exists():
            beside.chmod(target.stat().st_mode)
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)


def _takes_everything() -> bool:
    return (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
