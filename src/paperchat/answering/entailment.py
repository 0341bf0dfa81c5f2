"""Lexical entailment: whether each clause of a sentence is in one quote, word for word or in synonyms.

A light word may be missing: one that stands in abstracts of any subject and claims nothing (*basis*, *handles*), where
the quote has a word that is somewhat like it in its place, as the vectors of their tokens tell.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from paperchat import lexicon
from paperchat.models.minilm import MiniLM, TokenEmbeddings
from paperchat.text.facts import extract_names, extract_numbers, spelled_numbers, split_words, units_of
from paperchat.text.field_abbreviations import write_out_abbreviations

Stemmer = Callable[[str], list[str]]

_LEXICON = lexicon.load("entailment")
_FACTS = lexicon.load("facts")
_UNSTATED = _LEXICON.words("function_words") | _LEXICON.words("reporting_words")
_BASE_FORMS = {form: base for base, *forms in map(str.split, _LEXICON.phrases("irregular_forms")) for form in forms}
_CLAUSE_BREAK = re.compile(rf";|\b(?:{_LEXICON.regex('clause_words')})\b", re.IGNORECASE)
_ADDRESS = re.compile(
    r"https?:\S*|\bwww\.\S+|[\w.+-]+@[\w-]+\.[a-z]\S*|\b[a-z][\w-]+(?:\.[\w-]+)*\.[a-z]{2,}\b(?:/\S*)?|\+\d[\d\s()-]{6,}",
    re.IGNORECASE,
)
_ACRONYM = re.compile(r"\b[A-Z][A-Z\d]+(?=s?\b)")
# What is done, and by whom: up to the end of the clause.
_AGENT = re.compile(
    r"\b(\w+ed|\w+en|\w+n)\s+by\s+((?:(?!,\s+(?:\w+ing|which|where|while|and|but)\b)[^;:().])+)", re.IGNORECASE
)
_CLAIM_FORM = re.compile(r"(?:less|est|ier)$|^(?:un|non)\w{4}|\d")
_LIGHT_LIKENESS = 0.4
"""How like a token of the quote a missing word must be, by the cosine of their vectors; chosen by
``benchmarks/model_additions.py`` with half of the synonyms, or all, taken away."""
_LONG_CLAUSE = 8  # content words; two of so many may be missing, else one
_MAX_MISSING = 2  # of a sentence
_MIN_SUPPORTED = 3  # content words of a sentence of which any is missing
_MIN_PREFIX = 5
_MAX_SUFFIX = 5  # letters that two words of one stem may differ in at their ends


def find_addresses(text: str) -> list[str]:
    """The addresses in a text: of pages, hosts, mailboxes and telephones."""
    return [match[0].strip("().,;") for match in _ADDRESS.finditer(text)]


@dataclass(frozen=True, slots=True, kw_only=True)
class WordForms:
    """What other words a word may be known by."""

    stems: frozenset[str]
    groups: frozenset[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotedPart:
    """What of a sentence one quote has, and the words and numbers of it that the quote has not."""

    text: str
    quote: str
    missing: tuple[str, ...]


class Entailment:
    """Compares the content words of sentences with those of quotes.

    Args:
        stem: the stems of the words of a text, without stop words.
        encoder: what compares words in place; without one, no word may be missing.
    """

    def __init__(self, stem: Stemmer, encoder: MiniLM | None = None) -> None:
        self._stem = stem
        self._encoder = encoder

    @cached_property
    def _claim_stems(self) -> frozenset[str]:
        words = _LEXICON.words("claim_words").union(*(_FACTS.words(key) for key in ("negations", "up", "down")))
        return frozenset(stem for word in words.union(_FACTS.phrases("number_words")) for stem in self.stems(word))

    @cached_property
    def _light_stems(self) -> frozenset[str]:
        return frozenset(stem for word in lexicon.load("light_words").words("words") for stem in self.stems(word))

    def is_claim(self, word: str) -> bool:
        """Whether the word alone claims something: praise, comparison, quantity, certainty, absence."""
        return bool(_CLAIM_FORM.search(word)) or not self._claim_stems.isdisjoint(self.stems(word))

    def is_unstated(self, word: str) -> bool:
        """Whether the word needs no counterpart."""
        return word in _UNSTATED

    @cached_property
    def _groups_by_stem(self) -> dict[str, frozenset[int]]:
        groups: dict[str, set[int]] = {}
        for number, group in enumerate(_LEXICON.phrases("synonyms")):
            for word in group.split():
                for stem in self.stems(word):
                    groups.setdefault(stem, set()).add(number)
        return {stem: frozenset(numbers) for stem, numbers in groups.items()}

    def groups(self, stem: str) -> frozenset[int]:
        """The numbers of the groups of synonyms that a stem is in."""
        return self._groups_by_stem.get(stem, frozenset())

    def stems(self, word: str) -> list[str]:
        """The stems of a word, of the base form where it is irregular; a stop word is its own."""
        base = _BASE_FORMS.get(word, word)
        return self._stem(base) or [base]

    def forms(self, word: str) -> WordForms:
        """The stems of a word and of its parts, and the groups of synonyms that they are in."""
        stems = frozenset(stem for part in _words(word) for stem in self.stems(part))
        return WordForms(stems=stems, groups=frozenset().union(*map(self.groups, stems)))

    def conflicts(self, sentence: str, quotes: Sequence[str]) -> tuple[str, ...]:
        """What the sentence adds that no quote can have: an address, or somebody else who did it."""
        read = " ".join(quotes).casefold()
        added = [address for address in find_addresses(sentence) if address.casefold() not in read]
        if added:
            return tuple(f"the address {address} is not in the quotes" for address in added)
        return tuple(self._agent_conflicts(sentence, quotes))

    def parts(self, sentence: str, quotes: Sequence[str], titles: Sequence[str]) -> list[QuotedPart]:
        """The whole sentence with the quote that has it, or what each of several quotes has of its clauses.

        Args:
            titles: for each quote, what may lend it names: the title of its paper.
        """
        sources = [_Source(self, quote, title) for quote, title in zip(quotes, titles, strict=True)]
        names = {word for name in extract_names(sentence) for word in _words(name)} | set(_words(sentence)[:1])
        clauses = list(_clauses(sentence))
        missing = [[source.missing(clause, names) for source in sources] for clause in clauses]
        if any(all(found) for found in missing) and self._encoder is not None:
            nearest = [min(found, key=len) for found in missing]
            supported = sum(len(content_words(clause)) for clause in clauses) - sum(map(len, nearest))
            if sum(map(len, nearest)) <= _MAX_MISSING and supported >= _MIN_SUPPORTED:
                likeness = _Likeness(self._encoder, sentence)
                missing = [
                    [
                        [] if self._may_miss(clause, source, names, likeness) else words
                        for source, words in zip(sources, found, strict=True)
                    ]
                    for clause, found in zip(clauses, missing, strict=True)
                ]
        chosen = [int(np.argmin([*map(len, found)])) for found in missing]
        least = sum(len(found[at]) for found, at in zip(missing, chosen, strict=True))
        for at, source in enumerate(sources):
            if sum(len(found[at]) for found in missing) <= least:
                words = [word for found in missing for word in found[at]]
                return [QuotedPart(text=sentence, quote=source.text, missing=tuple(dict.fromkeys(words)))]
        return [
            QuotedPart(
                text=" ".join(clause.strip() for clause, other in zip(clauses, chosen, strict=True) if other == at),
                quote=sources[at].text,
                missing=tuple(
                    dict.fromkeys(
                        word for found, other in zip(missing, chosen, strict=True) if other == at for word in found[at]
                    )
                ),
            )
            for at in dict.fromkeys(chosen)
        ]

    def _may_miss(self, clause: str, source: _Source, names: set[str], likeness: _Likeness) -> bool:
        """Whether the quote has the clause but for a light word, or two of a long one."""
        missing = source.missing(clause, names)
        stated = len(content_words(clause))
        allowed = 2 if stated >= _LONG_CLAUSE else 1
        return not missing or (
            len(missing) <= min(allowed, stated - 1)
            and all(self._is_light(word) for word in missing)
            and all(likeness.nearest(word, clause, source.text) >= _LIGHT_LIKENESS for word in missing)
        )

    def _is_light(self, word: str) -> bool:
        return not self.is_claim(word) and not self._light_stems.isdisjoint(self.stems(word))

    def _agent_conflicts(self, sentence: str, quotes: Sequence[str]) -> Iterator[str]:
        """Of what is *done by* somebody in the sentence and in a quote: where it is somebody else."""
        there = [(self.stems(match[1]), match[2]) for quote in quotes for match in _AGENT.finditer(quote)]
        for match in _AGENT.finditer(sentence):
            sources = [_Source(self, agent, "") for stems, agent in there if stems == self.stems(match[1])]
            agent = [word for word in _words(match[2]) if word not in _UNSTATED]
            if sources and agent and not any(source.has_any(agent) for source in sources):
                yield f"the quotes do not say that it was {match[1]} by “{match[2].strip()}”"


class _Source:
    """The words of one quote, and of its title where they are names."""

    def __init__(self, entailment: Entailment, quote: str, title: str) -> None:
        self._entailment = entailment
        words = {*_words(quote), *_words(write_out_abbreviations(quote))}
        self._stems = {stem for word in words for stem in entailment.stems(word)}
        self._groups = {number for stem in self._stems for number in entailment.groups(stem)}
        self._title = {stem for word in _words(title) for stem in entailment.stems(word)}
        self._words = words
        self.text = quote
        self._numbers = {number.value for number in extract_numbers(quote)} | spelled_numbers(quote)
        self._units = {number.unit for number in extract_numbers(quote)} | units_of(words)

    def missing(self, clause: str, names: set[str]) -> list[str]:
        """The words and numbers of the clause that the quote has not.

        Args:
            names: the words that may come from the title.
        """
        spelled_out = _spelled_out(clause, self.text) | _spelled_out(self.text, clause)
        numbers = {number.value for number in extract_numbers(clause)} | spelled_numbers(clause)
        unstated = _UNSTATED | spelled_out
        words = (word for word in content_words(clause) if word not in unstated)
        return [*sorted(numbers - self._numbers), *(word for word in words if not self._has(word, names))]

    def has_any(self, words: Sequence[str]) -> bool:
        """Whether the quote has one of these words."""
        return any(self._has(word, set()) for word in words)

    def _has(self, word: str, names: set[str]) -> bool:
        """Whether the quote has the word, another form of it, or a synonym."""
        if len(word) == 1 or word in self._words or units_of([word]) & self._units:
            return True
        for stem in self._entailment.stems(word):
            if stem in self._stems or (word in names and stem in self._title):
                return True
            if self._groups & self._entailment.groups(stem):
                return True
        return any(share_stem(word, other) for other in self._words)


class _Likeness:
    """Compares words of one sentence with those of quotes, in place."""

    def __init__(self, encoder: MiniLM, sentence: str) -> None:
        self._encoder = encoder
        self._sentence = sentence
        self._embeddings: dict[str, TokenEmbeddings] = {}

    def nearest(self, word: str, clause: str, quote: str) -> float:
        """The cosine of the word in the clause with the nearest token of the quote; of its tokens the mean."""
        clause_start = self._sentence.index(clause)
        found = re.compile(re.escape(word), re.IGNORECASE).search(self._sentence, clause_start)
        said, there = self._embed(self._sentence), self._embed(quote)
        if found is None or not len(there.vectors):
            return 0.0
        inside = [at for at, (start, end) in enumerate(said.offsets) if start < found.end() and end > found.start()]
        return float(np.mean((said.vectors[inside] @ there.vectors.T).max(axis=1))) if inside else 0.0

    def _embed(self, text: str) -> TokenEmbeddings:
        if text not in self._embeddings:
            (self._embeddings[text],) = self._encoder.encode_tokens([text])
        return self._embeddings[text]


def content_words(clause: str) -> list[str]:
    """The words of a clause that need a counterpart, without numbers."""
    return [word for word in _words(clause) if word not in _UNSTATED and not word[0].isdecimal()]


def share_stem(one: str, other: str) -> bool:
    """Whether two words begin alike and differ in their endings alone: *interpret* and *interpretability*."""
    shared = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    return (
        shared >= _MIN_PREFIX
        and shared >= min(len(one), len(other)) - _MAX_SUFFIX + 1
        and one.endswith("less") == other.endswith("less")
    )


def _spelled_out(text: str, other: str) -> set[str]:
    """The acronyms of ``text`` that ``other`` spells out, and the words it spells them out with."""
    words = _words(other)
    initials = "".join(word[0] for word in words)
    found: set[str] = set()
    for acronym in {match[0].casefold() for match in _ACRONYM.finditer(text)}:
        at = initials.find(acronym)
        if at >= 0 and acronym not in words and not _UNSTATED.intersection(words[at : at + len(acronym)]):
            found |= {acronym, f"{acronym}s", *words[at : at + len(acronym)]}
    return found


def _words(text: str) -> list[str]:
    return [part for word in split_words(text) for part in re.split(r"[-']", word) if part]


def _clauses(sentence: str) -> Iterator[str]:
    return (clause for clause in _CLAUSE_BREAK.split(sentence) if any(letter.isalnum() for letter in clause))
