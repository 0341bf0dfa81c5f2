"""Topics: their parts, and their content words in phrases, with weights, abbreviations and long forms."""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from paperchat import lexicon
from paperchat.retrieval.query_analysis import content_words, correct_spelling
from paperchat.storage.library import Library

_ABBREVIATION_PATTERN = re.compile(r"(?<= )\(([A-Za-z0-9][\w-]{1,9})\)")
_WORDS_BEFORE = re.compile(r"(?:[\w/-]+ ){1,8}\Z")
_LONGEST_FORM = 400
"""In characters: so far before an abbreviation its long form is looked for."""
_MIN_WEIGHT = 0.02

_LEXICON = lexicon.load("survey_scope")
_HEADS = re.compile(rf"(?:{_LEXICON.regex('heads')})(?=\s|$)\s*", re.IGNORECASE)
_ENDS = re.compile(rf"\s+(?:{_LEXICON.regex('ends')})$", re.IGNORECASE)
_EMPTY = re.compile(rf"(?:(?:{_LEXICON.regex('empty')}|{_LEXICON.regex('ends')})(?:\s+|$))*", re.IGNORECASE)
_ASPECTS = re.compile(_LEXICON.regex("aspects"), re.IGNORECASE)
_RELATIONS = re.compile(rf"\s+{_LEXICON.regex('relations')}\s+", re.IGNORECASE)
_SEPARATOR = re.compile(r"\s*[,;/&]\s*(?:and\s+|or\s+)?|\s+(?:and|or|as well as|versus|vs\.?)\s+", re.IGNORECASE)
_MAX_PARTS = 3
_MAX_ALTERNATIVES = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicWord:
    """A content word of a topic.

    Attributes:
        form: the word as written.
        phrase: the index of its phrase; words with only a space or a hyphen between them form one.
        stems: its stems.
        weight: its share of the topic, by rarity in the library; the weights of a topic sum to one.
        abbreviations: abbreviations whose long form includes it; they match as written.
        expansion: the stems of its long form, where it is an abbreviation.
    """

    form: str
    phrase: int
    stems: tuple[str, ...]
    weight: float
    abbreviations: tuple[str, ...] = ()
    expansion: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """A parsed topic; ``search_text`` is for a lexical search: its words, abbreviations and long forms."""

    search_text: str
    words: tuple[TopicWord, ...]

    @property
    def phrases(self) -> tuple[str, ...]:
        """The topic's phrases, in order."""
        last = max((word.phrase for word in self.words), default=-1)
        return tuple(" ".join(w.form for w in self.words if w.phrase == phrase) for phrase in range(last + 1))


UNPARSED_TOPIC = Topic(search_text="", words=())
"""Stands for a topic that was not parsed."""


def parse_topic(library: Library, topic: str, texts: Sequence[str]) -> Topic:
    """Parse a topic; ``texts``, likely to be about it, give abbreviations and the spelling of unknown words."""
    forms, phrases = _words_and_phrases(topic)
    frequency = library.document_frequency(forms)
    unknown = {form for form in forms if not frequency.get(form)}
    if unknown and (corrected := correct_spelling(topic, unknown=unknown, passages=texts)) != topic:
        corrected_forms, corrected_phrases = _words_and_phrases(corrected)
        if len(corrected_forms) == len(forms):  # else a word was corrected to a stop word
            forms, phrases = corrected_forms, corrected_phrases
            frequency = library.document_frequency(forms)
    passages = library.passage_count()
    stems = [tuple(library.analyse(form)) for form in forms]
    weights = [_weight(frequency.get(form, 0), passages) for form in forms]
    abbreviations, expansions, variants = _variants(library, forms, stems, find_abbreviations(texts))
    total = sum(weights) or 1.0
    words = (
        TopicWord(
            form=forms[at],
            phrase=phrases[at],
            stems=own_stems,
            weight=weight / total,
            abbreviations=tuple(abbreviations[at]),
            expansion=expansions[at],
        )
        for at, (own_stems, weight) in enumerate(zip(stems, weights, strict=True))
    )
    return Topic(search_text=" ".join([*forms, *variants]), words=tuple(words))


def topic_parts(topic: str) -> tuple[tuple[str, ...], ...]:
    """The parts of a topic, each as its alternatives; none where the topic is no more than one phrase.

    ``memory and planning for LLM agents`` is about memory or planning, and about agents.
    """
    plain = " ".join(re.sub(r"[()]", ", ", topic).split()).strip(" ,;.?!")
    parts = [_alternatives(part) for part in _RELATIONS.split(plain)]
    parts = [part for part in parts if part][:_MAX_PARTS]
    return () if parts == [(plain,)] else tuple(parts)


