from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from source_reading import PROSE, read_text

from paperchat.ingest.items import PdfFile
from paperchat.ingest.sources.registry import read_location
from paperchat.render.bibtex_ris_csl import ris
from paperchat.types import Failure, Paper, StoredPaper

ZOTERO = """TY  - CONF
TI  - Attention is All you Need
AU  - Vaswani, Ashish
AU  - Kaiser, Łukasz
AU  - King, Martin Luther, Jr.
T2  - Advances in Neural Information Processing Systems
AB  - The dominant sequence models
are based on recurrence.
 We propose a new one.
DA  - 2017/12/04/
PY  - 2017
VL  - 30
PB  - Curran Associates, Inc.
UR  - https://proceedings.neurips.cc/paper/2017/hash/3f5ee243.html
Y2  - 2023/05/04/
L1  - files/12/Vaswani.pdf
L2  - files/13/Abstract.html
KW  - attention
ER  -

TY  - UNPB
TI  - LLaMA: Open and Efficient Foundation Language Models
AU  - Touvron, Hugo
DA  - 2023/02//
PY  - 2023
DO  - 10.48550/arXiv.2302.13971
N1  - arXiv:2302.13971 [cs]
L1  - files/15/Touvron.pdf
ER  -
"""


def one(folder: Path, lines: str) -> Paper:
    papers, failures = read_text(folder, f"TY  - JOUR\n{lines}\nER  - \n")
    assert failures == []
    assert len(papers) == 1
    return papers[0]


def pdf(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"%PDF-1.7\n")
    return path


def test_an_export_of_zotero_with_its_files(tmp_path: Path) -> None:
    (tmp_path / "refs.ris").write_text(ZOTERO, encoding="utf-8")
    attached = pdf(tmp_path / "files/12/Vaswani.pdf")
    items = list(read_location(tmp_path, attachments=True))
    (file,) = [item for item in items if isinstance(item, PdfFile)]
    assert (file.path, file.where) == (attached, "refs.ris line 1")
    assert file.metadata == Paper(
        title="Attention is All you Need",
        abstract="The dominant sequence models are based on recurrence. We propose a new one.",
        authors=("Ashish Vaswani", "Łukasz Kaiser", "Martin Luther King Jr."),
        date="2017-12-04",
        url="https://proceedings.neurips.cc/paper/2017/hash/3f5ee243.html",
    )
    (llama,) = [item for item in items if isinstance(item, Paper)]
    assert (llama.arxiv_id, llama.doi, llama.date, llama.categories) == ("2302.13971", "", "2023-02", ("cs",))
    assert [item for item in items if isinstance(item, Failure)] == [
        Failure(
            source="refs.ris line 21",
            reason="its attached PDF files/15/Touvron.pdf does not exist: the entry was ingested without it",
        )
    ]


@pytest.mark.parametrize("place", ["refs.Data/PDF/0123456789/A paper.pdf", "PDF/0123456789/A paper.pdf"])
def test_where_endnote_keeps_its_pdfs(tmp_path: Path, place: str) -> None:
    path = pdf(tmp_path / place)
    text = "TY  - JOUR\nTI  - A title\nL1  - internal-pdf://0123456789/A%20paper.pdf\nER  - \n"
    (tmp_path / "refs.txt").write_text(text, encoding="utf-8")
    assert [
        item.path for item in read_location(tmp_path / "refs.txt", attachments=True) if isinstance(item, PdfFile)
    ] == [path]


def test_older_tags_and_irregular_lines(tmp_path: Path) -> None:
    papers, failures = read_text(
        tmp_path,
        "Provider: Some Publisher\r\nContent: text/plain\r\n\r\n"
        "TY  - JOUR\r\nT1  - One\r\nA1  - Lovelace, Ada; Babbage, Charles\r\nN2  - Old abstract:\r\nT2 -weighted.\r\n"
        "Y1  - 1999/03/02/\r\nDO  - https://doi.org/10.1000/A\r\nER  -\r\n\r\n"
        "TY  -JOUR\r\nTI  -Two\r\nPY  - 2001///\r\n"  # no ER
        "TY - JOUR\r\nTI - Three\r\nUK  - x\r\nZZ  - y\r\nmore of it\r\nDA - 15 Mar 2001\r\nER  - \r\n"
        "between records\r\n"
        "TY  - JOUR\r\nAU  - Nobody, A.\r\nER  - \r\n"
        "TY  - CHAP\r\nBT  - A book\r\nA2  - Editor, An\r\nER  -",
        "refs.ris",
    )
    assert [(paper.title, paper.date) for paper in papers] == [
        *(("One", "1999-03-02"), ("Two", "2001"), ("Three", "2001-03-15"), ("A book", "")),
    ]
    assert (papers[0].authors, papers[0].abstract) == (
        ("Ada Lovelace", "Charles Babbage"),
        "Old abstract: T2 -weighted.",
    )
    assert papers[0].doi == "10.1000/a"
    assert papers[3].authors == ("An Editor",)
    assert failures == [Failure(source="refs.ris line 24", reason="the record has no title")]


