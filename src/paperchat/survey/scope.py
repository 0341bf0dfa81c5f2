"""Survey scope: which papers match a topic, and which of them are read for the survey."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from paperchat.models.minilm import MiniLM
from paperchat.retrieval.search import Searcher
from paperchat.storage.library import Library
from paperchat.survey.background_vectors import unit_vectors
from paperchat.survey.paper_limits import DEFAULT_SURVEY_PAPERS
from paperchat.survey.scope_matcher import ScopeMatcher
from paperchat.survey.topic import UNPARSED_TOPIC, Topic
from paperchat.survey.topic_matcher import TopicMatcher
from paperchat.survey.types import OmittedPaper
from paperchat.types import Filters, Passage, StoredPaper

Vectors = NDArray[np.float32]

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
        searched: the topic and the parts of it that were looked for.
    """

    topic: str
    parsed_topic: Topic = UNPARSED_TOPIC
    papers: tuple[ScopedPaper, ...]
    omitted: tuple[OmittedPaper, ...]
    matched: int
    searched: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Match:
    paper: StoredPaper
    relevance: float


class ScopeResolver:
    """Finds the papers of a topic; safe to share between threads."""

    def __init__(self, *, library: Library, searcher: Searcher, encoder: MiniLM, matcher: TopicMatcher) -> None:
        self._library = library
        self._matcher = ScopeMatcher(library=library, matcher=matcher)
        self._searcher = searcher
        self._encoder = encoder

    def resolve(self, topic: str, filters: Filters | None = None, *, most: int = DEFAULT_SURVEY_PAPERS) -> Scope:
        """Find the papers that match ``topic``, of which the best ``most`` are read; none where nothing matches.

        Raises:
            UsageError: a filter is malformed.
        """
        filters = filters or Filters()
        vector = unit_vectors(np.asarray(self._searcher.embedder.embed_question(topic), dtype=np.float32))
        found = self._matcher.match(topic, filters)
        stored = self._library.papers(found.probabilities)
        matches = [_Match(paper=stored[one], relevance=p) for one, p in found.probabilities.items() if one in stored]
        best, others = matches[:most], matches[most:]
        papers = self._load(best, vector, filters)
        reason = f"it matches less well than the {len(papers)} papers that were read"
        return Scope(
            topic=topic,
            parsed_topic=found.topic,
            searched=found.searched,
            papers=papers,
            omitted=tuple(OmittedPaper(paper=match.paper, reason=reason) for match in others),
            matched=len(papers) + len(others),
        )

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
        if self._searcher.embedder.encoder:
            vectors = self._library.vectors([one.passage_id for several in abstracts for one in several])
        else:
            vectors = {}
        missing = [
            (one.passage_id, f"{stored.paper.own_title}\n{one.text}")
            for stored, several in zip(papers, abstracts, strict=True)
            for one in several
            if one.passage_id not in vectors
        ]
        encoded = self._encoder.encode([text for _, text in missing])
        vectors = vectors | {name: row for (name, _), row in zip(missing, encoded, strict=True)}
        return [unit_vectors(np.sum([vectors[one.passage_id] for one in several], axis=0)) for several in abstracts]
