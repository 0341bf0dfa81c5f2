from __future__ import annotations

from pathlib import Path

from source_reading import DATA, read_all, read_text

ARXIV = DATA / "arxiv"


def test_an_answer_gives_its_entries() -> None:
    papers, failures = read_all(ARXIV / "two_entries.xml")
    assert failures == []
    assert [paper.arxiv_id for paper in papers] == ["2510.14968", "2510.14827"]
    first = papers[0]
    assert first.title == ("RDD: Retrieval-Based Demonstration Decomposer for Planner Alignment in Long-Horizon Tasks")
    assert first.abstract.startswith("To tackle long-horizon tasks, recent hierarchical")
    assert first.authors == ("Mingxuan Yan", "Yuping Wang", "Zechun Liu", "Jiachen Li")
    assert (first.version, first.date) == (1, "2025-10-16")
    assert first.categories == ("cs.RO", "cs.AI", "cs.CV", "cs.LG", "cs.SY", "eess.SY")
    assert first.url == "https://arxiv.org/abs/2510.14968"
    assert first.pdf_url == "https://arxiv.org/pdf/2510.14968v1"
    assert first.comment.endswith("(NeurIPS 2025); Project Website: rdd-neurips.github.io")


def test_an_old_style_id() -> None:
    papers, _ = read_all(ARXIV / "old_style_id.xml")
    assert [(paper.arxiv_id, paper.version, paper.date) for paper in papers] == [("quant-ph/0201082", 1, "2002-01-18")]
    assert papers[0].categories == ("quant-ph", "cs.PL")


def test_a_journals_doi_is_kept() -> None:
    papers, _ = read_all(ARXIV / "with_doi.xml")
    assert [paper.doi for paper in papers] == ["10.1007/s00453-013-9791-2"]


def test_the_primary_category_is_first(tmp_path: Path) -> None:
    feed = (ARXIV / "with_doi.xml").read_text(encoding="utf-8")
    papers, _ = read_text(tmp_path, feed.replace('primary_category term="cs.DS"', 'primary_category term="math.CO"'))
    assert papers[0].categories == ("math.CO", "cs.DS", "q-bio.QM")


def test_a_withdrawal_is_told_by_the_comment_which_stays(tmp_path: Path) -> None:
    feed = (ARXIV / "old_style_id.xml").read_text(encoding="utf-8")
    papers, _ = read_text(tmp_path, feed.replace("32 pages", "This paper has been\n withdrawn by the author"))
    assert papers[0].comment == "This paper has been withdrawn by the author"
    assert papers[0].withdrawn


def test_arxivs_error_is_passed_on() -> None:
    papers, failures = read_all(ARXIV / "bad_id.xml")
    assert papers == []
    assert [(failure.source, failure.reason) for failure in failures] == [
        ("bad_id.xml entry 1", "arXiv answered with an error: incorrect id format for abc")
    ]


def test_an_empty_answer_is_reported() -> None:
    papers, failures = read_all(ARXIV / "unknown_id.xml")
    assert papers == []
    assert [failure.reason for failure in failures] == ["contains no entries: arXiv found nothing for this query"]


def test_the_page_for_crawlers_is_not_an_answer() -> None:
    papers, failures = read_all(ARXIV / "captcha.html")
    assert papers == []
    assert [failure.reason.split(" (")[0] for failure in failures] == ["not a format paperchat reads"]


def test_what_precedes_a_cut_is_read_and_the_cut_is_placed(tmp_path: Path) -> None:
    feed = (ARXIV / "two_entries.xml").read_text(encoding="utf-8")
    papers, failures = read_text(tmp_path, feed[: feed.index("Maps of Dynamics")])
    assert [paper.arxiv_id for paper in papers] == ["2510.14968"]
    assert [failure.source for failure in failures] == ["given entry 2"]
    assert failures[0].reason.startswith("the XML is truncated or damaged at line ")


def test_an_entry_without_a_title_is_reported(tmp_path: Path) -> None:
    feed = (ARXIV / "old_style_id.xml").read_text(encoding="utf-8")
    start, end = feed.index("<title>Quantum"), feed.index("</title>", feed.index("<title>Quantum"))
    papers, failures = read_text(tmp_path, feed[:start] + "<title> \n" + feed[end:])
    assert papers == []
    assert [failure.reason for failure in failures] == ["the entry has no title"]


def test_entities_are_never_expanded(tmp_path: Path) -> None:
    feed = (ARXIV / "two_entries.xml").read_text(encoding="utf-8")
    start = feed.index("<feed")
    bomb = '<!DOCTYPE feed [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>'
    papers, failures = read_text(tmp_path, feed[:start] + bomb + feed[start:].replace("RDD:", "&b;"))
    assert papers == []
    assert [failure.reason.split(" (")[0] for failure in failures] == ["not a format paperchat reads"]


def test_a_feed_in_another_encoding_reads_the_same(tmp_path: Path) -> None:
    feed = (ARXIV / "two_entries.xml").read_text(encoding="utf-8")
    papers, failures = read_text(tmp_path, feed.replace("UTF-8", "UTF-16").encode("utf-16"))
    assert len(papers) == 2
    assert failures == []
