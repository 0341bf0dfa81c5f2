"""The names under which papers are known: titles, what precedes the colon, and forms that people make of these."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache

from paperchat import lexicon
from paperchat.storage.paper_directory import DirectoryEntry
from paperchat.text.edit_distance import EditDistanceIndex
from paperchat.text.paper_title import head_of, is_cut

_LEXICON = lexicon.load("mentions")
_LEADING = _LEXICON.words("leading")
_TRAILING = _LEXICON.words("trailing")
_QUOTED_NAME_PATTERN = re.compile(r"(\S*[A-Z\d]\S*) [\"“](\w+)[\"”]")
_PARENTHESES_PATTERN = re.compile(r"\s*\(([^()-][^()]{1,19})\)")
_VERSION_PATTERN = re.compile(r"(?<=[^\W\d_])[\s_-]*(?:(?<=[\s_-])[vV]|(?<=\w)v(?=\d+$))?\d+(?:\.\d+)*[BMKbmk]?$")
_FROM_VERSION_PATTERN = re.compile(r"(?<=[^\W\d_]{3})[\s_-]v?\d+(?:\.\d+)+\b.*$")
_FIRST_WORDS = 4
_GREEK_PATTERN = re.compile(r"[Ͱ-Ͽ]")
_NON_ALPHANUMERIC_PATTERN = re.compile(r"[\W_]+")
_LONGEST_SHORT_NAME = 40
"""Longer names are found as they are written, or not at all."""
_SHORTEST_MISSPELT = 5
_MANY_LETTERS = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperName:
    """A form of a paper's name: as it is written in the title, and how far it is from the name given there.

    ``rank`` is 0 for the title and what precedes its colon, 1 for parts of it, 2 where a version and what follows it
    are left out, 3 for the first words of a long title.
    """

    paper_id: str
    form: str
    rank: int


class PaperNameIndex:
    """Looks names up among those of all papers, by their letters and digits alone."""

    def __init__(self, entries: Mapping[str, DirectoryEntry]) -> None:
        self.entries = entries
        self._names: dict[str, list[PaperName]] = defaultdict(list)
        for entry in entries.values():
            for form, rank in (*_forms(entry.title), *_without_owner(entry)):
                for key in _spellings(form):
                    self._names[key].append(PaperName(paper_id=entry.paper_id, form=form, rank=rank))
        # A text continues as a name as long as its beginning is the beginning of one.
        self._beginnings = frozenset(name[:length] for name in self._names for length in _CHECKED_LENGTHS)

    @cached_property
    def _misspellings(self) -> EditDistanceIndex:
        return EditDistanceIndex(name for name in self._names if _SHORTEST_MISSPELT <= len(name) <= _LONGEST_SHORT_NAME)

    @cached_property
    def _by_pair(self) -> dict[str, list[str]]:
        names: dict[str, list[str]] = defaultdict(list)
        for name in self._names:
            if len(name) <= _LONGEST_SHORT_NAME:
                for pair in _pairs(name):
                    names[pair].append(name)
        return names

    def may_begin(self, key: str) -> bool:
        """Whether a name may begin with these letters and digits; rarely wrong where it says so."""
        length = max((one for one in _CHECKED_LENGTHS if one <= len(key)), default=0)
        return not length or key[:length] in self._beginnings

    def find(self, key: str) -> tuple[PaperName, ...]:
        """The papers of this name, best first: the title's own name goes before a part of another."""
        names = self._names.get(key, ())
        best = min((name.rank for name in names), default=0)
        return tuple({name.paper_id: name for name in names if name.rank == best}.values())

    def find_misspelt(self, key: str) -> tuple[PaperName, ...]:
        """The papers whose name is one or two letters from this one; none for a short one.

        Another number is no misspelling: Olmo 2 is not Olmo 3.
        """
        if len(key) < _SHORTEST_MISSPELT or len(key) > _LONGEST_SHORT_NAME:
            return ()
        found = self._misspellings.find(key, 2 if len(key) >= _MANY_LETTERS else 1)
        found = [
            (edits, name)
            for edits, name in found
            if (edits == 1 or name[0] == key[0]) and _DIGITS.findall(name) == _DIGITS.findall(key)
        ]
        return self.find(found[0][1]) if found else ()

    def find_similar(self, key: str, count: int) -> tuple[str, ...]:
        """The ids of the papers whose short names share most pairs of letters with this one, the most similar first."""
        pairs = _pairs(key)
        shared = Counter(name for pair in pairs for name in self._by_pair.get(pair, ()))
        scored = sorted(
            ((-2 * common / (len(pairs) + len(_pairs(name))), name) for name, common in shared.most_common(50)),
        )
        ids = (name.paper_id for _, key in scored for name in self.find(key))
        return tuple(dict.fromkeys(ids))[:count]


