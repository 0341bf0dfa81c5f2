"""Scope: which papers match a topic at all, and which of them are read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from llama_index.core.embeddings import BaseEmbedding
from numpy.typing import NDArray

from paperchat.models.embeddings import MiniLMEmbedding
from paperchat.models.minilm import MiniLM
from paperchat.retrieval import ranker
from paperchat.retrieval.query_analysis import telling
from paperchat.retrieval.search import Searcher
from paperchat.storage.library import Library
from paperchat.storage.normalization import paper_of
from paperchat.survey.matching import Evidence, mentions, relevances
from paperchat.survey.topic import UNKNOWN, Wanted, wanted
from paperchat.survey.types import MOST_READ, LeftOut
from paperchat.types import Filters, Passage, StoredPaper

SAMPLE = 500
_ELSEWHERE = (
    "Trade routes and taxation in the late Roman empire",
    "The rhetoric of nineteenth-century novels",
    "Tenure and inheritance of farm land among smallholders",
    "Vowel harmony and stress in a highland dialect",
    "Pigments and varnish of Renaissance altarpieces",
    "Counterpoint in the keyboard works of Bach",
    "Burial customs of Bronze Age settlements",
    "Contract law and liability for defective goods",
    "Voter turnout and coalitions in federal elections",
    "Central bank interest rates and inflation",
    "Teacher salaries and school enrolment in rural districts",
    "Attachment and anxiety in early childhood",
    "Labour migration and remittances",
    "Ethics of promising and personal obligation",
    "Monsoon rainfall and river discharge",
    "Seismic waves in the upper mantle",
    "Sediment cores and glacial retreat",
    "Ocean currents and plankton blooms",
    "Nesting behaviour of migratory sea birds",
    "Pollination of alpine plants by bumblebees",
    "Soil nitrogen and wheat yield",
    "Phylogeny of freshwater snails",
    "Regulation of gene expression in yeast",
    "Crystal structure of a membrane transport protein",
    "Insulin resistance and diet in obese mice",
    "Antibiotic therapy for hospital-acquired pneumonia",
    "Bone density after hip replacement",
    "Outcomes of chemotherapy in breast cancer",
    "Synaptic plasticity in the hippocampus",
    "Catalytic hydrogenation of alkenes",
    "Polymer electrolytes for lithium batteries",
    "Fatigue cracks in welded steel bridges",
    "Turbulent flow over aircraft wings",
    "Concrete mixtures with fly ash",
    "Superconductivity in layered oxides",
    "Photon entanglement in optical cavities",
    "Decay of heavy mesons at colliders",
    "Star formation in spiral galaxies",
    "Orbits and atmospheres of distant planets",
    "Cohomology of algebraic varieties",
    "Boundary value problems for elliptic equations",
    "Colouring and connectivity of random graphs",
    "Confidence intervals for censored survival times",
    "Scheduling of trains on single-track lines",
    "Routing protocols for wireless networks",
    "Transactions and indexes in relational databases",
    "Static analysis of concurrent programs",
    "Detection of objects in photographs",
    "Translation between languages with neural networks",
    "Control of robot arms",
)


def elsewhere(embedder: BaseEmbedding) -> NDArray[np.float32]:
    """Vectors of texts from all fields, [texts, dimension]."""
    return np.array(embedder.get_text_embedding_batch(list(_ELSEWHERE)), dtype=np.float32)


def background(library: Library, others: NDArray[np.float32]) -> NDArray[np.float32]:
    """``others`` and a sample of the library: on the whole not about any one topic, [texts, dimension]."""
    sample = library.background(SAMPLE)
    return np.vstack([others, sample]) if len(sample) else others


Vectors = NDArray[np.float32]

_EACH = 600
"""So many passages each of the two searches proposes at first; more where most of their papers match."""
_NEAREST = 50
_FULL_TEXT = 3
"""So many passages of a full text are read."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Read:
    """A paper that is read for a survey.

    ``passages`` are its abstract's, then the few of its full text that match the topic best, in their order there.
    ``vector`` is its place among papers, of length one, [384]; ``relevance`` is in [0, 1].
    """

    paper: StoredPaper
    passages: tuple[Passage, ...]
    vector: Vectors
    relevance: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scope:
    """What is read on a topic, best first, and what matches it, too, and is not read; ``matched`` counts both.

    ``asked`` is the topic as it was understood.
    """

    topic: str
    asked: Wanted = UNKNOWN
    read: tuple[Read, ...]
    left_out: tuple[LeftOut, ...]
    matched: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Matching:
    paper: StoredPaper
    relevance: float


