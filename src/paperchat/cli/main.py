"""The edge of the program: whatever goes wrong becomes one line on standard error and an exit status."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

FAILED = 2
INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command and exit: 0 done, 1 some inputs failed, 2 an error, 130 stopped by the user.

    With ``PAPERCHAT_DEBUG`` set, errors are raised whole.
    """
    try:
        # Here and not above, so that an interrupt while they load is dealt with, too.
        from paperchat.cli.app import run

        status = run(sys.argv[1:] if arguments is None else list(arguments))
    except KeyboardInterrupt:
        status = INTERRUPTED
    except Exception as error:  # noqa: BLE001 - the last place to keep a traceback from the user
        status = _failed(error)
    if status == INTERRUPTED:
        sys.stderr.write("paperchat: stopped; what was done is kept\n")
    sys.exit(status)


def _failed(error: Exception) -> int:
    if os.environ.get("PAPERCHAT_DEBUG"):
        raise error
    from paperchat.cli.app import message_of
    from paperchat.text.cleaning import printable

    line = " ".join(printable(message_of(error)).split())
    sys.stderr.write(f"paperchat: error: {line}\n")
    return FAILED
