"""Survey scope: which papers match a topic, and which of them are read for the survey."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from llama_index.core.embeddings import BaseEmbedding
from numpy.typing import NDArray

from paperchat import lexicon
from paperchat.models.embeddings import MiniLMEmbedding
from paperchat.models.minilm import MiniLM
from paperchat.retrieval import ranker
from paperchat.retrieval.query_analysis import content_text
from paperchat.retrieval.search import Searcher
from paperchat.storage.library import Library
from paperchat.storage.name_normalization import paper_id_of
from paperchat.survey.matching import MatchFeatures, score_relevance, word_salience
from paperchat.survey.topic import UNPARSED_TOPIC, Topic, parse_topic
from paperchat.survey.types import DEFAULT_SURVEY_PAPERS, OmittedPaper
from paperchat.types import Filters, Passage, StoredPaper

Vectors = NDArray[np.float32]

_BACKGROUND_SAMPLE = 500
_UNRELATED_TEXTS = lexicon.load("unrelated_texts").phrases("texts")
_CANDIDATES = 600
"""So many passages each of the two searches proposes at first; more where most of their papers match."""
_PARSING_PASSAGES = 50
"""So many passages nearest to the topic help to parse it."""
_FULL_TEXT_PASSAGES = 3
"""So many passages of a full text are read."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ScopedPaper:
    """A paper that is read for a survey.

    Attributes:
        passages: those of its abstract, then the few of its full text that match the topic best, in text order.
        vector: the embedding of its abstract, of length one, [384].
        relevance: how well it matches the topic, in (0, 1].
    """

    paper: StoredPaper
    passages: tuple[Passage, ...]
    vector: Vectors
    relevance: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scope:
    """The papers that are read on a topic, best first, and those that match it and are not read.

    Attributes:
        matched: how many papers match, read or omitted.
    """

    topic: str
    parsed_topic: Topic = UNPARSED_TOPIC
    papers: tuple[ScopedPaper, ...]
    omitted: tuple[OmittedPaper, ...]
    matched: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Match:
    paper: StoredPaper
    relevance: float


