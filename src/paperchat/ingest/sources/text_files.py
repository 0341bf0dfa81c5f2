"""Opens files as text: gunzipped by magic number, decoded by byte order mark, else as UTF-8."""

from __future__ import annotations

import codecs
import errno
import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from paperchat.ingest.sources.base import HEAD_BYTES
from paperchat.ingest.sources.files import ProgressMeter

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

WINDOWS_1252_FALLBACK = "paperchat-windows-1252"
"""A codec error handler that decodes bytes that are not UTF-8 as Windows-1252, a superset of printable Latin-1."""
MAX_LINE_CHARACTERS = 16 * 2**20


def _as_windows_1252(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("windows-1252", errors="replace"), error.end


codecs.register_error(WINDOWS_1252_FALLBACK, _as_windows_1252)
_ByteStream = io.BufferedReader | gzip.GzipFile
READING_ERRORS = (OSError, EOFError, zlib.error)
_GZIP = b"\x1f\x8b"
_BYTE_ORDER_MARKS = (  # UTF-32's little-endian mark starts with UTF-16's
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (codecs.BOM_UTF8, "utf-8-sig"),
)


@contextmanager
def open_text(path: Path, meter: ProgressMeter) -> Iterator[tuple[str, TextIO]]:
    """The file's head (``HEAD_BYTES``, decoded) and a text stream of the whole file.

    Bytes that cannot be decoded become U+FFFD; every line end becomes ``\\n``.

    Raises:
        OSError, EOFError, zlib.error: the file cannot be read, at all or from some point on.
    """
    with ExitStack() as stack:
        stored = stack.enter_context(path.open("rb"))
        stack.enter_context(meter.track(stored))
        packed = stored.read(len(_GZIP)) == _GZIP
        stored.seek(0)
        stream = stack.enter_context(gzip.GzipFile(fileobj=stored)) if packed else stored
        head = _head(stream)
        stream.seek(0)
        encoding = next((name for mark, name in _BYTE_ORDER_MARKS if head.startswith(mark)), "utf-8")
        deferred = _DeferredErrorStream(stream)
        buffered = io.BufferedReader(deferred, HEAD_BYTES)
        text = stack.enter_context(io.TextIOWrapper(buffered, encoding=encoding, errors="replace"))
        yield _decoded(head, encoding), text
        deferred.raise_error()


class _DeferredErrorStream(io.RawIOBase):
    """A stream that ends at a read error and raises it on the next read, so that text before it can be decoded."""

    def __init__(self, stream: _ByteStream) -> None:
        self._stream = stream
        self._error: BaseException | None = None

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        self.raise_error()
        view = memoryview(buffer)
        try:
            data = self._stream.read1(len(view))
        except READING_ERRORS as error:
            self._error = error
            return 0
        view[: len(data)] = data
        return len(data)

    def raise_error(self) -> None:
        if self._error is not None:
            error, self._error = self._error, None
            raise error


def allow_windows_1252(stream: TextIO) -> None:
    """Make an unread stream of `open_text` decode bytes that are not UTF-8 by ``WINDOWS_1252_FALLBACK``."""
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors=WINDOWS_1252_FALLBACK)


def _head(stream: _ByteStream) -> bytes:
    """As much of the head as can be read before an error."""
    head = b""
    try:
        while len(head) < HEAD_BYTES and (more := stream.read1(HEAD_BYTES - len(head))):
            head += more
    except READING_ERRORS:
        if not head:
            raise
    return head


def _decoded(head: bytes, encoding: str) -> str:
    text = codecs.getincrementaldecoder(encoding)(errors="replace").decode(head)
    return text.replace("\r\n", "\n").replace("\r", "\n")


def is_damaged_archive(error: BaseException) -> bool:
    """Whether one of ``READING_ERRORS`` is due to the file's content, so that reading it again is of no use."""
    return isinstance(error, EOFError | gzip.BadGzipFile | zlib.error)


def read_error_reason(error: BaseException) -> str:
    """The reason to report for one of ``READING_ERRORS``."""
    if isinstance(error, EOFError):
        return "the gzip archive is truncated; the rest could not be read. Download the file again"
    if is_damaged_archive(error):
        return "the gzip archive is damaged; the rest could not be read. Download the file again"
    if isinstance(error, PermissionError):
        return "permission denied: make the file readable for this user"
    if isinstance(error, FileNotFoundError):
        return "is a broken symbolic link"
    if isinstance(error, OSError) and error.errno == errno.ELOOP:
        return "is a symbolic link to itself"
    if isinstance(error, ValueError):
        return "is not a valid file name"
    detail = error.strerror if isinstance(error, OSError) and error.strerror else type(error).__name__
    return f"cannot be read: {detail[0].lower()}{detail[1:]}"


def numbered_lines(stream: TextIO, longest: int = MAX_LINE_CHARACTERS) -> Iterator[tuple[int, str | None]]:
    """Yield lines numbered from 1, without line ends; ``None`` for one of more than ``longest`` characters."""
    number = 0
    while line := stream.readline(longest + 1):
        number += 1
        if len(line) <= longest or line.endswith("\n"):
            yield number, line.removesuffix("\n")
            continue
        while line and not line.endswith("\n"):
            line = stream.readline(longest)
        yield number, None
