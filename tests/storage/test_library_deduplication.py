"""The same paper from two sources is stored once, and its old ids stay valid."""

import pytest

from paperchat.errors import NotFoundError
from paperchat.storage.indexer import PaperRecord
from paperchat.storage.library import Library
from paperchat.types import Filters, Paper
from support import add_papers, open_library, passage_of

pytestmark = pytest.mark.both_databases

TITLE = "LabSafety Bench: benchmarking models on safety issues"
PAGE = Paper(title=TITLE, abstract="A benchmark of 765 questions.", daily={"featured": "2024-10-22"})
ATOM = Paper(
    title=TITLE.upper(),
    abstract="A benchmark of 765 multiple-choice questions.",
    authors=("Yujun Zhou", "Jingdong Yang"),
    arxiv_id="2410.14182",
    version=2,
    date="2024-10-18",
    categories=("cs.CL",),
)


def test_adding_a_paper_again_changes_nothing(library: Library) -> None:
    first, second = add_papers(library, ATOM), add_papers(library, ATOM)
    assert [change.kind for change in (*first, *second)] == ["added", "unchanged"]
    assert not second[0].reindex
    assert library.counts().papers == library.counts().passages == 1


def test_a_title_gets_its_arxiv_id_from_a_second_source(library: Library) -> None:
    (first,) = add_papers(library, PAGE)
    (second,) = add_papers(library, ATOM)
    assert (second.kind, second.reindex) == ("updated", True)
    assert second.old_id == first.stored.paper_id
    assert second.stored.paper_id == "arxiv:2410.14182"
    merged = library.paper("arxiv:2410.14182").paper
    assert (merged.title, merged.abstract) == (PAGE.title, PAGE.abstract)
    assert (merged.authors, merged.version, merged.daily) == (ATOM.authors, 2, PAGE.daily)
    assert library.counts().papers == 1
    assert [hit for hit, _ in library.lexical_search("benchmark", 9)] == ["arxiv:2410.14182#abstract.0"]


@pytest.mark.parametrize(
    "name",
    [
        "arxiv:2410.14182",
        "2410.14182",
        "2410.14182v1",
        "arXiv:2410.14182v2",
        "https://arxiv.org/abs/2410.14182",
        "10.48550/arXiv.2410.14182",
        "10.1000/ABC",
        "doi:10.1000/abc",
        "ARXIV:2410.14182",
    ],
)
def test_a_paper_is_found_by_each_of_its_ids(library: Library, name: str) -> None:
    add_papers(library, ATOM, Paper(title=TITLE, doi="10.1000/ABC"))
    assert library.paper(name).paper_id == "arxiv:2410.14182"


def test_an_old_id_still_finds_the_paper(library: Library) -> None:
    (first,) = add_papers(library, PAGE)
    (second,) = add_papers(library, Paper(title=TITLE, doi="10.1000/abc"))
    (third,) = add_papers(library, ATOM)
    assert [change.stored.paper_id for change in (second, third)] == ["doi:10.1000/abc", "arxiv:2410.14182"]
    for old in (first.stored.paper_id, "doi:10.1000/abc"):
        assert library.paper(old).paper_id == "arxiv:2410.14182"
        assert len(library.lexical_search("benchmark", 9, Filters(papers=(old,)))) == 1


def test_an_unknown_id_is_reported_in_one_line(library: Library) -> None:
    with pytest.raises(NotFoundError, match=r"no paper '2401\.00001'") as caught:
        library.paper("2401.00001")
    assert "\n" not in str(caught.value)


def test_papers_with_one_title_and_conflicting_ids_are_not_merged(library: Library) -> None:
    changes = add_papers(library, ATOM, Paper(title=TITLE, arxiv_id="2501.00001", abstract="Another."))
    assert [change.kind for change in changes] == ["added", "added"]
    assert library.counts().papers == 2


def test_papers_with_one_doi_and_two_arxiv_ids_are_not_merged(library: Library) -> None:
    one = Paper(title="Part one of it", arxiv_id="2401.00001", doi="10.1000/abc")
    two = Paper(title="Part two of it", arxiv_id="2401.00002", doi="10.1000/abc")
    assert [change.kind for change in add_papers(library, one, two)] == ["added", "added"]
    assert [change.kind for change in add_papers(library, two, one)] == ["unchanged", "unchanged"]
    assert library.paper("10.1000/abc").paper_id == "arxiv:2401.00001"


