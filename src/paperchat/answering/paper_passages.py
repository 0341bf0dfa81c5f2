"""The passages of one paper, ranked among themselves: which of its dozens of passages may say what is asked.

All of a paper is about its subject, so what the question shares with its title tells little here, and a word that few
of its passages have tells much. Its vectors are compared without what they have in common.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from paperchat.retrieval.paper_terms import said_in_papers
from paperchat.retrieval.query_analysis import content_words
from paperchat.retrieval.ranker import standardize
from paperchat.text.sentences import sentence_spans
from paperchat.text.table_rows import is_table, is_table_caption
from paperchat.types import Passage

Floats = NDArray[np.float64]
Stem = Callable[[str], list[str]]

MATCH_SIGNALS = ("centred", "words", "words_in_place", "passage_words", "passage_rank")
"""Of each sentence: its vector's cosine with the question's, both without the paper's mean; the share of the question's
weight that its own words have, and its words with those of its table and caption; and of its passage the same share,
and its rank among the paper's passages, standardized."""
IN_TITLE = 0.25
SAID = 0.5
"""How much words count that the title has, and those that papers use for what is asked, beside the question's own."""
_SATURATION, _LENGTH = 1.2, 0.75
_NEAR = 1200
"""A caption belongs to a table that is no further from it, in characters."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PassageMatch:
    """How a passage matches: its score among the paper's, and ``MATCH_SIGNALS`` of its sentences."""

    score: float
    sentences: Floats


def match_passages(
    question: str,
    passages: Sequence[Passage],
    *,
    title: str,
    vector: NDArray[np.float32],
    vectors: Sequence[NDArray[np.float32]],
    stem: Stem,
) -> list[PassageMatch]:
    """How well each passage of a paper matches, compared with the others.

    Args:
        vector: the question's.
        vectors: of the sentences of each passage.
    """
    sentences = [[frozenset(stem(one.text[start:end])) for start, end in sentence_spans(one.text)] for one in passages]
    counts = [Counter(stem(one.text)) for one in passages]
    captions = _captions(passages)
    weights = _word_weights(question, counts, title=title, stem=stem)
    placed = [
        own + (counts[caption] if caption is not None else Counter()) + Counter(stem(passage.section))
        for own, caption, passage in zip(counts, captions, passages, strict=True)
    ]
    centred = _centred_cosines(vector, vectors)
    shares = [np.array([_weight_of(one, weights) for one in of_passage]) for of_passage in sentences]
    signals: list[Floats] = [
        np.array([one.max(initial=-1.0) for one in centred]),
        np.array(_saturated_matches(placed, counts, weights)),
        np.array([one.max(initial=0.0) for one in shares]),
    ]
    scores = standardize(np.column_stack(signals)).sum(axis=1)
    ranks = standardize(scores)
    matches = []
    for number, passage in enumerate(passages):
        context = frozenset(placed[number]) if _is_table(passage) else frozenset(stem(passage.section))
        columns: list[Floats] = [
            centred[number],
            shares[number],
            np.array([_weight_of(own | context, weights) for own in sentences[number]]),
            np.full(len(sentences[number]), _weight_of(frozenset(placed[number]), weights)),
            np.full(len(sentences[number]), ranks[number]),
        ]
        matches.append(PassageMatch(score=float(scores[number]), sentences=np.column_stack(columns)))
    return matches


def _word_weights(question: str, counts: Sequence[Counter[str]], *, title: str, stem: Stem) -> dict[str, float]:
    """The rarity in the paper of each stem of the question, and of what papers say for it; they add up to one."""
    own = {one for _, _, form in content_words(question) for one in stem(form)}
    said = {one for word in said_in_papers(question) for one in stem(word)} - own
    in_title = set(stem(title))
    weights = {one: _rarity(one, counts) * (IN_TITLE if one in in_title else 1.0) for one in own}
    total = sum(weights.values()) or 1.0
    weights |= {one: _rarity(one, counts) * SAID for one in said if any(one in passage for passage in counts)}
    return {one: weight / total for one, weight in weights.items()}


def _rarity(stem: str, counts: Sequence[Counter[str]]) -> float:
    found = sum(stem in one for one in counts)
    return math.log(1 + (len(counts) - found + 0.5) / (found + 0.5))


def _weight_of(stems: frozenset[str], weights: dict[str, float]) -> float:
    return sum(weight for one, weight in weights.items() if one in stems)


def _saturated_matches(
    placed: Sequence[Counter[str]], counts: Sequence[Counter[str]], weights: dict[str, float]
) -> list[float]:
    """BM25 of each passage with its caption and heading, by the paper's own frequencies."""
    lengths = [one.total() for one in counts]
    mean = sum(lengths) / max(len(lengths), 1) or 1.0
    return [
        sum(
            weight * times * (_SATURATION + 1) / (times + _SATURATION * (1 - _LENGTH + _LENGTH * length / mean))
            for stem, weight in weights.items()
            if (times := one[stem])
        )
        for one, length in zip(placed, lengths, strict=True)
    ]


def _centred_cosines(vector: NDArray[np.float32], vectors: Sequence[NDArray[np.float32]]) -> list[Floats]:
    mean = np.vstack(vectors).mean(axis=0)
    return [_unit(one - mean) @ _unit((vector - mean)[None])[0] for one in vectors]


def _unit(rows: NDArray[np.floating]) -> Floats:
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9), dtype=np.float64)


def _is_table(passage: Passage) -> bool:
    return passage.basis == "full_text" and is_table(passage.text, sentence_spans(passage.text))


def _captions(passages: Sequence[Passage]) -> list[int | None]:
    """For each passage that is a table the nearest caption of one, if it is near."""
    captions = [
        number for number, one in enumerate(passages) if one.basis == "full_text" and is_table_caption(one.text)
    ]
    found: list[int | None] = []
    for passage in passages:
        near = {
            number: min(abs(passages[number].end - passage.start), abs(passage.end - passages[number].start))
            for number in captions
        }
        nearest = min(near, key=lambda number: near[number], default=None)
        is_near = nearest is not None and near[nearest] < _NEAR
        found.append(nearest if is_near and _is_table(passage) else None)
    return found