class ScopeResolver:
    """Finds the papers of a topic; safe to share between threads."""

    def __init__(self, *, library: Library, searcher: Searcher, encoder: MiniLM) -> None:
        self._library = library
        self._searcher = searcher
        self._encoder = encoder

    def resolve(self, topic: str, filters: Filters | None = None, *, most: int = DEFAULT_SURVEY_PAPERS) -> Scope:
        """Find the papers that match ``topic``, of which the best ``most`` are read; none where nothing matches.

        Raises:
            UsageError: a filter is malformed.
        """
        filters = filters or Filters()
        vector = unit_vectors(np.asarray(self._searcher.embedder.get_query_embedding(topic), dtype=np.float32))
        parsed, matches = self._match(topic, vector, filters)
        best, others = matches[:most], matches[most:]
        papers = self._load(best, vector, filters)
        reason = f"it matches less well than the {len(papers)} papers that were read"
        return Scope(
            topic=topic,
            parsed_topic=parsed,
            papers=papers,
            omitted=tuple(OmittedPaper(paper=match.paper, reason=reason) for match in others),
            matched=len(papers) + len(others),
        )

    def _match(self, topic: str, vector: Vectors, filters: Filters) -> tuple[Topic, list[_Match]]:
        search_filters = filters if filters.basis else replace(filters, basis="abstract")
        background = unit_vectors(background_vectors(self._library, self._unrelated_vectors))
        nearest = [
            passage_id for passage_id, _ in self._library.dense_search(vector, _PARSING_PASSAGES, search_filters)
        ]
        parsed = parse_topic(
            self._library, topic, [text for _, text in self._library.titles_and_texts(nearest).values()]
        )
        query = parsed.search_text or content_text(topic)
        count = _CANDIDATES
        while True:
            candidates = ranker.find_candidates(self._library, query, vector, count, search_filters)
            scored = self._score(candidates.ids, parsed, vector, background)
            matches = [match for match in scored if match.relevance > 0]
            if len(matches) < count / 2 or len(candidates.ids) < count:
                return parsed, sorted(matches, key=lambda match: (-match.relevance, match.paper.paper_id))
            count *= 4

    def _score(self, passage_ids: Sequence[str], topic: Topic, vector: Vectors, background: Vectors) -> list[_Match]:
        """The papers of the passages with their relevance, which is 0 where they do not match."""
        by_paper: dict[str, list[str]] = defaultdict(list)
        for passage_id in passage_ids:
            by_paper[paper_id_of(passage_id)].append(passage_id)
        vectors, wordings = self._library.vectors(passage_ids), self._library.titles_and_texts(passage_ids)
        papers = self._library.papers(by_paper)
        ids = [one for one, of in by_paper.items() if one in papers and any(p in vectors for p in of)]
        if not ids or not topic.words:
            return []
        rows = np.stack(
            [unit_vectors(np.sum([vectors[p] for p in by_paper[one] if p in vectors], axis=0)) for one in ids]
        )
        texts = [
            papers[one].paper.abstract or " ".join(wordings[p][1] for p in by_paper[one] if p in wordings)
            for one in ids
        ]
        features = MatchFeatures(
            vectors=rows,
            salience=word_salience(self._library, topic, [papers[one].paper.title for one in ids], texts),
            weights=np.array([word.weight for word in topic.words]),
            phrase_of=np.array([word.phrase for word in topic.words]),
            topic=vector,
            words=self._embed([word.form for word in topic.words]),
            phrases=self._embed(topic.phrases),
            background=background,
        )
        return [
            _Match(paper=papers[one], relevance=float(value))
            for one, value in zip(ids, score_relevance(features), strict=True)
        ]

    @cached_property
    def _unrelated_vectors(self) -> Vectors:
        return embed_unrelated_texts(self._searcher.embedder)

    def _embed(self, texts: Sequence[str]) -> Vectors:
        return unit_vectors(np.array(self._searcher.embedder.get_text_embedding_batch(list(texts)), dtype=np.float32))

    def _load(self, matches: Sequence[_Match], vector: Vectors, filters: Filters) -> tuple[ScopedPaper, ...]:
        if not matches:
            return ()
        passages = {match.paper.paper_id: self._library.passages_of(match.paper.paper_id) for match in matches}
        matches = [match for match in matches if passages[match.paper.paper_id]]  # others have just been removed
        selected = {paper_id: self._select_passages(of, vector, filters) for paper_id, of in passages.items()}
        vectors = self._paper_vectors([match.paper for match in matches], passages)
        return tuple(
            ScopedPaper(
                paper=match.paper,
                passages=selected[match.paper.paper_id],
                vector=paper_vector,
                relevance=match.relevance,
            )
            for match, paper_vector in zip(matches, vectors, strict=True)
        )

    def _select_passages(self, passages: Sequence[Passage], vector: Vectors, filters: Filters) -> tuple[Passage, ...]:
        abstract = [one for one in passages if one.basis == "abstract" and filters.basis != "full_text"]
        full = {one.passage_id: one for one in passages if one.basis == "full_text" and filters.basis != "abstract"}
        if not full:
            return tuple(abstract)
        cosines = {name: float(unit_vectors(row) @ vector) for name, row in self._library.vectors(full).items()}
        best = set(sorted(cosines, key=lambda name: (-cosines[name], name))[:_FULL_TEXT_PASSAGES])
        return (*abstract, *(one for name, one in full.items() if name in best))

    def _paper_vectors(self, papers: Sequence[StoredPaper], passages: dict[str, list[Passage]]) -> list[Vectors]:
        """The papers' vectors by the embedded encoder, whatever embedder the library uses."""
        abstracts = [
            [one for one in passages[stored.paper_id] if one.basis == "abstract"] or passages[stored.paper_id][:1]
            for stored in papers
        ]
        if isinstance(self._searcher.embedder, MiniLMEmbedding):
            vectors = self._library.vectors([one.passage_id for several in abstracts for one in several])
        else:
            vectors = {}
        missing = [
            (one.passage_id, f"{stored.paper.title}\n{one.text}")
            for stored, several in zip(papers, abstracts, strict=True)
            for one in several
            if one.passage_id not in vectors
        ]
        encoded = self._encoder.encode([text for _, text in missing])
        vectors = vectors | {name: row for (name, _), row in zip(missing, encoded, strict=True)}
        return [unit_vectors(np.sum([vectors[one.passage_id] for one in several], axis=0)) for several in abstracts]


def embed_unrelated_texts(embedder: BaseEmbedding) -> NDArray[np.float32]:
    """Embed short texts from all fields, [texts, dimension]."""
    return np.array(embedder.get_text_embedding_batch(list(_UNRELATED_TEXTS)), dtype=np.float32)


def background_vectors(library: Library, unrelated: NDArray[np.float32]) -> NDArray[np.float32]:
    """Stack ``unrelated`` and a sample of the library: on the whole not about any one topic, [texts, dimension]."""
    sample = library.sample_vectors(_BACKGROUND_SAMPLE)
    return np.vstack([unrelated, sample]) if len(sample) else unrelated


def unit_vectors(vectors: Vectors) -> Vectors:
    """The vectors, along the last axis, at length one; those of length zero stay."""
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, np.finfo(np.float32).tiny), dtype=np.float32)
