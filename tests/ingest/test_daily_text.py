from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import pytest
from source_reading import PROSE, read_all, read_text

SAMPLE = Path(str(files("paperchat"))) / "sample" / "daily_papers_page.txt"
MASTHEAD = (
    "new\n\nGet trending papers in your email inbox!\n\nSubscribe\n\nDaily Papers\n\n"
    "byAK and the research community\n\nJul 29\n\n"
)


def page(*blocks: str, masthead: str = MASTHEAD) -> str:
    return masthead + "\n\n".join(blocks) + "\n"


def test_the_sample_page_gives_its_41_papers_word_for_word() -> None:
    papers, failures = read_all(SAMPLE)
    blocks = SAMPLE.read_text(encoding="utf-8").strip().split("\n\n")[6:]
    assert failures == []
    assert [(paper.title, paper.abstract) for paper in papers] == [
        (title, abstract.strip()) for title, abstract in zip(blocks[::2], blocks[1::2], strict=True)
    ]
    assert len(papers) == 41


def test_titles_that_ask_and_addresses_in_braces_stay_whole() -> None:
    papers, _ = read_all(SAMPLE)
    asking = [paper.title for paper in papers if paper.title.endswith("?")]
    assert "How Does Vision-Language Adaptation Impact the Safety of Vision Language Models?" in asking
    braced = next(paper for paper in papers if paper.title.startswith("Rethinking Bottlenecks"))
    assert braced.abstract.endswith("https://dripnowhy.github.io/MIS/{https://dripnowhy.github.io/MIS/}")


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_line_ends_and_encodings_do_not_matter(tmp_path: Path, line_end: str, encoding: str) -> None:
    text = page("A Title Über Alles", PROSE).replace("\n", line_end)
    papers, failures = read_text(tmp_path, text.encode(encoding))
    assert [paper.title for paper in papers] == ["A Title Über Alles"]
    assert failures == []


def test_a_page_copied_without_blank_lines_reads_the_same(tmp_path: Path) -> None:
    text = page("First of the Titles", PROSE, "Second of the Titles?", PROSE).replace("\n\n", "\n")
    papers, failures = read_text(tmp_path, text)
    assert [(paper.title, len(paper.abstract)) for paper in papers] == [
        ("First of the Titles", len(PROSE.strip())),
        ("Second of the Titles?", len(PROSE.strip())),
    ]
    assert failures == []


def test_cards_and_footer_are_not_taken_for_papers(tmp_path: Path) -> None:
    text = page(
        "Submitted by\n\ntaesiri\n\n120\n\nA Paper with a Card\n\n· 12 authors\n\n5",
        PROSE,
        "Submitted by someone\n\n1.2k\n\nWhy Do Cats Purr?\nByteDance Seed\n·\n7 authors",
        PROSE,
        "© 2025 Hugging Face Inc.\n\nTOS\n\nPrivacy\n\nAbout",
    )
    papers, failures = read_text(tmp_path, text)
    assert [paper.title for paper in papers] == ["A Paper with a Card", "Why Do Cats Purr?"]
    assert {paper.abstract for paper in papers} == {PROSE.strip()}
    assert failures == []


def test_a_missing_abstract_does_not_shift_the_papers_after_it(tmp_path: Path) -> None:
    text = page("One Without an Abstract", "Another with an Abstract", PROSE, "The Last Has None Either")
    papers, failures = read_text(tmp_path, text)
    assert [(paper.title, bool(paper.abstract)) for paper in papers] == [
        ("One Without an Abstract", False),
        ("Another with an Abstract", True),
        ("The Last Has None Either", False),
    ]
    assert failures == []


def test_an_abstract_in_several_paragraphs_is_one_abstract(tmp_path: Path) -> None:
    parts = (PROSE, "Our contributions are:", "- a data set", "Code: https://code.example/x", "It is short.")
    papers, _ = read_text(tmp_path, page("A Paper in Parts", *parts, "The Next Paper", PROSE))
    assert [paper.title for paper in papers] == ["A Paper in Parts", "The Next Paper"]
    assert papers[0].abstract == " ".join(part.strip() for part in parts)


def test_wrapped_lines_are_joined(tmp_path: Path) -> None:
    wrapped = "This is a line of an abstract that was wrapped at some column,\n" * 8 + "and this is its end."
    papers, _ = read_text(tmp_path, page("The Title of a Paper Whose Text Somebody Has Wrapped", wrapped))
    assert papers[0].abstract == wrapped.replace("\n", " ")


@pytest.mark.parametrize(
    ("line", "featured"),
    [
        ("Jul 29, 2025", "2025-07-29"),
        ("Tuesday, July 29th 2025", "2025-07-29"),
        ("29 Jul 2025", "2025-07-29"),
        ("2025-07-29", "2025-07-29"),
        ("Jul 29", None),
    ],
)
def test_the_day_featured_is_known_only_with_its_year(tmp_path: Path, line: str, featured: str | None) -> None:
    papers, _ = read_text(tmp_path, page("A Paper of the Day", PROSE).replace("Jul 29", line))
    assert [paper.daily.get("featured") for paper in papers] == [featured]


def test_text_before_any_title_is_reported_with_its_line(tmp_path: Path) -> None:
    papers, failures = read_text(tmp_path, page(PROSE, "A Title That Comes Later", PROSE))
    assert [paper.title for paper in papers] == ["A Title That Comes Later"]
    assert [(failure.source, failure.reason) for failure in failures] == [
        ("given line 13", "text with no title before it")
    ]


def test_a_masthead_alone_is_reported(tmp_path: Path) -> None:
    papers, failures = read_text(tmp_path, MASTHEAD)
    assert papers == []
    assert [failure.reason for failure in failures] == [
        "contains no papers: alternating titles and abstracts are expected"
    ]


def test_titles_and_abstracts_in_plain_alternation_need_no_masthead(tmp_path: Path) -> None:
    blocks = [text for n in range(3) for text in (f"The Title of Paper Number {n}", PROSE)]
    papers, _ = read_text(tmp_path, page(*blocks, masthead=""))
    assert len(papers) == 3


ESSAY = "\n\n".join(text for head in ("Introduction", "My Method", "Conclusion") for text in (head, PROSE))
README = "\n\n".join(text for n in range(4) for text in (f"## How to use part {n} of this", PROSE))
CODE = "import json\n\n\ndef main(argument):\n    return json.loads(argument)\n\n\n" * 40
TABLE = "id,title,abstract\n" + "1,The Title of Some Paper,We study it at length\n" * 50


@pytest.mark.parametrize("text", [ESSAY, README, CODE, TABLE, PROSE, PROSE + "\n\n" + PROSE])
def test_other_texts_are_not_taken_for_a_page(tmp_path: Path, text: str) -> None:
    papers, failures = read_text(tmp_path, text, name="daily_papers_page.txt")
    assert papers == []
    assert [failure.reason.split(" (")[0] for failure in failures] == ["not a format paperchat reads"]
