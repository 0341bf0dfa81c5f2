"""The index of names follows the catalogue, whoever changes that, and is made anew when it is lost or damaged."""

import shutil
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from filelock import FileLock

from paperchat.storage.library import Library
from paperchat.storage.name_normalization import person_key
from paperchat.storage.names.title_forms import name_key
from paperchat.types import Paper
from paperchat.understanding.people import NameResolver
from support import add_papers, open_library

ZEBRA = Paper(
    title="ZebraNet-2: Counting Stripes",
    abstract="We present StripeBench, a test of stripes.",
    authors=("Ada Lovelace", "Grace Hopper"),
    date="2024-03-05",
    arxiv_id="2403.00001",
    version=1,
    daily={"organization": "Stripe Institute", "submitter": "Émile"},
)
GIRAFFE = Paper(title="GiraffeGPT", abstract="Giraffes, with StripeBench.", arxiv_id="2404.00001", date="2024-04-01")


def called(library: Library, *names: str) -> set[str]:
    return set(library.names.current().called(map(name_key, names)))


def numbered(first: int, last: int) -> Iterable[Paper]:
    return (Paper(title=f"Herd{n}Net", abstract="Herds.", arxiv_id=f"2405.{n:05d}") for n in range(first, last))


@pytest.mark.both_databases
def test_papers_are_found_by_the_forms_of_their_names(library: Library) -> None:
    add_papers(library, ZEBRA, GIRAFFE)
    for name in ("ZebraNet-2", "zebra net 2", "ZebraNet", "zebranet-2: counting stripes"):
        assert called(library, name) == {"arxiv:2403.00001"}, name
    assert called(library, "giraffegpt", "zebranet2") == {"arxiv:2403.00001", "arxiv:2404.00001"}
    assert not called(library, "Zebra", "")
    assert library.names.called_nearly("zebrante2", 1) == ["arxiv:2403.00001"]
    assert library.names.called_similarly("girafgpt")[0] == "arxiv:2404.00001"


@pytest.mark.both_databases
def test_people_organisations_and_days_are_found(library: Library) -> None:
    add_papers(library, ZEBRA, GIRAFFE)
    names = library.names.current()
    assert names.papers_by("ada lovelace") == 1
    assert names.possible_authors("Hopper") == ["grace hopper"]
    assert names.shown_name("grace hopper") == "Grace Hopper"
    assert names.papers_by_nearly("adalovelcae", 1) == ["arxiv:2403.00001"]
    assert names.papers_by_surname("hoper") == ["arxiv:2403.00001"]
    assert names.organizations() == {"Stripe Institute": 1}
    assert names.is_organization("stripe institute")
    assert names.is_submitter("emile")
    assert names.is_in_names("lovelace")
    assert names.is_in_names("stripe")
    assert not names.is_in_names("giraffes")
    assert names.days() == ("2024-03-05", "2024-04-01")


def test_what_a_paper_introduces_is_its_name_unless_many_use_it(library: Library) -> None:
    add_papers(library, ZEBRA, GIRAFFE)
    assert library.names.current().introducing("stripebench", is_word=False) == ("arxiv:2403.00001",)
    others = [
        Paper(title=f"More {n}", abstract="StripeBench is used again.", arxiv_id=f"2406.{n:05d}") for n in range(3)
    ]
    add_papers(library, *others)
    assert library.names.current().introducing("stripebench", is_word=False) == ()


def test_a_word_that_others_write_small_is_no_name(library: Library) -> None:
    add_papers(library, Paper(title="Meerkat", abstract="We present Meerkat, an agent.", arxiv_id="2401.00001"))
    assert library.names.current().introducing("meerkat", is_word=False) == ("arxiv:2401.00001",)
    assert library.names.introducing("meerkat", is_word=True) == ()
    add_papers(library, Paper(title="On burrows", abstract="In which a meerkat lives.", arxiv_id="2401.00002"))
    assert library.names.current().introducing("meerkat", is_word=False) == ()


@pytest.mark.both_databases
def test_changed_and_removed_papers_lose_their_old_names(library: Library) -> None:
    add_papers(library, ZEBRA, GIRAFFE)
    assert called(library, "ZebraNet-2", "GiraffeGPT")
    add_papers(library, replace(ZEBRA, title="QuaggaNet: Counting Stripes", version=2))
    assert called(library, "QuaggaNet") == {"arxiv:2403.00001"}
    assert not called(library, "ZebraNet-2")
    library.remove(["arxiv:2404.00001"])
    add_papers(library, *numbered(0, 1))  # as many papers as before
    assert not called(library, "GiraffeGPT")
    assert called(library, "Herd0Net") == {"arxiv:2405.00000"}


@pytest.mark.both_databases
def test_what_another_process_adds_is_found(library: Library, home: Path) -> None:
    add_papers(library, ZEBRA)
    assert called(library, "ZebraNet")
    with open_library(home) as other:
        add_papers(other, *numbered(0, 30))
        assert called(other, "Herd7Net") == {"arxiv:2405.00007"}
    assert called(library, "Herd8Net", "ZebraNet") == {"arxiv:2405.00008", "arxiv:2403.00001"}


