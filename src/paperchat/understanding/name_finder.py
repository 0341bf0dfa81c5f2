"""Finds the people and organisations whose papers a question asks for: "papers by …", "what has … published"."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from paperchat import lexicon
from paperchat.storage.library import Library
from paperchat.storage.name_normalization import fold
from paperchat.storage.names.name_index import NameIndex
from paperchat.understanding.people import NameResolver
from paperchat.understanding.topic_phrase import Span

_LEXICON = lexicon.load("author_phrases")
_PHRASES = tuple(
    (re.compile(entry.regex("pattern"), re.IGNORECASE), entry.text("of")) for entry in _LEXICON.tables("phrases")
)
_TOKEN = re.compile(r"[^\W_]+(?:[.'’-][^\W_]+)*\.?")
_NO_NAME = _LEXICON.words("no_name")
_POSSESSIVE = re.compile(r"['’]s?(?!\w)")
_MOST_WORDS = 6
_PAPERS_BEFORE = re.compile(_LEXICON.regex("papers_before"), re.IGNORECASE)
_CAPITAL = re.compile(r"^(?:[A-Z][\w.'’@&()-]*|de|van|von|der|di|da|la|al|of|for|at|and|the|&)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundName:
    """A name as it is typed, and the characters that say whose papers are asked for.

    Attributes:
        is_certain: the question asks for papers of this name, and does not merely contain it.
        is_submitter: it asks for what somebody submitted to the Daily Papers.
    """

    name: str
    is_person: bool
    start: int
    end: int
    is_certain: bool = True
    is_submitter: bool = False


class NameFinder:
    """Finds names in questions; safe to share between threads."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._resolver = NameResolver(library)

    def find(self, question: str, taken: Iterable[Span] = ()) -> list[FoundName]:
        """The names in the question's order, none of them within the spans ``taken``."""
        names = _Names(self._library.names.current())
        used = list(taken)
        found: list[FoundName] = []
        for one in (*self._in_phrases(question, names, used[:]), *names.anywhere(question)):
            if all(one.end <= start or one.start >= end for start, end in used):
                found.append(one)
                used.append((one.start, one.end))
        return sorted(found, key=lambda one: one.start)

    def _in_phrases(self, question: str, names: _Names, taken: Sequence[Span]) -> Iterator[FoundName]:
        for pattern, of in _PHRASES:
            for match in pattern.finditer(question):
                start, end = match.span("name")
                end = min((first for first, last in taken if last > start and first < end), default=end)
                words = [(start + at, start + to) for at, to in map(re.Match.span, _TOKEN.finditer(match["name"]))]
                words = [word for word in words if word[1] <= end]
                yield from self._name_in(question, words, match, of, names) if words else ()

    def _name_in(
        self, question: str, words: list[Span], match: re.Match[str], of: str, names: _Names
    ) -> Iterator[FoundName]:
        """The name at the start of a phrase's words, the longest that is known; at their end where they precede."""
        certain = of in ("subject", "owner") or bool(_PAPERS_BEFORE.search(question[: match.start()]))
        proper = _proper(question, words) if certain and of not in ("owner", "known") else 0
        for count in range(min(len(words), _MOST_WORDS), 0, -1):
            chosen = words[-count:] if of == "owner" else words[:count]
            text = question[chosen[0][0] : chosen[-1][1]]
            if fold(text) in _NO_NAME or fold(text).split()[0] in _NO_NAME:
                continue
            if of == "submitter":
                if names.is_submitter(text) and count == len(words):
                    yield FoundName(name=text, is_person=True, start=match.start(), end=match.end(), is_submitter=True)
                    return
                continue
            is_person = names.kind(text)
            if is_person is None and of == "owner" and text.endswith("s") and (is_person := names.kind(text[:-1])):
                text = text[:-1]
            if is_person is None and ((proper and count >= proper) or (of == "owner" and count > 1)):
                is_person = self._partial(text)
            if is_person is not None:
                start, end = match.start(), chosen[-1][1]
                if of in ("subject", "owner"):
                    start = chosen[0][0]
                if possessive := _POSSESSIVE.match(question, end):
                    end = possessive.end()
                yield FoundName(name=text.rstrip("."), is_person=is_person, start=start, end=end, is_certain=certain)
                return
        if of == "owner":
            if (owner := _owner(question, words)) and (possessive := _POSSESSIVE.match(question, owner[1])):
                text = question[owner[0] : owner[1]]
                yield FoundName(name=text, is_person=True, start=owner[0], end=possessive.end())
            return
        if proper and of != "submitter" and (of != "subject" or proper == len(words)):
            start = words[0][0] if of == "subject" else match.start()
            text = question[words[0][0] : words[proper - 1][1]]
            yield FoundName(name=text, is_person=of != "origin", start=start, end=words[proper - 1][1])

    def _partial(self, text: str) -> bool | None:
        """Whether a part of a name, or one misspelt, is a person's; ``None`` where nobody has it."""
        key = fold(text)
        is_proper = all(map(_CAPITAL.match, text.split())) and not text.split()[-1].islower()
        if len(key) < 3 or (" " not in key and not is_proper) or any(word in _NO_NAME for word in key.split()):
            return None
        people = self._resolver.people(text)
        if is_proper and (organizations := self._resolver.organizations(text)) and not organizations.is_corrected:
            return False
        return True if people and (not people.is_corrected or (is_proper and " " in key)) else None


