"""Finds the authors and organisations of the catalogue that a name may stand for, as people type names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from paperchat.storage.library import Library
from paperchat.storage.name_normalization import matches_person, person_key
from paperchat.storage.names.title_forms import name_key
from paperchat.text.edit_distance import EditDistanceIndex, edit_distance
from paperchat.understanding.paper_selection import is_same_organization
from paperchat.understanding.request import Request

_TITLE_PATTERN = re.compile(r"^(?:(?:dr|prof|professor|mr|mrs|ms)\.?\s+)+|(?:['’]s?|\s+et\s+al\.?)$", re.IGNORECASE)
_SHORTEST_MISSPELT = 6
_MANY_LETTERS = 8
_SHORTEST_WORD = 5
_SHORT_WORD = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchedNames:
    """What a name may stand for.

    Attributes:
        names: as the catalogue has them, with the number of papers of each, most papers first.
        is_corrected: the name was not found as it was typed, and these are near it.
    """

    names: tuple[tuple[str, int], ...] = ()
    is_corrected: bool = False

    def __bool__(self) -> bool:
        return bool(self.names)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolvedNames:
    """A request whose names are those of the catalogue.

    Attributes:
        people: each name as it was typed that stands for authors, and ``organizations`` for organisations.
        unknown: names that stand for neither.
    """

    request: Request
    people: tuple[tuple[str, MatchedNames], ...] = ()
    organizations: tuple[tuple[str, MatchedNames], ...] = ()
    unknown: tuple[str, ...] = ()


class NameResolver:
    """Resolves the names of people and organisations; safe to share between threads."""

    def __init__(self, library: Library) -> None:
        self._library = library

    def resolve(self, request: Request) -> ResolvedNames:
        """The request with the catalogue's names; a person may turn out to be an organisation, or the reverse."""
        people: list[tuple[str, MatchedNames]] = []
        organizations: list[tuple[str, MatchedNames]] = []
        unknown = []
        constraints = request.constraints
        typed = [(name, True) for name in constraints.authors] + [(name, False) for name in constraints.organizations]
        for name, is_person in typed:
            as_person, as_organization = self.people(name), self.organizations(name)
            if not as_person and not as_organization:
                unknown.append(name)
            elif (
                _is_likelier(as_person, as_organization) if is_person else not _is_likelier(as_organization, as_person)
            ):
                people.append((name, as_person))
            else:
                organizations.append((name, as_organization))
        constraints = replace(
            constraints,
            authors=tuple(name for _, matched in people for name, _ in matched.names),
            organizations=tuple(name for _, matched in organizations for name, _ in matched.names),
        )
        return ResolvedNames(
            request=replace(request, constraints=constraints),
            people=tuple(people),
            organizations=tuple(organizations),
            unknown=tuple(unknown),
        )

    def people(self, name: str) -> MatchedNames:
        """The authors of this name; or those that have it as a part of theirs; or those whose name is near it."""
        return _Names(self._library).people(_TITLE_PATTERN.sub("", name.strip()))

    def organizations(self, name: str) -> MatchedNames:
        """The organisations that the name stands for or is the head of; or those whose name is near it."""
        return _Names(self._library).organizations(_TITLE_PATTERN.sub("", name.strip()))


def _is_likelier(asked: MatchedNames, other: MatchedNames) -> bool:
    """Whether a name is what it was asked for as, rather than an organisation instead of a person, or the reverse."""
    if not asked or not other:
        return bool(asked)
    if asked.is_corrected != other.is_corrected:
        return other.is_corrected
    return sum(count for _, count in asked.names) * 2 >= sum(count for _, count in other.names)


class _Names:
    """The names of the people and organisations in the library."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._index = library.names.current()

    def people(self, name: str) -> MatchedNames:
        key = person_key(name)
        if len(key) < 2:
            return MatchedNames()
        if self._index.papers_by(key):
            return self._matched([key])
        letters = name_key(name)
        if same := self._written_as(letters):
            return self._matched(same)
        words = key.split()
        if parts := [one for one in self._index.possible_authors(name) if matches_person(one, words)]:
            by_surname = [one for one in parts if one.split()[-1] == words[-1]]
            return self._matched(by_surname or parts)
        return self._matched(self._near(key), is_corrected=True)

    def organizations(self, name: str) -> MatchedNames:
        known = self._index.organizations()
        same = [one for one in known if is_same_organization(name, one)]
        if same:
            return MatchedNames(names=tuple((one, known[one]) for one in same))
        key = name_key(name)
        if len(key) < _SHORTEST_MISSPELT:
            return MatchedNames()
        keys = {name_key(one): one for one in reversed(known)}
        near = EditDistanceIndex(keys).find(key, _most_edits(key))
        found = [keys[one] for edits, one in near if edits == near[0][0]]
        return MatchedNames(names=tuple((one, known[one]) for one in found), is_corrected=True)

    def _matched(self, keys: Iterable[str], *, is_corrected: bool = False) -> MatchedNames:
        counted = [(self._index.shown_name(key), self._index.papers_by(key)) for key in keys]
        return MatchedNames(names=tuple(sorted(counted, key=lambda one: (-one[1], one[0]))), is_corrected=is_corrected)

    def _authors_of(self, paper_ids: Iterable[str]) -> set[str]:
        return {key for one in self._library.directory.get(paper_ids).values() for key in one.author_keys if key}

    def _written_as(self, letters: str) -> list[str]:
        found = self._authors_of(self._index.papers_by_nearly(letters, 0))
        return sorted(key for key in found if name_key(key) == letters)

    def _near(self, key: str) -> list[str]:
        """The names that differ from this one least, in a letter or two of the whole, or one of a surname alone."""
        letters = name_key(key)
        if len(letters) >= _SHORTEST_MISSPELT and " " in key:
            for most in range(1, _most_edits(letters) + 1):
                found = self._authors_of(self._index.papers_by_nearly(letters, most))
                near = [one for one in found if edit_distance(letters, name_key(one), most) <= most]
                if near := [one for one in near if _may_be_misspelt(key.split(), one.split())]:
                    return sorted(near)
            return []
        if len(key) >= _SHORTEST_WORD and " " not in key:
            authors = self._authors_of(self._index.papers_by_surname(key))
            return sorted(one for one in authors if _is_near_surname(one.split()[-1], key))
        return []


def _most_edits(letters: str) -> int:
    return 2 if len(letters) >= _MANY_LETTERS else 1


def _may_be_misspelt(typed: Sequence[str], known: Sequence[str]) -> bool:
    """Whether no word is rather another name than a misspelt one."""
    return len(typed) != len(known) or all(map(_is_misspelt_word, typed, known))


def _is_misspelt_word(typed: str, known: str) -> bool:
    """Whether at most half of its letters are others; in a short word one is left out, added or swapped at most."""
    edits = edit_distance(typed, known, len(typed))
    if len(typed) > _SHORT_WORD:
        return edits <= len(typed) // 2
    return edits == 0 or (edits == 1 and (len(typed) != len(known) or sorted(typed) == sorted(known)))


def _is_near_surname(surname: str, typed: str) -> bool:
    return len(surname) >= _SHORTEST_WORD and edit_distance(typed, surname, 1) <= 1
