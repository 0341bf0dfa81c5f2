"""Verification: whether quotes support a sentence, by its numbers, names, polarity, words and subject."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache

from paperchat import lexicon
from paperchat.answering.entailment import Entailment, QuotedPart, Stemmer
from paperchat.answering.support import SupportFeatures, load_support_model
from paperchat.models.cross_encoder import Reader, ReaderOutput, Stance, StanceProbabilities, Window
from paperchat.models.minilm import MiniLM
from paperchat.text.facts import (
    bounds,
    clause_directions,
    directions,
    extract_names,
    extract_numbers,
    has_negation,
    negated_words,
    spelled_numbers,
    split_words,
    strip_polarity,
)
from paperchat.text.sentences import sentence_spans

WINDOW_SENTENCES = 1
"""How many sentences on each side of the deciding one the reader reads with it."""
MIN_CLOSENESS = 0.525
"""Below this closeness to its quotes a sentence is about something else; chosen by
``benchmarks/sentence_verification.py``."""
MIN_CONTRADICTION = 0.9
"""From this probability on, by the reader, a sentence with words of its own says the opposite of its quotes. Of those
without, it would refuse as many faithful ones as altered ones (``benchmarks/model_additions.py``)."""
_FACTS = lexicon.load("facts")
_DENIES_AFTER, _DENIES_AROUND, _FASTER, _LESS_TIME = (
    re.compile(rf"\b(?:{_FACTS.regex(key)})\b", re.IGNORECASE)
    for key in ("denies_after", "denies_around", "faster", "less_time")
)
_FREE = re.compile(r"(\w+(?:-\w+)*)-free\b", re.IGNORECASE)
_DENIED_AFTER = 6
_DENIED_NEAR = 5  # words
_SAME_BEGINNING = 5  # letters by which two forms of a word are known
_SHARED_WORDS = 0.75  # of all words of two sentences; with so many in common they are about the same
_REMEMBERED = 1024  # sentences
_QUANTITY_UNITS = frozenset({"%", "thousand", "million", "billion", "trillion", "money", "times"})


def window_around(span: tuple[int, int], *, title: str, text: str) -> Window:
    """A stretch of the text with the sentences around it."""
    spans = sentence_spans(text)
    inside = [at for at, (start, end) in enumerate(spans) if start < span[1] and end > span[0]] or [0]
    around = spans[max(0, inside[0] - WINDOW_SENTENCES) : inside[-1] + WINDOW_SENTENCES + 1]
    return Window(title=title, text=text[around[0][0] : around[-1][1]] if around else text)


def most_decided(outputs: Sequence[ReaderOutput]) -> StanceProbabilities:
    """The probabilities for the window that is least neutral; neutral where there is no window."""
    if not outputs:
        return StanceProbabilities(support=0.0, contradict=0.0, neither=1.0)
    support, contradict, neither = min((output.stance for output in outputs), key=lambda stance: stance[2])
    return StanceProbabilities(support=float(support), contradict=float(contradict), neither=float(neither))


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """What is wrong with a sentence, each in a few words; and how close it is to the quotes, about 0 to 1."""

    problems: tuple[str, ...]
    closeness: float

    @property
    def supported(self) -> bool:
        """Whether nothing is wrong with it."""
        return not self.problems


class Verifier:
    """Verifies sentences against quotes; safe to share between threads.

    Args:
        stem: the stems of the words of a text, without stop words.
        reader: the cross-encoder, by which it is told if a sentence says the same of the same things; without one, that
            is not looked at.
    """

    def __init__(
        self, *, encoder: MiniLM, stem: Stemmer, close: float = MIN_CLOSENESS, reader: Reader | None = None
    ) -> None:
        self._encoder = encoder
        self._reader = reader
        self.stem = stem
        self._stems_without_polarity = lru_cache(maxsize=_REMEMBERED)(
            lambda text: frozenset(stem(strip_polarity(text)))
        )
        self.entailment = Entailment(stem, encoder)
        self._support = (
            SupportFeatures(entailment=self.entailment, encoder=encoder, reader=reader) if reader is not None else None
        )
        self._close = close

    def similarities(self, sentence: str, quotes: Sequence[str]) -> list[float]:
        """The cosine of the sentence with each quote."""
        if not quotes:
            return []
        first, *others = self._encoder.encode([sentence, *quotes])
        return [float(first @ other) for other in others]

    def closeness(self, sentence: str, quotes: Sequence[str], *, known: str = "") -> float:
        """The mean of two: the cosine with the nearest quote, and the share of the sentence's words that they have.

        Names that ``known`` has count as theirs: an abstract says "this benchmark" where an answer names it.
        """
        stems = set(self.stem(sentence))
        named = set(self.stem(" ".join(extract_names(sentence)))) & set(self.stem(known))
        there = set(self.stem(" ".join(quotes))) | named
        shared = len(stems & there) / len(stems) if stems else 0.0
        return (max(self.similarities(sentence, quotes), default=0.0) + shared) / 2

    def verify(self, sentence: str, quotes: Sequence[str], *, known: str | Sequence[str] = "") -> Verification:
        """Whether the quotes support the sentence, each of its clauses by one of them.

        Args:
            quotes: the texts of the quotes that it cites.
            known: what else may lend it names, but no other words and no numbers: the title of the paper, or those of
                the papers of the quotes, one each.
        """
        closeness, problems, parts = self._read(sentence, quotes, known)
        if not problems and not self._says_the_same(parts):
            problems = ("the quotes may not say this of the same things",)
        return Verification(problems=problems, closeness=closeness)

    def passes_rules(self, sentence: str, quotes: Sequence[str], *, known: str | Sequence[str] = "") -> bool:
        """Whether all but the fitted decision, which needs the reader, takes the sentence for supported."""
        _, problems, _ = self._read(sentence, quotes, known)
        return not problems

    def _read(
        self, sentence: str, quotes: Sequence[str], known: str | Sequence[str]
    ) -> tuple[float, tuple[str, ...], list[QuotedPart]]:
        """The closeness, what rules find wrong, and which quote has what of the sentence."""
        titles = [known] * len(quotes) if isinstance(known, str) else [*known]
        read = " ".join(dict.fromkeys(titles))
        closeness = self.closeness(sentence, quotes, known=read)
        parts: list[QuotedPart] = []
        problems = find_conflicts(sentence, quotes, known=read) or self.entailment.conflicts(sentence, quotes)
        if not problems and quotes:
            parts = self.entailment.parts(sentence, quotes, titles)
            words = dict.fromkeys(word for part in parts for word in part.missing)
            problems = tuple(f"“{word}” is not in the quotes" for word in words)
            if problems and closeness >= self._close and self._reader_contradicts(sentence, quotes, read):
                problems = ("the quotes say the opposite",)
        if closeness < self._close:
            problems = ("it is about something else", *problems)
        return closeness, problems, parts

    def _says_the_same(self, parts: Sequence[QuotedPart]) -> bool:
        """Whether each quote surely says its part of the same things; it does where it has it word for word."""
        if self._support is None:
            return True
        model = load_support_model()
        return all(
            is_within(part.text, part.quote)
            or model.score(self._support.features(part.text, part.quote)) >= model.least
            for part in parts
        )

    def stance(self, claim: str, quotes: Sequence[str], *, known: str = "") -> Stance:
        """Whether the quotes support the claim or contradict it, or are about something else."""
        if self.closeness(claim, quotes, known=known) < self._close:
            return "neither"
        return "contradict" if _polarity_conflicts(claim, " ".join(quotes)) else "support"

    def _reader_contradicts(self, sentence: str, quotes: Sequence[str], known: str) -> bool:
        if self._reader is None:
            return False
        outputs = self._reader.read(sentence, [Window(title=known, text=" ".join(quotes))])
        return most_decided(outputs).contradict >= MIN_CONTRADICTION

    def opposed(self, one: str, other: str) -> bool:
        """Whether two sentences surely say the opposite: in the same words, but for a negation or a direction."""
        first, second = self._stems_without_polarity(one), self._stems_without_polarity(other)
        if len(first & second) < _SHARED_WORDS * len(first | second):
            return False
        return bool(_polarity_conflicts(one, other)) and extract_numbers(one) == extract_numbers(other)


def is_within(sentence: str, quote: str) -> bool:
    """Whether a sentence is a stretch of the quote, word for word."""
    return f" {' '.join(split_words(sentence))} " in f" {' '.join(split_words(quote))} "


def _polarity_conflicts(sentence: str, quoted: str) -> list[str]:
    return [*_negation_conflicts(sentence, quoted), *_direction_conflicts(sentence, quoted)]


def find_conflicts(sentence: str, quotes: Sequence[str], *, known: str = "") -> tuple[str, ...]:
    """What the sentence says that the quotes do not, as far as form tells; empty where nothing is found."""
    quoted = " ".join(quotes)
    return (
        *_number_conflicts(sentence, quoted, f"{quoted} {known}"),
        *_name_conflicts(sentence, f"{quoted} {known}"),
        *_polarity_conflicts(sentence, quoted),
    )


def _number_conflicts(sentence: str, quoted: str, read: str) -> list[str]:
    there = extract_numbers(read)
    values = {number.value for number in there} | spelled_numbers(read)
    problems = [f"the number {value} is not in the quotes" for value in _values(sentence) if value not in values]
    said, quoted_bounds = bounds(sentence), bounds(quoted)
    for value in sorted(said.keys() & quoted_bounds.keys()):
        if not said[value] & quoted_bounds[value]:
            problems.append(f"the number {value} is another bound")
    in_quotes = extract_numbers(quoted)
    for number in sorted(extract_numbers(sentence), key=lambda one: one.value):
        units = {other.unit for other in in_quotes if other.value == number.value}
        if not units or number.unit in units:
            continue
        if number.unit not in ("", "money") or all(unit in _QUANTITY_UNITS - {"money"} for unit in units):
            problems.append(f"the number {number.value} has another unit")
    return problems


def _values(text: str) -> list[str]:
    return sorted({number.value for number in extract_numbers(text)} | spelled_numbers(text))


def _name_conflicts(sentence: str, read: str) -> list[str]:
    there = read.casefold()
    forms = set(split_words(read))
    missing = []
    for name in sorted(extract_names(sentence)):
        folded = name.casefold()
        if folded not in there and not any(form.startswith(folded.rstrip("s")) for form in forms):
            missing.append(f"the name {name} is not in the quotes")
    return missing


def _negation_conflicts(sentence: str, quoted: str) -> list[str]:
    said, there = set(split_words(sentence)), set(split_words(quoted))
    if has_negation(sentence) and not has_negation(quoted):
        denied = _begin(_denied_words(quoted))
        return [] if denied & _begin(negated_words(sentence)) else ["it denies what the quotes say"]
    if (negated_words(sentence) & there) - _denied_words(quoted):
        return ["it denies what the quotes say"]
    if (negated_words(quoted) & said) - _denied_words(sentence):
        return ["it says what the quotes deny"]
    return []


def _denied_words(text: str) -> set[str]:
    """The words that a text may deny: those after a negation, and those beside a word that denies without one."""
    denied: set[str] = set()
    for part in re.split(r"[,;:()]", text):
        words = split_words(part)
        negations = [at for at, word in enumerate(words) if has_negation(word)]
        denied.update(word for at in negations for word in words[at + 1 : at + 1 + _DENIED_AFTER])
        for match in (*_DENIES_AFTER.finditer(part), *_DENIES_AROUND.finditer(part)):
            denied.update(split_words(part[match.end() :])[:_DENIED_NEAR])
        for match in _DENIES_AROUND.finditer(part):
            denied.update(split_words(part[: match.start()])[-_DENIED_NEAR:])
        denied.update(word for match in _FREE.finditer(part) for word in match[1].casefold().split("-"))
    return denied


def _begin(words: Collection[str]) -> set[str]:
    return {word[:_SAME_BEGINNING] for word in words if len(word) >= _SAME_BEGINNING}


def _direction_conflicts(sentence: str, quoted: str) -> list[str]:
    for one, other in ((sentence, quoted), (quoted, sentence)):
        if _FASTER.search(one) and _LESS_TIME.search(other):
            return []
    said, there = directions(sentence), directions(quoted)
    if said and there and not said & there:
        return ["it reverses the direction"]
    for direction, subject in clause_directions(sentence):
        same = [(other, subject & words_there) for other, words_there in clause_directions(quoted)]
        nearest = max(same, key=lambda one: len(one[1]), default=None)
        if nearest and nearest[1] and not nearest[0] & direction:
            return ["it reverses the direction"]
    return []