@pytest.mark.parametrize(
    ("lines", "date"),
    [
        ("PY  - 2020", "2020"),
        ("PY  - 2020\nDA  - 2020/05/17", "2020-05-17"),
        ("PY  - 2020\nDA  - 2021/05/17", "2020"),
        ("Y1  - 2020/05//", "2020-05"),
        ("DA  - 2020-05-17", "2020-05-17"),
        ("PY  - 2020/13/45/", "2020"),
        ("PY  - in press", ""),
    ],
)
def test_dates(tmp_path: Path, lines: str, date: str) -> None:
    assert one(tmp_path, f"TI  - A title\n{lines}").date == date


def test_pdfs_on_the_web_are_links(tmp_path: Path) -> None:
    paper = one(tmp_path, "TI  - A title\nUR  - https://x.org/1;a\nL1  - https://x.org/1.pdf")
    assert (paper.url, paper.pdf_url) == ("https://x.org/1;a", "https://x.org/1.pdf")
    arxiv = one(tmp_path, "TI  - A title\nUR  - http://arxiv.org/abs/2101.00001v2")
    assert (arxiv.arxiv_id, arxiv.version) == ("2101.00001", 2)
    assert arxiv.pdf_url == "https://arxiv.org/pdf/2101.00001v2"


@pytest.mark.parametrize(
    ("lines", "withdrawn"),
    [
        ("TI  - RETRACTED: A trial", True),
        ("TI  - A trial\nN1  - Withdrawn by the editors", True),
        ("TI  - A trial\nN1  - Export Date: 12 May 2021", False),
    ],
)
def test_withdrawals(tmp_path: Path, lines: str, withdrawn: bool) -> None:
    assert one(tmp_path, lines).withdrawn is withdrawn


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1", "utf-16"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_encodings_and_line_ends(tmp_path: Path, encoding: str, line_end: str) -> None:
    text = "TY  - JOUR\nTI  - Über Bäume\nAU  - Müller, Jürgen\nER  - \n".replace("\n", line_end)
    papers, failures = read_text(tmp_path, text.encode(encoding))
    assert [(paper.title, paper.authors) for paper in papers] == [("Über Bäume", ("Jürgen Müller",))]
    assert failures == []


@pytest.mark.parametrize("text", [PROSE, "TY  - nothing follows", "<pre>\nTY  - JOUR\nTI  - A\nER  - \n</pre>"])
def test_what_is_no_ris(tmp_path: Path, text: str) -> None:
    papers, failures = read_text(tmp_path, text)
    assert papers == []
    assert failures[0].reason.startswith("not a format paperchat reads")


def test_a_file_that_is_cut_short_says_so(tmp_path: Path) -> None:
    first = "TY  - JOUR\nTI  - The first\nER  - \n"
    cut = "TY  - JOUR\nTI  - Owls rest by day\nAB  - They do not rest in summer.\nER  - \n"
    for size in range(len("TY  - JOUR\n"), cut.index("ER  -") + 5):
        papers, failures = read_text(tmp_path, first + cut[:size], "refs.ris")
        assert [paper.title for paper in papers] == ["The first"]
        assert [(failure.source, failure.reason) for failure in failures] == [
            ("refs.ris line 4", "the record is incomplete, as it has no ER line; it was skipped")
        ]


def test_a_record_without_end_is_left_out(tmp_path: Path) -> None:
    endless = "TY  - JOUR\nTI  - A title\n" + "more\n" * 20_000
    papers, failures = read_text(tmp_path, endless + "TY  - JOUR\nTI  - The next\nER  - \n", "refs.ris")
    assert [paper.title for paper in papers] == ["The next"]
    assert [(failure.source, failure.reason) for failure in failures] == [
        ("refs.ris line 1", "the record is longer than 10,000 lines or 16 MB")
    ]


def test_what_paperchat_exports_comes_back(tmp_path: Path) -> None:
    paper = Paper(
        title="A title",
        abstract="An abstract.",
        authors=("Ada Lovelace",),
        arxiv_id="2101.00001",
        date="2021-01-05",
        url="https://arxiv.org/abs/2101.00001",
        pdf_url="https://arxiv.org/pdf/2101.00001",
    )
    text = "".join(ris([StoredPaper(paper_id="arxiv:2101.00001", paper=paper)]))
    assert read_text(tmp_path, text) == ([paper], [])


_LINE = st.builds(
    "{}{}".format, st.sampled_from(["", "TI  - ", "AU  - ", "ER  - ", "UK  - ", "L1  - "]), st.text(max_size=20)
)


@settings(max_examples=150, deadline=None)
@given(records=st.lists(st.lists(_LINE, max_size=6), max_size=5))
def test_every_record_is_accounted_for(tmp_path_factory: pytest.TempPathFactory, records: list[list[str]]) -> None:
    told = ["\n".join(["TY  - JOUR", *lines]) for lines in records]
    text = "\n".join(["TY  - JOUR\nTI  - First\nER  - ", *told])
    papers, failures = read_text(tmp_path_factory.mktemp("ris"), text)
    assert papers[0].title == "First"
    without_pdf = [failure for failure in failures if "attached" in failure.reason]
    assert len(papers) + len(failures) - len(without_pdf) >= 1 + len(records)
