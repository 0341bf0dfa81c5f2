"""Evidence on a claim: the papers near it, and of each paper the sentences that decide its stance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from paperchat.answering.passage_scoring import is_quotable
from paperchat.claims.stance_cues import states_aim, states_conclusion, states_motivation
from paperchat.models.minilm import MiniLM
from paperchat.retrieval.search import Searcher
from paperchat.storage.library import Library
from paperchat.storage.nodes import to_passage
from paperchat.text.sentences import sentence_spans
from paperchat.types import Filters, Passage, Quote, StoredPaper

MIN_SIMILARITY = 0.4
"""A paper none of whose sentences has this cosine with the claim is about something else."""
MAX_QUOTES = 2
"""At most so many sentences of a paper decide its stance, …"""
QUOTE_MARGIN = 0.1
"""… each of which scores above the best one less this margin."""
_CONCLUSION_BONUS = 0.1
_MIN_SENTENCE_LENGTH = 20  # characters; less is a heading or a fragment


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PaperEvidence:
    """The sentences of a paper that are nearest to a claim: at least one quote, best first.

    Attributes:
        cosines: the similarity of the claim with each quote.
        vector: the embedding of the first quote, float32 [384].
    """

    paper: StoredPaper
    quotes: tuple[Quote, ...]
    cosines: tuple[float, ...]
    vector: NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ClaimEvidence:
    """The evidence on a claim, nearest paper first, and the numbers of passages and papers that were considered."""

    evidence: tuple[PaperEvidence, ...]
    passages: int
    papers: int


class ClaimEvidenceFinder:
    """Finds the evidence on a claim in a library; safe to share between threads."""

    def __init__(self, *, library: Library, searcher: Searcher, encoder: MiniLM) -> None:
        self._library = library
        self._searcher = searcher
        self._encoder = encoder

    def find(self, claim: str, filters: Filters | None, *, most: int) -> ClaimEvidence:
        """Find the evidence on the claim in at most ``most`` papers."""
        nodes = self._searcher.passages(claim, filters, papers=most)
        passages: dict[str, list[Passage]] = {}
        for passage in (to_passage(node.node) for node in nodes if is_quotable(node)):
            if passage.paper_id in passages or len(passages) < most:
                passages.setdefault(passage.paper_id, []).append(passage)
        papers = self._library.papers(passages)
        considered = [passage for paper_id in papers for passage in passages[paper_id]]
        vector = self._encoder.encode([claim])[0]
        sentences = self._searcher.sentences.vectors(considered)
        evidence = []
        for paper_id, stored in papers.items():
            own = passages[paper_id]
            if one := find_paper_evidence(stored, own, [sentences[passage.passage_id] for passage in own], vector):
                evidence.append(one)
        evidence.sort(key=lambda one: (-one.cosines[0], one.paper.paper_id))
        return ClaimEvidence(evidence=tuple(evidence), passages=len(considered), papers=len(papers))


def select_deciding_sentences(texts: Sequence[str], cosines: Sequence[float]) -> list[int]:
    """Select the indexes of the sentences that decide, best first: those near the claim, preferring conclusions."""
    scores = {
        at: cosines[at] + _CONCLUSION_BONUS * (states_conclusion(text) - states_aim(text) - states_motivation(text))
        for at, text in enumerate(texts)
        if len(text) >= _MIN_SENTENCE_LENGTH
    }
    ranked = sorted(scores, key=lambda at: -scores[at])
    return [at for at in ranked[:MAX_QUOTES] if scores[at] > scores[ranked[0]] - QUOTE_MARGIN]


def find_paper_evidence(
    stored: StoredPaper,
    passages: Sequence[Passage],
    sentences: Sequence[NDArray[np.float32]],
    claim: NDArray[np.float32],
) -> PaperEvidence | None:
    """Find the evidence of one paper; ``None`` where none of its sentences is near the claim.

    Args:
        sentences: for each passage the vectors of its sentences, float32 [sentences, 384].
        claim: the claim's vector, float32 [384].
    """
    spans = [(passage, span) for passage in passages for span in sentence_spans(passage.text)]
    vectors = np.concatenate(sentences)
    cosines = [float(one) for one in vectors @ claim]
    selected = select_deciding_sentences([passage.text[slice(*span)] for passage, span in spans], cosines)
    if not selected or max(cosines[at] for at in selected) < MIN_SIMILARITY:
        return None
    return PaperEvidence(
        paper=stored,
        quotes=tuple(Quote(passage=spans[at][0], start=spans[at][1][0], end=spans[at][1][1]) for at in selected),
        cosines=tuple(cosines[at] for at in selected),
        vector=vectors[selected[0]],
    )
