"""Looks up the names of papers: titles, what precedes the colon, and forms that people make of these."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from paperchat.storage.names.title_forms import LONGEST_SHORT_NAME, letter_pairs, spellings, title_forms
from paperchat.storage.paper_directory import DirectoryEntry
from paperchat.text.edit_distance import EditDistanceIndex

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


def most_edits(key: str) -> int:
    """In how many letters a name may be misspelt: two of a long one, none of a short one or a whole title."""
    if not _SHORTEST_MISSPELT <= len(key) <= LONGEST_SHORT_NAME:
        return 0
    return 2 if len(key) >= _MANY_LETTERS else 1


class PaperNameIndex:
    """Looks names up among those of some papers, by their letters and digits alone."""

    def __init__(self, entries: Mapping[str, DirectoryEntry]) -> None:
        self._names: dict[str, list[PaperName]] = defaultdict(list)
        for entry in entries.values():
            for form, rank in title_forms(entry.title, entry.organization):
                for key in spellings(form):
                    self._names[key].append(PaperName(paper_id=entry.paper_id, form=form, rank=rank))
        # A text continues as a name as long as its beginning is the beginning of one.
        self._beginnings = frozenset(name[:length] for name in self._names for length in _CHECKED_LENGTHS)

    @cached_property
    def _misspellings(self) -> EditDistanceIndex:
        return EditDistanceIndex(name for name in self._names if _SHORTEST_MISSPELT <= len(name) <= LONGEST_SHORT_NAME)

    @cached_property
    def _by_pair(self) -> dict[str, list[str]]:
        names: dict[str, list[str]] = defaultdict(list)
        for name in self._names:
            if len(name) <= LONGEST_SHORT_NAME:
                for pair in letter_pairs(name):
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
        most = most_edits(key)
        if not most:
            return ()
        found = self._misspellings.find(key, most)
        found = [
            (edits, name)
            for edits, name in found
            if (edits == 1 or name[0] == key[0]) and _DIGITS.findall(name) == _DIGITS.findall(key)
        ]
        return self.find(found[0][1]) if found else ()

    def find_similar(self, key: str, count: int) -> tuple[str, ...]:
        """The ids of the papers whose short names share most pairs of letters with this one, the most similar first."""
        pairs = letter_pairs(key)
        shared = Counter(name for pair in pairs for name in self._by_pair.get(pair, ()))
        most = sorted(shared.items(), key=lambda one: (-one[1], one[0]))[:_MOST_SIMILAR]
        scored = sorted((-2 * common / (len(pairs) + len(letter_pairs(name))), name) for name, common in most)
        ids = (name.paper_id for _, key in scored for name in self.find(key))
        return tuple(dict.fromkeys(ids))[:count]


_DIGITS = re.compile(r"\d")
_MOST_SIMILAR = 50  # names with the most pairs of letters in common
_CHECKED_LENGTHS = (3, 6, 10, 16, 24, 36)
