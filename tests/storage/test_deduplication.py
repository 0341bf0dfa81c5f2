from dataclasses import fields, replace
from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as some

from paperchat.storage.deduplication import is_same_by_title, keys_of, make_paper_id, merge_papers
from paperchat.types import Paper

FULL = Paper(
    title="Attention is all you need",
    abstract="We propose the Transformer.",
    authors=("Ashish Vaswani",),
    arxiv_id="1706.03762",
    version=1,
    doi="10.1/x",
    date="2017-06-12",
    categories=("cs.CL",),
    url="https://arxiv.org/abs/1706.03762v1",
    pdf_url="https://arxiv.org/pdf/1706.03762v1",
    comment="15 pages",
    daily={"featured": "2023-05-02", "upvotes": 3},
)


@pytest.mark.parametrize(
    ("paper", "paper_id"),
    [
        (FULL, "arxiv:1706.03762"),
        (replace(FULL, arxiv_id=""), "doi:10.1/x"),
        (replace(FULL, arxiv_id="", doi="https://doi.org/10.1000/AbC"), "doi:10.1000/abc"),
        (Paper(title="T", doi="10.48550/arXiv.1706.03762"), "arxiv:1706.03762"),
        (Paper(title="T", arxiv_id="math.GT/0309136"), "arxiv:math/0309136"),
        (replace(FULL, key="Doc 7"), "key:Doc 7"),
    ],
)
def test_the_paper_id_is_made_from_the_strongest_key(paper: Paper, paper_id: str) -> None:
    assert make_paper_id(paper) == paper_id


def test_a_title_id_has_16_hex_digits_and_depends_on_title_and_surname() -> None:
    plain = make_paper_id(Paper(title="A study of things"))
    assert plain.removeprefix("title:").isalnum()
    assert len(plain) == len("title:") + 16
    assert plain == make_paper_id(Paper(title="A Study of Things!"))
    assert plain != make_paper_id(Paper(title="A study of things", authors=("A. Smith",)))
    assert make_paper_id(Paper(title="A study of things", authors=("A. Smith",))) == make_paper_id(
        Paper(title="A study of things", authors=("Smith, Anne", "B. Jones"))
    )


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (Paper(title="A study of things"), Paper(title="A study of things"), True),
        (Paper(title="A study of things", authors=("A B",)), Paper(title="A study of things"), True),
        (
            Paper(title="A study of things", authors=("A B",)),
            Paper(title="A study of things", authors=("B, C",)),
            True,
        ),
        (
            Paper(title="A study of things", authors=("A B",)),
            Paper(title="A study of things", authors=("A C",)),
            False,
        ),
        (Paper(title="GPT-4"), Paper(title="GPT-4", authors=("A B",)), False),
        (Paper(title="GPT-4", authors=("A B",)), Paper(title="GPT-4", authors=("C B",)), True),
        (Paper(title="Introduction"), Paper(title="Introduction"), True),
        (
            Paper(title="A study of things", arxiv_id="2401.00001"),
            Paper(title="A study of things", arxiv_id="2401.00002"),
            False,
        ),
        (
            Paper(title="A study of things", doi="10.1000/a"),
            Paper(title="A study of things", doi="10.1000/b"),
            False,
        ),
        (
            Paper(title="A study of things", doi="10.1000/a"),
            Paper(title="A study of things", arxiv_id="2401.00002", doi="10.48550/arXiv.2401.00002"),
            True,
        ),
    ],
)
def test_papers_with_one_title_are_the_same_unless_their_keys_conflict(one: Paper, other: Paper, same: bool) -> None:
    assert is_same_by_title(keys_of(one), keys_of(other)) is same
    assert is_same_by_title(keys_of(other), keys_of(one)) is same


def test_a_second_source_fills_empty_fields_and_overwrites_nothing() -> None:
    first = Paper(title="Attention is all you need", authors=("A. Vaswani",), daily={"upvotes": 1})
    merged = merge_papers(first, FULL)
    assert merged == replace(FULL, authors=("A. Vaswani",), daily={"featured": "2023-05-02", "upvotes": 3})
    assert merge_papers(FULL, first) == FULL


