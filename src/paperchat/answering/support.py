"""Support: how likely a quote says of the same things what a sentence says, by roles, likeness and the reader.

A sentence may be made of the words of its quote and still turn round who does what. Its arguments are compared with
those of the quote by their roles (`answering.syntax`), by the vectors of their tokens in place, and by what the reader
answers when one of them is asked for.
"""

from __future__ import annotations

import functools
import json
import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paperchat.answering.entailment import Entailment, WordForms, share_stem
from paperchat.answering.syntax import OPEN_TAGS, Parser, Phrase, Syntax, load_parser
from paperchat.models.cross_encoder import Reader, ReaderOutput, Window
from paperchat.models.minilm import MiniLM, TokenEmbeddings

WEIGHTS_FILE = Path(__file__).with_name("support.json")
_SAME_WORD, _SAME_STEM, _SHARED_STEM, _SYNONYM = 1.0, 0.95, 0.85, 0.8
_IN_PLACE = 0.5
"""How much the likeness of two words in place counts beside their form, to choose between words of one form."""
_LEAST = 1e-3  # probability
_FAR = 12  # words
_KEPT_TEXTS = 64

Floats = NDArray[np.floating]
Features = dict[str, float]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ParsedText:
    """A text with its syntax, the forms of its words, and its content words."""

    syntax: Syntax
    tokens: TokenEmbeddings
    forms: tuple[WordForms, ...]
    content: tuple[int, ...]
    vector: Floats


class SupportFeatures:
    """Compares sentences with quotes; safe to share between threads."""

    def __init__(
        self, *, entailment: Entailment, encoder: MiniLM, reader: Reader, parser: Parser | None = None
    ) -> None:
        self._entailment, self._encoder, self._reader = entailment, encoder, reader
        self._parser = parser or load_parser()
        self.parse = functools.lru_cache(maxsize=_KEPT_TEXTS)(self._parse)

    def features(self, sentence: str, quote: str) -> Features:
        """What speaks for and against the sentence, by name; a feature that is not there is 0."""
        said, there = self.parse(sentence), self.parse(quote)
        compared = _Comparison(said, there)
        found = compared.features()
        asked = [(name, phrase) for name, phrase in _arguments(said.syntax) if phrase is not None]
        window = Window(title="", text=quote)
        questions = [_question(said.syntax, phrase) for _, phrase in asked]
        for (name, phrase), question in zip(asked, questions, strict=True):
            (output,) = self._reader.read(question, [window])
            found |= {f"asked {name} {key}": value for key, value in compared.answer(phrase, output).items()}
        (output,) = self._reader.read(sentence, [window])
        found |= {f"stance {at}": float(one) for at, one in enumerate(output.stance)}
        return found

    def _parse(self, text: str) -> ParsedText:
        (tokens,) = self._encoder.encode_tokens([text])
        syntax = self._parser.parse(text, tokens)
        forms = tuple(self._entailment.forms(word) for word in syntax.words)
        content = tuple(
            at
            for at, (word, tag) in enumerate(zip(syntax.words, syntax.tags, strict=True))
            if tag in OPEN_TAGS and (tag == "verb" or not self._entailment.is_unstated(word))
        )
        mean = tokens.vectors.mean(axis=0) if len(tokens.vectors) else np.zeros(1, np.float32)
        vector = mean / (np.linalg.norm(mean) + 1e-9)
        return ParsedText(syntax=syntax, tokens=tokens, forms=forms, content=content, vector=vector)


