from __future__ import annotations

from paperchat.survey.author_groups import author_groups
from paperchat.types import Paper


def papers(*authors: tuple[str, ...]) -> list[Paper]:
    return [Paper(title=f"Paper {number}", authors=names) for number, names in enumerate(authors)]


def test_two_shared_authors_make_a_group_and_one_of_many_does_not() -> None:
    several = ("Ada Lovelace", "Alan Turing", "Grace Hopper", "Wei Wang", "Emmy Noether")
    others = ("Wei Wang", "Kurt Gödel", "Rosalind Franklin", "Max Born")
    near = ("alan turing", "Grace  Hopper", "Lise Meitner", "Niels Bohr")
    assert author_groups(papers(several, others, near)) == [1, 2, 1]


def test_one_shared_author_is_enough_where_a_list_is_short() -> None:
    assert author_groups(papers(("Ada Lovelace", "Alan Turing"), ("Ada Lovelace", "B", "C", "D"))) == [1, 1]


def test_groups_are_linked_by_way_of_others() -> None:
    assert author_groups(papers(("A B", "C D"), ("E F", "G H"), ("A B", "E F"))) == [1, 1, 1]


def test_papers_without_authors_are_on_their_own() -> None:
    assert author_groups(papers((), (), ("  ", "…"))) == [1, 2, 3]
