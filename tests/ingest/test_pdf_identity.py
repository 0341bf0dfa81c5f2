"""The identifiers of the paper itself."""

from __future__ import annotations

from pathlib import Path

from pdf_writer import lines, text, write_pdf
from test_pdf_layout import LEFT, RIGHT

from paperchat.ingest.pdf.parser import read_pdf
from paperchat.types import Paper

STAMP = "q BT /F1 20 Tf 0 1 -1 0 32 220 Tm (arXiv:2410.14182v2  [cs.CL]  17 Oct 2024) Tj ET Q\n"
BODY = text(60, 80, "On the Habits of Some Animals", size=16, font="F2") + lines(60, 110, LEFT)
CITED = (
    text(60, 300, "References", size=12, font="F2")
    + lines(60, 320, ["[1] B. Writer. Of days. arXiv:1706.03762, 2017.", "[2] C. Pen. Of it. doi:10.1145/1234.5678."])
    + lines(60, 360, RIGHT)
)


def paper(tmp_path: Path, page: str, info: str = "") -> Paper:
    return read_pdf(write_pdf(tmp_path / "made.pdf", page, info=info)).paper


def test_the_stamp_of_arxiv(tmp_path: Path) -> None:
    found = paper(tmp_path, STAMP + BODY + CITED)
    assert (found.arxiv_id, found.version, found.date, found.categories) == (
        "2410.14182",
        2,
        "2024-10-17",
        ("cs.CL",),
    )
    assert found.url == "https://arxiv.org/abs/2410.14182"
    assert found.title == "On the Habits of Some Animals"


def test_identifiers_of_cited_works_are_ignored(tmp_path: Path) -> None:
    found = paper(tmp_path, BODY + CITED)
    assert (found.arxiv_id, found.doi, found.date) == ("", "", "")


def test_a_doi_in_the_head_of_the_first_page(tmp_path: Path) -> None:
    found = paper(tmp_path, text(60, 40, "Journal of Days, https://doi.org/10.1234/Days.5 (2020)") + BODY + CITED)
    assert found.doi == "10.1234/days.5"


def test_identifiers_in_the_metadata(tmp_path: Path) -> None:
    assert paper(tmp_path, BODY, info="/doi (10.1234/DAYS.6)").doi == "10.1234/days.6"
    found = paper(tmp_path, BODY, info="/arXivID (https://arxiv.org/abs/2301.00001v3)")
    assert (found.arxiv_id, found.version) == ("2301.00001", 3)


def test_the_title_is_that_of_the_page_not_a_file_name(tmp_path: Path) -> None:
    found = paper(tmp_path, BODY, info="/Title (Microsoft Word - animals_final2.doc)")
    assert found.title == "On the Habits of Some Animals"
