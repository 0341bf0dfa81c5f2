"""Shallow syntax: the words of a sentence with tags, its noun phrases, and which of them is what of which verb."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from paperchat import lexicon
from paperchat.models.minilm import TokenEmbeddings

WEIGHTS_FILE = Path(__file__).with_name("syntax.json")
_LEXICON = lexicon.load("syntax")
_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*|[^\w\s]")
_DETERMINERS, _BE, _MODALS, _PREPOSITIONS, _PRONOUNS, _RELATIVE = (
    _LEXICON.words(key) for key in ("determiners", "be", "modals", "prepositions", "pronouns", "relative_pronouns")
)
_HAVE = _LEXICON.words("have")
_CLOSED: dict[str, str] = {
    word: tag
    for tag, keys in (
        ("adverb", ("adverbs",)),
        ("noun", ("pronouns",)),
        ("preposition", ("prepositions",)),
        ("conjunction", ("conjunctions",)),
        ("auxiliary", ("be", "have", "do", "modals")),
        ("opener", ("clause_openers",)),
        ("determiner", ("determiners",)),
    )
    for key in keys
    for word in _LEXICON.words(key)
}
_PARTICIPLE = re.compile(r"(?:ed|en|wn)$")
_IRREGULAR_PARTICIPLE = re.compile(r"[tedn]$")
_INNER_CAPITAL = re.compile(r"\w[A-Z]|\d")
_NEVER, _HARDLY, _UNLIKELY, _LIKELY, _SURELY = -9.0, -5.0, -3.0, 2.5, 8.0  # log-odds

Floats = NDArray[np.floating]
Tag = Literal[
    "verb", "gerund", "participle", "noun", "modifier", "adverb", "determiner", "preposition", "conjunction",
    "auxiliary", "opener", "punctuation",
]  # fmt: skip
OPEN_TAGS: tuple[Tag, ...] = ("verb", "gerund", "participle", "noun", "modifier")
_VERBAL = frozenset({"verb", "gerund", "participle"})
_FINITE = frozenset({"verb", "participle", "auxiliary"})
_NOMINAL = frozenset({"noun", "modifier"})
Role = Literal["subject", "object", "attached", "joined", "modifier"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrase:
    """A noun phrase: the words from ``start`` up to ``end``, and its last noun."""

    start: int
    end: int
    head: int


@dataclass(frozen=True, slots=True)
class Relation:
    """A word's role for another; ``governor`` is a verb or a noun. The object of a passive verb is what is done to."""

    role: Role
    governor: int
    dependent: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Syntax:
    """A sentence: its words in lower case with their spans, tags and unit vectors, and what they make up.

    Attributes:
        phrase_of: for each word the number of its phrase, or -1.
        passive: for each verb in order, by its word, whether it is passive.
    """

    text: str
    words: tuple[str, ...]
    spans: tuple[tuple[int, int], ...]
    tags: tuple[Tag, ...]
    vectors: Floats
    phrases: tuple[Phrase, ...]
    phrase_of: tuple[int, ...]
    passive: Mapping[int, bool]
    relations: tuple[Relation, ...]

    def span_of(self, phrase: Phrase) -> tuple[int, int]:
        """The characters of a phrase."""
        return self.spans[phrase.start][0], self.spans[phrase.end - 1][1]

    def head_of(self, word: int) -> int:
        """The head of the word's phrase, or the word itself."""
        number = self.phrase_of[word]
        return self.phrases[number].head if number >= 0 else word

    @property
    def main_verb(self) -> int:
        """The first finite verb, or the number of words."""
        return next((verb for verb in self.passive if self.tags[verb] in _FINITE), len(self.words))


