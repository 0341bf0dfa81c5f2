"""The papers near a claim, and of each the sentences that decide what it says to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from paperchat.answering.passage_scoring import quotable
from paperchat.claims.claim_phrases import asks, concludes, sets_out
from paperchat.models.minilm import MiniLM
from paperchat.retrieval.search import Searcher
from paperchat.storage.library import Library
from paperchat.storage.nodes import to_passage
from paperchat.text.sentences import sentence_spans
from paperchat.types import Filters, Passage, Quote, StoredPaper

NEAR = 0.4
"""A paper none of whose sentences has this cosine with the claim is about something else."""
MOST_QUOTES = 2
"""So many sentences of a paper decide, …"""
ABOUT_AS_GOOD = 0.1
"""… each of which is better than the best one less this."""
_LEANING = 0.1
_SHORTEST = 20  # characters; less is a heading or a fragment


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Evidence:
    """What a paper says that is nearest to a claim: at least one quote, best first.

    Attributes:
        cosines: of the claim with each quote.
        vector: of the first quote, float32 [384].
    """

    paper: StoredPaper
    quotes: tuple[Quote, ...]
    cosines: tuple[float, ...]
    vector: NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Gathered:
    """The evidence, nearest paper first, and how much was looked through for it."""

    evidence: tuple[Evidence, ...]
    passages: int
    papers: int


class Gatherer:
    """Finds what a library has on a claim; safe to share between threads."""

    def __init__(self, *, library: Library, searcher: Searcher, encoder: MiniLM) -> None:
        self._library = library
        self._searcher = searcher
        self._encoder = encoder

    def gather(self, claim: str, filters: Filters | None, *, most: int) -> Gathered:
        """What at most ``most`` papers say that is near the claim."""
        nodes = self._searcher.passages(claim, filters, papers=most)
        passages: dict[str, list[Passage]] = {}
        for passage in (to_passage(node.node) for node in nodes if quotable(node)):
            if passage.paper_id in passages or len(passages) < most:
                passages.setdefault(passage.paper_id, []).append(passage)
        papers = self._library.papers(passages)
        read = [passage for paper_id in papers for passage in passages[paper_id]]
        vector = self._encoder.encode([claim])[0]
        sentences = self._searcher.sentences.vectors(read)
        found = []
        for paper_id, stored in papers.items():
            mine = passages[paper_id]
            if one := evidence_of(stored, mine, [sentences[passage.passage_id] for passage in mine], vector):
                found.append(one)
        found.sort(key=lambda one: (-one.cosines[0], one.paper.paper_id))
        return Gathered(evidence=tuple(found), passages=len(read), papers=len(papers))


def deciding(texts: Sequence[str], cosines: Sequence[float]) -> list[int]:
    """Which of a paper's sentences decide, best first: those near the claim, and rather those that conclude."""
    worth = {
        at: cosines[at] + _LEANING * (concludes(text) - asks(text) - sets_out(text))
        for at, text in enumerate(texts)
        if len(text) >= _SHORTEST
    }
    places = sorted(worth, key=lambda at: -worth[at])
    return [at for at in places[:MOST_QUOTES] if worth[at] > worth[places[0]] - ABOUT_AS_GOOD]


def evidence_of(
    stored: StoredPaper,
    passages: Sequence[Passage],
    sentences: Sequence[NDArray[np.float32]],
    claim: NDArray[np.float32],
) -> Evidence | None:
    """What of a paper decides, if any of it is near the claim.

    Args:
        sentences: of each passage the vectors of its sentences, float32 [sentences, 384].
        claim: its vector, float32 [384].
    """
    spans = [(passage, span) for passage in passages for span in sentence_spans(passage.text)]
    vectors = np.concatenate(sentences)
    cosines = [float(one) for one in vectors @ claim]
    chosen = deciding([passage.text[slice(*span)] for passage, span in spans], cosines)
    if not chosen or max(cosines[at] for at in chosen) < NEAR:
        return None
    return Evidence(
        paper=stored,
        quotes=tuple(Quote(passage=spans[at][0], start=spans[at][1][0], end=spans[at][1][1]) for at in chosen),
        cosines=tuple(cosines[at] for at in chosen),
        vector=vectors[chosen[0]],
    )
