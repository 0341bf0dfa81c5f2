"""A newer version supersedes older ones, which can still be shown."""

from dataclasses import replace

import pytest

from paperchat.storage.full_texts import StoredFullText
from paperchat.storage.indexer import PaperRecord
from paperchat.storage.library import Library
from paperchat.types import Block, Box, FullText, Page, Paper, Passage, PlacedWord
from support import add_papers, passage_of

pytestmark = pytest.mark.both_databases

FIRST = Paper(title="On zebras and stripes", abstract="Zebras have stripes.", arxiv_id="2401.00001", version=1)
SECOND = replace(FIRST, abstract="Zebras have many stripes.", version=2)
THIRD = replace(FIRST, version=3)
ID = "arxiv:2401.00001"
FULL_TEXT = FullText(
    text="All of it is on zebras.",
    blocks=(Block(kind="text", section="1 Introduction", start=0, end=23),),
    pages=(Page(number=1, label="i", width=612, height=792),),
    words=(PlacedWord(start=0, end=3, box=Box(page=1, left=72, top=80.5, right=90, bottom=92)),),
    sha256="0" * 64,
)


def stored_full_text(version: int) -> StoredFullText:
    return StoredFullText(full_text=FULL_TEXT, version=version, parser_version="1", source="/papers/zebras.pdf")


def add_full_text(library: Library, paper: Paper) -> Passage:
    with library.write_session():
        (change,) = library.plan_changes([paper])
        passage = passage_of(change.stored, basis="full_text", text=FULL_TEXT.text)
        library.write_papers([PaperRecord(change, [passage], stored_full_text(paper.version))])
    return passage


def searchable(library: Library) -> set[str]:
    return {passage_id for passage_id, _ in library.lexical_search("zebras stripes", 99)}


def test_a_full_text_is_stored_unchanged(library: Library) -> None:
    add_papers(library, FIRST)
    add_full_text(library, FIRST)
    assert library.full_texts.get(ID) == stored_full_text(1)
    assert library.full_texts.papers_of_files(["0" * 64], parser_version="1") == {"0" * 64: ID}
    assert library.full_texts.papers_of_files(["0" * 64], parser_version="2") == {}
    assert library.full_texts.get("arxiv:2401.99999") is None


def test_a_newer_version_supersedes_abstract_and_full_text(library: Library) -> None:
    add_papers(library, FIRST)
    add_full_text(library, FIRST)
    add_papers(library, SECOND)
    assert searchable(library) == {f"{ID}#abstract.0"}
    assert [passage.text for passage in library.passages_of(ID)] == ["Zebras have many stripes."]
    assert library.full_texts.get(ID) is None
    assert library.doctor().problems == ()


def test_an_older_version_can_be_shown(library: Library) -> None:
    add_papers(library, FIRST)
    add_full_text(library, FIRST)
    add_papers(library, SECOND)
    for name in (f"{ID}v1", "2401.00001v1", "https://arxiv.org/abs/2401.00001v1"):
        shown = library.version(name)
        assert shown is not None
        stored, passages = shown
        assert (stored.paper_id, stored.paper) == (f"{ID}v1", FIRST)
        assert [(one.passage_id, one.text) for one in passages] == [
            (f"{ID}v1#abstract.0", FIRST.abstract),
            (f"{ID}v1#full_text.0", FULL_TEXT.text),
        ]
    assert library.version(f"{ID}v2") is None
    assert library.version(ID) is None


def test_an_older_version_that_is_added_later_is_stored_and_not_searched(library: Library) -> None:
    add_papers(library, SECOND)
    (change,) = add_papers(library, FIRST)
    assert change.kind == "unchanged"
    assert library.paper(ID).paper == SECOND
    shown = library.version(f"{ID}v1")
    assert shown is not None
    assert shown[0].paper == FIRST
    assert searchable(library) == {f"{ID}#abstract.0"}


@pytest.mark.parametrize("order", [(FIRST, SECOND, THIRD), (THIRD, FIRST, SECOND), (SECOND, THIRD, FIRST)])
@pytest.mark.parametrize("together", [True, False])
def test_versions_can_be_added_in_any_order(library: Library, order: tuple[Paper, ...], together: bool) -> None:
    for batch in [order] if together else [[one] for one in order]:
        add_papers(library, *batch)
    assert library.paper(ID).paper == THIRD
    assert library.versions.existing([(ID, 1), (ID, 2), (ID, 3)]) == {(ID, 1), (ID, 2)}


def test_versions_are_removed_with_their_paper(library: Library) -> None:
    add_papers(library, FIRST)
    add_papers(library, SECOND)
    library.remove([ID])
    assert library.version(f"{ID}v1") is None


def test_versions_move_to_a_papers_new_id(library: Library) -> None:
    early = replace(FIRST, arxiv_id="", doi="10.1000/zebras")
    add_papers(library, early)
    add_full_text(library, early)
    add_papers(library, replace(FIRST, doi="10.1000/zebras"))
    assert library.full_texts.get(ID) == stored_full_text(1)
    assert {passage.passage_id for passage in library.passages_of(ID)} == {f"{ID}#abstract.0", f"{ID}#full_text.0"}
    assert searchable(library) == {f"{ID}#abstract.0", f"{ID}#full_text.0"}


def test_a_paper_stays_withdrawn_until_a_later_version_is_not(library: Library) -> None:
    add_papers(library, replace(FIRST, withdrawn=True))
    add_papers(library, FIRST)
    assert library.paper(ID).paper.withdrawn
    add_papers(library, SECOND)
    assert not library.paper(ID).paper.withdrawn
    add_papers(library, replace(THIRD, withdrawn=True))
    assert library.paper(ID).paper.withdrawn
