"""Broken and hostile PDFs, read like in ingestion: in worker processes with limits."""

from __future__ import annotations

import gzip
import resource
import zlib
from pathlib import Path

import pytest

from paperchat.errors import SourceError
from paperchat.ingest.items import ParsedPdf
from paperchat.ingest.pdf.loader import read_file
from paperchat.ingest.pdf.parser import read_pdf
from paperchat.ingest.process_pool import ProcessPool

FAULTS = Path(__file__).parents[1] / "data" / "pdf_faults"
ALL_FAULTS = Path(__file__).parents[3] / "shared" / "data" / "faults_pdf"
GIGABYTE = 1_000_000_000
WORKER_FAILURES = ("made the reader crash", "took longer than", "took more than", "needs more than")
PAPERS = ["leading_junk_4k", "trailing_html", "zeroed_64k_middle", "tracemonkey", "040669", "226387", "sandwich"]


def outcomes(paths: list[Path]) -> dict[str, ParsedPdf | str]:
    with ProcessPool(read_pdf, load=read_file, confined=True, processes=2) as workers:
        results = {path.name: result for path, result in workers.map(paths)}
    return {name: str(result) if isinstance(result, SourceError) else result for name, result in results.items()}


def bomb(*, operators: int) -> bytes:
    """A page that draws a letter that many times, and is small on disk."""
    content = zlib.compress(b"(x) Tj " * operators, 9)
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R"
        b"/Resources<</Font<</F<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>>>",
        b"<</Filter/FlateDecode/Length %d>>stream\n%b\nendstream" % (len(content), content),
    ]
    body = b"".join(b"%d 0 obj%b endobj\n" % (number, made) for number, made in enumerate(objects, 1))
    return b"%PDF-1.4\n" + body + b"trailer<</Root 1 0 R>>"


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[str, ParsedPdf | str]:
    folder = tmp_path_factory.mktemp("faults")
    (folder / "bomb.pdf").write_bytes(bomb(operators=20_000_000))
    (folder / "nothing.pdf").write_bytes(b"")
    (folder / "header_only.pdf").write_bytes(b"%PDF-1.7\n")
    (folder / "packed.pdf").write_bytes(gzip.compress((FAULTS / "blank.pdf").read_bytes(), mtime=0))
    (folder / "text.pdf").write_bytes(b"<html><title>Not found</title></html>")
    return outcomes([*sorted(folder.iterdir()), *sorted(FAULTS.glob("*.pdf"))])


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("blank.pdf", "has no text"),
        ("font_loop.pdf", "has too little text"),
        ("fuzzed.pdf", "is damaged"),
        ("header_only.pdf", "is damaged"),
        ("no_xref.pdf", "has too little text"),
        ("nothing.pdf", "is empty"),
        ("packed.pdf", "is a gzip archive"),
        ("page_tree_loop.pdf", "has no text"),
        ("password.pdf", "is encrypted"),
        ("text.pdf", "is a web page, not a PDF"),
    ],
)
def test_the_reason_is_clear(results: dict[str, ParsedPdf | str], name: str, reason: str) -> None:
    reason_given = results[name]
    assert isinstance(reason_given, str)
    assert reason_given.startswith(reason)
    assert_plain(reason_given)


def test_a_decompression_bomb_is_refused(results: dict[str, ParsedPdf | str]) -> None:
    reason_given = results["bomb.pdf"]
    assert isinstance(reason_given, str)
    assert_plain(reason_given)


def test_an_empty_password_does_not_prevent_reading(results: dict[str, ParsedPdf | str]) -> None:
    reading = results["empty_password.pdf"]
    assert isinstance(reading, ParsedPdf)
    assert "asdfzxcv" in reading.paper.title + reading.full_text.text


@pytest.mark.slow
def test_every_fault_ends_as_a_paper_or_a_reason() -> None:
    paths = sorted(ALL_FAULTS.glob("*.pdf"))
    found = outcomes(paths)
    assert list(found) == [path.name for path in paths]
    for name, outcome in found.items():
        if isinstance(outcome, str):
            assert_plain(outcome)
            assert not any(paper in name for paper in PAPERS)
        else:
            assert outcome.full_text.text
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024 < GIGABYTE


def assert_plain(reason: str) -> None:
    assert reason.isprintable()
    assert 5 < len(reason) <= 160
    assert not reason.startswith(WORKER_FAILURES)
    assert "Error" not in reason