def test_a_clock_that_goes_back_hides_no_change(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    add_papers(library, ZEBRA)
    assert called(library, "ZebraNet")
    monkeypatch.setattr("paperchat.storage.catalogue_writer.utc_now", lambda: datetime(2001, 1, 1, tzinfo=UTC))
    add_papers(library, replace(ZEBRA, title="QuaggaNet: Counting Stripes", version=2))
    assert called(library, "QuaggaNet") == {"arxiv:2403.00001"}


@pytest.mark.parametrize("harm", ["remove", "damage", "cut"])
def test_a_lost_or_damaged_index_is_made_anew(home: Path, harm: str) -> None:
    with open_library(home) as library:
        add_papers(library, ZEBRA, *numbered(0, 50))
        assert called(library, "ZebraNet")
    for file in sorted((home / "names").iterdir()):
        if harm == "remove":
            file.unlink()
        elif file.name == "meta.json":
            file.write_bytes(b"{" if harm == "damage" else file.read_bytes()[:40])
    with open_library(home) as library:
        assert called(library, "ZebraNet", "Herd3Net") == {"arxiv:2403.00001", "arxiv:2405.00003"}


def test_names_are_found_where_their_folder_cannot_be_written(home: Path) -> None:
    with open_library(home) as library:
        add_papers(library, ZEBRA)
        (home / "names").write_text("in the way", encoding="ascii")
        assert called(library, "ZebraNet") == {"arxiv:2403.00001"}


def test_reindexing_makes_it_anew(home: Path) -> None:
    with open_library(home) as library:
        add_papers(library, ZEBRA)
        library.names.sync()
        before = {file.name for file in (home / "names").iterdir()}
        library.reindex()
        assert called(library, "ZebraNet") == {"arxiv:2403.00001"}
    assert {file.name for file in (home / "names").iterdir()} != before


def test_authors_of_one_name_in_several_forms_are_one(library: Library) -> None:
    forms = ("Zoë Müller", "Zoe Muller", "Zoë Müller")
    add_papers(
        library,
        *(Paper(title=f"T{n}", abstract="A.", arxiv_id=f"2407.{n:05d}", authors=(one,)) for n, one in enumerate(forms)),
    )
    names = library.names.current()
    assert names.papers_by(person_key("zoe müller")) == 3
    assert names.shown_name("zoe muller") == "Zoë Müller"


def test_names_follow_a_catalogue_that_goes_back(home: Path) -> None:
    with open_library(home) as library:
        add_papers(library, ZEBRA, GIRAFFE)
    shutil.copy(home / "catalogue.sqlite", home.parent / "earlier.sqlite")
    with open_library(home) as library:
        library.remove(["arxiv:2404.00001"])
        add_papers(library, *numbered(0, 1))
        assert called(library, "GiraffeGPT", "Herd0Net") == {"arxiv:2405.00000"}
    shutil.copy(home.parent / "earlier.sqlite", home / "catalogue.sqlite")
    with open_library(home) as library:
        assert called(library, "GiraffeGPT", "Herd0Net") == {"arxiv:2404.00001"}


def test_the_folder_may_be_a_link(home: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    with open_library(home) as library:
        add_papers(library, ZEBRA)
        (home / "names").symlink_to(tmp_path / "elsewhere")
        assert called(library, "ZebraNet") == {"arxiv:2403.00001"}
        library.reindex()
        assert called(library, "ZebraNet") == {"arxiv:2403.00001"}
    assert (home / "names").is_symlink()
    assert (tmp_path / "elsewhere" / "meta.json").exists()


def test_an_index_of_before_is_used_while_another_process_updates_it(home: Path) -> None:
    with open_library(home) as library:
        add_papers(library, ZEBRA)
        assert called(library, "ZebraNet") == {"arxiv:2403.00001"}
        with FileLock(home / "names.lock"):
            add_papers(library, GIRAFFE)
            assert called(library, "ZebraNet", "GiraffeGPT") == {"arxiv:2403.00001"}
        assert called(library, "ZebraNet", "GiraffeGPT") == {"arxiv:2403.00001", "arxiv:2404.00001"}


def test_the_nearest_author_is_found_among_many_who_are_near(library: Library) -> None:
    crowd = (
        Paper(title=f"Crowd {n}", abstract="A.", arxiv_id=f"2408.{n:05d}", authors=("Weizhong Maxx",))
        for n in range(150)
    )
    one = Paper(title="Alone", abstract="B.", arxiv_id="2409.00001", authors=("Weizhang Mayy",))
    add_papers(library, *crowd, one)
    resolver = NameResolver(library)
    assert [name for name, _ in resolver.people("Weizhamg Mayy").names] == ["Weizhang Mayy"]
    assert not resolver.people("W" + "x" * 7900 + " Mayy")