def split(text: str) -> list[tuple[int, int]]:
    """The spans of the words and of the punctuation marks of a text."""
    return [match.span() for match in _WORD.finditer(text)]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Parser:
    """Tags words by softmax regression on their vectors and by their neighbours, and finds phrases and roles.

    Attributes:
        weights: [open tags, dimensions], in the order of `OPEN_TAGS`.
        base_verbs: words that stand after modal verbs.
    """

    weights: Floats
    intercepts: Floats
    base_verbs: frozenset[str]

    def parse(self, text: str, tokens: TokenEmbeddings) -> Syntax:
        """The syntax of a sentence with the embeddings of its tokens."""
        spans = split(text)
        raw = [text[start:end] for start, end in spans]
        words = [word.lower() for word in raw]
        vectors = tokens.mean_vectors(spans)
        tags = self._tags(raw, words, vectors @ self.weights.T + self.intercepts)
        phrases, phrase_of = _phrases(tags)
        passive = _verbs(words, tags)
        return Syntax(
            text=text,
            words=tuple(words),
            spans=tuple(spans),
            tags=tuple(tags),
            vectors=vectors,
            phrases=tuple(phrases),
            phrase_of=tuple(phrase_of),
            passive=passive,
            relations=tuple(_Relations(words, tags, phrases, phrase_of, passive).find()),
        )

    def _tags(self, raw: Sequence[str], words: Sequence[str], scores: Floats) -> list[Tag]:
        tags: list[Tag] = []
        for at, word in enumerate(words):
            tag: Any = "punctuation" if not word[0].isalnum() else _CLOSED.get(word)
            if tag is None and word[0].isdigit():
                tag = "noun"
            if tag is None and word.endswith("ly") and len(word) > len("only"):
                tag = "adverb"
            if tag is None:
                odds = scores[at] + self._context(raw, words, tags, at)
                tag = OPEN_TAGS[int(odds.argmax())]
            tags.append(tag)
        for at in range(1, len(tags) - 1):
            inside = tags[at - 1] in ("determiner", "modifier") and tags[at + 1] in _NOMINAL
            if tags[at] in ("gerund", "participle") and inside:
                tags[at] = "modifier"
        return tags

    def _context(self, raw: Sequence[str], words: Sequence[str], tags: Sequence[Tag], at: int) -> Floats:
        """Log-odds of the open tags by a word's form and neighbours."""
        word, before = words[at], words[at - 1] if at else ""
        after = words[at + 1] if at + 1 < len(words) else ""
        last = tags[-1] if tags else "punctuation"
        verb = gerund = participle = 0.0
        if word.endswith("ing"):
            verb, participle = _NEVER, _NEVER
        else:
            gerund = _NEVER
            if not _PARTICIPLE.search(word):
                participle = -1.0 if _IRREGULAR_PARTICIPLE.search(word) else _NEVER
        if last == "determiner":
            verb, gerund, participle = verb + _NEVER, gerund + _UNLIKELY, participle + _UNLIKELY
        if before in _MODALS or (before == "to" and word in self.base_verbs):
            verb += _SURELY
        elif last == "preposition":
            verb += _HARDLY
        if before in _PRONOUNS or before in ("which", "who"):
            verb -= _UNLIKELY
        if after in _DETERMINERS or after in _PRONOUNS:
            verb, gerund = verb + _LIKELY, gerund + 1
        if after == "by" or before in _BE:
            participle += _LIKELY
        if before in _BE:
            verb += _UNLIKELY
        if after == "of":
            verb -= _LIKELY
        if (at and raw[at][0].isupper()) or _INNER_CAPITAL.search(raw[at]):
            verb, gerund, participle = verb + _HARDLY, gerund + _HARDLY, participle + _HARDLY
        return np.array([verb, gerund, participle, 0.0, 0.0])


def _phrases(tags: Sequence[Tag]) -> tuple[list[Phrase], list[int]]:
    phrases: list[Phrase] = []
    phrase_of = [-1] * len(tags)
    at = 0
    while at < len(tags):
        end = at
        while end < len(tags) and _continues(tags, end, is_first=end == at):
            end += 1
        nouns = [word for word in range(at, end) if tags[word] in _NOMINAL]
        if nouns:
            phrase_of[at:end] = [len(phrases)] * (end - at)
            phrases.append(Phrase(start=at, end=end, head=nouns[-1]))
        at = max(end, at + 1)
    return phrases, phrase_of


def _continues(tags: Sequence[Tag], at: int, *, is_first: bool) -> bool:
    if tags[at] == "adverb":
        return at + 1 < len(tags) and tags[at + 1] in _NOMINAL
    return tags[at] in _NOMINAL or (tags[at] == "determiner" and is_first)


def _verbs(words: Sequence[str], tags: Sequence[Tag]) -> dict[int, bool]:
    found: dict[int, bool] = {}
    for at, tag in enumerate(tags):
        before = next((word for word in range(at - 1, -1, -1) if tags[word] != "adverb"), -1)
        if tag in _VERBAL:
            helper = words[before] if before >= 0 else ""
            found[at] = (tag == "participle" and helper not in _HAVE) or (tag == "verb" and helper in _BE)
        elif words[at] in _BE or words[at] in _HAVE:
            after = next((word for word in range(at + 1, len(tags)) if tags[word] not in ("adverb", "auxiliary")), -1)
            if after >= 0 and tags[after] not in _VERBAL:
                found[at] = False
    return found


