"""What goes to standard output, in one place: JSON, or text for a terminal."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from paperchat.errors import StorageError

if TYPE_CHECKING:
    from rich.console import RenderableType

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


def _takes_everything() -> bool:
    return (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
