"""Word lists and patterns of English, of papers and of questions about them: one TOML file per purpose, and the loader.

The header of each file says what it is for, how it was made and what it was measured on. Any package may import this
one; it imports nothing but ``paperchat.errors``.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from paperchat.errors import PaperchatError

FOLDER = Path(__file__).parent
_PLACEHOLDER = re.compile(r"\{(?:([a-z][a-z_]*)\.)?([a-z][a-z_]*)\}")


@cache
def load(name: str) -> Lexicon:
    """Load ``name.toml`` of this folder, once per process.

    Raises:
        PaperchatError: there is no such file, or it is not TOML.
    """
    try:
        data = tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise PaperchatError(f"lexicon {name}.toml cannot be read: {error}; install paperchat again") from error
    return Lexicon(name, data, fragments=data)


class Lexicon:
    """A file of the lexicon, or a table in it. Keys may be dotted: ``fragments.we``.

    Every method raises `PaperchatError` with the file and the key where the entry is missing or has another type.
    Patterns are returned as text: the module that uses one compiles it, with the flags it needs.
    """

    def __init__(self, name: str, data: Mapping[str, object], *, fragments: Mapping[str, object]) -> None:
        self._name = name
        self._data = data
        self._fragments = fragments

    def keys(self, key: str = "") -> tuple[str, ...]:
        """The keys of a table, in the order of the file; without ``key`` those of this one."""
        value = self._get(key) if key else self._data
        if not isinstance(value, Mapping):
            raise self._error(key, "a table")
        return tuple(value)

    def tables(self, key: str) -> tuple[Lexicon, ...]:
        """An array of tables, ``[[key]]``."""
        value = self._get(key)
        if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
            raise self._error(key, "an array of tables")
        return tuple(Lexicon(self._name, row, fragments=self._fragments) for row in value)

    def number(self, key: str) -> float:
        """A number."""
        value = self._get(key)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self._error(key, "a number")
        return float(value)

    def text(self, key: str) -> str:
        """A string as it is written."""
        value = self._get(key)
        if not isinstance(value, str):
            raise self._error(key, "a string")
        return value

    def phrases(self, key: str) -> tuple[str, ...]:
        """An array of strings, in the order of the file."""
        value = self._get(key)
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise self._error(key, "an array of strings")
        return tuple(value)

    def word_pairs(self, key: str) -> tuple[tuple[frozenset[str], frozenset[str]], ...]:
        """An array of pairs of strings, each of words separated by white space."""
        value = self._get(key)
        if not isinstance(value, list):
            raise self._error(key, "an array of pairs of strings")
        found = []
        for pair in value:
            if not (isinstance(pair, list) and len(pair) == 2 and all(isinstance(side, str) for side in pair)):
                raise self._error(key, "an array of pairs of strings")
            found.append((frozenset(pair[0].split()), frozenset(pair[1].split())))
        return tuple(found)

    def words(self, key: str) -> frozenset[str]:
        """Words separated by white space, in one string."""
        return frozenset(self.text(key).split())

    def regex(self, key: str) -> str:
        """A regular expression, not compiled: a string, or an array of strings that are its alternatives.

        The lines of a string are joined without the white space around each. ``{name}`` stands for the entry ``name``
        of the file's ``[fragments]``, ``{file.name}`` for that of another file.
        """
        value = self._get(key)
        parts = [value] if isinstance(value, str) else list(self.phrases(key))
        joined = "|".join("".join(line.strip() for line in part.splitlines()) for part in parts)
        return _PLACEHOLDER.sub(self._fragment, joined)

    def _fragment(self, match: re.Match[str]) -> str:
        other, name = match.groups()
        lexicon = load(other) if other else Lexicon(self._name, self._fragments, fragments=self._fragments)
        return lexicon.regex(f"fragments.{name}")

    def _get(self, key: str) -> object:
        value: object = self._data
        for part in key.split("."):
            if not isinstance(value, Mapping) or part not in value:
                raise self._error(key, "an entry")
            value = value[part]
        return value

    def _error(self, key: str, expected: str) -> PaperchatError:
        return PaperchatError(f"lexicon {self._name}.toml: {key} is not {expected}; install paperchat again")
