"""Numbered lines of papers, each with the one exact sentence that says what it does, or what it says on a topic."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from paperchat.answering.quote_markdown import escape_markdown
from paperchat.kinds.draft import CitationList
from paperchat.retrieval.search import Searcher
from paperchat.storage.library import Library
from paperchat.survey.matching import topic_coverage
from paperchat.survey.quote_selection import EMPTY_PRAISE_PATTERN, POINTER_PATTERN
from paperchat.survey.sentence_extraction import is_prose, score_self_containment
from paperchat.survey.sentence_roles import AIM_PATTERN, Role, RoleScores, score_roles
from paperchat.survey.topic import Topic
from paperchat.text.describe import WITHDRAWN
from paperchat.text.sentences import sentence_spans
from paperchat.types import Filters, Passage, Quote, StoredPaper

_FULL_TEXT_PASSAGES = 4
"""So many passages are read of a paper without an abstract."""
_CONTRIBUTION_ROLES: tuple[Role, ...] = ("method", "data")
_FINDING_WEIGHT = 0.8
_MAX_ROLE_SCORE = 4.0
_ROLE_WEIGHT = 0.2
_AIM_BONUS = 0.4
_EMPTY_PENALTY = 1.0
_COVERAGE_WEIGHT = 1.5
_SIMILARITY_WEIGHT = 2.0
"""Of a sentence's cosine with the topic; the rest is what makes any sentence a good one to quote."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LineTopic:
    """What the sentences are to be on, and its vector by the embedded encoder, [384]."""

    topic: Topic
    vector: np.typing.NDArray[np.float32]


class PaperLineWriter:
    """Writes lists of papers; safe to share between threads."""

    def __init__(self, *, library: Library, searcher: Searcher) -> None:
        self._library = library
        self._searcher = searcher

    def write(
        self,
        papers: Sequence[StoredPaper],
        citations: CitationList,
        *,
        details: Callable[[StoredPaper], str],
        filters: Filters,
        first: int = 1,
        topic: LineTopic | None = None,
    ) -> str:
        """One line a paper: ``1. **Title** (details): sentence [1]``; without a sentence where none can be quoted.

        Args:
            first: the number of the first line.
            topic: what the sentences are to be on; by default they say what is new in their paper.
        """
        lines = []
        for number, paper in enumerate(papers, start=first):
            noted = ", ".join(part for part in (details(paper), WITHDRAWN if paper.paper.withdrawn else "") if part)
            heading = f"{number}. **{escape_markdown(paper.paper.title)}**" + (f" ({noted})" if noted else "")
            quote = self._quote(paper, filters, topic)
            if quote:
                heading += f": {escape_markdown(quote.text)} [{citations.cite(paper, quote).number}]"
            lines.append(heading)
        return "\n".join(lines)

    def _quote(self, paper: StoredPaper, filters: Filters, topic: LineTopic | None) -> Quote | None:
        passages = _readable_passages(self._library.passages_of(paper.paper_id), filters)
        vectors = self._searcher.sentences.vectors(passages) if topic else {}
        best: tuple[float, Quote] | None = None
        for passage in passages:
            spans = sentence_spans(passage.text)
            texts = [passage.text[start:end] for start, end in spans]
            heading = passage.section if passage.basis == "full_text" else ""
            values = np.array(
                [
                    _quotability(text, scores)
                    for text, scores in zip(texts, score_roles(texts, heading=heading), strict=True)
                ]
            )
            if topic and len(texts):
                values += _COVERAGE_WEIGHT * topic_coverage(self._library, topic.topic, texts)
                values += _SIMILARITY_WEIGHT * (vectors[passage.passage_id] @ topic.vector)
            for span, text, value in zip(spans, texts, values, strict=True):
                if (best is None or value > best[0]) and span[1] <= passage.trusted_end and is_prose(text):
                    best = float(value), Quote(passage=passage, start=span[0], end=span[1])
        return best[1] if best else None


def _quotability(sentence: str, scores: RoleScores) -> float:
    """How well a sentence by itself says what its paper contributes."""
    contribution = max(*(scores[role] for role in _CONTRIBUTION_ROLES), _FINDING_WEIGHT * scores["result"])
    others = max(scores["background"], scores["problem"], scores["limitation"], scores["code"])
    margin = min(max(contribution - max(others, 0.0), -_MAX_ROLE_SCORE), _MAX_ROLE_SCORE)
    return (
        score_self_containment(sentence)
        + _ROLE_WEIGHT * margin
        + _AIM_BONUS * bool(AIM_PATTERN.search(sentence))
        - _EMPTY_PENALTY * bool(POINTER_PATTERN.search(sentence) or EMPTY_PRAISE_PATTERN.search(sentence))
    )


def _readable_passages(passages: Sequence[Passage], filters: Filters) -> list[Passage]:
    abstract = [
        one for one in passages if one.basis == "abstract" and one.section != "Title" and filters.basis != "full_text"
    ]
    full = [one for one in passages if one.basis == "full_text" and filters.basis != "abstract"]
    return abstract or full[:_FULL_TEXT_PASSAGES]