class _Names:
    """The whole names in the library."""

    def __init__(self, index: NameIndex) -> None:
        self._index = index

    def is_submitter(self, text: str) -> bool:
        """Whether the whole name is of somebody who submits papers."""
        return self._index.is_submitter(fold(text))

    def kind(self, text: str) -> bool | None:
        """Whether the whole name is a person's; ``None`` where it is neither that nor an organisation's."""
        key = fold(text)
        if self._index.is_organization(key):
            return False
        words = key.split()
        is_turned = len(words) == 2 and self._index.papers_by(f"{words[1]} {words[0]}")
        return True if is_turned or (len(words) > 1 and self._index.papers_by(key)) else None

    def anywhere(self, question: str) -> Iterator[FoundName]:
        """Whole names of several words, wherever they stand."""
        words = [match.span() for match in _TOKEN.finditer(question)]
        at = 0
        while at < len(words):
            for count in range(min(_MOST_WORDS, len(words) - at), 1, -1):
                start, end = words[at][0], words[at + count - 1][1]
                if (is_person := self.kind(question[start:end])) is not None:
                    yield FoundName(
                        name=question[start:end], is_person=is_person, start=start, end=end, is_certain=False
                    )
                    at += count - 1
                    break
            at += 1


def _owner(question: str, words: list[Span]) -> Span | None:
    """The words at the end that are a proper name by their capitals."""
    start = len(words)
    while start and question[slice(*words[start - 1])][:1].isupper():
        start -= 1
    name = words[start:]
    if not name or any(word in _NO_NAME for word in fold(question[name[0][0] : name[-1][1]]).split()):
        return None
    return name[0][0], name[-1][1]


def _proper(question: str, words: list[Span]) -> int:
    """How many of the words are a proper name, by their capitals, or because nothing follows them."""
    texts = [question[start:end] for start, end in words]
    if texts and fold(texts[0]).split()[:1] and fold(texts[0]).split()[0] in _NO_NAME:
        return 0
    count = 0
    while count < min(len(texts), _MOST_WORDS) and _CAPITAL.match(texts[count]):
        count += 1
    while count and texts[count - 1].islower():
        count -= 1
    if count:
        return count
    is_rest = 1 < len(texts) <= 3 and not question[words[-1][1] :].strip(" ?.!")
    return len(texts) if is_rest and not any(word.lower() in _NO_NAME or not word.isalpha() for word in texts) else 0
