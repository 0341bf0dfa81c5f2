"""Entry point of the command line: turns errors into one line on standard error and an exit status."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

FAILED = 2
INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command and exit: 0 success, 1 some inputs failed, 2 error, 130 interrupted.

    With ``PAPERCHAT_DEBUG`` set, errors are raised with their traceback.
    """
    try:
        # Imported here, so that an interrupt during the import is handled, too.
        from paperchat.cli.app import run

        status = run(sys.argv[1:] if arguments is None else list(arguments))
    except KeyboardInterrupt:
        status = INTERRUPTED
    except Exception as error:  # noqa: BLE001 - users get a message instead of a traceback
        status = _report(error)
    if status == INTERRUPTED:
        sys.stderr.write("paperchat: interrupted; completed work was saved\n")
    sys.exit(status)


def _report(error: Exception) -> int:
    if os.environ.get("PAPERCHAT_DEBUG"):
        raise error
    from paperchat.cli.app import error_message
    from paperchat.text.cleaning import printable

    line = " ".join(printable(error_message(error)).split())
    sys.stderr.write(f"paperchat: error: {line}\n")
    return FAILED
