"""The folder of a library: who may read it, and names that mean something in a URL."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from paperchat.errors import StorageError
from paperchat.types import Paper
from support import add_papers, open_library

ZEBRAS = Paper(title="On zebras and their stripes", abstract="Zebras have stripes.", arxiv_id="2401.00001")
LIONS = Paper(title="On lions and their manes", abstract="Lions have manes.", arxiv_id="2401.00002")
FOR_OTHERS = 0o077

pytestmark = pytest.mark.security
needs_posix = pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def readable_by_others(home: Path) -> list[str]:
    """What a user who may enter the home's parent can list or read."""
    if not mode(home) & FOR_OTHERS:
        return []
    return [entry.name for entry in home.iterdir() if mode(entry) & FOR_OTHERS]


@pytest.fixture
def loose_umask() -> Iterator[None]:
    before = os.umask(0o002)
    yield
    os.umask(before)


@needs_posix
@pytest.mark.usefixtures("loose_umask")
def test_a_new_library_is_its_owners_alone(home: Path) -> None:
    with open_library(home) as library:
        add_papers(library, ZEBRAS)
        library.dense_search([1.0] * 64, 3)
        assert mode(home) == 0o700
        assert {mode(file) for file in home.glob("catalogue.sqlite*")} == {0o600}


@needs_posix
@pytest.mark.usefixtures("loose_umask")
def test_an_older_library_becomes_so_when_it_is_opened(home: Path) -> None:
    with open_library(home) as library:
        add_papers(library, ZEBRAS)
        library.dense_search([1.0] * 64, 3)
    (home / "uploads").mkdir()
    (home / "uploads" / "private.pdf").write_text("private", encoding="utf-8")
    for path in [home, *home.rglob("*")]:
        path.chmod(0o775 if path.is_dir() else 0o664)
    open_library(home).close()
    assert mode(home) == 0o700
    assert {entry.name: mode(entry) for entry in home.iterdir() if mode(entry) & FOR_OTHERS} == {}
    assert mode(home / "catalogue.sqlite") == 0o600


@needs_posix
def test_a_folder_with_other_things_in_it_stays_open_and_the_library_in_it_does_not(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    (tmp_path / "index.html").write_text("for everybody", encoding="utf-8")
    (tmp_path / "index.html").chmod(0o644)
    for _ in range(2):
        with open_library(tmp_path) as library:
            add_papers(library, ZEBRAS)
            library.dense_search([1.0] * 64, 3)
    open_library(tmp_path).close()
    assert mode(tmp_path) == 0o755
    assert readable_by_others(tmp_path) == ["index.html"]


@needs_posix
def test_the_rights_of_the_owner_are_not_widened(home: Path) -> None:
    (home / "uploads").mkdir(parents=True)
    (home / "uploads").chmod(0o555)
    open_library(home).close()
    assert mode(home / "uploads") == 0o500


@needs_posix
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give a folder away")
def test_a_library_of_another_user_is_left_as_it_is(home: Path) -> None:
    open_library(home).close()
    home.chmod(0o750)
    os.chown(home, 65534, -1)
    open_library(home).close()
    assert mode(home) == 0o750


@pytest.mark.parametrize("name", ["li?brary", "li#brary", "li%41brary", "li%brary", "li@b:rary", "li brary&x=1"])
def test_a_library_keeps_everything_in_its_own_folder(tmp_path: Path, name: str) -> None:
    with open_library(tmp_path / name) as one, open_library(tmp_path / f"{name}2") as other:
        add_papers(one, ZEBRAS)
        add_papers(other, LIONS)
        assert one.counts().papers == other.counts().papers == 1
        assert len(one.dense_search([1.0] * 64, 3)) == len(one.lexical_search("zebras", 3)) == 1
    assert sorted(entry.name for entry in tmp_path.iterdir()) == sorted([name, f"{name}2"])
    assert (tmp_path / name / "catalogue.sqlite").is_file()


def test_a_catalogue_that_was_put_elsewhere_is_not_forgotten(tmp_path: Path) -> None:
    home = tmp_path / "lib?1"
    with open_library(home) as library:
        add_papers(library, ZEBRAS)
        library.dense_search([1.0] * 64, 3)
    (home / "catalogue.sqlite").rename(tmp_path / "lib")
    with pytest.raises(StorageError, match="copy it") as raised:
        open_library(home)
    assert str(tmp_path / "lib") in str(raised.value)
    (tmp_path / "lib").rename(home / "catalogue.sqlite")
    with open_library(home) as library:
        assert library.counts().papers == 1
