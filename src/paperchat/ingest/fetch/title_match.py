"""Whether a paper found by its title is the one that was looked for.

Of 4,316 papers whose titles both the Daily Papers and arXiv give, 4,306 titles are the same by `compact_title`; the rest
have been changed. Their abstracts share 79 % of their words or more (one in a thousand less), those of two
papers taken at random 29 % at most (one in a thousand more).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from difflib import SequenceMatcher

from paperchat.storage.deduplication import has_id_conflict, is_same_by_title, keys_of
from paperchat.storage.normalization import fold, title_key
from paperchat.types import Paper

_FORMATTING = re.compile(
    r"\\(?:text[a-z]*|math[a-z]+|emph|bf|it|rm|sc|tt|em|boldsymbol|operatorname|ensuremath)(?![a-zA-Z])"
    r"|(?:text|math)[a-z]{2,4}(?=\{)"  # as left of it on the Daily Papers page
)
_WORD = re.compile(r"[^\W\d_]{4,}")
_NUMBER = re.compile(r"\d+")
_FEWEST_WORDS = 20
_SAME_TITLE, _SIMILAR_TITLE = 0.4, 0.75  # how much abstracts must share where titles are the same, or nearly
_NEARLY = 0.95


def plain_title(title: str) -> str:
    """The title in words: LaTeX gone, Greek letters named, ``&`` written out."""
    bare = _FORMATTING.sub("", title).replace("&", " and ")
    bare = re.sub(r"[\\${}^]", "", bare)
    return "".join(_named(character) for character in bare)


def compact_title(title: str) -> str:
    """The form in which titles are the same however they are divided into words."""
    return fold(plain_title(title)).replace(" ", "") or title_key(title)


def best_match(wanted: Paper, found: Iterable[Paper]) -> Paper | None:
    """The paper among ``found`` that is ``wanted``; none where several may be and nothing tells which."""
    matches = [(shared_word_ratio(wanted.abstract, one.abstract), one) for one in found if _is_same(wanted, one)]
    if len(matches) == 1:
        return matches[0][1]
    told = [(share, number) for number, (share, _) in enumerate(matches) if share is not None]
    return matches[max(told, key=lambda pair: pair[0])[1]][1] if told else None


def shared_word_ratio(one: str, other: str) -> float | None:
    """How many of the shorter text's words the other has, of 1; ``None`` where there are too few to tell."""
    mine, theirs = set(_WORD.findall(one.lower())), set(_WORD.findall(other.lower()))
    fewer = min(len(mine), len(theirs))
    return len(mine & theirs) / fewer if fewer >= _FEWEST_WORDS else None


def _is_same(wanted: Paper, found: Paper) -> bool:
    mine, theirs = keys_of(wanted), keys_of(found)
    one, other = compact_title(wanted.title), compact_title(found.title)
    share = shared_word_ratio(wanted.abstract, found.abstract)
    if has_id_conflict(mine, theirs):
        return False
    if one == other:
        return share >= _SAME_TITLE if share is not None else is_same_by_title(mine, theirs)
    return (
        share is not None
        and share >= _SIMILAR_TITLE
        and _NUMBER.findall(one) == _NUMBER.findall(other)
        and SequenceMatcher(None, one, other, autojunk=False).ratio() >= _NEARLY
    )


def _named(character: str) -> str:
    name = unicodedata.name(character, "") if not character.isascii() else ""
    return name.rpartition(" ")[2].lower() if name.startswith("GREEK") and " LETTER " in name else character
