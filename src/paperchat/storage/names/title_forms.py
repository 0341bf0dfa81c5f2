"""The forms in which people write the names of papers: the title, what precedes its colon, and parts of these."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache

from paperchat import lexicon
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
_TITLE_WORD_PATTERN = re.compile(r"[^\W_]+")
LONGEST_SHORT_NAME = 40
"""In letters and digits: longer names are found as they are written, or not at all."""


@lru_cache(maxsize=4096)
def name_key(text: str) -> str:
    """The letters and digits of a name, in lower case and without accents: ``naturebench`` for ``Nature-Bench``."""
    plain = text.casefold()
    if not plain.isascii():
        plain = "".join(c for c in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(c))
    return _NON_ALPHANUMERIC_PATTERN.sub("", plain)


def title_forms(title: str, organization: str = "") -> Iterator[tuple[str, int]]:
    """The forms of a paper's name, each with how far it is from the name that the title gives.

    That is 0 for the title and what precedes its colon, 1 for parts of it and for the name without the organisation's,
    2 where a version and what follows it are left out, 3 for the first words of a long title.
    """
    yield from _forms(title)
    yield from _without_owner(title, organization)


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


def _without_owner(title: str, organization: str) -> Iterator[tuple[str, int]]:
    """The name without that of the organisation before it: ``Nemotron 3`` for ``NVIDIA Nemotron 3``."""
    owner, _, rest = (head_of(title) or title).partition(" ")
    is_name = any(c.isdigit() for c in rest) or rest[1:] != rest[1:].lower()
    if is_name and name_key(owner) and name_key(owner) == name_key((organization or "-").split()[0]):
        yield rest, 1


def spellings(form: str) -> Iterable[str]:
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
def letter_pairs(name: str) -> frozenset[str]:
    """The pairs of neighbouring letters of a key, and those at its ends."""
    padded = f"^{name}$"
    return frozenset(padded[place : place + 2] for place in range(len(padded) - 1))


def title_words(title: str) -> frozenset[str]:
    """The runs of letters and digits in a title, in small letters."""
    return frozenset(_TITLE_WORD_PATTERN.findall(title.lower()))
