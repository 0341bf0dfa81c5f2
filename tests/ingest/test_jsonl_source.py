from __future__ import annotations

import gzip
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from source_reading import DATA, read_all, read_text

SNAPSHOT = {
    "id": "0704.0001",
    "submitter": "Pavel Nadolsky",
    "authors": "C. Bal\\'azs, E. L. Berger, P. M. Nadolsky, C.-P. Yuan",
    "title": "Calculation of prompt diphoton production cross sections at Tevatron and\n  LHC energies",
    "comments": "37 pages, 15 figures; published version",
    "journal-ref": "Phys.Rev.D76:013009,2007",
    "doi": "10.1103/PhysRevD.76.013009",
    "report-no": "ANL-HEP-PR-07-12",
    "categories": "hep-ph",
    "license": None,
    "abstract": "  A fully differential calculation in perturbative quantum chromodynamics is\npresented.\n",
    "versions": [
        {"version": "v1", "created": "Mon, 2 Apr 2007 19:18:42 GMT"},
        {"version": "v2", "created": "Tue, 24 Jul 2007 20:10:27 GMT"},
    ],
    "update_date": "2008-11-26",
    "authors_parsed": [
        ["Balázs", "C.", ""],
        ["Berger", "E. L.", ""],
        ["King", "M. L.", "Jr."],
        ["Yuan", "C. -P.", ""],
    ],
}


def lines(*records: Any) -> str:
    return "".join((record if isinstance(record, str) else json.dumps(record)) + "\n" for record in records)


def test_a_record_of_arxivs_snapshot(tmp_path: Path) -> None:
    papers, failures = read_text(tmp_path, lines(SNAPSHOT))
    assert failures == []
    paper = papers[0]
    assert paper.title.endswith("cross sections at Tevatron and LHC energies")
    assert paper.abstract == ("A fully differential calculation in perturbative quantum chromodynamics is presented.")
    assert paper.authors == ("C. Balázs", "E. L. Berger", "M. L. King Jr.", "C. -P. Yuan")
    assert (paper.arxiv_id, paper.version, paper.date) == ("0704.0001", 2, "2007-04-02")
    assert paper.doi == "10.1103/physrevd.76.013009"
    assert paper.categories == ("hep-ph",)
    assert paper.comment == "37 pages, 15 figures; published version"
    assert paper.url == "https://arxiv.org/abs/0704.0001"
    assert paper.pdf_url == "https://arxiv.org/pdf/0704.0001v2"
    assert paper.key == ""


@pytest.mark.parametrize(
    ("authors", "names"),
    [
        ("Ada Lovelace, Charles Babbage and Alan Turing", ("Ada Lovelace", "Charles Babbage", "Alan Turing")),
        ("Ada Lovelace (1 and 2), Alan Turing ((1) King's, (2) NPL)", ("Ada Lovelace", "Alan Turing")),
        ("Lovelace, Ada; Turing, Alan", ("Lovelace, Ada", "Turing, Alan")),
        (["Wei Wang", "Wei Wang", {"name": "Alan Turing"}], ("Wei Wang", "Wei Wang", "Alan Turing")),
        (None, ()),
    ],
)
def test_authors_in_the_ways_they_are_written(tmp_path: Path, authors: Any, names: tuple[str, ...]) -> None:
    papers, _ = read_text(tmp_path, lines({"title": "A title", "abstract": "Text.", "authors": authors}))
    assert papers[0].authors == names


@pytest.mark.parametrize(
    ("categories", "kept"),
    [
        ("cs.CV cs.LG math.GT", ("cs.CV", "cs.LG", "math.GT")),
        (
            ["hep-th", "cond-mat.mtrl-sci", "68T45, 62H30", "I.5.3; I.2.10", "A.I", "na"],
            ("hep-th", "cond-mat.mtrl-sci"),
        ),
        (["cs.CL cs.AI", "cs.CL"], ("cs.CL", "cs.AI")),
        (None, ()),
    ],
)
def test_only_arxivs_categories_are_kept(tmp_path: Path, categories: Any, kept: tuple[str, ...]) -> None:
    papers, _ = read_text(tmp_path, lines({"title": "A title", "abstract": "Text.", "categories": categories}))
    assert papers[0].categories == kept


