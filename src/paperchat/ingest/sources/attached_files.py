"""Names of PDFs in BibTeX's ``file`` field, as Zotero, Better BibTeX, JabRef and Mendeley write it."""

from __future__ import annotations

import re

_FILES = re.compile(r"(?:[^;\\]|\\.|\\$)+", re.DOTALL)
_PARTS = re.compile(r"(?<!\\):")
_ESCAPED = re.compile(r"\\([\\:;{}$#%&_~^ ])")
_OPENS_LOCATION = re.compile(r"file|https?|[a-z]", re.IGNORECASE)  # of an address, or a drive
_TYPES = ("pdf", "application/pdf")
_HOMES = ("home/", "Users/")


def attached_files(field: str) -> tuple[str, ...]:
    """The PDFs in a list of ``path``, ``title:path:type`` or ``:path:type``, separated by semicolons.

    Supplements come last. Mendeley leaves the first slash out, so that both readings of its paths are listed.
    """
    named = [path for listed in _FILES.findall(field) if (path := _path(listed.strip()))]
    both = [path for name in named for path in ((name, f"/{name}") if name.startswith(_HOMES) else (name,))]
    return tuple(dict.fromkeys(sorted(both, key=lambda path: "suppl" in path.lower())))


def _path(listed: str) -> str:
    """The path of one file if it is a PDF, else nothing."""
    parts = list[str]()
    for part in _PARTS.split(re.sub(r"\{(\\[_&%#])\}", r"\1", listed)):
        if parts and _OPENS_LOCATION.fullmatch(parts[-1].strip()) and part[:1] in ("/", "\\"):
            parts[-1] += f":{part}"
        else:
            parts.append(part)
    kind = parts.pop().strip().lower() if len(parts) > 1 and not _is_pdf(parts[-1]) else ""
    path = _ESCAPED.sub(r"\1", parts[-1]).strip()
    return path if kind in _TYPES or _is_pdf(path) else ""


def _is_pdf(path: str) -> bool:
    return path.strip().lower().endswith(".pdf")
