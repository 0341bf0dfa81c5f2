"""Numbered lines of papers, each with the one exact sentence that says what it does, or what it says on a topic."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from paperchat import lexicon
from paperchat.answering.quote_markdown import escape_markdown
from paperchat.kinds.draft import CitationList
from paperchat.retrieval.search import Searcher
from paperchat.storage.library import Library
from paperchat.storage.paper_directory import DirectoryEntry
from paperchat.survey.quote_selection import EMPTY_PRAISE_PATTERN, POINTER_PATTERN
from paperchat.survey.sentence_extraction import is_prose, score_self_containment
from paperchat.survey.sentence_roles import Role, RoleScores, score_roles
from paperchat.survey.topic_matcher import LineTopic
from paperchat.survey.word_salience import read_words, word_saliences
from paperchat.text.describe import title_notes
from paperchat.text.sentences import sentence_spans
from paperchat.types import Filters, Passage, Quote, StoredPaper
from paperchat.understanding.request import Request

DEFAULT_COUNT = 10
MAX_COUNT = 100
"""More papers than these are not listed at once."""
_FULL_TEXT_PASSAGES = 4
"""So many passages are read of a paper without an abstract."""
_CONTRIBUTION_ROLES: tuple[Role, ...] = ("method", "data")
_FINDING_WEIGHT = 0.7
_MAX_ROLE_SCORE = 4.0
_ROLE_WEIGHT = 0.2
_INTRODUCTION_BONUS = 0.5
_EMPTY_PENALTY = 1.0
_COVERAGE_WEIGHT = 0.8
_SIMILARITY_WEIGHT = 1.5
"""Of a sentence's cosine with the topic; the rest is what makes any sentence a good one to quote."""
_INTRODUCES_PATTERN = re.compile(lexicon.load("paper_lists").regex("introduces"), re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ListPage:
    """A part of a list; ``rest`` papers follow it. No papers are shown behind the end of the list."""

    text: str
    papers: Sequence[StoredPaper]
    citations: CitationList
    rest: int

    def more_line(self, *, is_complete: bool) -> str:
        """How the papers that are not shown are asked for; empty where there are none.

        Args:
            is_complete: all papers that match are known.
        """
        if self.rest <= 0:
            return ""
        matching = f"{self.rest:,} more {'match' if self.rest > 1 else 'matches'}"
        return f"{'' if is_complete else 'At least '}{matching}: say “more” to go on."


def page_size(request: Request) -> int:
    """How many papers a list shows at once."""
    return max(min(request.count or DEFAULT_COUNT, MAX_COUNT), 1)


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
            noted = ", ".join(part for part in (details(paper), *title_notes(paper.paper)) if part)
            heading = f"{number}. **{escape_markdown(paper.paper.title)}**" + (f" ({noted})" if noted else "")
            quote = self._quote(paper, filters, topic)
            if quote:
                heading += f": {escape_markdown(quote.text)} [{citations.cite(paper, quote).number}]"
            lines.append(heading)
        return "\n".join(lines)

    def write_page(
        self,
        entries: Sequence[DirectoryEntry],
        request: Request,
        *,
        details: Callable[[DirectoryEntry], str],
        topic: LineTopic | None,
    ) -> ListPage:
        """The lines of those entries that the request's ``offset`` and ``count`` ask for."""
        shown = entries[request.offset : request.offset + page_size(request)]
        by_id = {one.paper_id: one for one in shown}
        found = self._library.papers(by_id)
        papers = [found[one] for one in by_id if one in found]
        citations = CitationList()
        text = self.write(
            papers,
            citations,
            details=lambda paper: details(by_id[paper.paper_id]),
            filters=request.filters,
            first=request.offset + 1,
            topic=topic,
        )
        rest = len(entries) - request.offset - len(shown)
        return ListPage(text=text, papers=papers, citations=citations, rest=rest)

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
                saliences = word_saliences(topic.wordings, read_words(self._library, [""] * len(texts), texts))
                coverages = [
                    salience @ np.array([word.weight for word in wording.words])
                    for wording, salience in zip(topic.wordings, saliences, strict=True)
                ]
                values += _COVERAGE_WEIGHT * np.max(coverages, axis=0)
                values += _SIMILARITY_WEIGHT * (vectors[passage.passage_id] @ topic.vectors.T).max(axis=1)
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
        + _INTRODUCTION_BONUS * bool(_INTRODUCES_PATTERN.search(sentence))
        - _EMPTY_PENALTY * bool(POINTER_PATTERN.search(sentence) or EMPTY_PRAISE_PATTERN.search(sentence))
    )


def _readable_passages(passages: Sequence[Passage], filters: Filters) -> list[Passage]:
    abstract = [
        one for one in passages if one.basis == "abstract" and one.section != "Title" and filters.basis != "full_text"
    ]
    full = [one for one in passages if one.basis == "full_text" and filters.basis != "abstract"]
    return abstract or full[:_FULL_TEXT_PASSAGES]
