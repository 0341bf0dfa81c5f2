"""Detects a file's type from its first bytes; the server's ``Content-Type`` is not trusted."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal

Kind = Literal["pdf", "html", "xml", "json", "gzip", "text", "binary", "empty"]

HEAD_BYTES = 4_096
_PDF_HEADER_WITHIN = 1_024  # ISO 32000-1, Annex H
_HTML = re.compile(rb"<!doctype\s+html|<html[\s>]", re.IGNORECASE)
_BOT_CHECK = re.compile(
    rb"<title[^<>]*>[^<>]*(?:captcha|robot|just a moment|attention required|access denied|too many requests)|"
    rb"automated access|unusual (?:download )?activity|you(?:'re| are) (?:a )?(?:human|not a robot)|rate exceeded",
    re.IGNORECASE,
)
_MAX_BOT_CHECK_BYTES = 65_536


def detect_kind(path: Path) -> Kind:
    """Detect the kind of a file."""
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not start:
        return "empty"
    if start.startswith(b"<"):
        return "html" if _HTML.search(start) else "xml"
    if b"%PDF-" in head[:_PDF_HEADER_WITHIN]:
        return "pdf"
    if start.startswith(b"\x1f\x8b"):
        return "gzip"
    if b"\0" in head and not head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "binary"
    return "json" if start.startswith((b"{", b"[")) else "text"


def is_bot_check(body: bytes) -> bool:
    """Whether a page is a captcha or a notice that blocks automated access.

    Such pages are small; a large one may merely mention these things.
    """
    return len(body) < _MAX_BOT_CHECK_BYTES and bool(_BOT_CHECK.search(body))


def read_head(path: Path) -> bytes:
    """As much of the file as `is_bot_check` needs."""
    with path.open("rb") as file:
        return file.read(_MAX_BOT_CHECK_BYTES)
