"""What the papers of a survey say: each sentence as a quote, with its role, its vector and how well it stands alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from paperchat.retrieval.sentence_vectors import SentenceIndex
from paperchat.storage.library import Library
from paperchat.survey.scope import Read
from paperchat.survey.sentence_roles import Role
from paperchat.survey.stages import Clock
from paperchat.survey.text.roles import Strengths, leading, role_under, strengths
from paperchat.survey.text.standing import is_prose, standing
from paperchat.text.prompt_injection import suspicions
from paperchat.text.sentences import sentence_spans
from paperchat.types import Passage, Quote, StoredPaper

Vector = NDArray[np.float32]

_BATCH = 20
"""So many papers between two looks at whether to stop."""
_ON_LIMITS = 2
"""So many passages under a heading such as "Limitations" are read of each full text, however little they match."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Statement:
    """A sentence of a paper.

    ``alone`` is how well it can be understood by itself, ``relevance`` its paper's for the topic, both in [0, 1];
    ``topical`` is its own cosine with the topic. ``suspicious``: its passage speaks to a machine up to its end.
    """

    quote: Quote
    text: str
    paper: StoredPaper
    role: Role
    strengths: Strengths
    vector: Vector
    alone: float
    relevance: float
    topical: float
    suspicious: bool

    def clear(self, role: Role, *, beside: Sequence[Role] = ()) -> float:
        """How clearly it has this role rather than any other but those ``beside`` it, in [-1, 1]."""
        others = max(value for name, value in self.strengths.items() if name != role and name not in beside)
        return min(max((self.strengths[role] - others) / 4, -1.0), 1.0)


class Statements:
    """Takes papers apart into statements; safe to share between threads."""

    def __init__(self, *, library: Library, index: SentenceIndex) -> None:
        self._library = library
        self._index = index

    def read(
        self,
        papers: Sequence[Read],
        topic: Vector,
        *,
        clock: Clock,
    ) -> dict[str, list[Statement]]:
        """The statements of each paper by its id, in the order in which they stand there.

        Args:
            topic: its vector by the embedded encoder.

        Raises:
            StoppedError: the work is to end.
        """
        found: dict[str, list[Statement]] = {}
        for start in range(0, len(papers), _BATCH):
            clock.at(start, len(papers))
            batch = [(read, self._passages(read)) for read in papers[start : start + _BATCH]]
            vectors = self._index.vectors([passage for _, passages in batch for passage in passages])
            for read, passages in batch:
                found[read.paper.paper_id] = [
                    statement
                    for passage in passages
                    for statement in _statements(read, passage, vectors[passage.passage_id], topic)
                ]
        clock.at(len(papers), len(papers))
        return found

    def _passages(self, read: Read) -> tuple[Passage, ...]:
        if not any(passage.basis == "full_text" for passage in read.passages):
            return read.passages
        known = {passage.passage_id for passage in read.passages}
        on_limits = [
            passage
            for passage in self._library.passages_of(read.paper.paper_id)
            if passage.basis == "full_text" and role_under(passage.section) == "limitation"
        ]
        return (*read.passages, *(one for one in on_limits[:_ON_LIMITS] if one.passage_id not in known))


def _statements(read: Read, passage: Passage, vectors: NDArray[np.float32], topic: Vector) -> Iterator[Statement]:
    spans = sentence_spans(passage.text)
    texts = [passage.text[start:end] for start, end in spans]
    heading = passage.section if passage.basis == "full_text" else ""
    speaks_to_machines = bool(suspicions(passage.text))
    for span, text, scores, vector in zip(spans, texts, strengths(texts, heading=heading), vectors, strict=True):
        if is_prose(text):
            yield Statement(
                quote=Quote(passage=passage, start=span[0], end=span[1]),
                text=text,
                paper=read.paper,
                role=leading(scores),
                strengths=scores,
                vector=vector,
                alone=standing(text) * (1.0 if passage.basis == "abstract" else 0.8),
                relevance=read.relevance,
                topical=float(vector @ topic),
                suspicious=speaks_to_machines and bool(suspicions(passage.text[: span[1]])),
            )
