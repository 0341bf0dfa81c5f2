"""BibTeX's entries out of a stream, one at a time; the only importer of bibtexparser.

The file is cut where a line begins with ``@type{``: there bibtexparser, too, begins anew after a broken entry.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TextIO

from bibtexparser.entrypoint import parse_string
from bibtexparser.middlewares.names import parse_single_name_into_parts, split_multiple_persons_names
from bibtexparser.model import Block, Entry, ParsingFailedBlock, String

from paperchat.ingest.sources.bibtex_values import taken
from paperchat.ingest.sources.lines import LONGEST_LINE, numbered_lines

logging.getLogger("bibtexparser").addHandler(logging.NullHandler())

_BEGINS = re.compile(r"\s*@\w+\s*[{(]")
_OUTCOMMENTED = re.compile(r"\s*%+\s*@\w+\s*[{(]")
_KEY = re.compile(r"\s*@\w+\s*[{(]\s*([^\s,{}()=\"]{1,200})\s*,")
# bibtexparser takes an accent's tilde for a tie, and loses a macro with which a name begins.
_TILDE = re.compile(r"\\~(?:\w|\{\w\})")
_AFTER_AND = re.compile(r"(\sand\s+)(?=\\)", re.IGNORECASE)
_NAMED_PART = re.compile(r"\b(family|given|prefix|suffix)\s*=\s*([^,=]+)", re.IGNORECASE)  # biblatex's long form
_MISSING_COMMA = re.compile(r"\s*([\w-]{1,40})\s*=(?!=)")


@dataclass(frozen=True, slots=True, kw_only=True)
class BibtexEntry:
    """An entry; ``kind`` and the names of ``fields`` are in lower case, values still hold LaTeX."""

    line: int
    kind: str
    key: str
    fields: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokenEntry:
    """What begins as an entry at ``line`` and is none; ``key`` where it can be told."""

    line: int
    key: str
    reason: str


def bibtex_entries(stream: TextIO) -> Iterator[BibtexEntry | BrokenEntry]:
    """Entries in their order, macros replaced by what ``@string`` made of them before."""
    macros: dict[str, str] = {}
    for line, piece in _pieces(stream):
        if piece is None:
            yield BrokenEntry(line=line, key="", reason=f"is longer than {LONGEST_LINE // 2**20} MB, so it is left out")
            continue
        for block in parse_string(piece, parse_stack=[]).blocks:
            whole = block.ignore_error_block if isinstance(block, ParsingFailedBlock) else block
            if isinstance(whole, Entry):
                yield _entry(whole, line, macros)
            elif isinstance(whole, String):
                macros[whole.key.lower()] = taken(whole.value, macros)[0]
            elif isinstance(block, ParsingFailedBlock) and _BEGINS.match(piece, _at_line(piece, block)):
                yield _broken(block, line)


def first_name_first(names: str) -> list[str]:
    """Names in ``names`` as BibTeX reads them, each in the order in which it is spoken; they still hold LaTeX."""
    guarded = _AFTER_AND.sub(r"\1{}", _TILDE.sub(r"{\g<0>}", names))
    spoken = map(_spoken, split_multiple_persons_names(guarded))
    return [name for name in spoken if name.lower() not in ("others", "et al.", "et al")]


def _spoken(name: str) -> str:
    parts = {match[1].lower(): match[2].strip() for match in _NAMED_PART.finditer(name)}
    if "family" in parts:
        return " ".join(parts[part] for part in ("given", "prefix", "family", "suffix") if part in parts)
    return parse_single_name_into_parts(name, strict=False).merge_first_name_first


def _pieces(stream: TextIO) -> Iterator[tuple[int, str | None]]:
    """Stretches of the file with one beginning each, under the number of their first line; ``None`` if too long."""
    begun, size, first = list[str](), 0, 1
    for number, line in numbered_lines(stream):
        if line is not None and _OUTCOMMENTED.match(line):
            line = ""
        if line is not None and _BEGINS.match(line):
            yield first, "\n".join(begun) if size <= LONGEST_LINE else None
            begun, size, first = [], 0, number
        size += LONGEST_LINE + 1 if line is None else len(line) + 1
        if size <= LONGEST_LINE and line is not None:
            begun.append(line)
        else:
            begun = []
    yield first, "\n".join(begun) if size <= LONGEST_LINE else None


def _entry(entry: Entry, line: int, macros: dict[str, str]) -> BibtexEntry:
    fields: dict[str, str] = {}
    for field in entry.fields:
        name, raw, at = str(field.key), str(field.value), 0
        while True:
            value, at = taken(raw, macros, at)
            if value.strip():
                fields.setdefault(name.strip().lower(), value)
            following = _MISSING_COMMA.match(raw, at)
            if following is None:
                break
            name, at = following[1], following.end()
    return BibtexEntry(line=line + (entry.start_line or 0), kind=entry.entry_type.lower(), key=entry.key, fields=fields)


def _at_line(piece: str, block: Block) -> int:
    at = 0
    for _ in range(block.start_line or 0):
        at = piece.index("\n", at) + 1
    return at


def _broken(block: Block, line: int) -> BrokenEntry:
    raw = block.raw or ""
    key = _KEY.match(raw)
    return BrokenEntry(
        line=line + (block.start_line or 0),
        key=key[1] if key else "",
        reason="the entry is cut short, or its braces or quotes do not match; it is left out",
    )
