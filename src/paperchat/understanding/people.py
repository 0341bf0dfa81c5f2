"""Finds the authors and organisations of the catalogue that a name may stand for, as people type names."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from paperchat.storage.library import Library
from paperchat.storage.name_normalization import matches_person, person_key
from paperchat.storage.paper_directory import DirectoryEntry, DirectoryView
from paperchat.text.edit_distance import EditDistanceIndex
from paperchat.understanding.paper_names import name_key
from paperchat.understanding.paper_selection import is_same_organization
from paperchat.understanding.request import Request

_TITLE_PATTERN = re.compile(r"^(?:(?:dr|prof|professor|mr|mrs|ms)\.?\s+)+|(?:['’]s?|\s+et\s+al\.?)$", re.IGNORECASE)
_SHORTEST_MISSPELT = 6
_MANY_LETTERS = 8
_SHORTEST_WORD = 5


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
        self._catalogue = DirectoryView(library.directory, _Catalogue)

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
        return self._catalogue.current().people(_TITLE_PATTERN.sub("", name.strip()))

    def organizations(self, name: str) -> MatchedNames:
        """The organisations that the name stands for or is the head of; or those whose name is near it."""
        return self._catalogue.current().organizations(_TITLE_PATTERN.sub("", name.strip()))


def _is_likelier(asked: MatchedNames, other: MatchedNames) -> bool:
    """Whether a name is what it was asked for as, rather than an organisation instead of a person, or the reverse."""
    if not asked or not other:
        return bool(asked)
    if asked.is_corrected != other.is_corrected:
        return other.is_corrected
    return sum(count for _, count in asked.names) * 2 >= sum(count for _, count in other.names)


class _Catalogue:
    """The names in one state of the library."""

    def __init__(self, entries: Mapping[str, DirectoryEntry]) -> None:
        self._entries = entries

    def people(self, name: str) -> MatchedNames:
        key = person_key(name)
        if len(key) < 2:
            return MatchedNames()
        if key in self._papers:
            return self._matched([key])
        if same := self._by_letters.get(name_key(name)):
            return self._matched(same)
        words = key.split()
        if parts := [one for one in self._with_words(words) if matches_person(one, words)]:
            by_surname = [one for one in parts if one.split()[-1] == words[-1]]
            return self._matched(by_surname or parts)
        return self._matched(self._near(key), is_corrected=True)

    def organizations(self, name: str) -> MatchedNames:
        same = [one for one in self._organizations if is_same_organization(name, one)]
        if same:
            return MatchedNames(names=tuple((one, self._organizations[one]) for one in same))
        key = name_key(name)
        if len(key) < _SHORTEST_MISSPELT:
            return MatchedNames()
        keys = {name_key(one): one for one in reversed(self._organizations)}
        near = EditDistanceIndex(keys).find(key, 2 if len(key) >= _MANY_LETTERS else 1)
        found = [keys[one] for edits, one in near if edits == near[0][0]]
        return MatchedNames(names=tuple((one, self._organizations[one]) for one in found), is_corrected=True)

    def _matched(self, keys: Iterable[str], *, is_corrected: bool = False) -> MatchedNames:
        counted = sorted(((self._displayed[key], self._papers[key]) for key in keys), key=lambda one: (-one[1], one[0]))
        return MatchedNames(names=tuple(counted), is_corrected=is_corrected)

    def _with_words(self, words: list[str]) -> Iterable[str]:
        """Names that have one of the words; all names where each word is an initial."""
        longest = max(words, key=len)
        return self._by_word.get(longest, ()) if len(longest) > 1 else self._papers

    def _near(self, key: str) -> list[str]:
        letters = name_key(key)
        if len(letters) >= _SHORTEST_MISSPELT and " " in key:
            near = self._misspellings.find(letters, 2 if len(letters) >= _MANY_LETTERS else 1)
            return [one for edits, name in near if edits == near[0][0] for one in self._by_letters[name]]
        if len(key) >= _SHORTEST_WORD and " " not in key:
            near = self._misspelt_words.find(key, 1)
            return [one for _, word in near for one in self._by_word[word] if one.split()[-1] == word]
        return []

    @cached_property
    def _papers(self) -> Counter[str]:
        return Counter(key for entry in self._entries.values() for key in set(entry.author_keys) if key)

    @cached_property
    def _displayed(self) -> dict[str, str]:
        return {
            key: name
            for entry in self._entries.values()
            for key, name in zip(entry.author_keys, entry.authors, strict=True)
        }

    @cached_property
    def _by_letters(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = defaultdict(list)
        for key in self._papers:
            found[name_key(key)].append(key)
        return found

    @cached_property
    def _by_word(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = defaultdict(list)
        for key in self._papers:
            for word in set(key.split()):
                found[word].append(key)
        return found

    @cached_property
    def _misspellings(self) -> EditDistanceIndex:
        return EditDistanceIndex(self._by_letters)

    @cached_property
    def _misspelt_words(self) -> EditDistanceIndex:
        return EditDistanceIndex(word for word in self._by_word if len(word) >= _SHORTEST_WORD)

    @cached_property
    def _organizations(self) -> dict[str, int]:
        counted = Counter(entry.organization for entry in self._entries.values() if entry.organization)
        return dict(counted.most_common())
