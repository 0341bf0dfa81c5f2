"""What a question asks with: its content words, how telling each is, and what kind of thing it asks for."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from itertools import takewhile
from typing import Literal

from paperchat.errors import UsageError
from paperchat.retrieval.answer_type import Expectation, expectation

_WORD = re.compile(r"\w[\w'-]*")
_STOP_WORDS = frozenset(
    "a about above after again all also an and any are as at be been before being below between both but by can "
    "could did do does doing down during each else ever few for from further had has have having he her here his "
    "how i if in into is it its itself just many may me might more most much must my no nor not of off on once one "
    "only or other our out over own per s same she should so some such t than that the their them then there these "
    "they this those through to too under up upon us use used using very via we was were what when where which "
    "while who whom whose why will with would you your".split()
)
# Words with which people talk about papers rather than about a paper's subject.
_TALK = frozenset(
    "about address addressed addresses article articles author authors describe described describes discuss discussed "
    "discusses explain literature mention mentioned mentions paper papers publication publications report reported "
    "reports research researchers say says studied studies study tell work works".split()
)
_FOR_PAPERS = re.compile(
    r"\b(?:which|what|any|are there|list|find|show me|name|some)(?: \w+)?"
    r" (?:papers|articles|works|studies|publications)\b",
    re.IGNORECASE,
)
_SMALLEST_WEIGHT = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """A content word: where it stands in the question, its stems, and its weight (about 0 to 1)."""

    start: int
    end: int
    stems: frozenset[str]
    weight: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    text: str
    words: tuple[Word, ...]
    asks_for_papers: bool
    expects: Expectation | None


def content_words(text: str) -> list[tuple[int, int, str]]:
    """Start, end and form of every word of ``text`` that says what is asked.

    Stop words are left out, and so is talk about papers ("which papers discuss …") where anything else is asked.
    """
    found = [(match.start(), match.end(), match[0]) for match in _WORD.finditer(text)]
    telling = [item for item in found if item[2].lower() not in _STOP_WORDS]
    return [item for item in telling if item[2].lower() not in _TALK] or telling


def telling(text: str) -> str:
    """The content words of ``text``, one after the other; all of it where it has none."""
    return " ".join(form for _, _, form in content_words(text)) or text


def read_question(
    text: str, *, stems: Mapping[str, frozenset[str]], frequency: Mapping[str, int], passages: int
) -> Question:
    """The question with each content word weighted by its inverse document frequency, scaled to [0, 1].

    Args:
        stems: stems of each content word.
        frequency: in how many passages each content word occurs, by its rarest stem.
        passages: how many passages there are.
    """
    rarest = math.log(1 + (passages + 0.5) / 0.5)
    words = []
    for start, end, form in content_words(text):
        count = min(frequency.get(form, 0), passages)
        weight = math.log(1 + (passages - count + 0.5) / (count + 0.5)) / rarest
        words.append(Word(start=start, end=end, stems=stems[form], weight=weight + _SMALLEST_WEIGHT))
    return Question(
        text=text,
        words=tuple(words),
        asks_for_papers=bool(_FOR_PAPERS.search(text)),
        expects=expectation(text, talk=_TALK),
    )


SHORTEST = 5
"""Shorter words are too often one slip away from another word."""


def mended(text: str, *, unknown: Collection[str], passages: Iterable[str]) -> str:
    """``text`` with each word of ``unknown`` replaced by the commonest word of ``passages`` that is one slip away.

    A slip is one character too many, too few or wrong, or two neighbours swapped; the first character must be right.
    """
    doubtful = [word for word in unknown if len(word) >= SHORTEST and word.isalpha()]
    if not doubtful:
        return text
    forms = Counter(match[0] for passage in passages for match in _WORD.finditer(passage.lower()))
    for word in doubtful:
        near = [form for form in forms if one_slip_apart(word.lower(), form)]
        if near:
            meant = max(near, key=lambda form: (forms[form], form))
            text = re.sub(rf"(?<![\w'-]){re.escape(word)}(?![\w'-])", meant, text)
    return text


def one_slip_apart(written: str, meant: str) -> bool:
    """Whether the Damerau-Levenshtein distance of the two is one, and they begin alike."""
    if written == meant or written[:1] != meant[:1] or abs(len(written) - len(meant)) > 1:
        return False
    same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(written, meant, strict=False)))
    rest, other = written[same:], meant[same:]
    swapped = rest[:2] == other[1::-1] and rest[2:] == other[2:]
    return swapped or rest[1:] == other[1:] or rest[1:] == other or rest == other[1:]


LONGEST_QUESTION = 10_000
"""In characters."""


def check_question(
    question: str,
    *,
    kind: Literal["question", "topic", "claim"] = "question",
    advice: str = "what you want to know",
    longest: int = LONGEST_QUESTION,
) -> None:
    """``kind`` and ``advice`` say in the error what it is, and what is to be written.

    Raises:
        UsageError: it is blank, or has more than ``longest`` characters.
    """
    if not question.strip():
        raise UsageError(f"the {kind} is empty: write {advice}")
    if len(question) > longest:
        raise UsageError(f"the {kind} has {len(question):,} characters, and at most {longest:,} are read: shorten it")
