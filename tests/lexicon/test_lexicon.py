"""The lexicon's files can be read, every entry is used by a module, and mistakes in a file are errors."""

from __future__ import annotations

import ast
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
MODULES = [path.read_text(encoding="utf-8") for path in sorted(Path(paperchat.__file__).parent.rglob("*.py"))]
SOURCES = "".join(MODULES)


def entries(table: dict[str, object], prefix: str = "") -> Iterator[str]:
    for key, value in table.items():
        if isinstance(value, dict):
            yield from entries(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}"


def keys_put_together(module: str) -> Iterator[str]:
    """Patterns of the keys that a module puts together from names: ``f"days.{name}"``, ``f"{field}.label"``."""
    for node in ast.walk(ast.parse(module)):
        if isinstance(node, ast.JoinedStr):
            parts = [part.value if isinstance(part, ast.Constant) else None for part in node.values]
            if re.search(r"[a-z]", "".join(str(part) for part in parts if part is not None)):
                yield "".join(r"(\w+)" if part is None else re.escape(str(part)) for part in parts)


def is_quoted(word: str) -> bool:
    return re.search(rf"""["']{re.escape(word)}["']""", SOURCES) is not None


def is_listed(word: str, text: str) -> bool:
    """Whether an entry of the file has the word in a list of names: ``suggests = "list summary"``."""
    return re.search(rf'= "(?:\w+ )*{re.escape(word)}(?: \w+)*"$', text, re.MULTILINE) is not None


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_file_says_what_it_is_for_and_all_of_it_is_used(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert text.startswith("# ")
    loads = re.compile(rf"""lexicon\.load\(\s*["']{file.stem}["']\)""")
    modules = [module for module in MODULES if loads.search(module)]
    assert modules, "no module loads it"
    read_whole = {table for module in modules for table in re.findall(r"""\.keys\(["']([\w.]+)["']\)""", module)}
    put_together = [re.compile(key) for module in modules for key in keys_put_together(module)]
    for key in entries(tomllib.loads(text)):
        name = key.removeprefix("fragments.")
        is_used = (
            is_quoted(key)
            or key.rpartition(".")[0] in read_whole
            or any(
                all(is_quoted(part) or is_listed(part, text) for part in found.groups())
                for one in put_together
                if (found := one.fullmatch(key))
            )
            or any(
                f"{{{name}}}" in other.read_text(encoding="utf-8")
                or f"{{{file.stem}.{name}}}" in other.read_text(encoding="utf-8")
                for other in FILES
            )
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
