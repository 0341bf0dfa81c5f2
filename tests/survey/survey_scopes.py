"""Scopes for the tests of surveys: of the sample page, and of papers with given titles, dates and upvotes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from paperchat.assistant import PaperChat
from paperchat.retrieval.search import Searcher
from paperchat.survey.scope import Scope, ScopedPaper, ScopeResolver
from paperchat.survey.topic_matcher import TopicMatcher
from paperchat.types import Paper, StoredPaper


def resolver_of(chat: PaperChat) -> ScopeResolver:
    encoder = chat.embedder.encoder  # type: ignore[attr-defined]
    searcher = Searcher(library=chat.library, embedder=chat.embedder, encoder=encoder)
    matcher = TopicMatcher(library=chat.library, searcher=searcher, encoder=encoder)
    return ScopeResolver(library=chat.library, searcher=searcher, encoder=encoder, matcher=matcher)


def scoped_paper(paper: Paper, place: int, relevance: float) -> ScopedPaper:
    vector = np.zeros(384, np.float32)
    vector[place % 384] = 1
    stored = StoredPaper(paper_id=f"paper:{place}", paper=paper)
    return ScopedPaper(paper=stored, passages=(), vector=vector, relevance=relevance)


def scope_of(papers: Sequence[Paper], topic: str = "a topic") -> Scope:
    """A scope of these papers, best first."""
    scoped = tuple(scoped_paper(paper, place, 1 - place / (len(papers) + 1)) for place, paper in enumerate(papers))
    return Scope(topic=topic, papers=scoped, omitted=(), matched=len(scoped))


def dated(*days: str, **daily: Any) -> list[Paper]:
    return [Paper(title=f"Paper of {day}", date=day, daily=daily) for day in days]


def titles_of(scope: Scope) -> list[str]:
    return [one.paper.paper.title for one in scope.papers]