def test_real_records_also_gzipped(tmp_path: Path) -> None:
    plain = read_all(DATA / "arxiv_abstracts.jsonl")
    packed = read_text(tmp_path, gzip.compress((DATA / "arxiv_abstracts.jsonl").read_bytes(), mtime=0))
    assert plain == packed
    assert [paper.arxiv_id for paper in plain[0]] == ["1812.06145", "1904.11093", "1907.00326", "1907.00330"]
    assert plain[0][0].categories == ("cs.CV", "cs.AI", "cs.HC", "cs.LG", "stat.ML")
    assert plain[1] == []


def test_an_evaluation_corpus_keeps_its_ids(tmp_path: Path) -> None:
    papers, _ = read_text(
        tmp_path,
        lines({"_id": "4983", "title": "Development of white matter.", "text": "It was assessed in vivo."}),
    )
    assert [(paper.key, paper.title, paper.abstract) for paper in papers] == [
        ("4983", "Development of white matter.", "It was assessed in vivo.")
    ]


@pytest.mark.parametrize("field", ["abstract", "summary", "text"])
def test_the_names_of_the_text(tmp_path: Path, field: str) -> None:
    papers, _ = read_text(tmp_path, lines({"id": "2410.14182v2", "title": "A title", field: "The text."}))
    assert [(paper.arxiv_id, paper.version, paper.abstract) for paper in papers] == [("2410.14182", 2, "The text.")]


def test_a_paper_may_have_no_abstract(tmp_path: Path) -> None:
    papers, failures = read_text(tmp_path, lines({"id": "2410.14182", "title": "Only a title", "abstract": None}))
    assert [(paper.title, paper.abstract) for paper in papers] == [("Only a title", "")]
    assert failures == []


@pytest.mark.parametrize("given", [{"title": ""}, {"title": None}, {}], ids=["empty", "null", "missing"])
def test_the_first_words_stand_for_a_title_that_is_not_given(tmp_path: Path, given: dict[str, str | None]) -> None:
    text = "Glucose of mother and child: levels were measured at delivery, and correlation coefficients were computed."
    (paper,), failures = read_text(tmp_path, lines({"_id": "1", "text": text, **given}), "corpus.jsonl")
    assert paper.title == "Glucose of mother and child: levels were measured at delivery, and correlation…"
    assert (paper.untitled, paper.own_title, paper.abstract) == (True, "", text)
    assert failures == []


def test_a_title_that_the_record_gives_is_its_own(tmp_path: Path) -> None:
    (paper,), _ = read_text(tmp_path, lines({"title": "And then…", "abstract": "What happened next is told."}))
    assert (paper.untitled, paper.own_title) == (False, "And then…")


def test_arxivs_own_doi_gives_the_arxiv_id(tmp_path: Path) -> None:
    papers, _ = read_text(
        tmp_path,
        lines({"title": "A title", "abstract": "Text.", "doi": "https://doi.org/10.48550/arXiv.2410.14182"}),
    )
    assert [(paper.arxiv_id, paper.doi) for paper in papers] == [("2410.14182", "")]


