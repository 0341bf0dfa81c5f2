"""Papers selected from the catalogue by what a request says of them."""

from __future__ import annotations

import pytest

from paperchat.assistant import PaperChat
from paperchat.storage.name_normalization import person_key
from paperchat.understanding.paper_selection import is_same_organization, matching_people, select_papers
from paperchat.understanding.request import Constraints, Period, Request


@pytest.mark.parametrize(
    ("name", "stored"),
    [
        ("IBM", "IBM Research"),
        ("nvidia", "NVIDIA"),
        ("deepmind", "GoogleDeepMind"),
        ("google deepmind", "GoogleDeepMind"),
        ("meta", "AI at Meta"),
        ("facebook", "Meta Research"),
        ("MIT", "Massachusetts Institute of Technology"),
        ("Massachusetts Institute of Technology", "MIT"),
        ("uiuc", "University of Illinois at Urbana-Champaign"),
        ("shanghai ai lab", "shanghai ailab"),
        ("tongyi lab", "TongyiLab"),
        ("eth zuerich", "ETH Zuerich"),
        ("ETH Zurich", "ETH Zürich"),
        ("univ of oxford", "University of Oxford"),
        ("tsinghua university", "Knowledge Engineering Group @ Tsinghua University"),
    ],
)
def test_organizations_are_known_by_other_forms_of_their_names(name: str, stored: str) -> None:
    assert is_same_organization(name, stored)


@pytest.mark.parametrize(
    ("name", "stored"),
    [
        ("meta", "Metabolism Lab"),
        ("university of hong kong", "Chinese University of Hong Kong"),
        ("University of Hong Kong", "City University of Hong Kong"),
        ("", "IBM"),
        ("IBM", ""),
        ("AI", "Adobe"),
        ("Andrew Ng", "Xi'an Jiaotong University"),
    ],
)
def test_other_organizations_are_not_taken_for_them(name: str, stored: str) -> None:
    assert not is_same_organization(name, stored)


def test_people_are_found_by_the_whole_name_first() -> None:
    keys = {person_key(name) for name in ("Song Han", "Song-Hee Han", "Yann LeCun", "Zoë Müller")}
    assert matching_people("song han", keys) == {"song han"}
    assert matching_people("LeCun", keys) == {"yann lecun"}
    assert matching_people("Y. Lecun", keys) == {"yann lecun"}
    assert matching_people("zoe muller", keys) == {"zoe muller"}
    assert not matching_people("Ada Lovelace", keys)


def test_only_named_papers_are_selected(sample: PaperChat) -> None:
    first, second, *_ = sample.library.directory.entries()
    request = Request(question="which?", constraints=Constraints(papers=(second, first, "arxiv:0000.00000")))
    assert [one.paper_id for one in select_papers(sample.library, request)] == [first, second]


def test_what_no_paper_has_selects_none(sample: PaperChat) -> None:
    for constraints in (
        Constraints(with_code=True),
        Constraints(with_full_text=True),
        Constraints(min_upvotes=1),
        Constraints(authors=("Nobody Whatever",)),
        Constraints(organizations=("IBM",)),
        Constraints(categories=("math.AG",)),
        Constraints(period=Period(since="1999", until="2001-02")),
    ):
        assert not select_papers(sample.library, Request(question="which?", constraints=constraints))
