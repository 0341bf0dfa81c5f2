"""Opening PDFs: unreadable files are refused with a clear reason, flaws are repaired, pages are rendered."""

from __future__ import annotations

import gzip
import io
from pathlib import Path

import pytest
from pdf_writer import lines, write_pdf
from PIL import Image
from pypdf import PdfReader, PdfWriter
from test_pdf_layout import PROSE

from paperchat.errors import SourceError
from paperchat.ingest.pdf.loader import render_page
from paperchat.ingest.pdf.parser import read_pdf

PAGE = lines(60, 80, PROSE)


def reason(path: Path) -> str:
    with pytest.raises(SourceError) as caught:
        read_pdf(path)
    return str(caught.value)


def encrypted(tmp_path: Path, user_password: str) -> Path:
    writer = PdfWriter(clone_from=PdfReader(write_pdf(tmp_path / "plain.pdf", PAGE)))
    writer.encrypt(user_password=user_password, owner_password="owner", algorithm="RC4-128")
    path = tmp_path / "encrypted.pdf"
    writer.write(path)
    return path


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "is empty"),
        (b"\n \n", "is empty"),
        (b"Some notes on PDFs", "is not a PDF"),
        (b"<!doctype html><p>Log in to read", "is a web page, not a PDF"),
        (gzip.compress(b"%PDF-1.4", mtime=0), "is a gzip archive, not a PDF: unpack it first"),
        (b"%PDF-1.4\n1 0 obj\n<< /Type", "is damaged: the file is incomplete; download it again"),
    ],
)
def test_files_that_are_not_pdfs(tmp_path: Path, content: bytes, expected: str) -> None:
    path = tmp_path / "given.pdf"
    path.write_bytes(content)
    assert reason(path) == expected


def test_a_missing_file(tmp_path: Path) -> None:
    assert reason(tmp_path / "nothing.pdf").startswith("cannot be read: ")


def test_a_password_protected_file(tmp_path: Path) -> None:
    assert reason(encrypted(tmp_path, "secret")) == "is encrypted: remove its password first"


def test_owner_restrictions_do_not_prevent_reading(tmp_path: Path) -> None:
    assert "ninety days" in read_pdf(encrypted(tmp_path, "")).full_text.text


def test_images_of_text(tmp_path: Path) -> None:
    path = tmp_path / "scan.pdf"
    Image.new("L", (600, 800), 200).save(path, format="PDF")
    assert reason(path) == "is a scan without recognised text: run OCR on it first"


def test_an_empty_page(tmp_path: Path) -> None:
    assert reason(write_pdf(tmp_path / "blank.pdf", "")) == "has no text"


def test_a_decompression_bomb_on_a_page_is_left_out(tmp_path: Path) -> None:
    path = write_pdf(tmp_path / "bomb.pdf", "BT ET " * 9_000_000, PAGE, packed=True)
    assert path.stat().st_size < 200_000
    reading = read_pdf(path)
    assert "ninety days" in reading.full_text.text
    assert [warning for warning in reading.warnings if warning.startswith("page 1 decompresses")]


def test_minor_damage_is_repaired(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    good = write_pdf(tmp_path / "good.pdf", PAGE).read_bytes()
    for name, data in {
        "no index": good[: good.index(b"xref")] + good[good.index(b"trailer") :],
        "junk before": b"junk " * 800 + good,
        "junk behind": good + b"<html>" * 900,
    }.items():
        path = tmp_path / f"{name}.pdf"
        path.write_bytes(data)
        assert "ninety days" in read_pdf(path).full_text.text, name
    assert capfd.readouterr() == ("", "")


def test_rendering_a_page(tmp_path: Path) -> None:
    path = write_pdf(tmp_path / "made.pdf", PAGE)
    picture = Image.open(io.BytesIO(render_page(path, 1, scale=0.5)))
    assert (picture.format, picture.size) == ("PNG", (306, 396))
    with pytest.raises(SourceError, match="has no page 2"):
        render_page(path, 2)
