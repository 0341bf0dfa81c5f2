"""The sentences of single papers with their roles, read for a summary or a comparison."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from paperchat import lexicon
from paperchat.models.minilm import MiniLM
from paperchat.retrieval.search import Searcher
from paperchat.storage.library import Library
from paperchat.survey.scope import ScopedPaper
from paperchat.survey.sentence_extraction import SentenceExtractor, SurveySentence
from paperchat.survey.stages import StageTracker
from paperchat.types import Filters, Passage, StoredPaper

_CONCLUSION_PASSAGES = 2
"""So many passages of the conclusion or discussion, the last ones, are read of a full text."""
_OPENING_PASSAGES = 4
"""So many passages are read from the beginning of a full text without an abstract."""
_CONCLUSION_PATTERN = re.compile(lexicon.load("paper_summaries").regex("conclusion_heading"), re.IGNORECASE)


class PaperSentenceReader:
    """Reads papers' abstracts, and the conclusions and limitations of full texts; safe to share between threads."""

    def __init__(self, *, library: Library, searcher: Searcher, encoder: MiniLM) -> None:
        self._library = library
        self._encoder = encoder
        self._extractor = SentenceExtractor(library=library, index=searcher.sentences)

    def read(self, papers: Sequence[StoredPaper], filters: Filters, *, focus: str = "") -> list[list[SurveySentence]]:
        """The sentences of each paper in text order, those of an abstract first; none of a paper without a text.

        Args:
            focus: what the sentences' ``topic_similarity`` is relative to; by default their paper's title.
        """
        vectors = self._encoder.encode([focus or one.paper.title for one in papers])
        read = []
        for paper, vector in zip(papers, vectors, strict=True):
            passages = _select_passages(self._library.passages_of(paper.paper_id), filters)
            scoped = ScopedPaper(paper=paper, passages=passages, vector=np.asarray(vector), relevance=1.0)
            sentences = self._extractor.extract([scoped], vector, stages=_no_stages())[paper.paper_id]
            read.append([one for one in sentences if not one.has_injection])
        return read


def is_under_conclusion(sentence: SurveySentence) -> bool:
    """Whether it stands in the conclusion or the discussion of a full text."""
    passage = sentence.quote.passage
    return passage.basis == "full_text" and bool(_CONCLUSION_PATTERN.search(_own_heading(passage)))


def _select_passages(passages: Sequence[Passage], filters: Filters) -> tuple[Passage, ...]:
    abstract = [one for one in passages if one.basis == "abstract" and filters.basis != "full_text"]
    full = [one for one in passages if one.basis == "full_text" and filters.basis != "abstract"]
    concluding = [one for one in full if _CONCLUSION_PATTERN.search(_own_heading(one))][-_CONCLUSION_PASSAGES:]
    opening = full[: 1 if abstract and not concluding else 0 if abstract else _OPENING_PASSAGES]
    return (*abstract, *opening, *(one for one in concluding if one not in opening))


def _own_heading(passage: Passage) -> str:
    return passage.section.rsplit("›", 1)[-1].strip()


def _no_stages() -> StageTracker:
    stages = StageTracker()
    stages.begin("reading sentences")
    return stages
