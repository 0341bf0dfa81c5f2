import pytest

from paperchat.storage.name_normalization import (
    arxiv_key,
    doi_key,
    matches_person,
    person_key,
    surname,
    title_key,
    with_archives,
)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("2410.14182", "2410.14182"),
        ("arXiv:2410.14182v12", "2410.14182"),
        ("https://arxiv.org/abs/2410.14182v2", "2410.14182"),
        ("https://arxiv.org/pdf/2410.14182v2.pdf", "2410.14182"),
        ("10.48550/arXiv.2410.14182", "2410.14182"),
        ("https://doi.org/10.48550/arXiv.2410.14182", "2410.14182"),
        ("0704.0001", "0704.0001"),
        ("math.GT/0309136v1", "math/0309136"),
        ("quant-ph/0201082", "quant-ph/0201082"),
        ("2410.141", ""),
        ("10.1000/182", ""),
        ("LabSafety Bench", ""),
    ],
)
def test_an_arxiv_id_is_recognised_in_all_its_forms(text: str, key: str) -> None:
    assert arxiv_key(text) == key


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("10.1000/ABC", "10.1000/abc"),
        ("https://doi.org/10.1000/ABC", "10.1000/abc"),
        ("doi: 10.1000/abc", "10.1000/abc"),
        ("http://dx.doi.org/10.1000/abc", "10.1000/abc"),
        ("10.48550/arXiv.2410.14182", ""),
        ("10.1000", ""),
    ],
)
def test_a_doi_is_recognised_in_all_its_forms(text: str, key: str) -> None:
    assert doi_key(text) == key


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Self-Attention: is it all  you need?", "Self attention – Is It All You Need"),
        ("Schrödinger’s Straße", "schrodinger s strasse"),
        ("ﬁne-tuning", "Fine Tuning"),
        ("snake_case", "Snake Case"),
    ],
)
def test_titles_are_compared_without_case_accents_and_punctuation(one: str, other: str) -> None:
    assert title_key(one) == title_key(other)


def test_a_title_of_symbols_only_keeps_them() -> None:
    assert title_key("???") == "???"
    assert title_key("!!!") != title_key("???")


@pytest.mark.parametrize(
    ("name", "key", "last"),
    [
        ("Geoffrey E. Hinton", "geoffrey e hinton", "hinton"),
        ("Hinton, Geoffrey E.", "geoffrey e hinton", "hinton"),
        ("Martin Luther King, Jr.", "martin luther king jr", "king"),
        ("Bernhard Schölkopf", "bernhard scholkopf", "scholkopf"),
        ("Laurens van der Maaten", "laurens van der maaten", "maaten"),
        ("Madonna", "madonna", "madonna"),
        ("", "", ""),
    ],
)
def test_people_are_compared_given_names_first(name: str, key: str, last: str) -> None:
    assert person_key(name) == key
    assert surname(name) == last


@pytest.mark.parametrize(
    ("query", "matches"),
    [
        ("hinton", True),
        ("Geoffrey Hinton", True),
        ("Hinton, G.", True),
        ("G. E. Hinton", True),
        ("Hint", False),
        ("Geoffrey Smith", False),
        ("K. Hinton", False),
    ],
)
def test_a_person_matches_parts_of_the_name_and_initials(query: str, matches: bool) -> None:
    assert matches_person(person_key("Geoffrey E. Hinton"), person_key(query).split()) is matches


def test_categories_add_their_archives_once() -> None:
    assert with_archives(["cs.CL", "cs.LG", "cond-mat.stat-mech", "I.2.7", "hep-th", ""]) == (
        "cs.CL",
        "cs",
        "cs.LG",
        "cond-mat.stat-mech",
        "cond-mat",
        "I.2.7",
        "hep-th",
    )
