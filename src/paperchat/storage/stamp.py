"""A file that tells a change of the folder it lies in, and a change that was cut short."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

_WHOLE, _CUT = "whole", "changing"


class Stamp:
    """Known to whoever wrote or took it last; anyone else's change makes it unknown."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._known = ""

    def is_known(self) -> bool:
        return bool(self._known) and self._read() == self._known

    def is_cut_short(self) -> bool:
        """Whether a change was begun and not ended; under the lock, that its process has died or failed."""
        return self._read().startswith(_CUT)

    def take(self) -> None:
        """Take what is there as known and whole."""
        self._known = self._read()
        if not self._known.startswith(_WHOLE):
            self.end()

    def begin(self) -> None:
        self._write(_CUT)

    def end(self) -> None:
        self._write(_WHOLE)

    def _write(self, state: str) -> None:
        self._known = f"{state} {uuid4().hex}"
        self._file.write_text(self._known, encoding="ascii")

    def _read(self) -> str:
        try:
            return self._file.read_text(encoding="ascii")
        except FileNotFoundError:
            return ""
