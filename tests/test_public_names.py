from __future__ import annotations

import pytest

import paperchat


@pytest.mark.parametrize("name", paperchat.__all__)
def test_every_public_name_can_be_had(name: str) -> None:
    assert getattr(paperchat, name).__name__ == name
    assert name in dir(paperchat)


def test_public_names_are_sorted_once_each_and_all_that_load_lazily() -> None:
    assert paperchat.__all__ == sorted(set(paperchat.__all__), key=lambda name: (name.islower(), name.casefold()))
    assert set(paperchat.__all__) == set(paperchat._HOMES)


def test_star_import_gives_the_public_names() -> None:
    names: dict[str, object] = {}
    exec("from paperchat import *", names)
    assert set(paperchat.__all__) <= names.keys()


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Nonsense'"):
        _ = paperchat.Nonsense
