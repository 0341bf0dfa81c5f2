"""The lexicon's files can be read, every entry is used by a module, and mistakes in a file are errors."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

import paperchat
from paperchat import lexicon
from paperchat.errors import PaperchatError
from paperchat.lexicon import FOLDER, Lexicon

FILES = sorted(FOLDER.glob("*.toml"))
SOURCES = "".join(path.read_text(encoding="utf-8") for path in Path(paperchat.__file__).parent.rglob("*.py"))


def entries(table: dict[str, object], prefix: str = "") -> Iterator[str]:
    for key, value in table.items():
        if isinstance(value, dict):
            yield from entries(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}"


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_file_says_what_it_is_for_and_all_of_it_is_used(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert text.startswith("# ")
    assert re.search(rf'lexicon\.load\(\s*"{file.stem}"\)', SOURCES), "no module loads it"
    for key in entries(tomllib.loads(text)):
        name = key.removeprefix("fragments.")
        is_used = re.search(rf"""["']{re.escape(key)}["']""", SOURCES) or any(
            f"{{{name}}}" in other.read_text(encoding="utf-8") or f"{{{file.stem}.{name}}}" in other.read_text("utf-8")
            for other in FILES
        )
        assert is_used, key


def test_a_file_is_loaded_once() -> None:
    assert lexicon.load("clauses") is lexicon.load("clauses")


def test_a_file_that_is_missing_is_an_error() -> None:
    with pytest.raises(PaperchatError, match=r"no_such_list\.toml"):
        lexicon.load("no_such_list")


SAMPLE = Lexicon(
    "sample",
    data := {
        "pattern": "\n  {we} found\n  |{stance.comparative}\n",
        "alternatives": ["a{0,3}", "b"],
        "unknown": "{nothing}",
        "words": "one\n two",
        "pairs": [["up", "down"]],
        "rows": [{"weight": 2}],
        "fragments": {"we": "(?:we|us)"},
    },
    fragments=data,
)


def test_the_lines_of_a_pattern_are_joined_and_fragments_filled_in() -> None:
    found = SAMPLE.regex("pattern")
    assert found.startswith("(?:we|us) found|")
    assert re.search(found, "a larger model")
    assert SAMPLE.regex("alternatives") == "a{0,3}|b"


def test_lists_and_tables() -> None:
    assert SAMPLE.words("words") == {"one", "two"}
    assert SAMPLE.word_pairs("pairs") == ((frozenset({"up"}), frozenset({"down"})),)
    assert [row.number("weight") for row in SAMPLE.tables("rows")] == [2.0]
    assert SAMPLE.keys("fragments") == ("we",)
    assert SAMPLE.text("fragments.we") == "(?:we|us)"


@pytest.mark.parametrize(
    ("method", "key"),
    [
        ("regex", "missing"),
        ("regex", "unknown"),
        ("regex", "rows"),
        ("text", "pairs"),
        ("words", "rows"),
        ("word_pairs", "alternatives"),
        ("phrases", "words"),
        ("tables", "alternatives"),
        ("number", "words"),
        ("keys", "words"),
    ],
)
def test_an_entry_that_is_missing_or_of_another_type_is_an_error(method: str, key: str) -> None:
    with pytest.raises(PaperchatError, match=r"lexicon sample\.toml: \S+ is not an?"):
        getattr(SAMPLE, method)(key)
