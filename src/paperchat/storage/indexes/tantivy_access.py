"""What all indexes in Tantivy share: its errors as StorageErrors, and changes that are committed or rolled back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol, TypeVar

from paperchat.storage.errors import storage_error

WRITER_BYTES = 64_000_000
"""The memory that a writer may use."""
_REMEDY = "run `paperchat reindex`"


class _Writer(Protocol):
    def commit(self) -> int: ...

    def rollback(self) -> int | None: ...

    def wait_merging_threads(self) -> None: ...


W = TypeVar("W", bound=_Writer)


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


@contextmanager
def committed(writer: W) -> Iterator[W]:
    """Commit at the end what is done with the writer; an exception rolls it back."""
    try:
        yield writer
        writer.commit()
    except BaseException:
        writer.rollback()
        raise
    finally:
        writer.wait_merging_threads()
