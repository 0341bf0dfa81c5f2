"""Query analysis: content words with their weights, spelling correction."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from itertools import takewhile

from paperchat import lexicon
from paperchat.retrieval.answer_type import ExpectedAnswer, classify_answer

MIN_CORRECTED_LENGTH = 5
"""Shorter words are too often one edit away from another word."""

_WORD = re.compile(r"\w[\w'-]*")
_LEXICON = lexicon.load("query_analysis")
_STOP_WORDS = _LEXICON.words("stop_words")
_PAPER_WORDS = _LEXICON.words("paper_words")
_PAPER_REQUEST = re.compile(_LEXICON.regex("paper_request"), re.IGNORECASE)
_SMALLEST_WEIGHT = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionWord:
    """A content word: where it stands in the question, its stems, and its weight (about 0 to 1)."""

    start: int
    end: int
    stems: frozenset[str]
    weight: float


@dataclass(frozen=True, slots=True, kw_only=True)
class AnalyzedQuestion:
    """A question with its weighted content words; ``expects`` is the type of answer that its form asks for, if any."""

    text: str
    words: tuple[QuestionWord, ...]
    asks_for_papers: bool
    expects: ExpectedAnswer | None


def content_words(text: str) -> list[tuple[int, int, str]]:
    """Start, end and form of every content word of ``text``.

    Stop words are left out, and so are words about papers ("which papers discuss …") where there are others.
    """
    words = [(match.start(), match.end(), match[0]) for match in _WORD.finditer(text)]
    content = [item for item in words if item[2].lower() not in _STOP_WORDS]
    return [item for item in content if item[2].lower() not in _PAPER_WORDS] or content


def content_text(text: str) -> str:
    """The content words of ``text`` joined by spaces; all of ``text`` where it has none."""
    return " ".join(form for _, _, form in content_words(text)) or text


def analyze_question(
    text: str, *, stems: Mapping[str, frozenset[str]], frequency: Mapping[str, int], passages: int
) -> AnalyzedQuestion:
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
        words.append(QuestionWord(start=start, end=end, stems=stems[form], weight=weight + _SMALLEST_WEIGHT))
    return AnalyzedQuestion(
        text=text,
        words=tuple(words),
        asks_for_papers=bool(_PAPER_REQUEST.search(text)),
        expects=classify_answer(text, paper_words=_PAPER_WORDS),
    )


def correct_spelling(text: str, *, unknown: Collection[str], passages: Iterable[str]) -> str:
    """``text`` with each word of ``unknown`` replaced by the commonest word of ``passages`` that is one edit away.

    An edit is one character too many, too few or wrong, or two neighbours swapped; the first character must be right.
    """
    candidates = [word for word in unknown if len(word) >= MIN_CORRECTED_LENGTH and word.isalpha()]
    if not candidates:
        return text
    forms = Counter(match[0] for passage in passages for match in _WORD.finditer(passage.lower()))
    for word in candidates:
        near = [form for form in forms if is_one_edit_apart(word.lower(), form)]
        if near:
            meant = max(near, key=lambda form: (forms[form], form))
            text = re.sub(rf"(?<![\w'-]){re.escape(word)}(?![\w'-])", meant, text)
    return text


def is_one_edit_apart(written: str, meant: str) -> bool:
    """Whether the Damerau-Levenshtein distance of the two is one, and they begin alike."""
    if written == meant or written[:1] != meant[:1] or abs(len(written) - len(meant)) > 1:
        return False
    same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(written, meant, strict=False)))
    rest, other = written[same:], meant[same:]
    swapped = rest[:2] == other[1::-1] and rest[2:] == other[2:]
    return swapped or rest[1:] == other[1:] or rest[1:] == other or rest == other[1:]
