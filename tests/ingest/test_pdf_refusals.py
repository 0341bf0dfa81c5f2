"""Files that cannot be read are refused with a reason that a user understands."""

from __future__ import annotations

import gzip
import io
from pathlib import Path

import pytest
from made_pdfs import lines, write_pdf
from PIL import Image
from pypdf import PdfReader, PdfWriter
from test_pdf_layout import PROSE

from paperchat.errors import SourceError
from paperchat.ingest.pdf.page_image import render_page
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
        (gzip.compress(b"%PDF-1.4"), "is a gzip archive, not a PDF: unpack it first"),
        (b"%PDF-1.4\n1 0 obj\n<< /Type", "is damaged: it breaks off before its end, so get it again"),
    ],
)
def test_what_is_no_pdf(tmp_path: Path, content: bytes, expected: str) -> None:
    path = tmp_path / "given.pdf"
    path.write_bytes(content)
    assert reason(path) == expected


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    assert reason(tmp_path / "nothing.pdf").startswith("cannot be read: ")


def test_a_password_is_asked_for(tmp_path: Path) -> None:
    assert reason(encrypted(tmp_path, "secret")) == "is encrypted: give the password-free file"


def test_an_owners_restrictions_do_not_keep_from_reading(tmp_path: Path) -> None:
    assert "ninety days" in read_pdf(encrypted(tmp_path, "")).full_text.text


def test_images_of_text(tmp_path: Path) -> None:
    path = tmp_path / "scan.pdf"
    Image.new("L", (600, 800), 200).save(path, format="PDF")
    assert reason(path) == "holds only images of text (a scan), which are not read"


def test_an_empty_page(tmp_path: Path) -> None:
    assert reason(write_pdf(tmp_path / "blank.pdf", "")) == "has no text"


def test_a_page_that_inflates_without_end_is_left_out(tmp_path: Path) -> None:
    path = write_pdf(tmp_path / "bomb.pdf", "BT ET " * 9_000_000, PAGE, packed=True)
    assert path.stat().st_size < 200_000
    reading = read_pdf(path)
    assert "ninety days" in reading.full_text.text
    assert [warning for warning in reading.warnings if warning.startswith("page 1 inflates")]


def test_flaws_that_can_be_mended_are(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
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


def test_a_page_as_a_picture(tmp_path: Path) -> None:
    path = write_pdf(tmp_path / "made.pdf", PAGE)
    picture = Image.open(io.BytesIO(render_page(path, 1, scale=0.5)))
    assert (picture.format, picture.size) == ("PNG", (306, 396))
    with pytest.raises(SourceError, match="has no page 2"):
        render_page(path, 2)
