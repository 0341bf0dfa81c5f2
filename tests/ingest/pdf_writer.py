"""Writes small PDFs byte by byte, so that a test shows exactly what is on the page."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path

WIDTH, HEIGHT = 612, 792
FONTS = {"F1": "Times-Roman", "F2": "Times-Bold", "F3": "Times-Italic"}

_CMAP_OBJECT = 4


def text(x: float, y: float, words: str, *, size: float = 10, font: str = "F1", setup: str = "") -> str:
    """Drawing instructions for words at ``x`` from the left and ``y`` from the top; ``setup`` goes before them."""
    escaped = words.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
    return f"q BT /{font} {size} Tf {setup} 1 0 0 1 {x} {HEIGHT - y} Tm ({escaped}) Tj ET Q\n"


def lines(x: float, y: float, rows: Sequence[str], *, size: float = 10, font: str = "F1") -> str:
    """Rows of text, 12 points apart."""
    return "".join(text(x, y + 12 * at, row, size=size, font=font) for at, row in enumerate(rows))


def write_pdf(
    path: Path,
    *pages: str,
    info: str = "",
    page_entries: str = "",
    packed: bool = False,
    unicode: Mapping[str, str] | None = None,
) -> Path:
    """Write a PDF with one page per content stream; ``info`` and ``page_entries`` go into those dictionaries.

    ``unicode`` says which characters those of the font ``F4`` stand for.
    """
    fonts = " ".join(
        f"/{name} << /Type /Font /Subtype /Type1 /BaseFont /{base} /Encoding /WinAnsiEncoding >>"
        for name, base in FONTS.items()
    )
    fonts += f" /F4 << /Type /Font /Subtype /Type1 /BaseFont /Times-Italic /ToUnicode {_CMAP_OBJECT} 0 R >>"
    numbers = [_CMAP_OBJECT + 1 + 2 * at for at in range(len(pages))]
    kids = " ".join(f"{number} 0 R" for number in numbers)
    objects = {
        1: b"<< /Type /Catalog /Pages 2 0 R >>",
        2: f"<< /Type /Pages /Count {len(pages)} /Kids [{kids}] >>".encode(),
        3: f"<< {info} >>".encode("cp1252"),
    }
    for number, page in zip(numbers, pages, strict=True):
        content = page.encode("cp1252")
        content, coding = (zlib.compress(content), "/Filter /FlateDecode") if packed else (content, "")
        objects[number] = (
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {WIDTH} {HEIGHT}] {page_entries} "
            f"/Resources << /Font << {fonts} >> >> /Contents {number + 1} 0 R >>"
        ).encode()
        objects[number + 1] = f"<< /Length {len(content)} {coding} >>\nstream\n".encode() + content + b"\nendstream"
    rows = "".join(f"<{ord(one):02X}> <{other.encode('utf-16-be').hex()}>\n" for one, other in (unicode or {}).items())
    cmap = (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /Made def /CMapType 2 def\n"
        f"1 begincodespacerange <00> <FF> endcodespacerange\n{len(unicode or {})} beginbfchar\n{rows}endbfchar\n"
        "endcmap end end"
    ).encode()
    objects[_CMAP_OBJECT] = f"<< /Length {len(cmap)} >>\nstream\n".encode() + cmap + b"\nendstream"
    out, offsets = b"%PDF-1.7\n", {}
    for number, body in sorted(objects.items()):
        offsets[number] = len(out)
        out += f"{number} 0 obj\n".encode() + body + b"\nendobj\n"
    table = "".join(f"{offsets[number]:010} 00000 n \n" for number in sorted(objects))
    trailer = f"trailer << /Size {len(objects) + 1} /Root 1 0 R /Info 3 0 R >>\nstartxref\n{len(out)}\n%%EOF\n"
    path.write_bytes(out + f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}{trailer}".encode())
    return path
