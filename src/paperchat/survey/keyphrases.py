"""Keyphrases of papers: runs of one to three words, as they occur in the text, that could name a subject."""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from paperchat import lexicon
from paperchat.retrieval.query_analysis import content_words
from paperchat.storage.library import Library
from paperchat.survey.topic import find_abbreviations

TermStemmer = Callable[[str], list[str]]
TermKey = tuple[str, ...]
"""The stems of a term, in order: what its forms have in common."""

MAX_TERM_WORDS = 3
_TOKEN_PATTERN = re.compile(r"[^\W_](?:[\w'’+./-]*[^\W_])?[+#]*")
_WORD_PATTERN = re.compile(r"[^\W\d_]+")
_NUMBER_PATTERN = re.compile(r"[\d.,%×x-]+[kKmMbB]?$")
_MIN_WHOLE_SHARE = 0.35
"""A term must begin and end its phrase in at least this share of the places where it occurs."""

_LEXICON = lexicon.load("keyphrases")
_BEFORE_VERBS = _LEXICON.words("before_verbs")
_NOT_LAST_SUFFIXES = _LEXICON.phrases("not_last_suffixes")
_GENERAL_WORDS = _LEXICON.words("general")
_HEAD_WORDS = _LEXICON.words("heads")


@dataclass(frozen=True, slots=True)
class Term:
    """An occurrence of a term: its key, its form there, and whether it begins and ends the phrase that it is in."""

    key: TermKey
    form: str
    begins: bool
    ends: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TermVocabulary:
    """The terms of papers.

    Attributes:
        papers: the terms of each paper.
        titles: those of its title.
        forms: how each term is written.
        rarity: how rare each term is in the library, from 0 to 1.
        long_forms: the long forms that the papers give their abbreviations.
        lower_case_words: the words that occur in lower case in their abstracts.
    """

    papers: tuple[frozenset[TermKey], ...]
    titles: tuple[frozenset[TermKey], ...]
    forms: dict[TermKey, str]
    rarity: dict[TermKey, float]
    long_forms: dict[str, str]
    lower_case_words: frozenset[str]


def build_vocabulary(library: Library, titles: Sequence[str], abstracts: Sequence[str]) -> TermVocabulary:
    """Extract the terms of papers, given their titles and abstracts."""
    stems: dict[str, list[str]] = {}

    def stem(word: str) -> list[str]:
        if word not in stems:
            stems[word] = library.analyse(word)
        return stems[word]

    forms: dict[TermKey, Counter[str]] = defaultdict(Counter)
    begins: Counter[TermKey] = Counter()
    ends: Counter[TermKey] = Counter()
    title_keys, paper_keys = [], []
    for title, abstract in zip(titles, abstracts, strict=True):
        of_title, of_abstract = list(extract_terms(title, stem)), list(extract_terms(abstract, stem))
        for term in (*of_title, *of_abstract):
            forms[term.key][term.form] += 1
            begins[term.key] += term.begins
            ends[term.key] += term.ends
        title_keys.append(frozenset(term.key for term in of_title))
        paper_keys.append(frozenset(term.key for term in (*of_title, *of_abstract)))
    whole = {key for key, counts in forms.items() if min(begins[key], ends[key]) >= _MIN_WHOLE_SHARE * counts.total()}
    preferred = {key: preferred_form(forms[key]) for key in whole}
    return TermVocabulary(
        papers=tuple(keys & whole for keys in paper_keys),
        titles=tuple(keys & whole for keys in title_keys),
        forms=preferred,
        rarity=_rarity(library, preferred),
        long_forms=find_abbreviations(abstracts),
        lower_case_words=frozenset(
            word for abstract in abstracts for word in _WORD_PATTERN.findall(abstract) if word.islower()
        ),
    )


def extract_terms(text: str, stem: TermStemmer) -> Iterator[Term]:
    """Each term of ``text``, as often as it occurs."""
    for words, may_start_with_verb in _phrases(text):
        stems = [tuple(stem(word)) for word in words]
        for start in range(len(words)):
            if start == 0 and may_start_with_verb:
                continue
            for end in range(start + 1, min(start + MAX_TERM_WORDS, len(words)) + 1):
                run = words[start:end]
                if _could_name(run) and all(stems[start:end]):
                    key = tuple(one for several in stems[start:end] for one in several)
                    begins = start == 0 or words[start - 1].lower() in _GENERAL_WORDS
                    ends = end == len(words) or words[end].lower() in _GENERAL_WORDS
                    yield Term(key, " ".join(run), begins, ends)


def preferred_form(forms: Counter[str]) -> str:
    """The most common form; of equals the one with fewer capitals."""
    return max(forms, key=lambda form: (forms[form], -sum(map(str.isupper, form)), form))


@cache
def is_stop_word(word: str) -> bool:
    """Whether the query analysis drops the word."""
    return len(content_words(f"{word} xyzzy")) < 2


def generic_stems(stem: TermStemmer) -> frozenset[str]:
    """The stems of the head words ("model", "method"), which name no subject by themselves."""
    return frozenset(one for word in _HEAD_WORDS for one in stem(word))


def _phrases(text: str) -> Iterator[tuple[list[str], bool]]:
    """Runs of words without stop words, separated by single spaces, and whether the word before one precedes verbs."""
    run: list[str] = []
    before, last = "", 0
    for match in _TOKEN_PATTERN.finditer(text):
        if text[last : match.start()] != " ":
            if run:
                yield run, before in _BEFORE_VERBS
            run, before = [], ""
        last = match.end()
        if is_stop_word(match[0]) or _NUMBER_PATTERN.match(match[0]):
            if run:
                yield run, before in _BEFORE_VERBS
            run, before = [], match[0].lower()
        else:
            run.append(match[0])
    if run:
        yield run, before in _BEFORE_VERBS


def _could_name(words: Sequence[str]) -> bool:
    small = [word.lower() for word in words]
    if any(word in _GENERAL_WORDS or len(word) < 2 or word.endswith("ly") for word in small):
        return False
    if all(word in _HEAD_WORDS for word in small) or small[-1].endswith(_NOT_LAST_SUFFIXES):
        return False
    if len(words) > 1:
        return True
    return words[0].isupper() or (len(words[0]) > 3 and not (words[0].isalpha() and words[0].endswith("ing")))


def _rarity(library: Library, forms: dict[TermKey, str]) -> dict[TermKey, float]:
    """The rarity of each term's rarest word in the library, from 0 to 1."""
    words = {word for form in forms.values() for word in form.split()}
    frequency = library.document_frequency(words)
    passages = library.passage_count()
    most = math.log(passages + 2)
    return {
        key: max(math.log((passages + 2) / (frequency.get(word, 0) + 1)) for word in form.split()) / most
        for key, form in forms.items()
    }
