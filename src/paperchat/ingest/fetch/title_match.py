"""Decides whether a search result with a similar title is the same paper.

Of 4,316 papers that both Daily Papers and arXiv list, 4,306 have the same title by `compact_title`; the rest were
renamed. Their abstracts share at least 79 % of their words (one in a thousand less), those of two random papers at
most 29 % (one in a thousand more).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from difflib import SequenceMatcher

from paperchat.storage.deduplication import has_id_conflict, is_same_by_title, keys_of
from paperchat.storage.name_normalization import fold, title_key
from paperchat.types import Paper

_FORMATTING = re.compile(
    r"\\(?:text[a-z]*|math[a-z]+|emph|bf|it|rm|sc|tt|em|boldsymbol|operatorname|ensuremath)(?![a-zA-Z])"
    r"|(?:text|math)[a-z]{2,4}(?=\{)"  # without the backslash, as on the Daily Papers page
)
_WORD = re.compile(r"[^\W\d_]{4,}")
_NUMBER = re.compile(r"\d+")
_MIN_WORDS = 20
_MIN_SHARED_SAME_TITLE, _MIN_SHARED_SIMILAR_TITLE = 0.4, 0.75  # of the words of abstracts
_SIMILAR_TITLE_RATIO = 0.95


def plain_title(title: str) -> str:
    """The title in plain words: without LaTeX, with Greek letters and ``&`` spelled out."""
    bare = _FORMATTING.sub("", title).replace("&", " and ")
    bare = re.sub(r"[\\${}^]", "", bare)
    return "".join(_spell_greek(character) for character in bare)


def compact_title(title: str) -> str:
    """A normalised title without spaces, so that hyphenation and spacing do not matter."""
    return fold(plain_title(title)).replace(" ", "") or title_key(title)


def best_match(paper: Paper, candidates: Iterable[Paper]) -> Paper | None:
    """The candidate that is the same paper; ``None`` if there is none, or several that cannot be told apart."""
    matches = [
        (shared_word_ratio(paper.abstract, candidate.abstract), candidate)
        for candidate in candidates
        if _is_same(paper, candidate)
    ]
    if len(matches) == 1:
        return matches[0][1]
    scored = [(share, number) for number, (share, _) in enumerate(matches) if share is not None]
    return matches[max(scored, key=lambda pair: pair[0])[1]][1] if scored else None


def shared_word_ratio(one: str, other: str) -> float | None:
    """The share of the shorter text's words that the other has, 0 to 1; ``None`` if there are too few words."""
    mine, theirs = set(_WORD.findall(one.lower())), set(_WORD.findall(other.lower()))
    fewer = min(len(mine), len(theirs))
    return len(mine & theirs) / fewer if fewer >= _MIN_WORDS else None


def _is_same(paper: Paper, candidate: Paper) -> bool:
    mine, theirs = keys_of(paper), keys_of(candidate)
    one, other = compact_title(paper.title), compact_title(candidate.title)
    share = shared_word_ratio(paper.abstract, candidate.abstract)
    if has_id_conflict(mine, theirs):
        return False
    if one == other:
        return share >= _MIN_SHARED_SAME_TITLE if share is not None else is_same_by_title(mine, theirs)
    return (
        share is not None
        and share >= _MIN_SHARED_SIMILAR_TITLE
        and _NUMBER.findall(one) == _NUMBER.findall(other)
        and SequenceMatcher(None, one, other, autojunk=False).ratio() >= _SIMILAR_TITLE_RATIO
    )


def _spell_greek(character: str) -> str:
    name = unicodedata.name(character, "") if not character.isascii() else ""
    return name.rpartition(" ")[2].lower() if name.startswith("GREEK") and " LETTER " in name else character