class _Comparison:
    """A sentence beside a quote, its words aligned with those of the quote."""

    def __init__(self, said: ParsedText, there: ParsedText) -> None:
        self._said, self._there = said, there
        self._cosines = said.syntax.vectors @ there.syntax.vectors.T
        self._aligned = self._align()

    def _align(self) -> dict[int, int]:
        there = self._there.syntax
        candidates = [at for at, tag in enumerate(there.tags) if tag in OPEN_TAGS or tag == "adverb"]
        aligned: dict[int, int] = {}
        for at, tag in enumerate(self._said.syntax.tags):
            if tag not in OPEN_TAGS:
                continue
            scored = [
                (form + _IN_PLACE * float(self._cosines[at, other]), other)
                for other in candidates
                if (form := self._same_form(at, other))
            ]
            if scored:
                aligned[at] = max(scored)[1]
        return aligned

    def _same_form(self, at: int, other: int) -> float:
        one, two = self._said.syntax.words[at], self._there.syntax.words[other]
        said, there = self._said.forms[at], self._there.forms[other]
        if one == two:
            return _SAME_WORD
        if said.stems & there.stems:
            return _SAME_STEM
        if share_stem(one, two):
            return _SHARED_STEM
        return _SYNONYM if said.groups & there.groups else 0.0

    def features(self) -> Features:
        return {**self._likeness(), **self._order(), **self._roles()}

    def _likeness(self) -> Features:
        said, there = self._said, self._there
        content = said.content
        in_place = self._in_place(content)
        missing = [at for at in content if at not in self._aligned]
        heads = {phrase.head for phrase in said.syntax.phrases}
        tokens = said.tokens.vectors @ there.tokens.vectors.T
        verb = said.syntax.main_verb
        before, after = (self._in_place([at for at in content if side(at)]) for side in (verb.__gt__, verb.__lt__))
        exact = [said.syntax.words[at] == there.syntax.words[other] for at, other in self._aligned.items()]
        return {
            "words": float(len(content)),
            "missing": float(len(missing)),
            "missing share": len(missing) / max(len(content), 1),
            "missing heads": float(sum(at in heads for at in missing)),
            "missing likeness": min((float(self._cosines[at].max()) for at in missing), default=1.0),
            "same words": float(np.mean(exact)) if exact else 0.0,
            "in place": float(np.mean(in_place)) if in_place else 0.0,
            "least in place": min(in_place, default=0.0),
            "before the verb": float(np.mean(before)) if before else -1.0,
            "after the verb": float(np.mean(after)) if after else -1.0,
            "least before the verb": min(before, default=-1.0),
            "least after the verb": min(after, default=-1.0),
            "tokens of the sentence": float(tokens.max(axis=1).mean()) if tokens.size else 0.0,
            "tokens of the quote": float(tokens.max(axis=0).mean()) if tokens.size else 0.0,
            "cosine": float(said.vector @ there.vector) if tokens.size else 0.0,
            "length": len(content) / max(len(there.content), 1),
            "phrases": float(len(said.syntax.phrases)),
            "phrases of the quote": float(len(there.syntax.phrases)),
        }

    def _in_place(self, words: Sequence[int]) -> list[float]:
        """The cosines of words with those that they are aligned with."""
        return [float(self._cosines[at, self._aligned[at]]) for at in words if at in self._aligned]

    def _order(self) -> Features:
        said, there = self._said.syntax, self._there.syntax
        aligned = self._aligned
        content = [at for at in self._said.content if at in aligned]
        places = [aligned[at] for at in content]
        pairs = [(one, two) for at, one in enumerate(places) for two in places[at + 1 :] if one != two]
        verb = said.main_verb
        before = [aligned[at] for at in content if at < verb]
        after = [aligned[at] for at in content if at > verb]
        across = [(one, two) for one in before for two in after if one != two]
        jumps = [abs(two - one) for one, two in pairwise(places)]
        flips = [
            passive != there.passive[aligned[at]]
            for at, passive in said.passive.items()
            if aligned.get(at) in there.passive
        ]
        found = {
            "inverted": float(np.mean([one > two for one, two in pairs])) if pairs else 0.0,
            "inverted around the verb": float(np.mean([one > two for one, two in across])) if across else 0.5,
            "voice turned": float(sum(flips)),
            "mean jump": float(np.mean(jumps)) if jumps else 0.0,
            "longest jump": float(max(jumps, default=0)),
            "aligned twice": float(len(places) - len(set(places))),
        }
        if verb in aligned:
            place = aligned[verb]
            found["verb is aligned"] = 1.0
            if before:
                found["subject is before"] = float(np.mean([one < place for one in before]))
                found["distance of the subject"] = float(
                    min(place - max((one for one in before if one < place), default=place - _FAR), _FAR)
                )
            if after:
                found["object is after"] = float(np.mean([one > place for one in after]))
        return found

    def _roles(self) -> Features:
        """How often a relation of the sentence is in the quote, is another there, or is somebody else's."""
        there = self._there.syntax
        roles: dict[tuple[int, int], set[str]] = {}
        own: dict[int, set[str]] = {}
        rivals: Counter[tuple[int, str]] = Counter()
        for one in there.relations:
            roles.setdefault((one.governor, one.dependent), set()).add(one.role)
            own.setdefault(one.dependent, set()).add(one.role)
            rivals[one.governor, one.role] += 1
        found: defaultdict[str, float] = defaultdict(float)
        for one in self._said.syntax.relations:
            role, is_argument = one.role, one.role in ("subject", "object")
            found[f"{role}s"] += 1
            governor, dependent = self._aligned.get(one.governor), self._aligned.get(one.dependent)
            if governor is None or dependent is None:
                found[f"{role} not aligned"] += 1
                if is_argument and dependent is not None and governor is None:
                    found[f"{role} of another verb: {_main(own.get(there.head_of(dependent), set()))}"] += 1
                continue
            head, top = there.head_of(dependent), there.head_of(governor)
            between = set().union(
                *(roles.get(pair, set()) for pair in ((governor, dependent), (governor, head), (top, head)))
            )
            if there.phrase_of[governor] == there.phrase_of[dependent] >= 0:
                between.add("modifier")
            turned = roles.get((dependent, governor), set()) | roles.get((head, top), set())
            if role in between:
                found[f"{role} is there"] += 1
            elif is_argument and between & {"subject", "object"}:
                found[f"{role} is turned round"] += 1
            elif between:
                found[f"{role} is {_main(between)}"] += 1
            elif turned:
                found[f"{role} governs"] += 1
            elif is_argument:
                is_verb = governor in there.passive
                rival = "another's" if is_verb and rivals[governor, role] else "nobody's" if is_verb else "no verb's"
                found[f"{role} is {rival}"] += 1
                found[f"{role} was {_main(own.get(head, set()))}"] += 1
                found["distance of arguments"] += min(abs(governor - dependent), _FAR) / _FAR
            else:
                found[f"{role} is none"] += 1
                found[f"distance of {role}"] += min(abs(governor - dependent), _FAR) / _FAR
        return dict(found)

    def answer(self, phrase: Phrase, output: ReaderOutput) -> Features:
        """What the reader's answer to the question for a phrase says for the phrase."""
        there = self._there.syntax
        spans = [there.span_of(one) for one in there.phrases]
        likely = output.start_probabilities(spans) if spans else np.zeros(0)
        words = [self._aligned[at] for at in range(phrase.start, phrase.end) if at in self._aligned]
        own = {there.phrase_of[at] for at in words if there.phrase_of[at] >= 0}
        right = float(sum(likely[number] for number in own))
        wrong = max((float(one) for number, one in enumerate(likely) if number not in own), default=0.0)
        found = {
            "is there": 1.0,
            "right": right,
            "wrong": wrong,
            "odds": math.log((right + _LEAST) / (wrong + _LEAST)),
            "no answer": output.no_answer,
            "answerable": output.answerable,
        }
        if best := output.best_answer((0, len(there.text))):
            (start, end), found["best"] = best
            answered = {at for at, span in enumerate(there.spans) if span[0] < end and span[1] > start}
            found["recall"] = len(answered & set(words)) / max(len(set(words)), 1)
            found["precision"] = len(answered & set(words)) / max(len(answered), 1)
        return found