class _Relations:
    """Finds the relations of one sentence."""

    def __init__(
        self,
        words: Sequence[str],
        tags: Sequence[Tag],
        phrases: Sequence[Phrase],
        phrase_of: Sequence[int],
        passive: Mapping[int, bool],
    ) -> None:
        self._words, self._tags, self._phrases = words, tags, phrases
        self._phrase_of, self._passive = phrase_of, passive
        self._roles: list[tuple[Role | None, int | None]] = []

    def find(self) -> Iterator[Relation]:
        """Those of phrases to verbs and nouns, then those of the words within phrases."""
        found: dict[Relation, None] = {}
        for number, phrase in enumerate(self._phrases):
            found.update(dict.fromkeys(self._of_phrase(number, phrase)))
        found.update(dict.fromkeys(self._of_verbs()))
        last = None
        for verb, passive in self._passive.items():
            role: Role = "object" if passive else "subject"
            own = next((one.dependent for one in found if one.governor == verb and one.role == role), None)
            if own is None and last is not None and self._tags[verb] in _FINITE:
                found[Relation(role, verb, last)] = None
            last = own if own is not None else last
        yield from found
        for phrase in self._phrases:
            inside = range(phrase.start, phrase.end)
            yield from (
                Relation("modifier", phrase.head, word)
                for word in inside
                if word != phrase.head and self._tags[word] in _NOMINAL
            )

    def _of_phrase(self, number: int, phrase: Phrase) -> Iterator[Relation]:
        before = self._skip_adverbs(phrase.start - 1)
        previous = max((verb for verb in self._passive if verb < phrase.start), default=None)
        joined = self._joined_to(before, number)
        if joined is not None and self._roles[joined][0] not in (None, "subject"):
            role, governor = self._roles[joined]
            self._roles.append((role, governor))
            if role is not None and governor is not None:
                yield Relation(role, governor, phrase.head)
            yield Relation("joined", self._phrases[joined].head, phrase.head)
        elif before >= 0 and self._tags[before] == "preposition":
            yield from self._attached(before, previous, phrase)
        else:
            role, governor = self._argument(before, previous, phrase)
            self._roles.append((role, governor))
            if role is not None and governor is not None:
                yield Relation(role, governor, phrase.head)

    def _attached(self, preposition: int, previous: int | None, phrase: Phrase) -> Iterator[Relation]:
        if self._words[preposition] == "by" and previous is not None and self._passive[previous]:
            self._roles.append(("subject", previous))
            yield Relation("subject", previous, phrase.head)
            return
        left = self._skip_adverbs(preposition - 1)
        governor = previous
        if left >= 0 and self._phrase_of[left] >= 0:
            governor = self._phrases[self._phrase_of[left]].head
        self._roles.append(("attached", governor))
        for one in dict.fromkeys((governor, previous)):
            if one is not None:
                yield Relation("attached", one, phrase.head)

    def _argument(self, before: int, previous: int | None, phrase: Phrase) -> tuple[Role | None, int | None]:
        following = next((verb for verb in self._passive if verb >= phrase.end), None)
        if previous is not None:
            between = range(previous + 1, phrase.start)
            is_near = not any(self._tags[word] == "opener" or self._phrase_of[word] >= 0 for word in between)
            is_fronted = before >= 0 and self._words[before] == "," and following is not None
            if is_near and not (is_fronted and self._tags[previous] != "verb"):
                return "object", previous
        if following is None:
            return None, None
        finite = (verb for verb in self._passive if verb >= phrase.end and self._tags[verb] in _FINITE)
        governor = next(finite, following)
        return ("object" if self._passive[governor] else "subject"), governor

    def _of_verbs(self) -> Iterator[Relation]:
        """What a verb follows: *a model trained …*, *a model that learns …*."""
        for verb, passive in self._passive.items():
            before = verb - 1
            while before >= 0 and self._tags[before] in ("adverb", "auxiliary"):
                before -= 1
            is_relative = before >= 0 and self._words[before] in _RELATIVE
            before -= is_relative
            if before < 0 or self._phrase_of[before] < 0:
                continue
            number = self._phrase_of[before]
            if self._tags[verb] in ("verb", "auxiliary") and self._roles[number][0] == "attached" and not is_relative:
                continue
            yield Relation("object" if passive else "subject", verb, self._phrases[number].head)

    def _joined_to(self, before: int, number: int) -> int | None:
        if not number or before < 0 or (self._tags[before] != "conjunction" and self._words[before] != ","):
            return None
        left = before - 1
        while left >= 0 and (self._words[left] == "," or self._tags[left] == "adverb"):
            left -= 1
        return number - 1 if left >= 0 and self._phrase_of[left] == number - 1 else None

    def _skip_adverbs(self, at: int) -> int:
        while at >= 0 and self._tags[at] == "adverb":
            at -= 1
        return at


@functools.cache
def load_parser(path: Path = WEIGHTS_FILE) -> Parser:
    """The parser that ships with the package; ``benchmarks/fit_support.py`` writes its weights."""
    return parser_from(json.loads(path.read_text(encoding="utf-8")))


def parser_from(data: Mapping[str, Any]) -> Parser:
    """The parser of weights as they are stored: numbers in hundredths."""
    return Parser(
        weights=np.array([data["weights"][tag] for tag in OPEN_TAGS], dtype=np.float32) / 100,
        intercepts=np.array([data["intercepts"][tag] for tag in OPEN_TAGS], dtype=np.float32) / 100,
        base_verbs=frozenset(data["base_verbs"].split()),
    )
