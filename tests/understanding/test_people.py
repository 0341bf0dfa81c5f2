"""The people of the catalogue that a name may stand for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from paperchat.storage.library import Library
from paperchat.types import Paper
from paperchat.understanding.people import NameResolver
from support import add_papers, open_library


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    with open_library(tmp_path_factory.mktemp("people") / "library") as library:
        add_papers(library, Paper(title="Owls at Rest", abstract="Owls sleep.", authors=("Andrew Li",)))
        yield library


@pytest.mark.parametrize("typed", ["Andrew Li", "andrew li", "Li Andrew", "Andrwe Li", "Andrew Lii", "Andrew Il", "Li"])
def test_a_person_is_found_by_a_name_that_is_typed_badly(library: Library, typed: str) -> None:
    assert NameResolver(library).people(typed).names == (("Andrew Li", 1),)


@pytest.mark.parametrize("typed", ["Andrew Ng", "Andrew Lu", "Matthew Li", "Andy Li"])
def test_another_name_is_no_misspelt_one(library: Library, typed: str) -> None:
    assert not NameResolver(library).people(typed)