def test_every_bad_line_is_one_failure_with_its_number(tmp_path: Path) -> None:
    good = {"id": "1", "title": "Good", "abstract": "Text."}
    text = lines(
        good,
        '{"title": "cut',
        "",
        "[1, 2]",
        "null",
        {"_id": "d9", "title": "", "text": " "},
        {"title": 7},
        "[" * 100_000,
        good,
    )
    papers, failures = read_text(tmp_path, text, "corpus.jsonl")
    assert [paper.title for paper in papers] == ["Good", "Good"]
    assert [(failure.source, failure.reason) for failure in failures] == [
        ("corpus.jsonl line 2", "is not JSON"),
        ("corpus.jsonl line 4", "is not a JSON object"),
        ("corpus.jsonl line 5", "is not a JSON object"),
        ("corpus.jsonl line 6", "the record has neither a title nor a text (abstract, summary, text)"),
        ("corpus.jsonl line 7", "the record has neither a title nor a text (abstract, summary, text)"),
        ("corpus.jsonl line 8", "is not JSON"),
    ]


def test_a_line_too_long_to_load_is_reported_and_passed_over(tmp_path: Path) -> None:
    good = lines({"id": "1", "title": "Good", "abstract": "Text."})
    long = '{"title": "Long", "abstract": "' + "x" * (17 * 2**20) + '"}\n'
    papers, failures = read_text(tmp_path, good + long + good)
    assert [paper.title for paper in papers] == ["Good", "Good"]
    assert [(failure.source, failure.reason) for failure in failures] == [
        ("given line 2", "is longer than 16 MB, so it was skipped")
    ]


def test_bytes_that_do_not_decode_do_not_stop_the_reading(tmp_path: Path) -> None:
    papers, failures = read_text(tmp_path, b'\xef\xbb\xbf{"title": "Caf\xe9 society", "abstract": "Text."}\r\n')
    assert [paper.title for paper in papers] == ["Caf\ufffd society"]
    assert failures == []


def test_lines_before_the_end_of_a_cut_archive_are_read(tmp_path: Path) -> None:
    packed = gzip.compress((DATA / "arxiv_abstracts.jsonl").read_bytes(), mtime=0)
    papers, failures = read_text(tmp_path, packed[: len(packed) * 3 // 4])
    assert [paper.arxiv_id for paper in papers] == ["1812.06145", "1904.11093", "1907.00326"]
    assert failures[-1].source == str(tmp_path / "given")
    assert failures[-1].reason.startswith("the gzip archive is truncated")


@pytest.mark.parametrize(
    "text",
    [
        lines({"_id": "q1", "text": "a query has no title"}),
        lines({"id": 1, "title": "A bug", "body": "It crashes.", "state": "open"}),
        lines({"question": "What?", "title": "A page", "answers": []}),
        '{\n  "title": "Spread over lines",\n  "abstract": "Text."\n}\n',
        "To use it, write a file like\n\n" + lines({"title": "A title", "abstract": "Text."}) + "\nand ingest it.\n",
        "[\n" + lines({"title": "In a list", "abstract": "Text."}) + "]\n",
    ],
)
def test_other_json_is_not_taken_for_papers(tmp_path: Path, text: str) -> None:
    papers, failures = read_text(tmp_path, text, "queries.jsonl")
    assert papers == []
    assert [failure.reason.split(" (")[0] for failure in failures] == ["not a format paperchat reads"]


@pytest.mark.security
@pytest.mark.parametrize(
    ("record", "digits"),
    [
        ('{"id": %s, "title": "A", "abstract": "B"}', 5_000),
        ('{"title": "A", "abstract": "B", "id": %s}', 5_000),
        ('{"title": "A", "abstract": "B", "id": %s}', 70_000),
    ],
)
def test_a_number_of_many_digits_is_one_failed_row(tmp_path: Path, record: str, digits: int) -> None:
    # in a process of its own, as the parser would end it
    (tmp_path / "long.jsonl").write_text(lines(record % ("9" * digits), SNAPSHOT))
    (tmp_path / "plain.jsonl").write_text(lines(SNAPSHOT))
    script = (
        "import sys; from pathlib import Path; from paperchat.ingest.sources.registry import read_location\n"
        "names = [type(item).__name__ for item in read_location(Path(sys.argv[1]))]\n"
        "print([name for name in names if not name.startswith('File')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout.strip()) == (0, "['Failure', 'Paper', 'Paper']"), done.stderr
