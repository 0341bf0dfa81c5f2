"""Translates Tantivy's errors into StorageErrors."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from paperchat.storage.errors import storage_error

_REMEDY = "run `paperchat reindex`"


@contextmanager
def translated_errors(index: str, folder: Path | str) -> Iterator[None]:
    """Raise a StorageError where ``index``, which is in ``folder``, cannot be read or written."""
    # Tantivy raises ValueError for all its failures.
    try:
        yield
    except (ValueError, OSError, RuntimeError) as error:
        raise storage_error(index, folder, error, remedy=_REMEDY) from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # what Rust raises on a damaged file is no Exception
            raise
        raise storage_error(index, folder, RuntimeError(f"corrupt: {error}"), remedy=_REMEDY) from error
