"""A field's value in BibTeX: texts in braces or quotes, numbers and macros, joined by ``#``."""

from __future__ import annotations

import re
from collections.abc import Mapping

_LONGEST = 2**20
_BRACE = re.compile(r"(?<!\\)[{}]")  # escaped ones do not count, as bibtexparser has it
_BRACE_OR_QUOTE = re.compile(r"(?<!\\)[{}\"]")
_BARE = re.compile(r"[^\s#{}\",=]+")
_JOINT = re.compile(r"\s*#\s*")


def taken(raw: str, macros: Mapping[str, str], at: int = 0) -> tuple[str, int]:
    """The value that begins at ``at`` of ``raw``, and where it ends. An unknown macro stands for its name.

    What macros of macros would make longer than 1 MB is cut there.
    """
    parts, size = list[str](), 0
    while raw[at : at + 1].isspace():
        at += 1
    while at < len(raw):
        part, at = _part(raw, at, macros)
        parts.append(part[: _LONGEST - size])
        size += len(parts[-1])
        joint = _JOINT.match(raw, at)
        if joint is None:
            break
        at = joint.end()
    return "".join(parts), at


def _part(raw: str, at: int, macros: Mapping[str, str]) -> tuple[str, int]:
    if raw[at] == "{":
        end = _closing_brace(raw, at)
        return raw[at + 1 : end], end + 1
    if raw[at] == '"':
        end = _closing_quote(raw, at)
        return raw[at + 1 : end], end + 1
    bare = _BARE.match(raw, at)
    if bare is None:
        return "", at
    return macros.get(bare.group().lower(), bare.group()), bare.end()


def _closing_brace(raw: str, at: int) -> int:
    depth = 0
    for mark in _BRACE.finditer(raw, at):
        depth += 1 if mark.group() == "{" else -1
        if not depth:
            return mark.start()
    return len(raw)


def _closing_quote(raw: str, at: int) -> int:
    depth = 0
    for mark in _BRACE_OR_QUOTE.finditer(raw, at + 1):
        if mark.group() == '"':
            if depth <= 0:
                return mark.start()
        else:
            depth += 1 if mark.group() == "{" else -1
    return len(raw)