_DIGITS = re.compile(r"\d")
_CHECKED_LENGTHS = (3, 6, 10, 16, 24, 36)


@lru_cache(maxsize=4096)
def name_key(text: str) -> str:
    """The letters and digits of a name, in lower case and without accents: ``naturebench`` for ``Nature-Bench``."""
    plain = text.casefold()
    if not plain.isascii():
        plain = "".join(c for c in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(c))
    return _NON_ALPHANUMERIC_PATTERN.sub("", plain)


def _forms(title: str) -> Iterator[tuple[str, int]]:
    yield title, 0
    if is_cut(title):
        return
    head = head_of(title)
    if head:
        yield head, 0
    name = head or title
    for match in _PARENTHESES_PATTERN.finditer(name):
        yield match[1], 1
    plain = _PARENTHESES_PATTERN.sub("", name).strip()
    words = plain.split()
    while len(words) > 1 and words[-1].lower() in _TRAILING:
        words.pop()
    shortened = [" ".join(words)]
    while len(words) > 1 and words[0].lower() in _LEADING:
        words = words[1:]
        shortened.append(" ".join(words))
    for one in shortened:
        if one != name:
            yield one, 1
    name = shortened[-1]
    for shorter in dict.fromkeys((_VERSION_PATTERN.sub("", name), _FROM_VERSION_PATTERN.sub("", name))):
        if shorter != name and len(name_key(shorter)) >= len("abc"):
            yield shorter, 2
    if named := _QUOTED_NAME_PATTERN.match(title):
        yield from ((one, 1) for one in named.groups())
    words = title.split()
    if len(words) > _FIRST_WORDS:
        yield " ".join(words[:_FIRST_WORDS]), 3


def _without_owner(entry: DirectoryEntry) -> Iterator[tuple[str, int]]:
    """The name without that of the organisation before it: ``Nemotron 3`` for ``NVIDIA Nemotron 3``."""
    owner, _, rest = (head_of(entry.title) or entry.title).partition(" ")
    is_name = any(c.isdigit() for c in rest) or rest[1:] != rest[1:].lower()
    if is_name and name_key(owner) and name_key(owner) == name_key((entry.organization or "-").split()[0]):
        yield rest, 1


def _spellings(form: str) -> Iterable[str]:
    """The keys of a form: as it is, with Greek letters by their names, and without a ``.0`` at its end."""
    keys = [name_key(form)]
    if not form.isascii() and _GREEK_PATTERN.search(form):
        keys.append(name_key(_GREEK_PATTERN.sub(_letter_name, form)))
    if form.endswith(".0"):
        keys.append(name_key(form[: -len(".0")]))
    return filter(None, keys)


def _letter_name(match: re.Match[str]) -> str:
    return unicodedata.name(match[0], match[0]).rsplit(" ", 1)[-1].lower()


@lru_cache(maxsize=65536)
def _pairs(name: str) -> frozenset[str]:
    padded = f"^{name}$"
    return frozenset(padded[place : place + 2] for place in range(len(padded) - 1))
