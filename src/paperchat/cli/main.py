"""Entry point of the command line: turns errors into one line on standard error and an exit status."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence

FAILED = 2
INTERRUPTED = 130
_GC_THRESHOLD = 50_000  # objects; imports leave no garbage, and to look for it takes a fifth of their time


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command and exit: 0 success, 1 some inputs failed, 2 error, 130 interrupted.

    With ``PAPERCHAT_DEBUG`` set, errors are raised with their traceback.
    """
    gc.set_threshold(_GC_THRESHOLD)
    try:
        _open_closed_streams()
        # Imported here, so that an interrupt during the import is handled, too.
        from paperchat.cli.app import run
        from paperchat.cli.output import guard_standard_output

        guard_standard_output()
        status = run(sys.argv[1:] if arguments is None else list(arguments))
    except KeyboardInterrupt:
        status = INTERRUPTED
    except Exception as error:  # noqa: BLE001 - users get a message instead of a traceback
        status = _report(error)
    if status == INTERRUPTED:
        _say("interrupted; completed work was saved")
    sys.exit(status)


def _report(error: Exception) -> int:
    if os.environ.get("PAPERCHAT_DEBUG"):
        raise error
    from paperchat.cli.app import error_message
    from paperchat.text.cleaning import printable

    line = " ".join(printable(error_message(error)).split())
    _say(f"error: {line}")
    return FAILED


def _say(line: str) -> None:
    """Write a line to standard error; where that fails, only the exit status tells what happened."""
    try:
        sys.stderr.write(f"paperchat: {line}\n")
        sys.stderr.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # otherwise Python would fail when it flushes at exit


def _open_closed_streams() -> None:
    """Open closed standard streams as the null device, so that no file of the library gets one's descriptor."""
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        if getattr(sys, name) is None:
            null = os.open(os.devnull, os.O_RDWR)
            if null != number:
                os.dup2(null, number)
                os.close(null)
            setattr(sys, name, os.fdopen(number, mode, encoding="utf-8", closefd=False))
