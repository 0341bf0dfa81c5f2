"""Shortens windows to one to three sentences that answer the question, or only look as if they did."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import replace

from paperchat.text.sentences import sentence_spans
from train.data.examples import Example

_ANSWER_SHARE = 0.6  # share of answered questions whose window keeps the answer
_ONE_SENTENCE_SHARE = 0.6  # share of windows of a single sentence
_WORD = re.compile(r"[A-Za-z]{3,}|\d+")
_STEM = 5  # letters


def shorten_windows(found: Sequence[Example], share: float, chance: random.Random) -> list[Example]:
    """Give this share of the questions a short window."""
    return [_shorten(one, chance) if one.task != "stance" and chance.random() < share else one for one in found]


def _shorten(example: Example, chance: random.Random) -> Example:
    spans = sentence_spans(example.text)
    answers = {example.text[start:end].casefold() for start, end in example.spans}
    answering = [
        any(answer in example.text[start:end].casefold() for answer in answers)
        or _overlaps((start, end), example.spans)
        for start, end in spans
    ]
    if len(spans) < 3 or all(answering):
        return example
    if any(answering) and chance.random() < _ANSWER_SHARE:
        answer = chance.choice(example.spans)
        over = [at for at, sentence in enumerate(spans) if _overlaps(sentence, [answer])]
        first, last = _window_around(over[0], over[-1], [True] * len(spans), chance)
    else:
        place = _most_similar_sentence(example.query, [example.text[start:end] for start, end in spans], answering)
        first, last = _window_around(place, place, [not answers_ for answers_ in answering], chance)
    start, end = spans[first][0], spans[last][1]
    kept = tuple((a - start, b - start) for a, b in example.spans if a >= start and b <= end)
    return replace(example, text=example.text[start:end], spans=kept)


def _overlaps(sentence: tuple[int, int], spans: Sequence[tuple[int, int]]) -> bool:
    return any(start < sentence[1] and end > sentence[0] for start, end in spans)


def _most_similar_sentence(query: str, sentences: Sequence[str], answering: Sequence[bool]) -> int:
    """The index of the sentence most similar to the question among those that do not answer."""
    asked = _stems(query)
    shared = [
        len(asked & _stems(text)) - len(sentences) * answers for text, answers in zip(sentences, answering, strict=True)
    ]
    return max(range(len(sentences)), key=lambda at: shared[at])


def _stems(text: str) -> set[str]:
    return {word[:_STEM] for word in _WORD.findall(text.casefold())}


def _window_around(first: int, last: int, allowed: Sequence[bool], chance: random.Random) -> tuple[int, int]:
    """Extend a window by its neighbouring sentences where these are allowed."""
    if chance.random() >= _ONE_SENTENCE_SHARE:
        return first - (first > 0 and allowed[first - 1]), last + (last + 1 < len(allowed) and allowed[last + 1])
    return first, last