def _alternatives(part: str) -> tuple[str, ...]:
    """What a part names: ``speech and audio models`` are speech models or audio models."""
    several = [one for one in _SEPARATOR.split(part) if content_words(one)]
    if (
        len(several) > 1
        and len(content_words(several[-1])) > 1
        and all(len(content_words(one)) == 1 for one in several[:-1])
    ):
        head = several[-1][content_words(several[-1])[0][1] :].strip()
        several = [*(f"{one} {head}" for one in several[:-1]), several[-1]]
    plain = list(dict.fromkeys(filter(None, map(_without_generic, several))))
    return tuple([one for one in plain if not _ASPECTS.fullmatch(one)] or plain)[:_MAX_ALTERNATIVES]


def _without_generic(phrase: str) -> str:
    """The phrase without words that only say that it is a topic; empty where nothing is left."""
    rest = phrase.strip()
    while match := _HEADS.match(rest):
        rest = rest[match.end() :]
    while match := _ENDS.search(rest):
        rest = rest[: match.start()]
    return "" if _EMPTY.fullmatch(rest) else rest


def find_abbreviations(texts: Iterable[str]) -> dict[str, str]:
    """Map each abbreviation, in the singular, to the long form that most of the texts give it in parentheses."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for text in texts:
        for abbreviation, long_form in _abbreviations_in(text):
            counts[abbreviation][long_form] += 1
    return {abbreviation: max(forms, key=lambda form: (forms[form], form)) for abbreviation, forms in counts.items()}


@lru_cache(maxsize=1024)  # each wording of a topic asks for those of the same texts
def _abbreviations_in(text: str) -> tuple[tuple[str, str], ...]:
    """Each abbreviation of a text with its long form."""
    pairs = set()
    end = 0
    for match in _ABBREVIATION_PATTERN.finditer(text):
        if before := _WORDS_BEFORE.search(text, max(end, match.start() - _LONGEST_FORM), match.start()):
            pairs.add((_singular(match[1]), before[0].strip()))
            end = match.end()
    return tuple(
        (abbreviation, long_form)
        for abbreviation, before in pairs
        if any(letter.isupper() for letter in abbreviation) and (long_form := _long_form(abbreviation, before))
    )


def _singular(abbreviation: str) -> str:
    if len(abbreviation) > 2 and abbreviation.endswith("s") and abbreviation[:-1].isupper():
        return abbreviation[:-1]
    return abbreviation


def _long_form(abbreviation: str, before: str) -> str:
    """The end of ``before`` that has the letters of the abbreviation in order, the first of them beginning a word."""
    at = len(before)
    for place in range(len(abbreviation) - 1, -1, -1):
        letter = abbreviation[place].lower()
        if not letter.isalnum():
            continue
        at -= 1
        while at >= 0 and (before[at].lower() != letter or (place == 0 and at > 0 and before[at - 1].isalnum())):
            at -= 1
        if at < 0:
            return ""
    long = before[at:]
    words = re.split(r"[\s-]+", long)
    fits = 1 < len(words) <= len(abbreviation) + 2 and abbreviation.lower() not in map(str.lower, words)
    return long.lower() if fits else ""


def _words_and_phrases(topic: str) -> tuple[list[str], list[int]]:
    """The topic's content words, and the index of the phrase that each is in."""
    forms: list[str] = []
    phrases: list[int] = []
    last = 0
    for start, end, form in content_words(topic):
        is_separated = bool(forms) and topic[last:start].strip(" -") != ""
        phrases.append((phrases[-1] if phrases else 0) + is_separated)
        forms.append(form)
        last = end
    return forms, phrases


def _variants(
    library: Library, forms: Sequence[str], stems: Sequence[tuple[str, ...]], long_forms: Mapping[str, str]
) -> tuple[list[list[str]], list[tuple[str, ...]], list[str]]:
    """The abbreviations that include each word, the stems of each word's long form, and all of these as text."""
    abbreviations: list[list[str]] = [[] for _ in forms]
    expansions: list[tuple[str, ...]] = [() for _ in forms]
    variants: list[str] = []
    for abbreviation, long_form in long_forms.items():
        expansion = library.analyse(long_form)
        if not expansion:
            continue
        for at, form in enumerate(forms):
            if form.lower() in (abbreviation.lower(), f"{abbreviation.lower()}s"):
                expansions[at] = tuple(expansion)
                variants.append(long_form)
            run = [stem for word_stems in stems[at:] for stem in word_stems]
            covered, length = 0, 0
            while at + covered < len(forms) and length < len(expansion):
                length += len(stems[at + covered])
                covered += 1
            if length == len(expansion) and run[:length] == expansion:
                variants.append(abbreviation)
                for place in range(at, at + covered):
                    abbreviations[place].append(abbreviation)
    return abbreviations, expansions, variants


def _weight(frequency: int, passages: int) -> float:
    """The inverse document frequency, 1 for a word that no passage has, plus a minimum."""
    rarest = math.log(1 + (passages + 0.5) / 0.5)
    count = min(frequency, passages)
    return math.log(1 + (passages - count + 0.5) / (count + 0.5)) / rarest + _MIN_WEIGHT
