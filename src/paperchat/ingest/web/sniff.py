"""What a file is, by its first bytes; what a server says of it is not believed."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal

Kind = Literal["pdf", "html", "xml", "json", "gzip", "text", "binary", "empty"]

HEAD = 4_096
_PDF_WITHIN = 1_024  # where readers look for the mark; ISO 32000-1, Annex H
_HTML = re.compile(rb"<!doctype\s+html|<html[\s>]", re.IGNORECASE)
_FOR_ROBOTS = re.compile(
    rb"captcha|automated access|unusual (?:download )?activity|are (?:you )?(?:a )?human|too many requests|"
    rb"rate exceeded|access denied by automated",
    re.IGNORECASE,
)
_MOST_READ = 65_536


def kind_of(path: Path) -> Kind:
    with path.open("rb") as file:
        head = file.read(HEAD)
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not start:
        return "empty"
    if start.startswith(b"<"):
        return "html" if _HTML.search(start) else "xml"
    if b"%PDF-" in head[:_PDF_WITHIN]:
        return "pdf"
    if start.startswith(b"\x1f\x8b"):
        return "gzip"
    if b"\0" in head and not head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "binary"
    return "json" if start.startswith((b"{", b"[")) else "text"


def is_for_robots(body: bytes) -> bool:
    """Whether a page tells that its reader is taken for a robot: a captcha, or that it asks too often."""
    return bool(_FOR_ROBOTS.search(body[:_MOST_READ]))


def head_of(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_MOST_READ)