def _main(roles: set[str]) -> str:
    return next((role for role in ("subject", "object", "attached", "modifier", "joined") if role in roles), "none")


def _arguments(said: Syntax) -> list[tuple[str, Phrase | None]]:
    """The subject, and the two phrases after the main verb; a phrase with what it is *of*."""
    verb = said.main_verb
    before = [phrase for phrase in said.phrases if phrase.head < verb]
    attached = {one.dependent for one in said.relations if one.role == "attached"}
    subject = next((phrase for phrase in before if phrase.head not in attached), before[0] if before else None)
    after = [phrase for phrase in said.phrases if phrase.start > verb]
    chosen = (("subject", subject), ("first", after[0] if after else None), ("second", next(iter(after[1:2]), None)))
    return [(name, _with_of(said, phrase) if phrase else None) for name, phrase in chosen]


def _with_of(said: Syntax, phrase: Phrase) -> Phrase:
    end = phrase.end
    if end + 1 < len(said.words) and said.words[end] == "of" and said.phrase_of[end + 1] >= 0:
        end = said.phrases[said.phrase_of[end + 1]].end
    return Phrase(start=phrase.start, end=end, head=phrase.head)


def _question(said: Syntax, phrase: Phrase) -> str:
    """The sentence with *what* in place of a phrase."""
    start, end = said.span_of(phrase)
    return f"{said.text[:start]}{'what' if start else 'What'}{said.text[end:].rstrip('. ')}?"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SupportModel:
    """Logistic regression over `SupportFeatures`.

    Attributes:
        least: the log-odds from which on a sentence is supported.
    """

    weights: Mapping[str, float]
    intercept: float
    least: float

    def score(self, features: Mapping[str, float]) -> float:
        """The log-odds of support."""
        return self.intercept + sum(weight * features.get(name, 0.0) for name, weight in self.weights.items())


@functools.cache
def load_support_model(path: Path = WEIGHTS_FILE) -> SupportModel:
    """The model that ships with the package; ``benchmarks/fit_support.py`` writes it."""
    return support_model_from(json.loads(path.read_text(encoding="utf-8")))


def support_model_from(data: Mapping[str, Any]) -> SupportModel:
    """The model of weights as they are stored."""
    return SupportModel(**{name: data[name] for name in ("weights", "intercept", "least")})
