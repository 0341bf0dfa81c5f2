"""Attachments of a bibliography: only what lies in its own folder is read, and only for whoever runs paperchat."""

from __future__ import annotations

from pathlib import Path

import pytest
from pdf_writer import lines, text, write_pdf
from scripted_server import Answer, WebServer, client_of

from paperchat.assistant import PaperChat
from paperchat.ingest.items import PdfFile
from paperchat.ingest.pipeline import ingest
from paperchat.ingest.sources.registry import read_location
from paperchat.storage.library import Library
from paperchat.types import Failure
from paperchat.ui.upload import ingest_uploads
from support import open_library

pytestmark = pytest.mark.security

OUTSIDE = "is outside the bibliography's folder"


def bibtex(name: object) -> str:
    return f"@article{{cats, title={{Cats at night are asleep}}, author={{Lovelace, Ada}}, file={{{name}}}}}\n"


def ris(name: object) -> str:
    return f"TY  - JOUR\nTI  - Cats at night are asleep\nL1  - {name}\nER  - \n"


@pytest.fixture
def payroll(tmp_path: Path) -> Path:
    """A PDF that is none of the visitor's business."""
    folder = tmp_path / "private"
    folder.mkdir()
    rows = [f"The salary of employee number {number} is confidential." for number in range(30)]
    return write_pdf(folder / "payroll.pdf", text(200, 90, "Payroll", size=18) + lines(72, 140, rows))


@pytest.mark.parametrize(
    ("ending", "entry"),
    [
        ("bib", "{}"),
        ("bib", "file://{}"),
        ("bib", ":{}:PDF"),
        ("ris", "{}"),
        ("ris", "file://{}"),
        ("ris", "file://localhost{}"),
        ("ris", "internal-pdf://../../../../../../../../../../..{}"),
        ("ris", "../../../../../../../../../../..{}"),
    ],
)
def test_an_upload_chooses_no_file_to_read_and_learns_of_none(
    tmp_path: Path, payroll: Path, ending: str, entry: str
) -> None:
    notes = payroll.with_name("notes.pdf")
    notes.write_text("No PDF.", encoding="utf-8")
    reports = []
    with PaperChat.open(tmp_path / "home") as pc:
        for path in (payroll, notes, payroll.with_name("missing.pdf")):
            dropped = tmp_path / f"refs.{ending}"
            name = entry.format(path)
            dropped.write_text(bibtex(name) if ending == "bib" else ris(name), encoding="utf-8")
            *_, report = ingest_uploads(pc, [str(dropped)], [])
            assert "which was not read" in report
            assert path.name not in report
            reports.append(report.replace("1 added", "1 unchanged").replace("0 unchanged", "0 added"))
        (stored,) = pc.papers()
        assert pc.library.full_texts.get(stored.paper_id) is None
        assert pc.library.lexical_search("salary", 5) == []
    assert len({report.partition("Failed")[2] for report in reports}) == 1


def test_a_visitor_names_no_file_by_an_identifier(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: WebServer
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("2109.10794").write_text('{"title": "A secret", "abstract": "Of the folder that it runs in."}\n')
    with open_library(tmp_path / "home") as library, client_of(server, tmp_path / "web") as client:
        report = ingest(library, ["2109.10794"], web=client, pdfs=False)
        assert [request.path for request in server.requests] == ["/api/query"]
        assert (report.papers, len(report.failed)) == (0, 1)


def test_an_app_that_does_not_ask_for_attachments_gets_none(tmp_path: Path, payroll: Path) -> None:
    bibliography = payroll.with_name("refs.bib")
    bibliography.write_text(bibtex("payroll.pdf"), encoding="utf-8")
    with PaperChat.open(tmp_path / "home") as pc:
        report = pc.ingest(bibliography)
        assert [failure.source for failure in report.failed] == [str(bibliography)]
        assert pc.library.lexical_search("salary", 5) == []
        assert pc.ingest(bibliography, attachments=True).failed == ()
        assert pc.library.lexical_search("salary", 5)


def test_a_bibliography_from_the_web_learns_of_no_file(library: Library, payroll: Path, server: WebServer) -> None:
    reasons = set()
    for path in (payroll, payroll.with_name("missing.pdf")):
        address = server.on("/refs.bib", Answer(body=bibtex(path).encode()))
        with client_of(server, library.home / "web") as client:
            report = ingest(library, [address], web=client, pdfs=False, attachments=True)
        reasons.add(tuple(failure.reason for failure in report.failed))
    assert len(reasons) == 1
    assert library.lexical_search("salary", 5) == []


@pytest.mark.parametrize("name", ["payroll.pdf", "missing.pdf", "notes.pdf", "missing/payroll.pdf"])
def test_what_is_outside_is_refused_before_it_is_looked_at(tmp_path: Path, payroll: Path, name: str) -> None:
    payroll.with_name("notes.pdf").write_text("No PDF.", encoding="utf-8")
    folder = tmp_path / "papers"
    folder.mkdir()
    for entry in (payroll.parent / name, f"../private/{name}", f"file://{payroll.parent}/{name}"):
        (folder / "refs.bib").write_text(bibtex(entry), encoding="utf-8")
        items = list(read_location(folder / "refs.bib", attachments=True))
        (failure,) = [item for item in items if isinstance(item, Failure)]
        assert OUTSIDE in failure.reason
        assert not [item for item in items if isinstance(item, PdfFile)]


def test_a_link_does_not_lead_outside(tmp_path: Path, payroll: Path) -> None:
    folder = tmp_path / "papers"
    folder.mkdir()
    (folder / "link.pdf").symlink_to(payroll)
    (folder / "refs.bib").write_text(bibtex("link.pdf"), encoding="utf-8")
    items = list(read_location(folder / "refs.bib", attachments=True))
    assert [OUTSIDE in item.reason for item in items if isinstance(item, Failure)] == [True]
    assert not [item for item in items if isinstance(item, PdfFile)]


def test_the_folder_may_be_named_in_any_way(payroll: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    payroll.with_name("refs.bib").write_text(bibtex(payroll), encoding="utf-8")
    (tmp_path / "shortcut").symlink_to(payroll.parent)
    monkeypatch.chdir(payroll.parent)
    for named in ("refs.bib", "../private/refs.bib", payroll.with_name("refs.bib")):
        found = [item for item in read_location(named, attachments=True) if isinstance(item, PdfFile)]
        assert [item.path.resolve() for item in found] == [payroll.resolve()]
    payroll.with_name("refs.bib").write_text(bibtex("payroll.pdf"), encoding="utf-8")
    found = [item for item in read_location("../shortcut/refs.bib", attachments=True) if isinstance(item, PdfFile)]
    assert [item.path.resolve() for item in found] == [payroll.resolve()]
