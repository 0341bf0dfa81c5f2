"""Which papers are on a topic: by nearness of meaning, the topic's words in them, and how the retriever ranks them."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paperchat import lexicon
from paperchat.models.minilm import MiniLM
from paperchat.retrieval.passage_retrieval import EmbeddedQuestion
from paperchat.retrieval.query_analysis import content_words
from paperchat.retrieval.ranker import find_candidates
from paperchat.retrieval.search import Searcher
from paperchat.storage.library import Library
from paperchat.storage.name_normalization import paper_id_of
from paperchat.storage.paper_directory import DirectoryEntry
from paperchat.survey.background_vectors import (
    background_vectors,
    embed_unrelated_texts,
    middle_and_spread,
    unit_vectors,
)
from paperchat.survey.topic import Topic, parse_topic
from paperchat.survey.word_salience import read_words, word_saliences
from paperchat.types import Basis, Filters, StoredPaper
from paperchat.understanding.topic_wordings import topic_wordings

Floats = NDArray[np.float64]
Vectors = NDArray[np.float32]

WEIGHTS_FILE = Path(__file__).with_name("topic_matching.json")
FEATURES = ("cosine", "nearness", "words", "words_in_title", "lacks_sought")
RANKED_FEATURES = (*FEATURES, "rank")
"""``rank`` is the retriever's score of the paper, for the topic or the question, the better of the two."""
KNOWN_FROM = 0.5
"""The library has a topic if one paper is this likely on it by itself, however the retriever ranks it."""
ALONE_FROM = 0.75
"""From here on a paper matches by itself."""
_NEXT_FROM = 0.2
"""Where fewer match than are wanted, the next best do, too, from this probability on."""
_ENOUGH_OFFERING = 3
"""Where so many papers bring what is sought, such as a benchmark, the others do not match."""
_FEWEST_RANKED = 200
"""Among fewer papers the best of the ranking says little: they are compared with the topic alone."""
_CANDIDATES = 150
"""So many passages each search proposes at first for each wording; more where most of their papers match."""
_MAX_CANDIDATES = 600
_MAX_FILTERED = 1000
"""No more papers than these are given to a search as a filter; of more, others are left out afterwards."""
_PARSING_PASSAGES = 50
_MAX_SHARE = 0.04
"""Words say what a paper is about where no more than this share of the passages has one of them, …"""
_MIN_COUNT = 5
"""… or no more than so many."""
_LEXICON = lexicon.load("paper_lists")
_INTRODUCES = _LEXICON.regex("introduces")


def _offer_pattern(row: lexicon.Lexicon) -> re.Pattern[str]:
    """What a title or an abstract says where the paper offers this; they are joined by a line break."""
    title = rf"\A[^\n]*(?:{row.regex('title')})"
    introduced = rf"{_INTRODUCES}[^.;\n]{{0,80}}?\b(?:{row.regex('introduced')})"
    return re.compile(rf"{title}|{introduced}|{row.regex('stated')}", re.IGNORECASE)