class Scoper:
    """Decides what a topic's papers are; safe to share between threads."""

    def __init__(self, *, library: Library, searcher: Searcher, encoder: MiniLM) -> None:
        self._library = library
        self._searcher = searcher
        self._encoder = encoder

    def scope(self, topic: str, filters: Filters | None = None, *, most: int = MOST_READ) -> Scope:
        """The papers that match ``topic``, of which the best ``most`` are read; none where the library has none.

        Raises:
            UsageError: a filter is malformed.
        """
        chosen = filters or Filters()
        vector = np.asarray(self._searcher.embedder.get_query_embedding(topic), dtype=np.float32)
        asked, matching = self._matching(topic, _unit(vector), chosen)
        best, others = matching[:most], matching[most:]
        read = self._read(best, _unit(vector), chosen)
        reason = f"it matches less well than the {len(read)} papers that were read"
        return Scope(
            topic=topic,
            asked=asked,
            read=read,
            left_out=tuple(LeftOut(paper=one.paper, reason=reason) for one in others),
            matched=len(read) + len(others),
        )

    def _matching(self, topic: str, vector: Vectors, filters: Filters) -> tuple[Wanted, list[_Matching]]:
        searched = filters if filters.basis else replace(filters, basis="abstract")
        about = _unit(background(self._library, self._elsewhere))
        nearest = [passage_id for passage_id, _ in self._library.dense(vector, _NEAREST, searched)]
        asked = wanted(self._library, topic, [text for _, text in self._library.wordings(nearest).values()])
        each = _EACH
        while True:
            found = ranker.find(self._library, asked.text or telling(topic), vector, each, searched)
            judged = self._judged(found.ids, asked, vector, about)
            matching = [one for one in judged if one.relevance > 0]
            if len(matching) < each / 2 or len(found.ids) < each:
                return asked, sorted(matching, key=lambda one: (-one.relevance, one.paper.paper_id))
            each *= 4

    def _judged(self, passage_ids: Sequence[str], asked: Wanted, vector: Vectors, about: Vectors) -> list[_Matching]:
        """The papers of the passages with their relevance, which is 0 where they do not match."""
        by_paper: dict[str, list[str]] = defaultdict(list)
        for passage_id in passage_ids:
            by_paper[paper_of(passage_id)].append(passage_id)
        vectors, wordings = self._library.vectors(passage_ids), self._library.wordings(passage_ids)
        papers = self._library.papers(by_paper)
        ids = [one for one, of in by_paper.items() if one in papers and any(p in vectors for p in of)]
        if not ids or not asked.words:
            return []
        rows = np.stack([_unit(np.sum([vectors[p] for p in by_paper[one] if p in vectors], axis=0)) for one in ids])
        texts = [
            papers[one].paper.abstract or " ".join(wordings[p][1] for p in by_paper[one] if p in wordings)
            for one in ids
        ]
        evidence = Evidence(
            vectors=rows,
            mentions=mentions(self._library, asked, [papers[one].paper.title for one in ids], texts),
            weights=np.array([word.weight for word in asked.words]),
            phrase_of=np.array([word.facet for word in asked.words]),
            topic=vector,
            words=self._embedded([word.form for word in asked.words]),
            phrases=self._embedded(asked.facets),
            background=about,
        )
        return [
            _Matching(paper=papers[one], relevance=float(value))
            for one, value in zip(ids, relevances(evidence), strict=True)
        ]

    @cached_property
    def _elsewhere(self) -> Vectors:
        return elsewhere(self._searcher.embedder)

    def _embedded(self, texts: Sequence[str]) -> Vectors:
        return _unit(np.array(self._searcher.embedder.get_text_embedding_batch(list(texts)), dtype=np.float32))

    def _read(self, matching: Sequence[_Matching], vector: Vectors, filters: Filters) -> tuple[Read, ...]:
        if not matching:
            return ()
        passages = {one.paper.paper_id: self._library.passages_of(one.paper.paper_id) for one in matching}
        matching = [one for one in matching if passages[one.paper.paper_id]]  # others have just been removed
        kept = {paper_id: self._chosen(of, vector, filters) for paper_id, of in passages.items()}
        vectors = self._places([one.paper for one in matching], passages)
        return tuple(
            Read(paper=one.paper, passages=kept[one.paper.paper_id], vector=place, relevance=one.relevance)
            for one, place in zip(matching, vectors, strict=True)
        )

    def _chosen(self, passages: Sequence[Passage], vector: Vectors, filters: Filters) -> tuple[Passage, ...]:
        abstract = [one for one in passages if one.basis == "abstract" and filters.basis != "full_text"]
        full = {one.passage_id: one for one in passages if one.basis == "full_text" and filters.basis != "abstract"}
        if not full:
            return tuple(abstract)
        cosines = {name: float(_unit(row) @ vector) for name, row in self._library.vectors(full).items()}
        best = set(sorted(cosines, key=lambda name: (-cosines[name], name))[:_FULL_TEXT])
        return (*abstract, *(one for name, one in full.items() if name in best))

    def _places(self, papers: Sequence[StoredPaper], passages: dict[str, list[Passage]]) -> list[Vectors]:
        """The papers' vectors by the embedded encoder, whatever embedder the library uses."""
        abstracts = [
            [one for one in passages[stored.paper_id] if one.basis == "abstract"] or passages[stored.paper_id][:1]
            for stored in papers
        ]
        if isinstance(self._searcher.embedder, MiniLMEmbedding):
            kept = self._library.vectors([one.passage_id for several in abstracts for one in several])
        else:
            kept = {}
        missing = [
            (one.passage_id, f"{stored.paper.title}\n{one.text}")
            for stored, several in zip(papers, abstracts, strict=True)
            for one in several
            if one.passage_id not in kept
        ]
        made = self._encoder.encode([text for _, text in missing])
        kept = kept | {name: row for (name, _), row in zip(missing, made, strict=True)}
        return [_unit(np.sum([kept[one.passage_id] for one in several], axis=0)) for several in abstracts]


def _unit(vectors: Vectors) -> Vectors:
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, np.finfo(np.float32).tiny), dtype=np.float32)
