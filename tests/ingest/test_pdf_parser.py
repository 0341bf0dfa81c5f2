"""Parsing two real papers, with one column and with two."""

from __future__ import annotations

import hashlib
from functools import cache

import pytest
from source_reading import DATA

from paperchat.ingest.items import ParsedPdf
from paperchat.ingest.pdf.parser import read_pdf
from paperchat.types import Block

ONE_COLUMN, TWO_COLUMNS = "pirozelli22a.pdf", "yoshida23a.pdf"


@cache
def reading(name: str) -> ParsedPdf:
    return read_pdf(DATA / "pdf" / name)


def texts(name: str, kind: str) -> list[str]:
    full = reading(name).full_text
    return [full.text[block.start : block.end] for block in full.blocks if block.kind == kind]


def sections(name: str) -> list[str]:
    return list(dict.fromkeys(block.section for block in reading(name).full_text.blocks))


def test_title_and_authors() -> None:
    paper = reading(ONE_COLUMN).paper
    assert paper.title == "The Beauty Everywhere: How Aesthetic Criteria Contribute to the Development of AI"
    assert paper.authors == ("Paulo Pirozelli", "João F. N. Cortese")
    other = reading(TWO_COLUMNS).paper
    assert other.title == "Bayesian Active Questionnaire Design for Cause-of-Death Assignment Using Verbal Autopsies"
    assert other.authors == (
        "Toshiya Yoshida",
        "Trinity Shuxian Fan",
        "Tyler McCormick",
        "Zhenke Wu",
        "Zehang Richard Li",
    )


def test_the_abstract_ends_where_it_should() -> None:
    abstract = reading(ONE_COLUMN).paper.abstract
    assert abstract.startswith("“Beauty” is a highly disputed word in philosophy and art. It also appears")
    assert abstract.endswith("integrating epistemic measures related to these aesthetic concepts.")


def test_an_abstract_that_continues_in_the_second_column() -> None:
    abstract = reading(TWO_COLUMNS).paper.abstract
    assert "We evaluate the performance of our active designs using both synthetic and real data" in abstract
    assert abstract.endswith("than the traditional static VA survey instruments.")


def test_sections_in_order() -> None:
    assert sections(ONE_COLUMN) == [
        "",
        "Abstract",
        "1 Introduction",
        "2 The Nature of Aesthetic Judgments",
        "3 Beauty in Science",
        "4 The Epistemic Significance of Beauty",
        "5 A Philosophical Critique of Modern Measures in AI",
        "6 Conclusion",
        "References",
    ]
    assert "3. Method › 3.2. Cause-of-Death Assignment Model" in sections(TWO_COLUMNS)


def test_a_sentence_across_columns_and_pages_is_whole() -> None:
    body = texts(TWO_COLUMNS, "text")
    assert any(
        "with the replication codes, and the Population Health Metrics Research Consortium" in one for one in body
    )


def test_words_hyphenated_at_line_breaks_are_joined() -> None:
    abstract = reading(TWO_COLUMNS).paper.abstract
    assert "the lengthy questionnaire has become a major challenge to the implementation and scale-up" in abstract
    assert "challenging" in abstract


@pytest.mark.parametrize("name", [ONE_COLUMN, TWO_COLUMNS])
def test_references_are_separate_blocks(name: str) -> None:
    listed = "\n".join(texts(name, "references"))
    quoted = "\n".join(
        one for kind in ("text", "abstract", "caption", "table", "footnote") for one in texts(name, kind)
    )
    assert listed.count("\n") > 20
    entries = {
        ONE_COLUMN: "the organization of scientific communities. Episteme, 1(3):201–209, 2005.\n[5] F. D’agostino.",
        TWO_COLUMNS: "validation study: design, implementation, and development of analysis datasets.",
    }
    assert entries[name] in listed
    assert "Proceedings of the" not in quoted
    assert quoted.count("arXiv preprint") == 0


@pytest.mark.parametrize("name", [ONE_COLUMN, TWO_COLUMNS])
def test_running_heads_and_page_numbers_are_dropped(name: str) -> None:
    body = "\n".join(texts(name, "text"))
    assert "Verbal Autopsies\n" not in body
    assert not any(line.strip().isdecimal() for line in body.split("\n"))


def test_captions_are_separate_blocks() -> None:
    captions = texts(TWO_COLUMNS, "caption")
    assert any(one.startswith("Figure 1: ") for one in captions)
    assert all(one.startswith(("Figure", "Table", "Algorithm")) for one in captions)


@pytest.mark.parametrize("name", [ONE_COLUMN, TWO_COLUMNS])
def test_blocks_and_words_tile_the_text(name: str) -> None:
    full = reading(name).full_text
    covered = "".join(full.text[block.start : block.end] for block in full.blocks)
    assert "".join(covered.split()) == "".join(full.text.split())
    assert "".join(full.text[word.start : word.end] for word in full.words) == "".join(full.text.split())
    assert all(one.end <= two.start for one, two in zip(full.blocks, full.blocks[1:], strict=False))
    assert all(one.end <= two.start for one, two in zip(full.words, full.words[1:], strict=False))


@pytest.mark.parametrize("name", [ONE_COLUMN, TWO_COLUMNS])
def test_boxes_are_on_their_pages(name: str) -> None:
    full = reading(name).full_text
    pages = {page.number: page for page in full.pages}
    for word in full.words:
        page, box = pages[word.box.page], word.box
        assert 0 <= box.left < box.right <= page.width
        assert 0 <= box.top < box.bottom <= page.height


def test_labels_and_checksum() -> None:
    full = reading(TWO_COLUMNS).full_text
    assert [page.label for page in full.pages][:2] == ["37", "38"]
    assert full.sha256 == hashlib.sha256((DATA / "pdf" / TWO_COLUMNS).read_bytes()).hexdigest()
    assert isinstance(full.blocks[0], Block)