_OFFERS = {row.text("sought"): _offer_pattern(row) for row in _LEXICON.tables("offers")}
_SURELY_FROM = 0.8
"""In a list that is not by relevance, where a doubtful paper may come first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """Which papers match: those of at least this probability, and the best ``fewest`` if they are not far from it."""

    probability: float
    fewest: int


LIST_CUT, OVERVIEW_CUT = Cut(probability=0.7, fewest=2), Cut(probability=0.55, fewest=3)
_UNRANKED_CUT = Cut(probability=0.45, fewest=2)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LineTopic:
    """What the sentences are to be on: a topic in several wordings, and their vectors by the embedded encoder.

    Attributes:
        vectors: of length one, [wordings, 384].
    """

    wordings: tuple[Topic, ...]
    vectors: Vectors


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TopicMatches:
    """The papers on a topic.

    Attributes:
        probabilities: of each paper that matches, by its id, best first.
        others: ids of the best papers that do not match, best first.
        topic: what their sentences may be compared with.
        considered: how many papers were looked at.
        is_complete: most of these do not match, so that those that were not looked at hardly do.
    """

    probabilities: Mapping[str, float]
    others: tuple[str, ...]
    topic: LineTopic
    considered: int
    is_complete: bool

    @property
    def sure(self) -> frozenset[str]:
        """Those that match surely, or all where none does."""
        surely = frozenset(paper_id for paper_id, value in self.probabilities.items() if value >= _SURELY_FROM)
        return surely or frozenset(self.probabilities)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TopicFeatures:
    """Features of each candidate for each wording of a topic, [papers, wordings, features].

    Attributes:
        values: ``RANKED_FEATURES``, or ``FEATURES`` where there are too few papers to rank.
    """

    paper_ids: tuple[str, ...]
    values: Floats
    topic: LineTopic

    @property
    def alone(self) -> Floats:
        """``FEATURES``."""
        return self.values[:, :, : len(FEATURES)]

    @property
    def lacks_sought(self) -> NDArray[np.bool_]:
        """Whether each paper does not bring what is sought, [papers]."""
        return np.asarray(self.values[:, :, FEATURES.index("lacks_sought")].any(axis=1))

    @property
    def is_ranked(self) -> bool:
        """Whether the papers are ranked, too."""
        return bool(self.values.shape[2] > len(FEATURES))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TopicWeights:
    """A logistic model over features, [features]."""

    weights: Floats
    bias: float

    def scores(self, values: Floats) -> Floats:
        """How well each paper matches each wording, as log-odds, [papers, wordings]."""
        return np.asarray(values @ self.weights + self.bias)

    def probabilities(self, values: Floats) -> Floats:
        """How likely each paper is on the topic in its best wording, [papers]."""
        return np.asarray(1 / (1 + np.exp(-self.scores(values).max(axis=1)))) if values.size else np.zeros(len(values))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TopicModel:
    """How likely a paper is on a topic, by itself and as it is ranked: over ``FEATURES`` and ``RANKED_FEATURES``."""

    alone: TopicWeights
    ranked: TopicWeights

    def choose(self, found: TopicFeatures, cut: Cut) -> tuple[Floats, list[int]]:
        """The probability of each paper, [papers], and the indexes of those that match, best first."""
        alone = self.alone.probabilities(found.alone)
        if not found.is_ranked:
            return alone, _cut(alone, alone >= _UNRANKED_CUT.probability, _UNRANKED_CUT.fewest)
        ranked = self.ranked.probabilities(found.values)
        if not len(alone) or alone.max() < KNOWN_FROM:
            return ranked, []
        return ranked, _cut(ranked, (ranked >= cut.probability) | (alone >= ALONE_FROM), cut.fewest)


def _cut(probabilities: Floats, matches: NDArray[np.bool_], fewest: int) -> list[int]:
    order = [int(at) for at in np.argsort(-probabilities, kind="stable")]
    chosen = [at for at in order if matches[at]]
    if not len(chosen) or len(chosen) >= fewest:
        return chosen
    return [at for at in order if at in chosen or (at in order[:fewest] and probabilities[at] >= _NEXT_FROM)]


def load_topic_model(path: Path = WEIGHTS_FILE) -> TopicModel:
    """The weights that ship with the package."""
    data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))["weights"]
    alone, ranked = (
        TopicWeights(weights=np.array([data[part][name] for name in names]), bias=float(data[part]["bias"]))
        for part, names in (("alone", FEATURES), ("ranked", RANKED_FEATURES))
    )
    return TopicModel(alone=alone, ranked=ranked)


class TopicMatcher:
    """Finds the papers on a topic; safe to share between threads."""

    def __init__(self, *, library: Library, searcher: Searcher, encoder: MiniLM) -> None:
        self._library = library
        self._searcher = searcher
        self._encoder = encoder
        self._background: tuple[int, Vectors] | None = None

    def match(
        self,
        topic: str,
        allowed: Collection[str] | None = None,
        *,
        filters: Filters | None = None,
        sought: str = "",
        question: str = "",
        cut: Cut = LIST_CUT,
    ) -> TopicMatches:
        """The papers on a topic.

        Args:
            allowed: ids of the only papers that count; by default all.
            filters: of which the basis counts.
            sought: what the papers are to offer, as `Request.sought`.
            question: that asks for the topic, if there is one.

        Raises:
            UsageError: a malformed filter.
        """
        count = _CANDIDATES
        while True:
            found = self.features(topic, allowed, filters=filters, sought=sought, question=question, count=count)
            probabilities, matching = self.model.choose(found, cut)
            offering = [at for at in matching if not found.lacks_sought[at]]
            matching = offering if len(offering) >= _ENOUGH_OFFERING else matching
            is_complete = len(matching) < len(found.paper_ids) / 2 or len(found.paper_ids) < count
            if is_complete or count >= _MAX_CANDIDATES:
                break
            count *= 4
        others = [at for at in np.argsort(-probabilities, kind="stable") if at not in set(matching)]
        return TopicMatches(
            probabilities={found.paper_ids[at]: float(probabilities[at]) for at in matching},
            others=tuple(found.paper_ids[at] for at in others[:_PARSING_PASSAGES]),
            topic=found.topic,
            considered=len(found.paper_ids),
            is_complete=is_complete,
        )

    def features(
        self,
        topic: str,
        allowed: Collection[str] | None = None,
        *,
        filters: Filters | None = None,
        sought: str = "",
        question: str = "",
        count: int = _CANDIDATES,
    ) -> TopicFeatures:
        """The candidates for a topic, ``count`` by each of two searches for each wording, and their features."""
        wordings = topic_wordings(topic, self._is_specific)
        embeddings = [self._searcher.embedder.embed_question(one) for one in wordings]
        vectors = [unit_vectors(np.asarray(one, dtype=np.float32)) for one in embeddings]
        search = self._search_filters(allowed, filters)
        nearest = [one for one, _ in self._library.dense_search(vectors[0], _PARSING_PASSAGES, search)]
        texts = [text for _, text in self._library.titles_and_texts(nearest).values()]
        topics = [parse_topic(self._library, one, texts) for one in wordings]
        passages = {
            passage_id
            for one, vector in zip(topics, vectors, strict=True)
            for passage_id in find_candidates(self._library, one.search_text, vector, count, search).ids
        }
        by_paper: dict[str, list[str]] = defaultdict(list)
        for passage_id in sorted(passages):
            if allowed is None or paper_id_of(passage_id) in allowed:
                by_paper[paper_id_of(passage_id)].append(passage_id)
        stored = self._library.vectors([one for several in by_paper.values() for one in several])
        papers = self._library.papers(by_paper)
        rows = {
            paper_id: unit_vectors(np.sum([stored[one] for one in several if one in stored], axis=0))
            for paper_id, several in by_paper.items()
            if paper_id in papers and any(one in stored for one in several)
        }
        ids = tuple(rows)
        line_topic = LineTopic(wordings=tuple(topics), vectors=self._encoder.encode(list(wordings)))
        if not ids:
            return TopicFeatures(paper_ids=(), values=np.zeros((0, len(wordings), len(FEATURES))), topic=line_topic)
        values = self._values([papers[one] for one in ids], np.stack(list(rows.values())), topics, vectors, sought)
        selected = self._library.directory.entries() if allowed is None else allowed
        if len(selected) >= _FEWEST_RANKED:
            asked = [EmbeddedQuestion(wordings[0], embeddings[0])]
            asked += [EmbeddedQuestion(question)] if question else []
            scores = self._searcher.best_scores(asked, search)
            ranks = np.array([scores.get(one, 0.0) for one in ids])
            values = np.dstack([values, np.repeat(ranks[:, None], len(wordings), axis=1)])
        return TopicFeatures(paper_ids=ids, values=values, topic=line_topic)

    def _values(
        self,
        papers: Sequence[StoredPaper],
        rows: Vectors,
        topics: Sequence[Topic],
        vectors: Sequence[Vectors],
        sought: str,
    ) -> Floats:
        words = read_words(
            self._library, [one.paper.own_title for one in papers], [one.paper.abstract for one in papers]
        )
        saliences = word_saliences(topics, words)
        in_titles = word_saliences(topics, [one.of_title() for one in words])
        lacks = np.array([not offers_sought(one, sought) for one in papers], dtype=np.float64)
        background = self.background_vectors()
        values = np.zeros((len(papers), len(topics), len(FEATURES)))
        for at, (topic, vector) in enumerate(zip(topics, vectors, strict=True)):
            cosines = (rows @ vector).astype(np.float64)
            others = (background @ vector).astype(np.float64)
            middle, spread = middle_and_spread(others)
            weights = np.array([word.weight for word in topic.words])
            values[:, at, 0] = cosines
            values[:, at, 1] = (cosines - middle) / max(float(spread), 1e-6)
            if len(weights):
                values[:, at, 2] = saliences[at] @ weights
                values[:, at, 3] = in_titles[at] @ weights
            values[:, at, 4] = lacks
        return values

    def _search_filters(self, allowed: Collection[str] | None, filters: Filters | None) -> Filters:
        basis: Basis | None = filters.basis if filters and filters.basis else "abstract"
        if basis == "abstract" and not self._library.has_full_texts():
            basis = None  # which is quicker than to look at each passage
        if allowed is None or len(allowed) > _MAX_FILTERED:
            return Filters(basis=basis)
        return Filters(basis=basis, papers=tuple(allowed))

    def _is_specific(self, words: str) -> bool:
        counts = self._library.document_frequency({form for _, _, form in content_words(words)})
        return min(counts.values(), default=0) <= max(_MAX_SHARE * self._library.passage_count(), _MIN_COUNT)

    def background_vectors(self) -> Vectors:
        """Texts that are on the whole not about any one topic, as unit vectors [texts, dimension]."""
        size = self._library.passage_count()
        if self._background is None or self._background[0] != size:
            self._background = size, unit_vectors(background_vectors(self._library, self._unrelated_vectors))
        return self._background[1]

    @cached_property
    def model(self) -> TopicModel:
        """The weights by which papers are matched."""
        return load_topic_model()

    @cached_property
    def _unrelated_vectors(self) -> Vectors:
        return embed_unrelated_texts(self._searcher.embedder)


def offering(library: Library, entries: Sequence[DirectoryEntry], sought: str) -> list[DirectoryEntry]:
    """Those of the papers that bring what is sought, in their order."""
    if sought not in _OFFERS:
        return list(entries)
    papers = library.papers(one.paper_id for one in entries)
    return [one for one in entries if one.paper_id in papers and offers_sought(papers[one.paper_id], sought)]


def offers_sought(paper: StoredPaper, sought: str) -> bool:
    """Whether a paper brings what is sought, such as a benchmark, by its title and how it introduces its work."""
    if sought not in _OFFERS:
        return True
    return bool(_OFFERS[sought].search(f"{paper.paper.own_title}\n{paper.paper.abstract}"))
