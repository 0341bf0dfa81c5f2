"""Sentences of a survey's papers: extracted with role, vector and self-containment, and cut to clauses for cells."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from paperchat import lexicon
from paperchat.retrieval.sentence_vectors import SentenceIndex
from paperchat.storage.library import Library
from paperchat.survey.scope import ScopedPaper
from paperchat.survey.sentence_roles import (
    INLINE_HEADING_PATTERN,
    Role,
    RoleScores,
    first_of_own_work,
    role_of_heading,
    score_roles,
    top_role,
)
from paperchat.survey.stages import StageTracker
from paperchat.text.sentences import sentence_spans
from paperchat.types import Passage, Quote, StoredPaper

Vector = NDArray[np.float32]

_BATCH_SIZE = 20
"""The number of papers between two checks for cancellation."""
_LIMITATION_PASSAGES = 2
"""So many passages under a heading such as "Limitations" are read of each full text, however little they match."""
_FULL_TEXT_FACTOR = 0.8
"""A sentence of a full text is less self-contained than the same in an abstract."""

_SELF_CONTAINMENT = lexicon.load("self_containment")
_PRONOUN_SUBJECT_PATTERN = re.compile(_SELF_CONTAINMENT.regex("pronoun_subject"), re.IGNORECASE)
_PRONOUN_CLAUSE_PATTERN = re.compile(_SELF_CONTAINMENT.regex("pronoun_in_opening_clause"), re.IGNORECASE)
_NO_SUBJECT_PATTERN = re.compile(_SELF_CONTAINMENT.regex("praise_without_subject"), re.IGNORECASE)
_CONTINUATION_PATTERN = re.compile(_SELF_CONTAINMENT.regex("continuation"), re.IGNORECASE)
_BACK_REFERENCE_PATTERN = re.compile(_SELF_CONTAINMENT.regex("back_reference"), re.IGNORECASE)
_SENTENCE_END_PATTERN = re.compile(r"[.!?…][\"'”’)\]]*\Z")
_MISSING_SPACE_PATTERN = re.compile(r"[a-z)]{2}[.?!][A-Z][a-z]")
_BULLET_PATTERN = re.compile(r"^\W*(?:\(?(?:\d{1,2}|[ivx]{1,4}|[a-d])[.)]|[-•*])\s")
_MIN_WORDS, _MAX_WORDS = 8, 45
"""Shorter and longer sentences are harder to understand out of context."""

MAX_CLAUSE_LENGTH = 200
"""In characters; a sentence up to here is left whole."""
_MIN_CLAUSE_LENGTH = 25
_MAX_BOUNDARIES = 60
"""All runs between two boundaries are compared; no real sentence has more, but input can be made to."""
_CLAUSES = lexicon.load("clauses")
_BOUNDARY_PATTERN = re.compile(_CLAUSES.regex("boundary"))
_OPENING_PATTERN = re.compile(_CLAUSES.regex("opening"), re.IGNORECASE)
_SUBORDINATE_PATTERN = re.compile(_CLAUSES.regex("subordinate"), re.IGNORECASE)
_LEFT_HANGING_PATTERN = re.compile(_CLAUSES.regex("left_hanging"), re.IGNORECASE)
_DEPENDENT_PATTERN = re.compile(_CLAUSES.regex("dependent"), re.IGNORECASE)
_DEPENDENT_PENALTY = 1.0
"""Subtracted from a clause whose subject stands before it."""
_CLOSING_BRACKETS = {"(": ")", "[": "]", "{": "}"}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SurveySentence:
    """A sentence of a paper.

    Attributes:
        role_scores: the evidence for each role; ``role`` is that with the highest.
        vector: its embedding, of length one, [384].
        self_containment: how well it can be understood out of context, in [0, 1].
        relevance: that of its paper for the topic, in [0, 1].
        topic_similarity: its own cosine with the topic.
        has_injection: whether its passage contains a suspected prompt injection up to the end of the sentence.
        is_own: whether it is on the paper's own work: from where an abstract speaks of it, or in a full text.
    """

    quote: Quote
    text: str
    paper: StoredPaper
    role: Role
    role_scores: RoleScores
    vector: Vector
    self_containment: float
    relevance: float
    topic_similarity: float
    has_injection: bool
    is_own: bool

    def role_margin(self, role: Role, *, ignoring: Sequence[Role] = ()) -> float:
        """How clearly it has this role rather than any other but those in ``ignoring``, in [-1, 1]."""
        others = max(value for name, value in self.role_scores.items() if name != role and name not in ignoring)
        return min(max((self.role_scores[role] - others) / 4, -1.0), 1.0)


class SentenceExtractor:
    """Extracts the sentences of papers; safe to share between threads."""

    def __init__(self, *, library: Library, index: SentenceIndex) -> None:
        self._library = library
        self._index = index

    def extract(
        self, papers: Sequence[ScopedPaper], topic: Vector, *, stages: StageTracker
    ) -> dict[str, list[SurveySentence]]:
        """Extract the sentences of each paper, by its id, in text order.

        Args:
            topic: the topic's vector by the embedded encoder.

        Raises:
            StoppedError: the work is to end.
        """
        sentences: dict[str, list[SurveySentence]] = {}
        for start in range(0, len(papers), _BATCH_SIZE):
            stages.update(start, len(papers))
            batch = [(paper, self._passages(paper)) for paper in papers[start : start + _BATCH_SIZE]]
            vectors = self._index.vectors([passage for _, passages in batch for passage in passages])
            for paper, passages in batch:
                sentences[paper.paper.paper_id] = [
                    sentence
                    for passage in passages
                    for sentence in _passage_sentences(paper, passage, vectors[passage.passage_id], topic)
                ]
        stages.update(len(papers), len(papers))
        return sentences

    def _passages(self, paper: ScopedPaper) -> tuple[Passage, ...]:
        if not any(passage.basis == "full_text" for passage in paper.passages):
            return paper.passages
        known = {passage.passage_id for passage in paper.passages}
        on_limitations = [
            passage
            for passage in self._library.passages_of(paper.paper.paper_id)
            if passage.basis == "full_text" and role_of_heading(passage.section) == "limitation"
        ]
        return (
            *paper.passages,
            *(one for one in on_limitations[:_LIMITATION_PASSAGES] if one.passage_id not in known),
        )


def _passage_sentences(
    paper: ScopedPaper, passage: Passage, vectors: NDArray[np.float32], topic: Vector
) -> Iterator[SurveySentence]:
    spans = sentence_spans(passage.text)
    texts = [passage.text[start:end] for start, end in spans]
    heading = passage.section if passage.basis == "full_text" else ""
    own_from = first_of_own_work(texts)
    scored = zip(spans, texts, score_roles(texts, heading=heading), vectors, strict=True)
    for place, (span, text, scores, vector) in enumerate(scored):
        if is_prose(text):
            yield SurveySentence(
                quote=Quote(passage=passage, start=span[0], end=span[1]),
                text=text,
                paper=paper.paper,
                role=top_role(scores),
                role_scores=scores,
                vector=vector,
                self_containment=score_self_containment(text)
                * (1.0 if passage.basis == "abstract" else _FULL_TEXT_FACTOR),
                relevance=paper.relevance,
                topic_similarity=float(vector @ topic),
                has_injection=span[1] > passage.trusted_end,
                is_own=passage.basis == "full_text" or place >= own_from,
            )


def score_self_containment(sentence: str) -> float:
    """Score how well a sentence says by itself what it is about, from 1 down to 0."""
    value = 1.0
    if _PRONOUN_SUBJECT_PATTERN.search(sentence):
        value -= 0.7
    elif _PRONOUN_CLAUSE_PATTERN.search(sentence) or _NO_SUBJECT_PATTERN.search(sentence):
        value -= 0.6
    elif continuation := _CONTINUATION_PATTERN.search(sentence):
        rest = sentence[continuation.end() :].lstrip(", ")
        value -= 0.85 if _PRONOUN_SUBJECT_PATTERN.search(rest) or _PRONOUN_CLAUSE_PATTERN.search(rest) else 0.45
    if reference := _BACK_REFERENCE_PATTERN.search(sentence):
        # Late in a sentence it may refer to what the sentence itself has said.
        value -= 0.4 if reference.start() < len(sentence) / 2 else 0.15
    count = len(sentence.split())
    if count < _MIN_WORDS:
        value -= 0.1 * (_MIN_WORDS - count)
    if count > _MAX_WORDS:
        value -= 0.02 * (count - _MAX_WORDS)
    if (
        not _SENTENCE_END_PATTERN.search(sentence)
        or _MISSING_SPACE_PATTERN.search(sentence)
        or _BULLET_PATTERN.search(sentence)
    ):
        value -= 0.4
    if sentence[:1].islower() or sentence.count("(") != sentence.count(")"):
        value -= 0.3
    if INLINE_HEADING_PATTERN.search(sentence):
        value -= 0.1
    return max(value, 0.0)


def is_prose(sentence: str) -> bool:
    """Whether it is a sentence at all, and no heading, caption, formula or table fragment."""
    words = re.findall(r"[^\W\d_]{2,}", sentence)
    letters = sum(letter.isalpha() or letter.isspace() for letter in sentence)
    return len(words) >= 5 and letters >= 0.7 * len(sentence) and bool(_SENTENCE_END_PATTERN.search(sentence))


def best_clause(sentence: str, weight: Callable[[str], float], *, most: int = MAX_CLAUSE_LENGTH) -> tuple[int, int]:
    """Find the span of the run of clauses with the greatest weight that has at most ``most`` characters.

    An opening such as "However," or a heading is left out. Where no clause is so short, the shortest with any weight is
    given; where the sentence has no boundaries, all of it.
    """
    heading = INLINE_HEADING_PATTERN.match(sentence)
    start = heading.end() if heading else 0
    if opening := _OPENING_PATTERN.match(sentence[start:]):
        start += opening.end()
    if len(sentence) - start <= most:
        return start, len(sentence)
    starts, ends = [start], []
    for match in islice(_BOUNDARY_PATTERN.finditer(sentence, start), _MAX_BOUNDARIES):
        if _is_outside_brackets(sentence, start, match.start()):
            ends.append(match.start())
            starts.append(match.end())
    ends.append(len(sentence))
    runs = [
        (starts[first], ends[last])
        for first in range(len(starts))
        for last in range(first, len(ends))
        if ends[last] - starts[first] >= _MIN_CLAUSE_LENGTH
        and not (first == last and _SUBORDINATE_PATTERN.match(sentence, starts[first]))
        and not _LEFT_HANGING_PATTERN.search(sentence[starts[first] : ends[last]])
    ]
    short = [run for run in runs if run[1] - run[0] <= most]
    if not short:
        weighed = [run for run in runs if weight(sentence[slice(*run)]) > 0] or runs or [(start, len(sentence))]
        return min(weighed, key=lambda run: (run[1] - run[0], run[0]))
    # Of runs of equal weight the earliest and, of those, the longest says most.
    return max(short, key=lambda run: (_clause_score(sentence[slice(*run)], weight), -run[0], run[1]))


def _clause_score(clause: str, weight: Callable[[str], float]) -> float:
    return weight(clause) - (_DEPENDENT_PENALTY if _DEPENDENT_PATTERN.match(clause) else 0.0)


def _is_outside_brackets(text: str, start: int, end: int) -> bool:
    part = text[start:end]
    return all(part.count(opening) <= part.count(closing) for opening, closing in _CLOSING_BRACKETS.items()) and (
        part.count("$") % 2 == 0
    )
