"""Whether restoring a library was stopped."""

from __future__ import annotations

from pathlib import Path

RESTORE_FOLDER = "restore"
READY = "ready"


def is_restoring(home: Path) -> bool:
    """Whether a library is ready to be put in its place, because restoring it was stopped."""
    return (home / RESTORE_FOLDER / READY).exists()