def test_a_higher_version_supersedes_the_text_and_a_lower_one_does_not() -> None:
    second = replace(
        FULL,
        version=2,
        title="Attention Is All You Need, Really",
        abstract="",
        authors=("Ashish Vaswani", "Noam Shazeer"),
        comment="16 pages",
        url="https://arxiv.org/abs/1706.03762v2",
        pdf_url="",
        date="2017-08-01",
        categories=("cs.LG",),
    )
    merged = merge_papers(FULL, second)
    assert (merged.version, merged.title, merged.comment) == (2, second.title, "16 pages")
    assert merged.authors == second.authors
    assert merged.url == second.url
    assert (merged.abstract, merged.pdf_url) == (FULL.abstract, FULL.pdf_url)
    assert (merged.date, merged.categories) == (FULL.date, FULL.categories)
    assert merge_papers(merged, FULL) == merged


def test_papers_without_a_title_are_the_same_by_their_whole_text() -> None:
    one = Paper(title="Levels of glucose…", abstract="Levels of glucose were measured in mothers.")
    other = replace(one, abstract="Levels of glucose were measured in children.")
    assert make_paper_id(one) == make_paper_id(replace(one, abstract="Levels of glucose were measured in Mothers"))
    assert make_paper_id(one) != make_paper_id(other)
    assert keys_of(one).title != keys_of(other).title


def test_a_papers_own_title_replaces_its_first_words() -> None:
    untitled = replace(FULL, title="We propose…")
    for version in (0, 1, 2):
        own = replace(FULL, version=version)
        assert merge_papers(untitled, own).title == merge_papers(own, untitled).title == FULL.title
        assert merge_papers(own, replace(untitled, version=3)).title == FULL.title


def test_an_unknown_version_supersedes_nothing() -> None:
    assert merge_papers(FULL, replace(FULL, version=0, title="Other")).title == FULL.title
    filled = merge_papers(replace(FULL, version=0), replace(FULL, version=3, title="Other"))
    assert (filled.version, filled.title) == (3, FULL.title)


def test_the_earliest_featured_day_and_the_highest_upvotes_are_kept() -> None:
    other = replace(FULL, daily={"featured": "2023-04-01", "upvotes": 9, "submitter": "ak", "code": ""})
    expected = {"featured": "2023-04-01", "upvotes": 9, "submitter": "ak"}
    assert merge_papers(FULL, other).daily == expected
    assert merge_papers(other, FULL).daily == {**expected, "code": ""}
    assert merge_papers(replace(FULL, daily={"upvotes": 0}), other).daily["upvotes"] == 9


_texts = some.sampled_from(["", "one", "two"])
_names = some.sampled_from([(), ("A B",), ("C D", "E F")])
_papers = some.builds(
    Paper,
    title=some.sampled_from(["One", "Two"]),
    abstract=_texts,
    authors=_names,
    arxiv_id=some.sampled_from(["", "2401.00001"]),
    version=some.integers(0, 3),
    doi=some.sampled_from(["", "10.1000/a"]),
    date=some.sampled_from(["", "2024-01-01"]),
    categories=_names,
    url=_texts,
    pdf_url=_texts,
    comment=_texts,
    daily=some.dictionaries(
        some.sampled_from(["featured", "submitter"]), some.sampled_from(["2024-01-01", "2024-01-02"])
    ),
)


@given(some.lists(_papers, min_size=1, max_size=4))
def test_merging_the_same_papers_again_changes_nothing(papers: list[Paper]) -> None:
    merged = reduce(merge_papers, papers)
    assert reduce(merge_papers, papers, merged) == merged


@given(_papers, _papers)
def test_merging_loses_no_field(one: Paper, other: Paper) -> None:
    merged = merge_papers(one, other)
    for field in fields(Paper):
        if getattr(one, field.name) or getattr(other, field.name):
            assert getattr(merged, field.name)