def test_within_a_batch_the_first_change_carries_the_whole_paper(library: Library) -> None:
    changes = add_papers(library, PAGE, ATOM, PAGE)
    assert [change.kind for change in changes] == ["added", "updated", "unchanged"]
    assert [change.reindex for change in changes] == [True, False, False]
    assert {change.stored.paper_id for change in changes} == {"arxiv:2410.14182"}
    assert changes[0].stored.paper.authors == ATOM.authors
    assert changes[0].old_ids == ()
    assert library.counts().papers == library.counts().passages == 1


def test_a_source_with_both_ids_merges_two_papers(library: Library) -> None:
    preprint = Paper(title="First title of it", abstract="Preprint.", arxiv_id="2401.00001")
    printed = Paper(title="Second title of it", abstract="In print.", doi="10.1000/abc", comment="journal")
    add_papers(library, preprint, printed)
    assert library.counts().papers == 2
    (change,) = add_papers(library, Paper(title="First title of it", arxiv_id="2401.00001", doi="10.1000/abc"))
    assert (change.kind, change.old_ids) == ("updated", ("doi:10.1000/abc",))
    assert library.counts().papers == library.counts().passages == 1
    assert library.paper("doi:10.1000/abc").paper.comment == "journal"
    assert library.paper("doi:10.1000/abc").paper.abstract == "Preprint."
    assert [hit for hit, _ in library.dense_search([1.0] * 64, 9)] == ["arxiv:2401.00001#abstract.0"]
    again = add_papers(library, printed, preprint)
    assert [change.kind for change in again] == ["unchanged", "unchanged"]


def test_a_superseded_title_is_still_recognised(library: Library) -> None:
    add_papers(library, Paper(title="The working title of it", arxiv_id="2401.00001", version=1, abstract="x"))
    add_papers(library, Paper(title="The final title of it", arxiv_id="2401.00001", version=2, abstract="y"))
    (change,) = add_papers(library, Paper(title="The Working Title of It"))
    assert (change.kind, change.stored.paper_id) == ("unchanged", "arxiv:2401.00001")


def test_a_given_key_replaces_identification(library: Library) -> None:
    twins = [Paper(title=TITLE, abstract="Same.", arxiv_id="2410.14182", key=key) for key in ("A", "B")]
    assert [change.stored.paper_id for change in add_papers(library, *twins)] == ["key:A", "key:B"]
    assert [change.kind for change in add_papers(library, *twins, ATOM)] == ["unchanged", "unchanged", "added"]
    assert library.counts().papers == 3


def test_a_short_title_without_authors_is_recognised_when_it_comes_again(library: Library) -> None:
    bare = Paper(title="GPT-4", abstract="Words.")
    other = Paper(title="GPT-4", authors=("A B",), abstract="Other words.")
    assert [change.kind for change in add_papers(library, bare, other)] == ["added", "added"]
    assert [change.kind for change in add_papers(library, bare, other)] == ["unchanged", "unchanged"]


@pytest.mark.parametrize(
    ("again", "reindex"),
    [
        (Paper(title=TITLE, arxiv_id="2410.14182", comment="ICML"), False),
        (Paper(title=TITLE, arxiv_id="2410.14182", daily={"upvotes": 7}), False),
        (Paper(title=TITLE, arxiv_id="2410.14182", version=3, abstract="New."), True),
        (Paper(title="New title of it", arxiv_id="2410.14182", version=3), True),
    ],
)
def test_only_changes_of_indexed_fields_reindex(library: Library, again: Paper, reindex: bool) -> None:
    add_papers(library, ATOM)
    (change,) = add_papers(library, again)
    assert (change.kind, change.reindex) == ("updated", reindex)
    assert library.paper("2410.14182").paper == change.stored.paper


def test_the_full_text_follows_its_paper_to_a_new_id(library: Library) -> None:
    (change,) = add_papers(library, PAGE)
    text = passage_of(change.stored, basis="full_text", text="Chemicals are handled with gloves.")
    with library.write_session():
        library.write_papers([PaperRecord(library.plan_changes([PAGE])[0], [text])])
    add_papers(library, ATOM)
    assert [(p.basis, p.paper_id) for p in library.passages_of("arxiv:2410.14182")] == [
        ("abstract", "arxiv:2410.14182"),
        ("full_text", "arxiv:2410.14182"),
    ]
    ((hit, _),) = library.lexical_search("gloves", 9, Filters(papers=("2410.14182",)))
    assert library.passages([hit])[hit].text == text.text
    assert library.doctor().problems == ()


def test_papers_are_recognised_after_reopening(library: Library) -> None:
    (change,) = add_papers(library, PAGE)
    add_papers(library, ATOM)
    with open_library(library.home) as again:
        assert again.paper(change.stored.paper_id).paper_id == "arxiv:2410.14182"
        assert list(again.all_papers()) == [again.paper("2410.14182")]
